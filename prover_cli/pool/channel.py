"""What a worker sends to the main process besides its executor's answers: heartbeats, its progress, and
results from a lot that is not finished yet.

There is one pipe per worker. Messages are small enough for a pipe to write atomically, so none is ever torn.
The pipe closes when the worker ends. The answer to the last job of a lot, and so to any single job, goes
through the executor.
"""

import io
import pickle
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.outcomes.outcome import Outcome

BEAT_SECONDS = 5.0
"""Between two heartbeats. 128 workers take a thousandth of a core in the main process."""

BEAT, UP, PROVING, OPENED, STUCK, RESULT = b"b", b"u", b"p", b"o", b"s", b"r"

MOST_BYTES = 4096 - 4
"""Size limit of a message: PIPE_BUF on Linux, minus the length that multiprocessing writes before it."""

MOST_WORDS = 2000
"""Bytes of a fault's text that are sent. The rest of the message is its code and the job's place."""


@dataclass(frozen=True, repr=False)
class Message:
    """One message from a worker."""

    kind: bytes
    number: int
    """The turn, or microseconds."""
    rest: bytes

    @property
    def circuit(self) -> str:
        """The circuit, in OPENED."""
        return self.rest.decode(errors="replace")

    @property
    def results(self) -> Iterator[tuple[int, Outcome | Fault]]:
        """In RESULT: places of jobs in their lot, and their results. Unpickling is safe because the bytes
        come from a process that this one has started."""
        pickled = io.BytesIO(self.rest)
        while pickled.tell() < len(self.rest):
            place, result = pickle.load(pickled)
            yield int(place), result


class WorkerChannel:
    """The worker's end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self.turn = 0
        """The turn of the lot that the worker has."""
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def up(self) -> None:
        """The worker has started. If it ends from here on, a job or the worker itself is to blame."""
        self._send(UP)

    def proving(self) -> None:
        """The circuit is open, and proving begins."""
        self._send(PROVING + self.turn.to_bytes(8, "little"))

    def stuck(self) -> None:
        """Calculating the witness has taken too long, and only ending the process can stop it."""
        self._send(STUCK + self.turn.to_bytes(8, "little"))

    def opened(self, circuit: str, seconds: float) -> None:
        """A circuit was opened."""
        self._send(OPENED + round(seconds * 1e6).to_bytes(8, "little") + circuit.encode()[:1000])

    def answered(self, results: Iterable[tuple[int, Outcome | Fault]]) -> None:
        """Jobs of the lot are done, other than the last one: their places and results. As many as fit go in
        one message."""
        message = head = RESULT + self.turn.to_bytes(8, "little")
        for place, result in results:
            pickled = _pickled(place, result, MOST_BYTES - len(head))
            if len(message) + len(pickled) > MOST_BYTES:
                self._send(message)
                message = head
            message += pickled
        if message != head:
            self._send(message)

    def _beat(self) -> None:
        while self._send(BEAT):
            time.sleep(BEAT_SECONDS)

    def _send(self, message: bytes) -> bool:
        assert len(message) <= MOST_BYTES, "a larger message could be torn"
        with self._lock, suppress(OSError, ValueError):
            self._pipe.send_bytes(message)
            return True
        return False


def _pickled(place: int, result: Outcome | Fault, most: int) -> bytes:
    """Outcomes are small enough for the pipe (see `parcel`). Faults are made so."""
    if isinstance(result, Fault):
        words = result.message.encode()
        if len(words) > MOST_WORDS:
            result = type(result)(result.kind, words[:MOST_WORDS].decode(errors="ignore") + "…")
    pickled = pickle.dumps((place, result), pickle.HIGHEST_PROTOCOL)
    if len(pickled) > most:
        large = JobFault(Code.INTERNAL, f"its result has {len(pickled)} bytes, too many for one message")
        pickled = pickle.dumps((place, large), pickle.HIGHEST_PROTOCOL)
    return pickled


def messages(pipe: Connection) -> Iterator[Message]:
    """The messages in the pipe. Stops at its end, when the worker has ended."""
    with suppress(EOFError, OSError):
        while pipe.poll():
            message = pipe.recv_bytes(MOST_BYTES)
            yield Message(message[:1], int.from_bytes(message[1:9], "little"), message[9:])
