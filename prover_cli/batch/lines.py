"""Lines of a stream, read no faster than they are taken, with a wait that a signal can end.

A thread does the blocking reads and holds at most one line ready, so that the main thread never blocks
in a read and a Ctrl-C is seen at once, on every platform.
"""

import os
import queue
import threading
from collections.abc import Iterator

from prover_cli.stop import Stop

CHUNK = 1 << 16
MAX_LINE = 100_000_000
"""Bytes of one line; the largest inline witness of 2^20 signals has 80 MB."""

POLL_SECONDS = 0.1


class LineTooLong(Exception):
    """In place of a line past MAX_LINE; the rest of it was skipped."""


def read_lines(handle: int, stop: Stop) -> Iterator[bytes | LineTooLong]:
    """Lines without their ends, the last also where its end is missing. Ends early when `stop` is set."""
    ready: queue.Queue[bytes | LineTooLong | OSError | None] = queue.Queue(maxsize=1)
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


def _pump(handle: int, ready: "queue.Queue[bytes | LineTooLong | OSError | None]") -> None:
    # os.read, not a buffered reader: a daemon thread holding that one's lock at exit is a fatal error.
    try:
        for line in _split(handle):
            ready.put(line)
        ready.put(None)
    except OSError as error:
        ready.put(error)


def _split(handle: int) -> Iterator[bytes | LineTooLong]:
    parts: list[bytes] = []
    length = 0
    skipping = False
    while chunk := os.read(handle, CHUNK):
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
                yield LineTooLong()
            parts, length, skipping = [], 0, True
    if any(parts) and not skipping:
        yield b"".join(parts).removesuffix(b"\r")
