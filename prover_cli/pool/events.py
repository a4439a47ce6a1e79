"""What a worker tells the main process beside its answers: signs of life, and where it is.

One pipe a worker, messages far below what a pipe takes at once, so that none is ever torn; its end is the
worker's end. The answers themselves go through the executor.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection

BEAT_SECONDS = 5.0
"""Between two signs of life: 128 workers take a thousandth of a core of the main process."""

BEAT, UP, PROVING, OPENED, STUCK = b"b", b"u", b"p", b"o", b"s"


class Telling:
    """The worker's end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self.turn = 0
        """That of the job which the worker has."""
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def up(self) -> None:
        """The worker has come up: what ends it from here on is a job's fault, or its own."""
        self._send(UP)

    def proving(self) -> None:
        """The circuit is open; the proof begins."""
        self._send(PROVING + self.turn.to_bytes(8, "little"))

    def stuck(self) -> None:
        """The calculation of the witness has taken too long, and only the end of the process ends it."""
        self._send(STUCK + self.turn.to_bytes(8, "little"))

    def opened(self, circuit: str, seconds: float) -> None:
        """A circuit was opened."""
        self._send(OPENED + round(seconds * 1e6).to_bytes(8, "little") + circuit.encode()[:1000])

    def _beat(self) -> None:
        while self._send(BEAT):
            time.sleep(BEAT_SECONDS)

    def _send(self, message: bytes) -> bool:
        with self._lock, suppress(OSError, ValueError):
            self._pipe.send_bytes(message)
            return True
        return False


def heard(pipe: Connection) -> Iterator[tuple[bytes, int, str]]:
    """What lies in the pipe: kind, then turn or microseconds, then a circuit. Ends with the worker."""
    with suppress(EOFError, OSError):
        while pipe.poll():
            message = pipe.recv_bytes(1 << 12)
            number = int.from_bytes(message[1:9], "little")
            yield message[:1], number, message[9:].decode(errors="replace")
