"""Messages written for the command line, in the words of a Python program: `wasm=FILE` for `--wasm FILE`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from prover_cli.faults import Fault

SWITCHES = re.compile(r"--(strict-inputs)\b")
OPTIONS = re.compile(r"--(wasm|r1cs|sym|key|workers|threads-per-proof|retries|timeout)\b(?: (?=[A-Z0-9]))?")

F = TypeVar("F", bound=Fault)


def in_python(text: str) -> str:
    """A message with the names of parameters in place of those of options."""
    text = SWITCHES.sub(lambda found: f"{_parameter(found[1])}=True", text)
    return OPTIONS.sub(lambda found: _parameter(found[1]) + "=" * found[0].endswith(" "), text)


def reworded(fault: F) -> F:
    """The fault, told so."""
    words = in_python(fault.message)
    return fault if words == fault.message else type(fault)(fault.kind, words)


@contextmanager
def python_words() -> Iterator[None]:
    """Has the faults that the block raises told so."""
    try:
        yield
    except Fault as fault:
        raise reworded(fault) from None


def kind_of(value: object) -> str:
    """What a value is, for a sentence that refuses it; never the value, which may be private."""
    name = type(value).__name__
    if value is None or isinstance(value, bytes):
        return "None" if value is None else name
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _parameter(option: str) -> str:
    return option.replace("-", "_")
