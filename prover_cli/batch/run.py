"""The run loop: jobs from the sources into the pool, outcomes from the pool into the sink.

Two threads: the caller's reads jobs and hands them out; the writer takes finished ones, in completion
order or in input order, and tells sink, manifest and listeners. A credit a job bounds what is in flight,
and is given back when the job's result is written: reading pauses when proving or writing does.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from types import MappingProxyType

from prover_cli.batch.failure_limit import FailureLimit
from prover_cli.batch.manifest import Manifest
from prover_cli.batch.refusal import Refusals
from prover_cli.batch.resume import Resume
from prover_cli.batch.sinks import OutputClosed, Sink
from prover_cli.counting import counted
from prover_cli.faults import Code, Fault, JobFault, MachineFault, shortage, unexpected
from prover_cli.formats.curves import Curve
from prover_cli.intake.jobs import Job
from prover_cli.names import as_text, shown
from prover_cli.outcomes.listeners import Listener, guarded
from prover_cli.outcomes.outcome import Outcome
from prover_cli.outcomes.records import Record
from prover_cli.outcomes.result import proved_of
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.job import ProveJob
from prover_cli.report.result import MAX_FAILURES_KEPT, CircuitCounts, Result
from prover_cli.stop import Stop
from prover_cli.supervision import logger, supervised

LOG = logger(__name__)

POLL_SECONDS = 0.1
"""How long a signal may go unseen while the loop waits for the pool."""

GOODBYE_SECONDS = 5.0
"""How long a run that is ended at once waits for the pool to give back what it had."""


@dataclass(frozen=True)
class _Finished:
    number: int
    record: Record | None
    """None where the pool was stopped before the job was done: it leaves no trace."""
    fault: MachineFault | None = None


class Run:
    """One run. `execute` is called once. `total` is how many jobs there are, where anybody knows. `warn` is
    told of a listener that was switched off, by its name, and `note` of what a signal does."""

    def __init__(
        self,
        pool: ProofExecutor,
        sink: Sink,
        stop: Stop,
        *,
        curve_of: Callable[[str], Curve],
        manifest: Manifest | None = None,
        resume: Resume | None = None,
        listeners: Mapping[str, Listener] = MappingProxyType({}),
        ordered: bool = False,
        fail_fast: bool = False,
        failure_limit: FailureLimit | None = None,
        total: int | None = None,
        in_flight: int,
        file_ids: bool,
        warn: Callable[[str], None] | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self._pool = pool
        self._sink = sink
        self._stop = stop
        self._curve_of = curve_of
        self._manifest = manifest
        self._resume = resume
        say = warn or LOG.warning
        self._listeners = [guarded(one.finished, name, say) for name, one in listeners.items()]
        self._ordered = ordered
        self._failure_limit = FailureLimit("--fail-fast", count=1) if fail_fast else failure_limit
        self._total = total
        self._note = note or LOG.info
        self._credits = threading.Semaphore(in_flight)
        self._in_flight = in_flight
        self._settled = 0
        """Credits that are back for good."""
        self._finished: queue.SimpleQueue[_Finished | None] = queue.SimpleQueue()
        self._refusals = Refusals(curve_of, file_ids=file_ids)
        self._unread = 0
        """Jobs that were read when the run was to end, and not handed out."""
        self.result = Result()

    def execute(self, jobs: Iterable[Job]) -> Result:
        """Runs all jobs, or as many as signals, `failure_limit` and the machine let it."""
        writer = supervised(self._write_all, "writer", LOG, self._writer_lost)
        writer.start()
        try:
            fault = self._read(jobs)
            self._settle()
            if fault is not None:
                self._give_up(fault)
        finally:
            if self._stop.at_once or self.result.machine_fault:
                self._pool.shutdown(drain=False)
                self._await_the_rest()
            self._finished.put(None)
            writer.join()
        self._account()
        self.result.interrupted = self._stop.interrupted
        return self.result

    def _read(self, jobs: Iterable[Job]) -> MachineFault | None:
        """Hands out jobs until there are no more, or the run is to end. What is wrong with the source ends
        the run too, once the jobs that came out of it before are done."""
        try:
            for number, job in enumerate(jobs):
                self.result.totals.read += 1
                if not self._take_credit():
                    self._unread += 1
                    break
                self._hand_out(number, job)
                if self._stop.draining:
                    break
            self._pool.finish()
        except OSError as error:
            return MachineFault(Code.SOURCE_FAILED, f"reading the jobs failed: {error.strerror or error}")
        except Exception as error:
            return _unforeseen("reading the jobs failed", error)
        return None

    def _account(self) -> None:
        """Says what became of the jobs that ended nowhere. Where that cannot be said, we are at fault."""
        totals = self.result.totals
        totals.left += self._unread
        missing = totals.read - totals.accounted
        if missing and (self._stop.at_once or self.result.machine_fault):
            totals.left += missing  # their workers did not give them back in time
        elif missing:
            self._give_up(
                MachineFault(
                    Code.INTERNAL,
                    f"{missing} of {counted(totals.read, 'job')} ended without a result: this is a defect of "
                    "prove-batch; please report it, and prove the missing jobs with --resume",
                )
            )

    def _take_credit(self) -> bool:
        """Waits for room; False where the run is to end instead."""
        while not self._credits.acquire(timeout=POLL_SECONDS):
            if self._stop.draining:
                return False
        return True

    def _settle(self) -> None:
        """Waits until everything handed out is written, or a second signal comes. Where the run ends early,
        what only waits is given back."""
        told = False
        while self._settled < self._in_flight:
            if self._stop.draining:
                self._pool.give_back()
                told = told or self._tell_of_signal()
            if self._credits.acquire(timeout=POLL_SECONDS):
                self._settled += 1
            elif self._stop.at_once or self.result.machine_fault:
                return

    def _tell_of_signal(self) -> bool:
        """Says what a first signal is waiting for; whether there was one."""
        if self._stop.interrupted:
            proving = sum(worker.job_id is not None for worker in self._pool.running())
            what = {0: "proofs that have started are", 1: "1 proof is"}.get(proving, f"{proving} proofs are")
            self._note(f"interrupted: {what} being finished; Ctrl-C again stops now")
        return self._stop.interrupted

    def _await_the_rest(self) -> None:
        """Waits for the last futures of a pool that was shut down: other threads may be resolving them."""
        until = time.monotonic() + GOODBYE_SECONDS
        while self._settled < self._in_flight:
            if not self._credits.acquire(timeout=max(0.0, until - time.monotonic())):
                return
            self._settled += 1

    # ---- handing out

    def _hand_out(self, number: int, job: Job) -> None:
        try:
            fault = self._refusals.refusal(job)
            if fault is None and self._resume is not None and self._resume.stands(job):
                record = Record(job.id, job.circuit, skipped=True, extra=job.extra)
                self._finished.put(_Finished(number, record))
                return
            if fault is not None or job.witness is None:
                self._fail(number, job, fault or JobFault(Code.BAD_LINE, "the job has no witness"))
                return
            future = self._pool.execute(ProveJob(job.id, job.circuit, job.witness))
        except Fault as raised:
            self._fail(number, job, raised)
            return
        except Exception as error:
            self._fail(number, job, _unforeseen(f"job {shown(job.id)}", error))
            return
        future.add_done_callback(lambda done: self._finished.put(self._done(number, job, done)))

    def _fail(self, number: int, job: Job, fault: Fault) -> None:
        if isinstance(fault, MachineFault):
            self._finished.put(_Finished(number, None, fault))
        else:
            # Also of an id that is not text: what writes and shows results takes text only.
            record = Record(as_text(job.id), as_text(job.circuit), fault=fault, extra=job.extra)
            self._finished.put(_Finished(number, record))

    def _done(self, number: int, job: Job, future: "Future[Outcome]") -> _Finished:
        """Never raises: what a future's callback raises is lost, and its job with it."""
        try:
            proved = proved_of(future.result(), self._curve_of(job.circuit))
        except CancelledError:
            return _Finished(number, None)
        except MachineFault as fault:
            return _Finished(number, None, fault)
        except Fault as fault:
            record = Record(job.id, job.circuit, fault=fault, extra=job.extra, attempted=True)
            return _Finished(number, record)
        except Exception as error:
            return _Finished(number, None, _unforeseen(f"the result of job {shown(job.id)}", error))
        return _Finished(number, Record(job.id, job.circuit, proved=proved, extra=job.extra, attempted=True))

    # ---- writing

    def _write_all(self) -> None:
        held: dict[int, _Finished] = {}
        following = 0
        while (finished := self._finished.get()) is not None:
            if not self._ordered:
                self._write(finished)
                continue
            held[finished.number] = finished
            while following in held:
                self._write(held.pop(following))
                following += 1

    def _writer_lost(self, error: Exception) -> None:
        """No result is written any more: the run ends as where the machine fails it."""
        self._give_up(_unforeseen("writing the results failed", error))

    def _write(self, finished: _Finished) -> None:
        """Never raises: a writer that died would leave its run waiting for ever."""
        record, ended = finished.record, finished.fault is not None or self.result.machine_fault is not None
        try:
            if finished.fault is not None:
                self._give_up(finished.fault)
            if (
                record is None
                or ended
                or self.result.output_closed
                or not self._record(record, finished.number)
            ):
                self.result.totals.left += 1
        except MachineFault as fault:
            self.result.totals.left += 1
            self._give_up(fault)
        except Exception as error:
            self.result.totals.left += 1
            name = shown(record.id) if record is not None else ""
            self._give_up(_unforeseen(f"writing the result of {name}", error))
        finally:
            self._credits.release()

    def _record(self, record: Record, number: int) -> bool:
        """Whether the result could be told; where it could not, its job counts as left."""
        record = replace(record, number=number)
        try:
            fault = self._sink.write(record)
        except OutputClosed:
            self.result.output_closed = True
            self._stop.drain()
            return False
        if fault is not None:
            record = replace(record, proved=None, fault=fault)
            self.result.totals.refused += 1
        if self._manifest is not None and not record.skipped:
            self._manifest.append(record)
        totals = self.result.totals
        unsatisfied = record.fault is not None and record.fault.kind is Code.WITNESS_UNSATISFIED
        if record.proved is not None or unsatisfied:  # others may name any circuit
            counts = self.result.circuits.setdefault(record.circuit, CircuitCounts())
            counts.proved += not unsatisfied
            counts.unsatisfied += unsatisfied
        if record.skipped:
            totals.skipped += 1
        elif record.fault is None:
            totals.proved += 1
            totals.defects += record.proved is not None and record.proved.defect
        else:
            totals.failed += 1
            if len(self.result.failures) < MAX_FAILURES_KEPT:
                self.result.failures.append((record.id, record.fault.code, record.fault.message))
            limit, done = self._failure_limit, totals.proved + totals.failed + totals.skipped
            if limit is not None and limit.is_reached(totals.failed, done, self._total):
                self.result.ended_by = self.result.ended_by or limit.written
                self._stop.drain()
        for listener in self._listeners:
            listener(record)
        return True

    def _give_up(self, fault: MachineFault) -> None:
        """The machine failed us: the first fault is what the run ends with."""
        self.result.machine_fault = self.result.machine_fault or fault
        self._stop.drain()


def _unforeseen(doing: str, error: Exception) -> MachineFault:
    short = shortage(error)
    code = Code.INTERNAL if short is None else Code.OUT_OF_MEMORY
    return MachineFault(code, f"{doing}: {short or unexpected(error)}")
