"""gzip (RFC 1952), unpacked chunk by chunk: a few MB may hold a thousand times as many, so nothing is made
whole."""

import zlib
from collections.abc import Iterator

MAGIC = b"\x1f\x8b"

INFLATED = 1 << 20
"""Most bytes that come out at a time."""


class Damaged(Exception):
    """The stream cannot be unpacked from here on; the text says why."""


def inflated(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """All members of a stream that begins with `first` (section 2.2: they follow each other). Raises
    Damaged."""
    data, member, whole = first, zlib.decompressobj(wbits=31), True
    try:
        while data or (data := next(chunks, b"")):
            yield member.decompress(data, INFLATED)
            data, whole = member.unconsumed_tail, member.eof
            if member.eof:
                data = member.unused_data.lstrip(b"\0")  # some tools fill up with zeros
                member = zlib.decompressobj(wbits=31)
    except zlib.error:
        raise Damaged("the gzip stream is damaged") from None
    if not whole:
        raise Damaged("the gzip stream is cut off")
