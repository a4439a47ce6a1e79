"""Whether a stream holds lines or JSON documents: an array, or objects over several lines each, as `jq` and
`JSON.stringify(x, null, 2)` write them."""

import json
import re
from collections.abc import Iterator
from itertools import chain

from prover_cli.intake.members import after_space

ARRAY = re.compile(rb"\[\s*[\]{]")
"""How an array of objects begins."""
BOM = b"\xef\xbb\xbf"
LOOKED_AT = 1 << 20
"""Bytes in which two lines are looked for. A first line that is longer is a line."""
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
"""Python refuses to convert numbers of more than 4300 digits."""


def is_document(stream: Iterator[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Whether the stream holds documents, and the stream from its beginning, without a byte-order mark.

    A line that breaks off is no document: what follows it has to continue it. Raises OSError."""
    head = b""
    while len(head) < LOOKED_AT and not _is_decided(head) and (chunk := next(stream, b"")):
        head += chunk
    head = head.removeprefix(BOM)
    return _is_document(head), chain([head], stream)


def objects(data: bytes) -> Iterator[bytes]:
    """The text of each object in a row of them. Of one that is damaged, the text up to the next line that
    begins an object: it costs no other."""
    text = data.decode("utf-8", "surrogateescape")
    at = 0
    while (at := after_space(text, at)) < len(text):
        try:
            end = _DECODER.raw_decode(text, at)[1]
        except (json.JSONDecodeError, RecursionError):
            found = text.find("\n{", at)
            end = len(text) if found < 0 else found + 1
        yield text[at:end].encode("utf-8", "surrogateescape")
        at = end


def _is_decided(head: bytes) -> bool:
    """Whether no more is needed. A whole line of an object decides at once: who wrote it may wait for the
    result before writing another."""
    start = head.removeprefix(BOM).lstrip()
    if start in (b"", b"["):
        return False
    is_array = ARRAY.match(start) is not None
    if not is_array and not start.startswith(b"{"):
        return True
    ended = _ended(start)
    return len(ended) > 1 or (len(ended) == 1 and not is_array and not _goes_on(ended[0]))


def _is_document(head: bytes) -> bool:
    start = head.lstrip()
    is_array = ARRAY.match(start) is not None
    if not is_array and not start.startswith(b"{"):
        return False
    lines = _lines(start)
    if len(lines) < 2:
        return is_array
    first, second = lines
    if not is_array and second.startswith(b"{") and _is_whole(second):
        return False
    return _goes_on(first) and (_is_whole(first + second) or _goes_on(first + second))


def _lines(start: bytes) -> list[bytes]:
    """The first two lines that are not blank. The last may not have ended."""
    rest = start.rpartition(b"\n")[2]
    return [*_ended(start), *([rest] if rest.strip() else [])][:2]


def _ended(start: bytes) -> list[bytes]:
    """The lines that have ended and are not blank."""
    return [line for line in start.split(b"\n")[:-1] if line.strip()]


def _goes_on(text: bytes) -> bool:
    """Whether the text is the beginning of a JSON value."""
    decoded = text.decode("utf-8", "replace").rstrip()
    try:
        _DECODER.raw_decode(decoded)
    except json.JSONDecodeError as error:
        return error.pos >= len(decoded)
    except RecursionError:
        return False
    return False


def _is_whole(text: bytes) -> bool:
    decoded = text.decode("utf-8", "replace").strip()
    try:
        return _DECODER.raw_decode(decoded)[1] == len(decoded)
    except (ValueError, RecursionError):
        return False
