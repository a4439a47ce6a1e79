"""JSON files that a user named: proofs, public signals and verification keys."""

import json
from collections.abc import Callable
from pathlib import Path

from prover_cli.faults import Code, Fault
from prover_cli.formats.mistaken import not_json
from prover_cli.regular_file import read_regular


def read_json(path: Path, read: Callable[[Path], bytes] = read_regular) -> object:
    """The value in a file. `read` gives its bytes: by default only those of a regular file. Raises Fault
    FILE_UNREADABLE, JSON_CORRUPT."""
    data = b""
    try:
        data = read(path)
        return json.loads(data)
    except OSError as error:
        raise Fault(Code.FILE_UNREADABLE, f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise Fault(Code.JSON_CORRUPT, f"{path} {not_json(data, path.name)}") from None
