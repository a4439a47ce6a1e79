"""Bytes of a stream, read no faster than they are taken, with a wait that a signal can end.

A thread opens and reads, for either may block for ever: a pipe waits for its writer. The main thread waits
for the thread with an eye on signals, so that a Ctrl-C is seen at once, on every platform.
"""

import os
import queue
from collections.abc import Iterator
from pathlib import Path

from prover_cli.stop import Stop
from prover_cli.supervision import logger, supervised

LOG = logger(__name__)

CHUNK = 1 << 16

POLL_SECONDS = 0.1


class TooLong(Exception):
    """A stream holds more than its reader takes."""


class Stopped(Exception):
    """The run is to end: what was read of the stream so far is not its end."""


def chunks(source: int | Path, stop: Stop) -> Iterator[bytes]:
    """What comes out of a handle, or of a file that the thread opens and closes. At most one chunk is read
    ahead. Raises OSError, and Stopped when `stop` is set."""
    ready: queue.Queue[bytes | Exception] = queue.Queue(maxsize=1)
    supervised(lambda: _pump(source, ready), "stream", LOG, ready.put).start()
    while not stop.draining:
        try:
            chunk = ready.get(timeout=POLL_SECONDS)
        except queue.Empty:
            continue
        if isinstance(chunk, Exception):
            raise chunk
        if not chunk:
            return
        yield chunk
    raise Stopped


def gathered(parts: Iterator[bytes], most: int) -> bytes:
    """The whole of a stream. Raises TooLong past `most` bytes, OSError."""
    data = bytearray()
    for chunk in parts:
        data += chunk
        if len(data) > most:
            raise TooLong
    return bytes(data)


def first_bytes(parts: Iterator[bytes], count: int) -> bytes:
    """The beginning of a stream: at least `count` bytes unless it is shorter. Raises OSError."""
    first = b""
    while len(first) < count and (chunk := next(parts, b"")):
        first += chunk
    return first


def _pump(source: int | Path, ready: "queue.Queue[bytes | Exception]") -> None:
    # os.read, not a buffered reader: a daemon thread holding that one's lock at exit is a fatal error.
    try:
        handle = source if isinstance(source, int) else os.open(source, os.O_RDONLY)
        try:
            while chunk := os.read(handle, CHUNK):
                ready.put(chunk)
        finally:
            if not isinstance(source, int):
                os.close(handle)
        ready.put(b"")
    except OSError as error:
        ready.put(error)
