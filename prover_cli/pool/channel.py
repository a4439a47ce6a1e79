"""What a worker tells the main process beside its executor's answers: signs of life, where it is, and the
results of a lot that is not done yet.

One pipe a worker, with messages no larger than what a pipe takes at once, so that none is ever torn; its end
is the worker's end. The answer to a lot's last job, and so to any single job, goes through the executor.
"""

import pickle
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.outcomes.outcome import Outcome

BEAT_SECONDS = 5.0
"""Between two signs of life: 128 workers take a thousandth of a core of the main process."""

BEAT, UP, PROVING, OPENED, STUCK, RESULT = b"b", b"u", b"p", b"o", b"s", b"r"

MOST_BYTES = 4096 - 4
"""Of a message: PIPE_BUF on Linux, less the length that multiprocessing puts before it."""

MOST_WORDS = 2000
"""Bytes of a fault's message that cross with it, the rest of the message being its code and its place."""


@dataclass(frozen=True, repr=False)
class Message:
    """One thing that a worker told."""

    kind: bytes
    number: int
    """The turn, or microseconds."""
    rest: bytes

    @property
    def circuit(self) -> str:
        """Of OPENED."""
        return self.rest.decode(errors="replace")

    @property
    def result(self) -> tuple[int, Outcome | Fault]:
        """Of RESULT: the job's place in its lot, and what became of it. The bytes are those of a process that
        this one has started."""
        place, result = pickle.loads(self.rest)
        return int(place), result


class WorkerChannel:
    """The worker's end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self.turn = 0
        """That of the lot which the worker has."""
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

    def answered(self, place: int, result: Outcome | Fault) -> None:
        """A job of the lot is done, and is not its last one. An outcome is small enough for a pipe (see
        `parcel`)."""
        if isinstance(result, Fault):
            words = result.message.encode()
            if len(words) > MOST_WORDS:
                result = type(result)(result.kind, words[:MOST_WORDS].decode(errors="ignore") + "…")
        head = RESULT + self.turn.to_bytes(8, "little")
        rest = pickle.dumps((place, result), pickle.HIGHEST_PROTOCOL)
        if len(head) + len(rest) > MOST_BYTES:
            large = JobFault(
                Code.INTERNAL, f"its result has {len(rest)} bytes, more than a pipe takes at once"
            )
            rest = pickle.dumps((place, large), pickle.HIGHEST_PROTOCOL)
        self._send(head + rest)

    def _beat(self) -> None:
        while self._send(BEAT):
            time.sleep(BEAT_SECONDS)

    def _send(self, message: bytes) -> bool:
        assert len(message) <= MOST_BYTES, "a larger message could be torn"
        with self._lock, suppress(OSError, ValueError):
            self._pipe.send_bytes(message)
            return True
        return False


def messages(pipe: Connection) -> Iterator[Message]:
    """What lies in the pipe. Ends with the worker."""
    with suppress(EOFError, OSError):
        while pipe.poll():
            message = pipe.recv_bytes(MOST_BYTES)
            yield Message(message[:1], int.from_bytes(message[1:9], "little"), message[9:])
