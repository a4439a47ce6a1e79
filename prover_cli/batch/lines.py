"""Lines of a stream, out of gzip where it begins like it, in bounded memory."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from prover_cli.batch.streams import first_bytes
from prover_cli.errors import JobFault
from prover_cli.formats.gzip_stream import MAGIC, Damaged, inflated
from prover_cli.names import as_text, of_file

MAX_LINE = 100_000_000
"""Bytes of one line; the largest inline witness of 2^20 signals has 80 MB."""


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
    first = first_bytes(chunks, len(MAGIC))
    return _inflated(first, chunks) if first.startswith(MAGIC) else chain([first], chunks)


def _inflated(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from inflated(first, chunks)
    except Damaged as error:
        raise BadLine("GZIP_DAMAGED", f"cannot be unpacked: {error}") from None


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
