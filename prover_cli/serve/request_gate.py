"""Between requests and the pool: who is let in, how it ended, and the numbers for both.

A place at the gate is a place in the pool or its queue. It is taken before a body is read, so that memory is
bounded by places and not by callers.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from prover_cli.circuits.opening import Opened
from prover_cli.faults import Code, Fault, JobFault, MachineFault
from prover_cli.metrics.families import RunMetrics
from prover_cli.outcomes.listeners import guarded
from prover_cli.outcomes.outcome import Outcome
from prover_cli.outcomes.records import Record
from prover_cli.outcomes.result import proved_of
from prover_cli.pool import QueueFull, WorkerPool
from prover_cli.pool.job import ProveJob
from prover_cli.serve.answers import Refusal
from prover_cli.serve.rate_meter import RateMeter
from prover_cli.witness.source import WitnessSource

RECENT = 20
"""Jobs that the page lists."""

UNNAMED = "request-"
"""Begins the id of a job whose client waits for the answer: nobody can ask for it."""

ID_SHOWN = 8
"""Characters of a job's id (22) that status and page show: 84 of its 128 bits stay unknown."""


@dataclass(frozen=True)
class Recent:
    """A finished job, for people."""

    id: str
    """Short: with the whole id of a job anyone could fetch its proof."""
    finished: float
    """Seconds since the epoch."""
    circuit: str
    outcome: str
    code: str | None
    seconds: float | None


class RequestGate:
    """The event loop's; only the pool's futures are resolved elsewhere."""

    def __init__(self, opened: Opened, pool: WorkerPool) -> None:
        self.keys = opened.keys
        self.engine = opened.engine
        self.prepared = frozenset(opened.prepared.tables)
        """Circuits whose keys have tables."""
        interruptible = opened.options.strategy == "threads"
        self.inputs = {
            circuit: opened.keys.input_shapes(circuit, interruptible=interruptible)
            for circuit in opened.keys.mapped
        }
        """Names of the circuits' inputs and the lengths of their arrays, where they are known."""
        self.pool = pool
        self.workers = opened.sizing.workers
        self.places = self.workers + opened.max_queue
        self.taken = 0
        self.draining = False
        self.broken: MachineFault | None = None
        """Why the pool can prove nothing any more."""
        self.began = time.time()
        self.counts = {"proved": 0, "failed": 0}
        self.rate = RateMeter(self.workers, time.monotonic())
        self.recent: deque[Recent] = deque(maxlen=RECENT)
        self.metrics = RunMetrics(pool, opened.keys.mapped)
        self._listeners: list[Callable[[Record], None]] = []
        self._number = 0

    def listen(self, listener: Callable[[Record], None], name: str, say: Callable[[str], None]) -> None:
        """Has it told of every finished job, unless it raises: that is said once, by its name."""
        self._listeners.append(guarded(listener, name, say))

    @property
    def not_ready(self) -> str | None:
        """Why no request should be sent here; None where they are welcome."""
        if self.draining:
            return "draining"
        if self.broken is not None:
            return self.broken.message
        if self.taken >= self.places:
            return "the queue is full"
        return None if any(worker.pid for worker in self.pool.running()) else "no worker has started yet"

    @property
    def rest(self) -> int:
        """Seconds after which a client that was turned away should retry."""
        return self.rate.rest(self.pool.queued)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for the length of the block. Raises Refusal DRAINING, QUEUE_FULL."""
        if self.draining:
            raise Refusal(
                Code.DRAINING,
                "the service is shutting down; retry in 5 s, or use another instance",
                {"retry-after": "5"},
            )
        if self.taken >= self.places:
            raise self._full()
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def prove(self, circuit: str, witness: WitnessSource, job_id: str | None = None) -> Record:
        """Proves, and tells how it ended. Cancelling the task gives the proof up.

        Raises Refusal QUEUE_FULL, and what the pool says of the machine."""
        self._number += 1
        identifier = job_id or f"{UNNAMED}{self._number}"
        job = ProveJob(identifier, circuit, witness)
        try:
            outcome = await asyncio.wrap_future(await self._submitted(job))
        except QueueFull:
            raise self._full() from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise self._stopped() from None
        except RuntimeError:
            raise self._stopped() from None
        except MachineFault as fault:
            self.broken = fault
            raise
        except JobFault as fault:
            return self._ended(Record(identifier, circuit, fault=fault, attempted=True))
        proved = proved_of(outcome, self.keys.curve_of(circuit))
        return self._ended(Record(identifier, circuit, proved=proved, attempted=True))

    async def _submitted(self, job: ProveJob) -> "Future[Outcome]":
        """The pool's future. In a thread, for it may start a worker, which takes a tenth of a second."""
        handing = asyncio.ensure_future(asyncio.to_thread(self.pool.execute, job, block=False))
        try:
            return await asyncio.shield(handing)
        except asyncio.CancelledError:
            handing.add_done_callback(lambda done: None if done.exception() else done.result().cancel())
            raise

    def gave_up(self, circuit: str, fault: Fault, job_id: str | None = None) -> Record:
        """A job that ran out of time."""
        return self._ended(Record(job_id or f"{UNNAMED}{self._number}", circuit, fault=fault, attempted=True))

    def _ended(self, record: Record) -> Record:
        if record.proved is not None:
            self.rate.made(record.proved.seconds, time.monotonic())
        self.counts[record.outcome] += 1
        seconds = round(record.proved.seconds, 4) if record.proved else None
        code = record.fault.code if record.fault else None
        self.recent.appendleft(
            Recent(_shortened(record.id), time.time(), record.circuit, record.outcome, code, seconds)
        )
        for listener in self._listeners:
            listener(record)
        return record

    def _full(self) -> Refusal:
        return Refusal(
            Code.QUEUE_FULL,
            f"queue full ({self.taken} of {self.places}); retry in {self.rest} s",
            {"retry-after": str(self.rest)},
        )

    @staticmethod
    def _stopped() -> Refusal:
        return Refusal(
            Code.CANCELLED, "the service stopped before the proof was finished", {"retry-after": "5"}
        )


def _shortened(identifier: str) -> str:
    """Enough of a job's id to find it in the log, and too little to fetch it with."""
    return identifier if identifier.startswith(UNNAMED) else f"{identifier[:ID_SHOWN]}…"
