"""What a program may pass as one job: inputs, the path of a file, or a witness.

Errors name the signal and the type of what was passed, never its value.
"""

import json
import operator
import os
from collections.abc import Mapping, Sequence
from typing import Any

from prover_cli.api.wording import kind_of
from prover_cli.faults import Code, JobFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import Witness, not_reduced, witness_from_numbers, write_witness
from prover_cli.intake.contents import is_object
from prover_cli.names import shown, to_file
from prover_cli.witness.source import WitnessSource

Given = (
    Mapping[str, Any]
    | str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | Witness
    | WitnessSource
    | Sequence[int]
    | Sequence[str]
)
"""Inputs by the names of their signals; the path of a `.json` or `.wtns`; the bytes of such a file; a witness
that was parsed, or its values in order."""

TAKES = (
    "pass a mapping of input signals, the path of a .json or .wtns file, the bytes of one, or the values of "
    "a witness"
)
VALUES = "use an int, a string of digits or of 0x and hex digits, or nested lists of these"
TEXT = (
    "it looks like the text of a file, and a string is taken for a path: pass json.loads(text), or the text "
    "as bytes"
)


def source_of_given(given: object, curve: Curve, name: str) -> WitnessSource:
    """`name` is what messages call the job. Raises TypeError for a value of another type, JobFault
    INPUT_CORRUPT, INPUT_VALUE, WITNESS_CORRUPT, WITNESS_NOT_REDUCED."""
    if isinstance(given, WitnessSource):
        return given
    if isinstance(given, Mapping):
        return WitnessSource(data=inputs_json(given, f"input {shown(name)}"), is_input=True)
    if isinstance(given, str | os.PathLike):
        return _of_path(given)
    if isinstance(given, bytes | bytearray | memoryview):
        data = bytes(given)
        return WitnessSource(data=data, is_input=is_object(data))
    if isinstance(given, Witness):
        return WitnessSource(data=write_witness(given))
    values = _listed(given)
    if values is None:
        raise TypeError(f"a job is {kind_of(given)}; {TAKES}")
    return WitnessSource(data=write_witness(_of_values(values, curve, name)))


def is_input(given: object) -> bool:
    """Whether it is certain that the job has a witness to be calculated."""
    if isinstance(given, str | os.PathLike):
        return os.fspath(given).endswith(".json")
    return isinstance(given, Mapping) or (isinstance(given, WitnessSource) and given.is_input)


def inputs_json(inputs: Mapping[str, Any], where: str) -> bytes:
    """Inputs as `input.json` has them, numbers exact at any size. Raises JobFault INPUT_CORRUPT,
    INPUT_VALUE."""
    parts = []
    for name, value in inputs.items():
        if not isinstance(name, str):
            raise JobFault(
                Code.INPUT_CORRUPT, f"{where}: the name of a signal is {kind_of(name)}; use a string"
            )
        try:
            parts.append(f"{json.dumps(name)}:{json.dumps(value, default=_plain)}")
        except _Unfit as unfit:
            raise JobFault(Code.INPUT_VALUE, f"{where}: {shown(name)} has {unfit}; {VALUES}") from None
        except TypeError:  # of json, whose text names a type
            raise JobFault(
                Code.INPUT_VALUE, f"{where}: {shown(name)} has a field whose name is not a string"
            ) from None
        except (ValueError, RecursionError) as error:
            digits = "integer string" in str(error)
            why = "a number with more digits than any field's" if digits else "lists nested without end"
            raise JobFault(Code.INPUT_VALUE, f"{where}: {shown(name)} has {why}") from None
    return f"{{{','.join(parts)}}}".encode()


class _Unfit(Exception):
    """A value of a type that no input has; the text says which."""


def _plain(value: object) -> object:
    """A value that json does not know, as one that it does: whole numbers and arrays of other libraries."""
    try:
        return operator.index(value)  # type: ignore[arg-type]  # (whether it can is what is asked)
    except TypeError:
        pass
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):  # numpy's, of an array or of a scalar
        return value.tolist()
    listed = _listed(value)
    if listed is None:
        raise _Unfit(kind_of(value))
    return listed


def _listed(value: object) -> Sequence[Any] | None:
    """A sequence, or an array of numpy's kind; None for anything else."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    text = isinstance(value, str | bytes | bytearray | memoryview)
    return value if isinstance(value, Sequence) and not text else None


def _of_path(given: "str | os.PathLike[str]") -> WitnessSource:
    path = os.fspath(given)
    if not isinstance(path, str):
        path = os.fsdecode(path)
    if path.lstrip().startswith(("{", "[")) or "\n" in path:
        raise TypeError(TEXT)
    return WitnessSource(path=to_file(path), is_input=path.endswith(".json"))


def _of_values(values: Sequence[Any], curve: Curve, name: str) -> Witness:
    if any(isinstance(value, Mapping | bytes) for value in values[:1]):
        raise TypeError(f"a job is a list of {type(values[0]).__name__}; for several jobs use prove_many")
    texts = []
    for index, value in enumerate(values):
        if isinstance(value, str):
            texts.append(value)
            continue
        try:
            number = operator.index(value)
        except TypeError:
            raise JobFault(
                Code.WITNESS_CORRUPT,
                f"witness {shown(name)}: value {index} is {kind_of(value)}; use whole numbers",
            ) from None
        if not 0 <= number < curve.r:
            raise not_reduced(name, index, curve, 0)
        texts.append(str(number))
    return witness_from_numbers(texts, curve)
