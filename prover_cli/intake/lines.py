"""Lines of a stream, out of gzip where it begins like it, in bounded memory."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from prover_cli.faults import Code, JobFault
from prover_cli.formats.gzip_stream import MAGIC, Damaged, inflated
from prover_cli.formats.mistaken import JSON, LOOKED_AT, what_it_is
from prover_cli.intake.streams import first_bytes
from prover_cli.names import is_text, of_file

MAX_LINE = 100_000_000
"""Bytes of one line; the largest inline witness of 2^20 signals has 80 MB."""


class BadLine(JobFault):
    """In place of a line that cannot be had: LINE_TOO_LONG (the rest of it was skipped), or GZIP_DAMAGED and
    BAD_LINE, after which nothing comes."""

    def at(self, number: int) -> JobFault:
        """The fault of the job that line `number` was to be."""
        return JobFault(self.kind, f"line {number} {self.message}")


def jsonl_stem(path: Path) -> str | None:
    """The name of a `.jsonl` or `.jsonl.gz` without these endings, for the ids of its lines; None for other
    files. A byte that is not UTF-8 becomes an underscore: it is no line's fault."""
    name = "".join(c if is_text(c) else "_" for c in of_file(path.name)).removesuffix(".gz")
    return name.removesuffix(".jsonl") if name.endswith(".jsonl") else None


def read_lines(chunks: Iterator[bytes]) -> Iterator[bytes | BadLine]:
    """Lines without their ends, the last also where its end is missing. Raises OSError."""
    try:
        yield from _split(_plain(chunks))
    except BadLine as bad:
        yield bad  # what came of the last line is of no use


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The stream uncompressed. Raises BadLine GZIP_DAMAGED, BAD_LINE where it is of another kind, OSError."""
    first = first_bytes(chunks, LOOKED_AT)
    if first.startswith(MAGIC):
        return _inflated(first, chunks)
    known = what_it_is(first, "") if first else None
    if known not in (None, JSON):
        raise BadLine(Code.BAD_LINE, f"begins a file without lines: {known}")
    return chain([first], chunks)


def _inflated(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from inflated(first, chunks)
    except Damaged as error:
        raise BadLine(
            Code.GZIP_DAMAGED, f"cannot be unpacked: {error}; pack or copy the file again"
        ) from None


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
                    Code.LINE_TOO_LONG,
                    f"is longer than {MAX_LINE // 1_000_000} MB; write large witnesses to .wtns files and "
                    "give their paths",
                )
            parts, length, skipping = [], 0, True
    if any(parts) and not skipping:
        yield b"".join(parts).removesuffix(b"\r")
