"""One machine of the fleet: passes BullMQ jobs to the pool, as many at a time as it has slots.

BullMQ does the queueing: locks and their renewal, retries with backoff, stalled jobs of dead machines. This
module adds what it cannot know: which failures a retry cannot fix, and what must not stay in Redis.
"""

import asyncio
import logging
import os
import re
import socket
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

import bullmq.utils
import bullmq.worker
from bullmq import Job, UnrecoverableError, Worker

from prover_cli.circuits.keys import Keys
from prover_cli.faults import Code, Fault, JobFault, MachineFault
from prover_cli.formats.snarkjs import format_public, snarkjs_text
from prover_cli.intake.paths import Paths
from prover_cli.names import as_text, shown
from prover_cli.outcomes.listeners import guarded
from prover_cli.outcomes.outcome import Outcome
from prover_cli.outcomes.records import Record
from prover_cli.outcomes.result import proved_of
from prover_cli.pool import WorkerPool
from prover_cli.pool.job import ProveJob
from prover_cli.queue.connection import client, fault_of, is_passing, is_refused
from prover_cli.queue.messages import (
    JOB_NAME,
    PRIVATE,
    Asked,
    failure_text,
    parse_data,
    parse_failure,
    return_value,
    size_of,
    without_private,
)
from prover_cli.queue.options import KEEP_COUNT, KEEP_SECONDS, WorkOptions
from prover_cli.supervision import logged, logger
from prover_cli.writing import write_atomically

LOG = logger(__name__)

FIRST_PROGRESS_SECONDS = 0.5
"""Before the first progress update. One costs 2 ms, and short proofs need none."""

PROGRESS_SECONDS = 5.0
"""Between two progress updates of a long proof."""

RETRY_MS = 1000
"""Between two tries to reach Redis for the next job."""


class _Silent:
    """Replaces `traceback` in BullMQ's modules. They print errors to standard error that they also emit as
    events, but our standard error is for people or for JSON."""

    @staticmethod
    def print_exc() -> None:
        pass


bullmq.utils.traceback = bullmq.worker.traceback = _Silent


class WorkerListener(Protocol):
    """Receives a worker's events."""

    def job(self, record: Record) -> None: ...
    def trouble(self, text: str) -> None: ...


class _TryAgain(Exception):
    """A failure that a retry may fix. Its text is the reason that the producer sees."""


class _Worker(Worker):  # type: ignore[misc]  # (BullMQ has no types)
    """BullMQ's worker, with three corrections. The original mistakes a refused password for a lost connection
    and waits silently. It logs a read-only server as an error ten times per second. And it leaves unreadable
    jobs where they are until their locks expire."""

    def isConnectionError(self, error: Exception) -> bool:  # noqa: N802  (BullMQ's name)
        if is_refused(error):
            return False
        return is_passing(error) or bool(super().isConnectionError(error))

    async def nextJobFromJobData(  # noqa: N802  (BullMQ's name)
        self,
        job_data: Any = None,
        job_id: Any = None,
        limit_until: Any = 0,
        delay_until: Any = 0,
        token: Any = None,
    ) -> Any:
        """Marks a job to be failed if it cannot be read, or if BullMQ could not handle its options later."""
        try:
            job = await super().nextJobFromJobData(job_data, job_id, limit_until, delay_until, token)
            if job is None or _has_sound_options(job.opts):
                return job
            why = "its options are not BullMQ's"
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            why = "its data or its options are not JSON"
        bad = Job(self, JOB_NAME, {}, {}, job_id)
        bad.token = token
        bad.deferredFailure = failure_text(JobFault(Code.BAD_REQUEST, f"the job cannot be read: {why}"))
        return bad


def _has_sound_options(options: Any) -> bool:
    """Whether the options have the types that BullMQ expects when a job ends."""
    if not isinstance(options, dict) or not isinstance(options.get("attempts", 0), int):
        return False
    backoff = options.get("backoff")
    if backoff is not None and not (
        isinstance(backoff, dict) and isinstance(backoff.get("delay", 0), int | float)
    ):
        return False
    kept = (options.get(name) for name in ("removeOnComplete", "removeOnFail"))
    return all(one is None or isinstance(one, bool | int | dict) for one in kept)


class FleetWorker:
    """Serves a queue until it is closed. Runs in one event loop; the pool has its own threads."""

    def __init__(
        self,
        options: WorkOptions,
        keys: Keys,
        pool: WorkerPool,
        paths: Paths,
        slots: int,
        listener: WorkerListener,
        counts: Callable[[Record], None],
    ) -> None:
        self.machine = f"{socket.gethostname()}-{os.getpid()}"
        self.broken: MachineFault | None = None
        self.counts = {"proved": 0, "failed": 0}
        self._options = options
        self._keys = keys
        self._pool = pool
        self._paths = paths
        self._listener = listener
        self._listeners = (
            guarded(counts, "metrics", listener.trouble),
            guarded(listener.job, "log", listener.trouble),
        )
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()
        lock = round(options.lock_seconds * 1000)
        kept = {"age": round(KEEP_SECONDS), "count": KEEP_COUNT}
        self._worker = _Worker(
            options.where.queue,
            self._process,
            {
                "connection": client(options.where.redis),
                "prefix": options.where.prefix,
                "name": self.machine,
                "concurrency": slots,
                "lockDuration": lock,
                "stalledInterval": lock,
                "maxStalledCount": options.max_stalled,
                "runRetryDelay": RETRY_MS,
                "removeOnComplete": kept,
                "removeOnFail": kept,
                "autorun": False,
            },
        )
        self._worker.on("error", self._trouble)
        self._worker.on("completed", self._completed)
        self._worker.on("failed", self._unreadable)
        self._worker.on(
            "stalled",
            lambda job_id: listener.trouble(f"the machine of job {shown(str(job_id), 120)} was lost"),
        )

    @property
    def running(self) -> int:
        """Number of jobs in progress."""
        return self._running

    async def run(self) -> None:
        """Returns when it has been closed and its jobs are done."""
        await self._worker.run()

    async def close(self, *, force: bool) -> None:
        """Takes no more jobs and waits for those in progress. With `force` they are left to other machines,
        which take them when their locks expire."""
        await self._worker.close(force)
        for task in self._tasks:
            task.cancel()

    async def _process(self, job: Any, token: str) -> dict[str, object]:
        """BullMQ calls this for each job. Returns its return value, or raises the reason of its failure."""
        # Only reasons: our stack traces in Redis would help nobody.
        job.opts["stackTraceLimit"] = 0
        self._running += 1
        telling = self._soon(self._tell_progress(job))
        try:
            return await self._prove(job)
        except MachineFault as fault:
            self.broken = fault
            raise _TryAgain(failure_text(fault)) from None
        except Fault as fault:
            self._ended(Record(_name(job), _circuit_of(job), fault=fault, attempted=True))
            raise (_TryAgain if fault.kind.again else UnrecoverableError)(failure_text(fault)) from None
        finally:
            self._running -= 1
            telling.cancel()

    async def _prove(self, job: Any) -> dict[str, object]:
        try:
            # In a thread: a job may have 80 MB, and a worker may have to be started for it.
            asked, future = await asyncio.to_thread(self._hand_over, job)
        except RuntimeError:
            raise JobFault(Code.CANCELLED, "the machine is shutting down") from None
        outcome = await asyncio.wrap_future(future)
        proved = proved_of(outcome, self._keys.curve_of(asked.circuit))
        record = Record(asked.id, asked.circuit, proved=proved, attempted=True)
        value = return_value(record, self.machine, without_signals=False)
        if size_of(value) > self._options.max_result:
            value = await asyncio.to_thread(self._shortened, job.id, record)
        self._ended(record)
        return value

    def _hand_over(self, job: Any) -> "tuple[Asked, Future[Outcome]]":
        asked = parse_data(job.data, job.name, _name(job), self._keys, self._paths)
        return asked, self._pool.execute(ProveJob(asked.id, asked.circuit, asked.witness))

    def _shortened(self, job_id: str, record: Record) -> dict[str, object]:
        """The return value without public signals, which go to the results folder if there is one."""
        value = return_value(record, self.machine, without_signals=True)
        folder = self._options.results
        if folder is not None and record.proved is not None:
            name = f"{re.sub(r'[^A-Za-z0-9._-]', '_', job_id)}.public.json"
            try:
                write_atomically(folder / name, snarkjs_text(format_public(record.proved.public_signals)))
            except OSError as error:
                raise JobFault(
                    Code.OUTPUT_NOT_WRITABLE, f"cannot write {folder / name}: {error.strerror or error}"
                ) from None
            value["publicSignalsFile"] = name
        return value

    async def _tell_progress(self, job: Any) -> None:
        """Sends progress updates while a proof takes long."""
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(FIRST_PROGRESS_SECONDS)
        with logged(LOG, "sending a progress update", logging.DEBUG):
            while True:
                seconds = round(asyncio.get_running_loop().time() - began, 1)
                await job.updateProgress({"stage": "proving", "machine": self.machine, "seconds": seconds})
                await asyncio.sleep(PROGRESS_SECONDS)

    def _completed(self, job: Any, result: object) -> None:
        """Removes the witness, which is no longer needed, before the result is collected."""
        if isinstance(job.data, dict) and not PRIVATE.isdisjoint(job.data):
            self._soon(self._forget_witness(job))

    async def _forget_witness(self, job: Any) -> None:
        # The job may already be gone, along with its witness.
        with logged(LOG, "removing a witness from Redis", logging.INFO):
            await job.updateData(without_private(job.data))

    def _ended(self, record: Record) -> None:
        self.counts[record.outcome] += 1
        for listener in self._listeners:
            listener(record)

    def _unreadable(self, job: Any, error: Exception) -> None:
        """Counts a job that failed before it reached us."""
        if job.deferredFailure:
            self._ended(Record(_name(job), "", fault=parse_failure(str(error)), attempted=True))

    def _trouble(self, error: Exception, job: Any = None) -> None:
        if is_refused(error):
            self.broken = self.broken or fault_of(self._options.where.redis, error)
            return
        about = f" (job {_name(job)})" if job is not None else ""
        words = str(error).splitlines()[0][:200] if str(error) else ""
        self._listener.trouble(as_text(f"{type(error).__name__}: {words}{about}"))

    def _soon(self, work: Any) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _name(job: Any) -> str:
    return shown(str(job.id), 120)


def _circuit_of(job: Any) -> str:
    circuit = job.data.get("circuitId") if isinstance(job.data, dict) else None
    return as_text(circuit if isinstance(circuit, str) else str(job.name))
