"""`input.json`: names to numbers and nested arrays of numbers, read exactly and flattened row by row.

A number is a JSON integer, a string of digits with an optional sign, or a string of 0x and hex digits. A bus
is an object of its fields. Messages say where a value is (`siblings[3]`, `note.owners[1].x`), and never quote
it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from prover_cli.faults import Code, JobFault
from prover_cli.formats.mistaken import JSON, what_it_is
from prover_cli.names import shown

_NUMBER = re.compile(r"\s*(?:([+-]?[0-9]+)|0[xX]([0-9a-fA-F]+))\s*")

LONGEST_NUMBER = 1000
"""Characters of a number. Those of the field have 77."""

DEEPEST = 32
"""Levels of nested arrays and objects. Signals in circom have few dimensions, and buses few levels."""


LONGEST_NAME = 1000
"""Characters of a signal's name, including the names of the buses that it is in."""


class _NoInteger:
    """Stands for 1.5, 1e3 and NaN."""


def parse_inputs(data: bytes, where: str) -> dict[str, Any]:
    """The object, with exact integers. Raises JobFault INPUT_CORRUPT, INPUT_VALUE."""
    try:
        value = json.loads(
            data,
            object_pairs_hook=_once,
            parse_float=lambda _: _NoInteger(),
            parse_constant=lambda _: _NoInteger(),
        )
    except _Twice as twice:
        raise JobFault(Code.INPUT_CORRUPT, f'{where}: "{shown(str(twice))}" is given twice') from None
    except (ValueError, RecursionError) as error:
        if "integer string" in str(error):
            raise JobFault(Code.INPUT_VALUE, f"{where}: a number has too many digits for any field") from None
        known = what_it_is(data, where) if data.strip() else None
        if known not in (None, JSON):
            raise JobFault(Code.INPUT_CORRUPT, f"{where} is not JSON: {known}") from None
        at = (
            f" at line {error.lineno}, column {error.colno}"
            if isinstance(error, json.JSONDecodeError)
            else ""
        )
        raise JobFault(Code.INPUT_CORRUPT, f"{where} is not JSON{at}") from None
    return check_inputs(value, where)


def check_inputs(value: object, where: str) -> dict[str, Any]:
    """Raises JobFault INPUT_CORRUPT if it is not an object."""
    if not isinstance(value, dict):
        raise JobFault(Code.INPUT_CORRUPT, f'{where} must be an object of names and values, like {{"a": 3}}')
    return value


def qualified(inputs: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The inputs with buses split into their fields, under names qualified as in circom (`qualify_input` in
    its `witness_calculator.js`). Arrays of numbers are left as they are.

    Raises JobFault INPUT_CORRUPT, INPUT_VALUE."""
    found: dict[str, Any] = {}
    for name, value in _fields(inputs, where):
        if name in found:
            raise JobFault(Code.INPUT_CORRUPT, f'{where}: "{shown(name)}" is given twice')
        found[name] = value
    return found


@dataclass(frozen=True)
class Flat:
    """The numbers of a signal, row by row and below the prime."""

    numbers: list[int]
    reduced: str | None
    """The first one that had to be reduced, like `digest[2]`."""


def flatten(name: str, value: object, prime: int, where: str, *, strict: bool = False) -> Flat:
    """As in circom and snarkjs, values that are not below the prime are reduced. With `strict` they are
    refused.

    Raises JobFault INPUT_VALUE, INPUT_OUT_OF_RANGE."""
    numbers: list[int] = []
    reduced = None
    for at, item in enumerate(_leaves(value, 0)):
        number = _number(item)
        if number is None:
            raise _no_number(item, _path(name, value, at), where)
        if not 0 <= number < prime:
            if not -prime < number < prime:
                reduced = reduced or _path(name, value, at)
                if strict:
                    raise JobFault(
                        Code.INPUT_OUT_OF_RANGE,
                        f"{where}: {reduced} is not below the prime of the circuit's field; reduce it, or "
                        "leave out --strict-inputs",
                    )
            number %= prime
        numbers.append(number)
    return Flat(numbers, reduced)


def is_empty(value: object, depth: int = 0) -> bool:
    """Whether there is no value in it: `[]`, `[[], []]`, as for a signal that is an array of length 0."""
    return isinstance(value, list) and depth < DEEPEST and all(is_empty(part, depth + 1) for part in value)


def shape(value: object) -> tuple[int, ...]:
    """Lengths of the nested arrays, following the first element of each."""
    lengths = []
    while isinstance(value, list):
        lengths.append(len(value))
        value = value[0] if value else None
    return tuple(lengths)


def place(name: str, index: int, lengths: tuple[int, ...]) -> str:
    """`name[2][0]` for a flat index into an array with these dimensions."""
    places = []
    for length in reversed(lengths):
        index, rest = divmod(index, max(1, length))
        places.append(f"[{rest}]")
    return shown(name) + "".join(reversed(places))


def _fields(inputs: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    """Names and values, depth-first and in order."""
    waiting = [(name, value, 0) for name, value in reversed([*inputs.items()])]
    while waiting:
        name, value, depth = waiting.pop()
        if len(name) > LONGEST_NAME:
            raise JobFault(Code.INPUT_UNKNOWN, f'{where}: unknown signal "{shown(name)}"')
        if depth > DEEPEST:
            raise JobFault(Code.INPUT_VALUE, f"{where}: {shown(name)} is nested deeper than any signal")
        if isinstance(value, dict):
            waiting += [(f"{name}.{field}", part, depth + 1) for field, part in reversed(value.items())]
        elif isinstance(value, list) and _holds_objects(value, depth):
            waiting += [(f"{name}[{i}]", part, depth + 1) for i, part in reversed([*enumerate(value)])]
        else:
            yield name, value


def _holds_objects(value: list[Any], depth: int) -> bool:
    """Whether its first element, at any depth, is a bus."""
    for part in value:
        if isinstance(part, list):
            if part and depth < DEEPEST and not is_empty(part):
                return _holds_objects(part, depth + 1)
        else:
            return isinstance(part, dict)
    return False


def _leaves(value: object, depth: int) -> list[Any]:
    """What arrays hold, row by row. An array that is nested too deep is a leaf as it is."""
    if not isinstance(value, list) or depth >= DEEPEST:
        return [value]
    if not any(isinstance(part, list) for part in value):
        return value
    return [leaf for part in value for leaf in _leaves(part, depth + 1)]


def _path(name: str, value: object, at: int) -> str:
    """Where a leaf is: only messages say it, and making it for each takes longer than all the rest."""
    return next(islice(_paths(value, shown(name), 0), at, None))


def _paths(value: object, path: str, depth: int) -> Iterator[str]:
    """Of each leaf."""
    if not isinstance(value, list) or depth >= DEEPEST:
        yield path
        return
    for index, item in enumerate(value):
        yield from _paths(item, f"{path}[{index}]", depth + 1)


def _no_number(value: object, path: str, where: str) -> JobFault:
    if isinstance(value, list):
        return JobFault(Code.INPUT_VALUE, f"{where}: {path} is nested deeper than any signal")
    kinds = {dict: "an object", type(None): "null", _NoInteger: "not a whole number"}
    kind = kinds.get(type(value), "not a number")
    if isinstance(value, str) and len(value) > LONGEST_NUMBER:
        kind = f"a string of more than {LONGEST_NUMBER} characters"
    return JobFault(
        Code.INPUT_VALUE,
        f"{where}: {path} is {kind}; write an integer, or a string of digits or of 0x and hex digits",
    )


def _number(value: object) -> int | None:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and len(value) <= LONGEST_NUMBER and value.isascii():
        if value.isdigit():
            return int(value)  # nearly all of them
        match = _NUMBER.fullmatch(value)
        if match is not None:
            return int(match[1]) if match[1] is not None else int(match[2], 16)
    return None


class _Twice(Exception):
    """A name that occurs twice in an object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found
