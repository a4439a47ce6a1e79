"""The pool: a bounded queue in front of N slots. A job's future is the pool's own and is always resolved.

It is resolved by the slot's answer, by the pool's watch over the worker process, or by `shutdown`,
whichever comes first. All state changes under one lock; futures are resolved outside it.
"""

import contextlib
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Pipe, wait

from prover_cli.errors import Fault, JobFault, MachineFault
from prover_cli.pool.balance import SlotLoad, balancer
from prover_cli.pool.job import CircuitFile, Outcome, ProveJob, WorkerSetup
from prover_cli.pool.memory import sample
from prover_cli.pool.parcel import unwrap
from prover_cli.pool.slot import Slot, slot_maker
from prover_cli.pool.statistics import WorkerStatistics

START_TRIES = 3
"""Failed starts in a row after which a slot is closed: a worker that cannot come up would be replaced
for ever."""

SAMPLE_SECONDS = 0.5
"""Between two looks at the workers' memory: one look costs 0.3 ms a worker (measured at 2 GHz)."""


class QueueFull(Exception):
    """The queue is at its limit and the caller did not want to wait."""


@dataclass(eq=False)
class _Ticket:
    """A job on its way, with the future that its caller holds."""

    job: ProveJob
    future: "Future[Outcome]"
    attempts: int = 0


@dataclass
class _Place:
    """A slot and what the pool knows of it."""

    slot: Slot
    statistics: WorkerStatistics
    ticket: _Ticket | None = None
    turn: int = 0
    """Goes up whenever the slot gets or loses a job: an answer or a death of an earlier turn is stale."""
    since: float = 0.0
    failed_starts: int = 0
    closed: bool = False
    circuits: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Running:
    """What one worker is doing, for displays."""

    worker: int
    pid: int | None
    job_id: str | None
    seconds: float


class WorkerPool:
    """N workers that prove jobs of the given circuits.

    `circuits` are keys that the caller has validated. `max_queue` bounds the jobs that wait (those
    being proved apart). `retries` is how often a job is tried again after a worker died with it.
    """

    def __init__(
        self,
        circuits: Sequence[CircuitFile],
        workers: int,
        *,
        strategy: str = "processes",
        balance: str = "least-loaded",
        max_queue: int | None = None,
        retries: int = 1,
        engine: str = "auto",
        threads_per_proof: int = 1,
        verify: bool = True,
        digest_secret: bytes = b"",
    ) -> None:
        if workers < 1:
            raise ValueError("a pool has at least one worker")
        self.max_queue = 2 * workers if max_queue is None else max_queue
        self._retries = retries
        self._threads = strategy == "threads"
        self._cpu_started = time.process_time()
        self._scratch = tempfile.TemporaryDirectory(prefix="prove-batch-")
        setup = WorkerSetup(
            engine=engine,
            circuits=tuple(circuits),
            threads_per_proof=threads_per_proof,
            verify=verify,
            digest_secret=digest_secret,
            scratch=self._scratch.name if strategy == "processes" else None,
        )
        maker = slot_maker(strategy, setup)
        self._balancer = balancer(balance)
        self._places = [_Place(maker.make(), WorkerStatistics(i)) for i in range(workers)]
        self._queue: deque[_Ticket] = deque()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._stopping = False
        self._broken: deque[tuple[_Place, int]] = deque()
        self._wake_receiver, self._wake_sender = Pipe(duplex=False)
        self._watch = threading.Thread(target=self._watch_workers, name="pool-watch", daemon=True)
        self._watch.start()

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.shutdown(drain=kind is None)

    # ---- what callers use

    def execute(self, job: ProveJob, *, block: bool = True) -> "Future[Outcome]":
        """Queues a job. Waits for room where the queue is full, or raises QueueFull with block=False.

        The future ends with an Outcome, a JobFault (WORKER_CRASHED where every try killed its worker),
        a MachineFault (NO_WORKER), or cancelled by `shutdown`. Raises RuntimeError after shutdown.
        """
        ticket = _Ticket(job, Future())
        with self._changed:
            while not self._stopping and self._full():
                if not block:
                    raise QueueFull(f"{len(self._queue)} jobs wait already")
                self._changed.wait()
            if self._stopping:
                raise RuntimeError("the pool was shut down")
            if self._all_closed():
                raise _no_worker()
            self._queue.append(ticket)
        self._dispatch()
        return ticket.future

    @property
    def statistics(self) -> list[WorkerStatistics]:
        """A copy of each worker's totals so far."""
        with self._lock:
            copies = [replace(p.statistics, durations=list(p.statistics.durations)) for p in self._places]
        if self._threads:
            # A thread cannot tell the time of the native engine's own threads from that of its
            # neighbours: what the process used is shared out by busy time.
            busy = sum(copy.busy_seconds for copy in copies) or 1.0
            used = time.process_time() - self._cpu_started
            for copy in copies:
                copy.cpu_seconds = used * copy.busy_seconds / busy
        return copies

    def running(self) -> list[Running]:
        """What each worker is doing now."""
        now = time.monotonic()
        with self._lock:
            return [
                Running(
                    p.statistics.worker,
                    p.slot.pid if p.slot.started else None,
                    p.ticket.job.id if p.ticket else None,
                    now - p.since if p.ticket else 0.0,
                )
                for p in self._places
            ]

    @property
    def queued(self) -> int:
        """Jobs that wait for a slot."""
        return len(self._queue)

    def shutdown(self, *, drain: bool = True) -> None:
        """Ends the pool. With `drain` what was accepted is finished first; without, waiting jobs are
        cancelled and workers are killed with theirs. Idempotent."""
        with self._changed:
            if drain:
                while not self._stopping and self._busy() and not self._all_closed():
                    self._changed.wait()
            already, self._stopping = self._stopping, True
            left = [*self._queue, *(p.ticket for p in self._places if p.ticket)]
            self._queue.clear()
            for place in self._places:
                place.ticket = None
            self._changed.notify_all()
        if already:
            return
        self._wake()
        self._watch.join()
        for place in self._places:
            self._look_at_memory(place)
            place.slot.stop(kill=not drain)
        for ticket in left:
            _cancel(ticket.future)
        self._scratch.cleanup()

    # ---- the queue

    def _full(self) -> bool:
        idle = any(self._idle(place) for place in self._places)
        return len(self._queue) >= self.max_queue and not (idle and not self._queue)

    def _busy(self) -> bool:
        return bool(self._queue) or any(place.ticket for place in self._places)

    def _all_closed(self) -> bool:
        return all(place.closed for place in self._places)

    @staticmethod
    def _idle(place: _Place) -> bool:
        return place.ticket is None and not place.closed

    def _dispatch(self) -> None:
        """Hands waiting jobs to idle slots until one of the two runs out."""
        while True:
            with self._changed:
                idle = {p.statistics.worker: p for p in self._places if self._idle(p)}
                if self._stopping or not self._queue or not idle:
                    return
                ticket = self._queue.popleft()
                loads = [
                    SlotLoad(i, p.statistics.busy_seconds, p.slot.started, frozenset(p.circuits))
                    for i, p in idle.items()
                ]
                place = idle[self._balancer.choose(loads, ticket.job.circuit)]
                place.ticket, place.since = ticket, time.monotonic()
                place.turn += 1
                turn = place.turn
                ticket.attempts += 1
                self._changed.notify_all()
            self._feed(place, ticket, turn)

    def _feed(self, place: _Place, ticket: _Ticket, turn: int) -> None:
        try:
            if not place.slot.started:
                place.slot.start()
                place.statistics.pid = place.slot.pid
                self._wake()
            answer = place.slot.submit(ticket.job)
        except (OSError, RuntimeError, BrokenProcessPool):
            # The worker died between two jobs, or could not be started.
            self._report_broken(place, turn)
            return
        answer.add_done_callback(lambda done: self._answered(place, ticket, turn, done))

    def _answered(self, place: _Place, ticket: _Ticket, turn: int, answer: "Future[Outcome]") -> None:
        """The slot's executor has an answer; it counts if the slot's turn has not passed."""
        outcome: Outcome | None = None
        error: BaseException | None
        try:
            outcome = unwrap(answer.result())
            error = None
        except (BrokenProcessPool, CancelledError):
            self._report_broken(place, turn)
            return
        except BaseException as raised:
            error = raised
        with self._changed:
            if place.turn != turn or self._stopping:
                return
            place.ticket = None
            place.turn += 1
            place.failed_starts = 0
            place.circuits.add(ticket.job.circuit)
            took = time.monotonic() - place.since
            self._count(place.statistics, outcome, took)
            self._changed.notify_all()
        if outcome is not None:
            done = replace(outcome, worker=place.statistics.worker, attempts=ticket.attempts)
            _resolve(ticket.future, lambda: ticket.future.set_result(done))
        else:
            fault = error if isinstance(error, Fault) else JobFault("INTERNAL", type(error).__name__)
            _resolve(ticket.future, lambda: ticket.future.set_exception(fault))
        self._dispatch()

    @staticmethod
    def _count(statistics: WorkerStatistics, outcome: Outcome | None, took: float) -> None:
        statistics.busy_seconds += took
        if outcome is None:
            statistics.failures += 1
        else:
            statistics.proofs += 1
            statistics.cpu_seconds += outcome.cpu_seconds
            statistics.durations.append(outcome.seconds)

    # ---- deaths

    def _report_broken(self, place: _Place, turn: int) -> None:
        """Leaves a death to the watch: an executor that just broke calls back with its own lock held
        (CPython 3.12 on), so it must not be touched from there."""
        self._broken.append((place, turn))
        self._wake()

    def _worker_died(self, place: _Place, turn: int) -> None:
        """Replaces the slot's worker; its job is tried again or reported. Runs in the watch only."""
        failed: _Ticket | None = None
        stranded: list[_Ticket] = []
        with self._changed:
            if self._stopping or place.turn != turn:
                return
            ticket, place.ticket = place.ticket, None
            place.turn += 1
            came_up = place.slot.ready
            place.failed_starts = 0 if came_up else place.failed_starts + 1
            place.closed = place.failed_starts >= START_TRIES
            place.statistics.restarts += 1
            place.circuits.clear()
            place.slot.stop(kill=True)
            if ticket is not None:
                place.statistics.busy_seconds += time.monotonic() - place.since
                if not came_up:
                    ticket.attempts -= 1
                if ticket.attempts > self._retries:
                    failed = ticket
                    place.statistics.failures += 1
                else:
                    self._queue.appendleft(ticket)
            if self._all_closed():
                stranded = list(self._queue)
                self._queue.clear()
            self._changed.notify_all()
        if failed is not None:
            fault = JobFault(
                "WORKER_CRASHED",
                f"the worker died with this job, {failed.attempts} times; the machine may be out of "
                "memory (fewer --workers), or the job sets off a defect",
            )
            _resolve(failed.future, lambda: failed.future.set_exception(fault))
        for left in stranded:
            _resolve(left.future, lambda left=left: left.future.set_exception(_no_worker()))  # type: ignore[misc]  # (a default argument binds the loop variable)
        self._dispatch()

    def _watch_workers(self) -> None:
        """Sees a worker's death from its process, whatever the executor makes of it; samples memory."""
        looked = 0.0
        while not self._stopping:
            watched = {
                process.sentinel: (place, process)
                for place in self._places
                if place.slot.started and (process := place.slot.process) is not None
            }
            ready = wait([self._wake_receiver, *watched], timeout=SAMPLE_SECONDS)
            if self._wake_receiver in ready:
                self._wake_receiver.recv_bytes()
            while self._broken:
                self._worker_died(*self._broken.popleft())
            for sentinel, (place, process) in watched.items():
                # The turn is read before the process is compared: if the slot moves on, it is stale.
                turn = place.turn
                if sentinel in ready and place.slot.started and place.slot.process is process:
                    self._worker_died(place, turn)
            if time.monotonic() - looked >= SAMPLE_SECONDS:
                for place in self._places:
                    self._look_at_memory(place)
                looked = time.monotonic()

    def _look_at_memory(self, place: _Place) -> None:
        if place.slot.started and place.slot.pid:
            private, pss = sample(place.slot.pid)
            counted = place.statistics
            counted.peak_private_bytes = max(counted.peak_private_bytes, private)
            counted.peak_pss_bytes = max(counted.peak_pss_bytes, pss)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_sender.send_bytes(b"!")


def _no_worker() -> MachineFault:
    return MachineFault(
        "NO_WORKER",
        f"no worker is left: each failed to start {START_TRIES} times in a row; see "
        "`prover doctor`, and try --workers 1",
    )


def _resolve(future: "Future[Outcome]", how: Callable[[], None]) -> None:
    """Resolves unless the caller cancelled it meanwhile."""
    if future.set_running_or_notify_cancel():
        how()


def _cancel(future: "Future[Outcome]") -> None:
    future.cancel()
    future.set_running_or_notify_cancel()
