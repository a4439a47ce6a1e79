"""The run loop: jobs from the sources into the pool, outcomes from the pool into the sink.

Two threads: the caller's reads jobs and hands them out; the writer takes finished ones, in completion
order or in input order, and tells sink, manifest and listeners. A credit a job bounds what is in flight,
and is given back when the job's result is written: reading pauses when proving or writing does.
"""

import hashlib
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from pathlib import Path

from prover_cli.batch.jobs import Job, check_file_id
from prover_cli.batch.manifest import Manifest
from prover_cli.batch.resume import Resume
from prover_cli.batch.sinks import OutputClosed, Sink
from prover_cli.errors import Fault, JobFault, MachineFault
from prover_cli.formats.curves import Curve
from prover_cli.jobs.records import Listener, Record
from prover_cli.jobs.result import proved_of
from prover_cli.pool import Outcome, ProveJob
from prover_cli.pool.proves import Proves
from prover_cli.stop import Stop

POLL_SECONDS = 0.1
"""How long a signal may go unseen while the loop waits for the pool."""

MAX_FAILURES_KEPT = 10_000
"""Failures that the summary lists; all are counted, and the manifest has each."""


@dataclass
class Totals:
    """Counts of a run."""

    proved: int = 0
    failed: int = 0
    skipped: int = 0
    defects: int = 0
    """Proofs that only the plain path got right."""


@dataclass
class Result:
    """How a run ended."""

    totals: Totals = field(default_factory=Totals)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    """Id, code and message. Not the faults: each would keep its traceback, 5 KB of frames, alive."""
    machine_fault: MachineFault | None = None
    output_closed: bool = False
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        if self.machine_fault:
            return self.machine_fault.exit_code
        if self.interrupted:
            return 130
        return 1 if self.totals.failed or self.output_closed else 0


@dataclass(frozen=True)
class _Finished:
    number: int
    record: Record | None
    """None where the pool was stopped before the job was done: it leaves no trace."""
    fault: MachineFault | None = None


class Run:
    """One run. `execute` is called once."""

    def __init__(
        self,
        pool: Proves,
        sink: Sink,
        stop: Stop,
        *,
        curve_of: Callable[[str], Curve],
        manifest: Manifest | None = None,
        resume: Resume | None = None,
        listeners: Sequence[Listener] = (),
        ordered: bool = False,
        fail_fast: bool = False,
        in_flight: int,
        file_ids: bool,
    ) -> None:
        self._pool = pool
        self._sink = sink
        self._stop = stop
        self._curve_of = curve_of
        self._manifest = manifest
        self._resume = resume
        self._listeners = listeners
        self._ordered = ordered
        self._fail_fast = fail_fast
        self._file_ids = file_ids
        self._credits = threading.Semaphore(in_flight)
        self._in_flight = in_flight
        self._finished: queue.SimpleQueue[_Finished | None] = queue.SimpleQueue()
        self._seen: set[bytes] = set()
        self.result = Result()

    def execute(self, jobs: Iterable[Job]) -> Result:
        """Runs all jobs, or as many as signals, `fail_fast` and the machine let it."""
        writer = threading.Thread(target=self._write_all, name="writer")
        writer.start()
        try:
            for number, job in enumerate(jobs):
                if not self._take_credit():
                    break
                self._hand_out(number, job)
                if self._stop.draining:
                    break
            self._pool.finish()
            self._settle()
        except OSError as error:
            self._give_up(
                MachineFault("SOURCE_FAILED", f"reading the jobs failed: {error.strerror or error}")
            )
            self._settle()
        finally:
            if self._stop.at_once or self.result.machine_fault:
                self._pool.shutdown(drain=False)
            self._finished.put(None)
            writer.join()
        self.result.interrupted = self._stop.interrupted
        return self.result

    def _take_credit(self) -> bool:
        """Waits for room; False where the run is to end instead."""
        while not self._credits.acquire(timeout=POLL_SECONDS):
            if self._stop.draining:
                return False
        return True

    def _settle(self) -> None:
        """Waits until everything handed out is written, or a second signal comes."""
        for _ in range(self._in_flight):
            while not self._credits.acquire(timeout=POLL_SECONDS):
                if self._stop.at_once or self.result.machine_fault:
                    return

    # ---- handing out

    def _hand_out(self, number: int, job: Job) -> None:
        try:
            fault = job.fault or self._refusal(job)
            if fault is None and self._resume is not None and self._resume.stands(job):
                record = Record(job.id, job.circuit, skipped=True, extra=job.extra)
                self._finished.put(_Finished(number, record))
                return
            if fault is not None or job.witness is None:
                self._fail(number, job, fault or JobFault("BAD_LINE", "the job has no witness"))
                return
            future = self._pool.execute(ProveJob(job.id, job.circuit, job.witness))
        except Fault as raised:
            self._fail(number, job, raised)
            return
        future.add_done_callback(lambda done: self._finished.put(self._done(number, job, done)))

    def _fail(self, number: int, job: Job, fault: Fault) -> None:
        if isinstance(fault, MachineFault):
            self._finished.put(_Finished(number, None, fault))
        else:
            self._finished.put(_Finished(number, Record(job.id, job.circuit, fault=fault, extra=job.extra)))

    def _refusal(self, job: Job) -> Fault | None:
        """What is wrong with a job before anything is proved."""
        try:
            self._curve_of(job.circuit)
            if self._file_ids:
                check_file_id(job.id)
                # Ids are compared without regard to case, for every disk is to hold them.
                name = f"{job.circuit}/{job.id.casefold()}".encode(errors="surrogatepass")
                digest = hashlib.blake2b(name, digest_size=16).digest()
                if digest in self._seen:
                    raise JobFault(
                        "DUPLICATE_ID",
                        f'id "{job.id}" came before in this run; its first job keeps the name',
                    )
                self._seen.add(digest)
        except JobFault as fault:
            return fault
        return None

    def _done(self, number: int, job: Job, future: "Future[Outcome]") -> _Finished:
        try:
            outcome = future.result()
        except CancelledError:
            return _Finished(number, None)
        except MachineFault as fault:
            return _Finished(number, None, fault)
        except Fault as fault:
            record = Record(job.id, job.circuit, fault=fault, extra=job.extra, attempted=True)
            return _Finished(number, record)
        proved = proved_of(outcome, self._curve_of(job.circuit))
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

    def _write(self, finished: _Finished) -> None:
        try:
            if finished.fault is not None:
                self._give_up(finished.fault)
            elif finished.record is not None and not self.result.machine_fault:
                self._record(finished.record)
        except MachineFault as fault:
            self._give_up(fault)
        except OutputClosed:
            self.result.output_closed = True
            self._stop.drain()
        finally:
            self._credits.release()

    def _record(self, record: Record) -> None:
        if not self.result.output_closed:
            fault = self._sink.write(record)
            if fault is not None:
                record = replace(record, proved=None, fault=fault)
        if self._manifest is not None and not record.skipped:
            self._manifest.append(record)
        totals = self.result.totals
        if record.skipped:
            totals.skipped += 1
        elif record.fault is None:
            totals.proved += 1
            totals.defects += record.proved is not None and record.proved.defect
        else:
            totals.failed += 1
            if len(self.result.failures) < MAX_FAILURES_KEPT:
                self.result.failures.append((record.id, record.fault.code, record.fault.message))
            if self._fail_fast:
                self._stop.drain()
        for listener in self._listeners:
            listener.finished(record)

    def _give_up(self, fault: MachineFault) -> None:
        """The machine failed us: the first fault is what the run ends with."""
        self.result.machine_fault = self.result.machine_fault or fault
        self._stop.drain()


def source_folders(names: Sequence[str]) -> list[Path]:
    """Where a key may lie: the folders among the sources, and those of the files."""
    folders = []
    for name in names:
        if name != "-":
            path = Path(name)
            folders.append(path if path.is_dir() else path.parent)
    return folders
