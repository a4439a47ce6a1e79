"""The pool: a bounded queue in front of N slots. A job's future belongs to the pool and is always resolved.

It is resolved by the slot's answer, by the watch over the worker, or by `shutdown`, whichever comes first.
All state is in the ledger and changes under one lock. Futures are resolved outside it.
"""

import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial

from prover_cli.faults import Code, Fault, JobFault, unexpected
from prover_cli.needs import Needs
from prover_cli.outcomes.listeners import guarded
from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.admission import Admission
from prover_cli.pool.arguments import check_arguments
from prover_cli.pool.balance import BALANCERS, Work
from prover_cli.pool.executor import Running
from prover_cli.pool.health import WorkerLimits
from prover_cli.pool.job import CircuitFile, ProveJob, WorkerSetup
from prover_cli.pool.ledger import (
    Handed,
    Ledger,
    Seat,
    Settled,
    no_worker,
)
from prover_cli.pool.limits import machine_limits
from prover_cli.pool.memory import Room
from prover_cli.pool.parcel import unwrap
from prover_cli.pool.pool_events import EventListener, PoolEvent
from prover_cli.pool.slot import Slot, slot_maker
from prover_cli.pool.statistics import WorkerStatistics
from prover_cli.pool.tickets import Ticket
from prover_cli.pool.watch import Watch
from prover_cli.supervision import logger
from prover_cli.systems.choice import arithmetic_of
from prover_cli.temporary_folder import temporary_folder
from prover_cli.witness.source import CALCULATION_SECONDS

LOG = logger(__name__)

A_PROOF = Needs(peak=64 << 20)
"""Used until a proof is measured, if the caller has no estimate."""

GOODBYE = 5.0
"""Seconds that `shutdown` waits for workers to exit. A stuck one does not delay it further."""


class QueueFull(Exception):
    """The queue is full and the caller did not want to wait."""


class WorkerPool:
    """N workers that prove jobs for the given circuits.

    `circuits` are keys that the caller has validated. A worker gets up to `capacity` jobs of one circuit at a
    time, for solvers and devices that can do several at once. `max_queue` limits the number of waiting jobs,
    not counting those being proved. `retries` is how often a job is retried after its worker ended with it:
    it died, was killed, or was replaced because the job took longer than `timeout` seconds of proving or more
    than twice `memory_limit` bytes. Between jobs, a worker is replaced after `max_proofs_per_worker`, or if
    it uses more than `memory_limit`. With `preload`, workers start at once and first open every circuit.
    Inputs that are not below the field's prime are reduced, as in circom, or refused with
    `strict_inputs`. `needs` is an estimate of what a proof takes. With a `seed`, proofs are reproducible,
    but anyone who knows it can undo their zero-knowledge. `listener` is called when something happens to
    a worker. `slots` and `room` are for tests. Raises ValueError and TypeError for wrong arguments, and
    MachineFault OUT_OF_MEMORY if `ulimit -v` leaves no room for so many workers.
    """

    def __init__(
        self,
        circuits: Sequence[CircuitFile],
        workers: int,
        *,
        strategy: str = "processes",
        balance: str = "least-loaded",
        capacity: int = 1,
        max_queue: int | None = None,
        retries: int = 1,
        timeout: float | None = None,
        max_proofs_per_worker: int | None = None,
        memory_limit: int | None = None,
        needs: Needs = A_PROOF,
        preload: bool = False,
        strict_inputs: bool = False,
        engine: str = "auto",
        threads_per_proof: int = 1,
        verify: bool = True,
        digest_secret: bytes = b"",
        seed: bytes | None = None,
        listener: EventListener | None = None,
        slots: Sequence[Slot] | None = None,
        room: Room | None = None,
    ) -> None:
        check_arguments(
            circuits,
            strategy=strategy,
            balance=balance,
            engine=engine,
            whole={
                "workers": (workers, 1),
                "capacity": (capacity, 1),
                "max_queue": (max_queue, 0),
                "retries": (retries, 0),
                "max_proofs_per_worker": (max_proofs_per_worker, 1),
                "memory_limit": (memory_limit, 1),
                "threads_per_proof": (threads_per_proof, 1),
            },
            timeout=timeout,
        )
        self.max_queue = 2 * workers if max_queue is None else max_queue
        self._threads = strategy == "threads"
        self._cpu_started = time.process_time()
        self._scratch = tempfile.TemporaryDirectory(prefix="prove-batch-", dir=temporary_folder())
        setup = WorkerSetup(
            engine=engine,
            circuits=tuple(circuits),
            threads_per_proof=threads_per_proof,
            verify=verify,
            digest_secret=digest_secret,
            seed=seed,
            scratch=self._scratch.name if strategy == "processes" else None,
            timed=timeout is not None,
            calculation_seconds=CALCULATION_SECONDS,
            preload=preload,
            strict_inputs=strict_inputs,
            arithmetic=arithmetic_of(engine),
        )
        if slots is None:
            maker = slot_maker(strategy, setup, workers)
            slots = [maker.make() for _ in range(workers)]
        self._slots = slots
        self._tell = (
            guarded(listener, "listener to the pool", LOG.warning) if listener is not None else _nobody
        )
        self._ledger = Ledger(
            workers,
            BALANCERS[balance](),
            max_queue=self.max_queue,
            retries=retries,
            work=Work({circuit.id: circuit.size for circuit in circuits}),
            max_proofs=max_proofs_per_worker if not self._threads else None,
            capacity=capacity,
            lots={circuit.id: circuit.lot for circuit in circuits if circuit.lot is not None},
        )
        self._changed = threading.Condition()
        self._stopping = False
        self._told_reduced = False
        self._admission = Admission(workers, machine_limits().memory_bytes, needs.memory)
        self._watch = Watch(
            self._ledger,
            slots,
            self._changed,
            WorkerLimits(timeout, memory_limit),
            self._admission,
            room or Room(),
            settle=self._settle,
            answered=self._answered,
            dispatch=self._dispatch,
            listener=self._tell,
        )
        self._watch.start()
        if preload:
            for seat in self._ledger.seats:
                self._start(seat, seat.turn)

    def __repr__(self) -> str:
        what = "threads" if self._threads else "processes"
        ended = ", shut down" if self._stopping else f", {self.queued} waiting"
        return f"<WorkerPool: {len(self._slots)} {what}{ended}>"

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.shutdown(drain=kind is None)

    # ---- what callers use

    def execute(self, job: ProveJob, *, block: bool = True) -> "Future[Outcome]":
        """Queues a job. If the queue is full, waits for room, or raises QueueFull with block=False.

        The future ends with an Outcome, a JobFault (WORKER_CRASHED if every try ended its worker, TIMEOUT if
        each took too long), a MachineFault (NO_WORKER), or is cancelled by `shutdown`. If the caller cancels
        it, the job is dropped if it is waiting, and ended after a second if it is being proved. Raises
        RuntimeError after shutdown.
        """
        ticket = Ticket(job, Future())
        with self._changed:
            while not self._stopping and not self._ledger.all_closed and self._ledger.full(time.monotonic()):
                if not block:
                    raise QueueFull(f"the queue is full ({self._ledger.waiting} jobs waiting)")
                self._changed.wait()
            if self._stopping:
                raise RuntimeError("the pool was shut down")
            if self._ledger.all_closed:
                raise no_worker(self._ledger.start_failure)
            self._ledger.submit(ticket)
        self._dispatch()
        return ticket.future

    def finish(self) -> None:
        """Announces that no more jobs will come. From now on, the longest waiting job goes first."""
        with self._changed:
            self._ledger.closing = True

    def give_back(self) -> None:
        """Cancels the jobs that no worker has yet. Running jobs are not affected."""
        with self._changed:
            left = self._ledger.give_back()
            self._changed.notify_all()
        for ticket in left:
            _cancel(ticket.future)

    @property
    def statistics(self) -> list[WorkerStatistics]:
        """A copy of each worker's totals so far."""
        copies = self._copies(lambda counted: counted.durations[:])
        if self._threads:
            # The CPU time of the native engine's threads cannot be attributed to one worker thread, so the
            # process's time is divided in proportion to busy time.
            busy = sum(copy.busy_seconds for copy in copies) or 1.0
            used = time.process_time() - self._cpu_started
            for copy in copies:
                copy.cpu_seconds = used * copy.busy_seconds / busy
        return copies

    @property
    def counters(self) -> list[WorkerStatistics]:
        """The same without durations, for frequent callers. With threads, CPU seconds are missing."""
        return self._copies(lambda _: array("d"))

    def _copies(self, durations: "Callable[[WorkerStatistics], array[float]]") -> list[WorkerStatistics]:
        with self._changed:
            return [
                replace(
                    seat.statistics,
                    durations=durations(seat.statistics),
                    restart_reasons=dict(seat.statistics.restart_reasons),
                )
                for seat in self._ledger.seats
            ]

    def running(self) -> list[Running]:
        """What each worker is doing now."""
        now = time.monotonic()
        with self._changed:
            return [
                Running(
                    seat.index,
                    slot.pid if slot.started else None,
                    seat.ticket.job.id if seat.ticket else None,
                    now - seat.handed if seat.ticket else 0.0,
                )
                for seat, slot in zip(self._ledger.seats, self._slots, strict=True)
            ]

    @property
    def queued(self) -> int:
        """Number of jobs waiting for a slot or for their turn in a lot."""
        return self._ledger.waiting

    @property
    def most_at_a_time(self) -> int:
        """Number of proofs that may run at a time. Lower than the number of workers if memory is short."""
        return self._admission.most

    def shutdown(self, *, drain: bool = True) -> None:
        """Shuts the pool down. With `drain`, accepted jobs are finished first. Without, waiting jobs are
        cancelled and workers are killed along with theirs. Idempotent."""
        with self._changed:
            self._ledger.closing = True
            if drain:
                while not self._stopping and self._ledger.busy and not self._ledger.all_closed:
                    self._changed.wait()
            already, self._stopping = self._stopping, True
            left = self._ledger.give_up(time.monotonic())
            self._changed.notify_all()
        if already:
            return
        self._watch.stop()
        for slot in self._slots:
            slot.stop(kill=not drain)
        for ticket in left:
            _cancel(ticket.future)
        gone_by = time.monotonic() + GOODBYE
        for slot in self._slots:
            slot.join(gone_by)
        self._scratch.cleanup()

    # ---- the queue

    def _dispatch(self) -> None:
        """Hands waiting jobs to idle slots until there are no more of either."""
        while True:
            with self._changed:
                if self._stopping:
                    return
                handed = self._ledger.hand_out(time.monotonic(), self._admission.most)
                self._changed.notify_all()  # cancelled jobs may have been dropped
                if handed is None:
                    return
            self._feed(handed)

    def _feed(self, handed: Handed) -> None:
        seat = handed.seat
        slot = self._slots[seat.index]
        if not slot.started and not self._start(seat, handed.turn):
            return
        jobs = [ticket.job for ticket in handed.lot.tickets]
        try:
            last = slot.submit(jobs, handed.turn, partial(self._answered, seat, handed.turn))
        except (OSError, RuntimeError, BrokenProcessPool):
            self._watch.report(seat, handed.turn)  # the worker died between two jobs
            return
        self._begun(seat, handed.turn)
        last.add_done_callback(lambda done: self._take_last(handed, done))

    def _take_last(self, handed: Handed, answer: "Future[Outcome]") -> None:
        """Replaces the worker if taking its answer fails. An exception in a future's callback would be lost,
        and its job with it."""
        try:
            self._last_answered(handed, answer)
        except Exception as error:
            LOG.error("taking an answer from worker %d: %s", handed.seat.index, unexpected(error))
            self._watch.report(handed.seat, handed.turn, "its answer could not be processed")

    def _begun(self, seat: Seat, turn: int) -> None:
        """A worker without a pipe starts its next job at once, and cannot report that it did."""
        if self._slots[seat.index].events is None:
            with self._changed:
                self._ledger.proving(seat, turn, time.monotonic())

    def _start(self, seat: Seat, turn: int) -> bool:
        """Starts the seat's worker. Returns False, and reports it, if the machine refuses."""
        slot = self._slots[seat.index]
        try:
            slot.start()
        except (OSError, RuntimeError, BrokenProcessPool) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self._watch.report(seat, turn, reason)
            return False
        if self._stopping:  # `shutdown` may have stopped the slot before there was anything to stop
            slot.stop(kill=True)
            return False
        seat.statistics.pid = slot.pid
        self._watch.started(seat)
        self._tell(PoolEvent("started", seat.index, slot.pid))
        return True

    def _last_answered(self, handed: Handed, answer: "Future[Outcome]") -> None:
        """The slot's executor has the answer to the last job of a lot."""
        result: Outcome | BaseException
        try:
            result = answer.result()
        except (BrokenProcessPool, CancelledError):
            self._watch.report(handed.seat, handed.turn)
            return
        except BaseException as raised:
            result = raised
        several = len(handed.lot.tickets) > 1
        if several and not isinstance(result, Outcome | JobFault):
            # Not specific to this job, and maybe the reason why no other job of the lot was answered. Each
            # one gets its own answer when tried alone.
            detail = result.message if isinstance(result, Fault) else type(result).__name__
            self._watch.report(handed.seat, handed.turn, detail)
            return
        self._answered(handed.seat, handed.turn, len(handed.lot.tickets) - 1, result)

    def _answered(self, seat: Seat, turn: int, place: int, result: Outcome | BaseException) -> None:
        """A job of a lot has an answer. It counts if the slot's turn has not passed."""
        outcome: Outcome | None = None
        if isinstance(result, Outcome):
            try:
                outcome = unwrap(result)
            except OSError as error:
                result = error
        with self._changed:
            if self._stopping:
                return
            answered = self._ledger.answered(seat, turn, place, outcome, time.monotonic())
            if answered is None:
                return
            if seat.due is not None:
                self._watch.wake()
            self._changed.notify_all()
        self._begun(seat, turn)
        ticket, took = answered.ticket, answered.seconds
        job, how = ticket.job, "failed" if outcome is None else "proved"
        self._tell(
            PoolEvent("answered", seat.index, job=job.id, circuit=job.circuit, seconds=took, reason=how)
        )
        if outcome is not None and outcome.reduced is not None and not self._told_reduced:
            self._told_reduced = True
            self._tell(PoolEvent("reduced", job=job.id, circuit=job.circuit, detail=outcome.reduced))
        if outcome is not None:
            done = replace(outcome, worker=seat.index, attempts=ticket.attempts)
            _resolve(ticket.future, lambda: ticket.future.set_result(done))
        else:
            fault = result if isinstance(result, Fault) else JobFault(Code.INTERNAL, type(result).__name__)
            _resolve(ticket.future, lambda: ticket.future.set_exception(fault))
        self._dispatch()

    def _settle(self, settled: Settled) -> None:
        """Resolves the futures affected by a worker's end. Called by the watch."""
        if settled.failed is not None:
            ticket, crashed = settled.failed
            _resolve(ticket.future, partial(ticket.future.set_exception, crashed))
        fault = no_worker(self._ledger.start_failure)
        for left in settled.stranded:
            _resolve(left.future, partial(left.future.set_exception, fault))


def _nobody(_: PoolEvent, /) -> None:
    """Ignores the event."""


def _resolve(future: "Future[Outcome]", how: Callable[[], None]) -> None:
    """Resolves the future unless the caller has cancelled it in the meantime."""
    if future.set_running_or_notify_cancel():
        how()


def _cancel(future: "Future[Outcome]") -> None:
    future.cancel()
    future.set_running_or_notify_cancel()
