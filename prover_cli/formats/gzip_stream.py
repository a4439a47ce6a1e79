"""gzip (RFC 1952), decompressed chunk by chunk. A few MB can expand a thousandfold, so the whole is never
held in memory."""

import zlib
from collections.abc import Iterator

MAGIC = b"\x1f\x8b"

INFLATED = 1 << 20
"""Maximum bytes of one decompressed chunk."""


class Damaged(Exception):
    """The stream cannot be decompressed any further. The text says why."""


def inflated(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """All members of a stream that begins with `first` (section 2.2: members are concatenated). Raises
    Damaged."""
    data, member, whole = first, zlib.decompressobj(wbits=31), True
    try:
        while data or (data := next(chunks, b"")):
            yield member.decompress(data, INFLATED)
            data, whole = member.unconsumed_tail, member.eof
            if member.eof:
                data = member.unused_data.lstrip(b"\0")  # some tools pad with zeros
                member = zlib.decompressobj(wbits=31)
    except zlib.error:
        raise Damaged("the gzip stream is damaged") from None
    if not whole:
        raise Damaged("the gzip stream is truncated")
