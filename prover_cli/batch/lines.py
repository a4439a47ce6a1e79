"""Lines of a stream, out of gzip where it begins like it, in bounded memory."""

import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from prover_cli.batch.streams import first_bytes
from prover_cli.errors import JobFault
from prover_cli.names import as_text, of_file

INFLATED = 1 << 20
"""Most bytes that come out of a compressed chunk at a time: one may hold a thousand times its size."""

MAX_LINE = 100_000_000
"""Bytes of one line; the largest inline witness of 2^20 signals has 80 MB."""

GZIP_MAGIC = b"\x1f\x8b"


class BadLine(JobFault):
    """In place of a line that cannot be had: LINE_TOO_LONG (the rest of it was skipped), or GZIP_DAMAGED,
    after which nothing comes."""

    def at(self, number: int) -> JobFault:
        """The fault of the job that line `number` was to be."""
        return JobFault(self.code, f"line {number} {self.message}")


def jsonl_stem(path: Path) -> str | None:
    """The name of a `.jsonl` or `.jsonl.gz` without these endings; None for other files."""
    name = as_text(of_file(path.name)).removesuffix(".gz")
    return name.removesuffix(".jsonl") if name.endswith(".jsonl") else None


def read_lines(chunks: Iterator[bytes]) -> Iterator[bytes | BadLine]:
    """Lines without their ends, the last also where its end is missing. Raises OSError."""
    try:
        yield from _split(_plain(chunks))
    except BadLine as bad:
        yield bad  # what came of the last line is of no use


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The stream uncompressed. Raises BadLine GZIP_DAMAGED, OSError."""
    first = first_bytes(chunks, len(GZIP_MAGIC))
    return _inflated(first, chunks) if first.startswith(GZIP_MAGIC) else chain([first], chunks)


def _inflated(data: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """All members of a gzip stream (RFC 1952, 2.2: they follow each other)."""
    member, whole = zlib.decompressobj(wbits=31), True
    try:
        while data or (data := next(chunks, b"")):
            yield member.decompress(data, INFLATED)
            data, whole = member.unconsumed_tail, member.eof
            if member.eof:
                data = member.unused_data.lstrip(b"\0")  # some tools fill up with zeros
                member = zlib.decompressobj(wbits=31)
    except zlib.error:
        raise BadLine("GZIP_DAMAGED", "cannot be unpacked: the gzip stream is damaged there") from None
    if not whole:
        raise BadLine("GZIP_DAMAGED", "cannot be unpacked: the gzip stream ends in the middle of it")


def _split(chunks: Iterator[bytes]) -> Iterator[bytes | BadLine]:
    parts: list[bytes] = []
    length = 0
    skipping = False
    for chunk in chunks:
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            parts.append(end)
            if not skipping:
                yield b"".join(parts).removesuffix(b"\r")
            parts, length, skipping = [], 0, False
        parts.append(rest)
        length += len(rest)
        if length > MAX_LINE:
            if not skipping:
                yield BadLine(
                    "LINE_TOO_LONG",
                    f"is longer than {MAX_LINE // 1_000_000} MB; write large witnesses to .wtns files and "
                    "give their paths",
                )
            parts, length, skipping = [], 0, True
    if any(parts) and not skipping:
        yield b"".join(parts).removesuffix(b"\r")
