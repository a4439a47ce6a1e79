"""`input.json`: names to numbers and nested arrays of numbers, read exactly and flattened row by row.

A number is a JSON integer, or a string of digits with a sign, or of 0x and hex digits. Messages tell where a
value is (`siblings[3]`), never the value.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from prover_cli.errors import JobFault
from prover_cli.names import shown

_NUMBER = re.compile(r"\s*(?:([+-]?[0-9]+)|0[xX]([0-9a-fA-F]+))\s*")

LONGEST_NUMBER = 1000
"""Characters of a number; the field's have 77."""

DEEPEST = 32
"""Nested arrays: circom has signals of a few dimensions."""


class _NoInteger:
    """In place of 1.5, 1e3 and NaN."""


def parse_inputs(data: bytes, where: str) -> dict[str, Any]:
    """The object, its integers exact. Raises JobFault INPUT_CORRUPT."""
    try:
        value = json.loads(
            data,
            object_pairs_hook=_once,
            parse_float=lambda _: _NoInteger(),
            parse_constant=lambda _: _NoInteger(),
        )
    except _Twice as twice:
        raise JobFault("INPUT_CORRUPT", f'{where}: "{shown(str(twice))}" is given twice') from None
    except (ValueError, RecursionError) as error:
        at = (
            f" at line {error.lineno}, column {error.colno}"
            if isinstance(error, json.JSONDecodeError)
            else ""
        )
        raise JobFault("INPUT_CORRUPT", f"{where} is no JSON{at}") from None
    return check_inputs(value, where)


def check_inputs(value: object, where: str) -> dict[str, Any]:
    """Raises JobFault INPUT_CORRUPT where it is no object."""
    if not isinstance(value, dict):
        raise JobFault("INPUT_CORRUPT", f'{where} is to be an object of names and values, {{"a": 3}}')
    return value


def flatten(name: str, value: object, prime: int, where: str) -> list[int]:
    """The numbers of a signal, row by row, reduced. Raises JobFault INPUT_VALUE, INPUT_OUT_OF_RANGE."""
    return [_reduced(item, path, prime, where) for item, path in _walk(value, shown(name), where, 0)]


def shape(value: object) -> tuple[int, ...]:
    """Lengths of the nested arrays, along the first of each."""
    lengths = []
    while isinstance(value, list):
        lengths.append(len(value))
        value = value[0] if value else None
    return tuple(lengths)


def place(name: str, index: int, lengths: tuple[int, ...]) -> str:
    """`name[2][0]` for a flat index into an array of these lengths."""
    places = []
    for length in reversed(lengths):
        index, rest = divmod(index, max(1, length))
        places.append(f"[{rest}]")
    return shown(name) + "".join(reversed(places))


def _walk(value: object, path: str, where: str, depth: int) -> Iterator[tuple[object, str]]:
    if not isinstance(value, list):
        yield value, path
        return
    if depth >= DEEPEST:
        raise JobFault("INPUT_VALUE", f"{where}: {path} is nested deeper than any signal")
    for index, item in enumerate(value):
        yield from _walk(item, f"{path}[{index}]", where, depth + 1)


def _reduced(value: object, path: str, prime: int, where: str) -> int:
    number = _number(value)
    if number is None:
        kinds = {dict: "an object", type(None): "null", _NoInteger: "no whole number", str: "no number"}
        kind = kinds.get(type(value), "no number")
        raise JobFault(
            "INPUT_VALUE",
            f"{where}: {path} is {kind}; write an integer, or a string of digits or of 0x and hex digits",
        )
    if not -prime < number < prime:
        raise JobFault("INPUT_OUT_OF_RANGE", f"{where}: {path} is not below the prime of the circuit's field")
    return number % prime


def _number(value: object) -> int | None:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and len(value) <= LONGEST_NUMBER:
        match = _NUMBER.fullmatch(value)
        if match is not None and value.isascii():
            return int(match[1]) if match[1] is not None else int(match[2], 16)
    return None


class _Twice(Exception):
    """A name that comes twice in an object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found
