"""What commands print with --json: one object, of valid Unicode whatever names of files are in it."""

import json
from collections.abc import Mapping

from prover_cli.names import as_text


def print_json(value: object) -> None:
    """Prints it."""
    print(json.dumps(_valid(value), indent=2))


def _valid(value: object) -> object:
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, Mapping):
        return {_valid(name): _valid(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_valid(one) for one in value]
    return value
