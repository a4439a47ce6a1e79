"""An object in JSON, member by member: the value, and the text that it was written as.

The text is what exactness needs. A number keeps its digits whatever its size, and what is passed on is passed
on as it came. Source: RFC 8259, which knows no NaN and no Infinity.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prover_cli.names import shown

_SPACE = re.compile(r"[ \t\n\r]*")


class Integer(str):
    """The digits of a whole number."""

    __slots__ = ()


class Real(str):
    """The digits of another number."""

    __slots__ = ()


class NotAnObject(ValueError):
    """The text is not one JSON object. `str` continues "the line": "is not JSON (at character 7)"."""


@dataclass(frozen=True, repr=False)
class Member:
    """One member."""

    value: Any
    """Numbers in it are an `Integer` or a `Real` where it was read by `members`."""
    written: str | None = None
    """None where it came without its text."""

    @property
    def text(self) -> str:
        """The value in JSON."""
        return json.dumps(self.value) if self.written is None else self.written


def members(data: bytes) -> Mapping[str, Member]:
    """The members of the object that `data` holds in UTF-8, in their order. Raises NotAnObject."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAnObject(f"is not UTF-8 (at byte {error.start})") from None
    try:
        return _members(text)
    except json.JSONDecodeError as error:
        raise NotAnObject(f"is not JSON (at character {error.pos + 1})") from None
    except RecursionError:
        raise NotAnObject("is nested too deeply") from None


def _constant(name: str) -> Any:
    raise _Constant(name)


class _Constant(Exception):
    """NaN, Infinity or -Infinity, which Python's decoder would take."""


_DECODER = json.JSONDecoder(parse_int=Integer, parse_float=Real, parse_constant=_constant)


def _members(text: str) -> dict[str, Member]:
    at = after_space(text, 0)
    if text[at : at + 1] != "{":
        _, end = _decoded(text, at)
        _at_end(text, end)
        raise NotAnObject("is not a JSON object")
    found: dict[str, Member] = {}
    at = after_space(text, at + 1)
    closed = text[at : at + 1] == "}"
    while not closed:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("a name", text, at)
        name, at = _decoded(text, at)
        if name in found:
            raise NotAnObject(f'has "{shown(name)}" twice')
        at = after_space(text, at)
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("a colon", text, at)
        at = after_space(text, at + 1)
        value, end = _decoded(text, at)
        found[name] = Member(value, text[at:end])
        at = after_space(text, end)
        closed = text[at : at + 1] == "}"
        if not closed:
            if text[at : at + 1] != ",":
                raise json.JSONDecodeError("a comma", text, at)
            at = after_space(text, at + 1)
    _at_end(text, at + 1)
    return found


def _decoded(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except _Constant as error:
        raise NotAnObject(f"is not JSON: it contains {error}") from None


def after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match is not None else at


def _at_end(text: str, at: int) -> None:
    at = after_space(text, at)
    if at != len(text):
        raise json.JSONDecodeError("nothing more", text, at)
