"""Lines of a stream, read no faster than they are taken, with a wait that a signal can end.

A thread does the blocking reads and holds at most one line ready, so that the main thread never blocks
in a read and a Ctrl-C is seen at once, on every platform.
"""

import os
import queue
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

from prover_cli.errors import JobFault
from prover_cli.stop import Stop

CHUNK = 1 << 16
INFLATED = 1 << 20
"""Most bytes that come out of a compressed chunk at a time: one may hold a thousand times its size."""

MAX_LINE = 100_000_000
"""Bytes of one line; the largest inline witness of 2^20 signals has 80 MB."""

POLL_SECONDS = 0.1
GZIP_MAGIC = b"\x1f\x8b"


class BadLine(JobFault):
    """In place of a line that cannot be had: LINE_TOO_LONG (the rest of it was skipped), or GZIP_DAMAGED,
    after which nothing comes."""

    def at(self, number: int) -> JobFault:
        """The fault of the job that line `number` was to be."""
        return JobFault(self.code, f"line {number} {self.message}")


def jsonl_stem(path: Path) -> str | None:
    """The name of a `.jsonl` or `.jsonl.gz` without these endings; None for other files."""
    name = path.name.removesuffix(".gz")
    return name.removesuffix(".jsonl") if name.endswith(".jsonl") else None


def read_lines(handle: int, stop: Stop) -> Iterator[bytes | BadLine]:
    """Lines without their ends, the last also where its end is missing, out of gzip where the stream begins
    like it. Ends early when `stop` is set."""
    ready: queue.Queue[bytes | BadLine | OSError | None] = queue.Queue(maxsize=1)
    thread = threading.Thread(target=_pump, args=(handle, ready), name="lines", daemon=True)
    thread.start()
    while not stop.draining:
        try:
            line = ready.get(timeout=POLL_SECONDS)
        except queue.Empty:
            continue
        if line is None:
            return
        if isinstance(line, OSError):
            raise line
        yield line


def _pump(handle: int, ready: "queue.Queue[bytes | BadLine | OSError | None]") -> None:
    # os.read, not a buffered reader: a daemon thread holding that one's lock at exit is a fatal error.
    try:
        for line in _split(_plain(handle)):
            ready.put(line)
        ready.put(None)
    except BadLine as bad:
        # What came of the last line is of no use.
        ready.put(bad)
        ready.put(None)
    except OSError as error:
        ready.put(error)


def _plain(handle: int) -> Iterator[bytes]:
    """The stream in chunks, uncompressed. Raises BadLine GZIP_DAMAGED, OSError."""
    chunks = iter(lambda: os.read(handle, CHUNK), b"")
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= len(GZIP_MAGIC):
            break
    if not first.startswith(GZIP_MAGIC):
        yield first
        yield from chunks
        return
    yield from _inflated(first, chunks)


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
