"""What runs in a worker: witness in, verified proof out. The same code serves threads and processes.

A worker opens each circuit once, when its first job comes, and keeps it open. The key is mapped, so workers
share its pages. Importing this module must stay cheap, because every worker does it.
"""

import logging
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from prover_cli.core_dumps import switch_off as switch_off_core_dumps
from prover_cli.faults import Code, Fault, JobFault, MachineFault, SetupFault, shortage, unexpected
from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.channel import WorkerChannel
from prover_cli.pool.job import CircuitFile, ProveJob, TableFile, WorkerSetup
from prover_cli.pool.parcel import wrap
from prover_cli.supervision import logged, logger
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.protocols import Made, Prover
from prover_cli.systems.registry import engine_for, map_key
from prover_cli.thread_faults import tell_in_a_line
from prover_cli.witness.reading import Read, Reader
from prover_cli.witness.source import WitnessSource

if TYPE_CHECKING:
    from pathlib import Path

    from prover_cli.formats.wtns import Witness
    from prover_cli.prepared.tables import MappedTables


LOG = logger(__name__)

TOGETHER_SECONDS = 0.02
"""Proofs that take less are verified with the others of their lot. Of 16 proofs of a circuit with 3
constraints that takes 0.5 ms each instead of 1.1 (Granite Rapids)."""

LONGEST_NAME = 200
"""Characters of a signal's name that are sent to the main process."""


class Worker:
    """Proves jobs for any circuit of the run. Safe to share among threads."""

    def __init__(
        self,
        setup: WorkerSetup,
        opened: Callable[[str, float], None] | None = None,
        stuck: Callable[[], None] | None = None,
    ) -> None:
        """`opened` is called with each circuit that was opened, and the seconds that it took. With `stuck`,
        the calculation of a witness can only be stopped by ending the process, and `stuck` requests that."""
        self._setup = setup
        self._opened = opened
        self._stuck = stuck
        self._engine = choose_engine(setup.engine).engine
        if setup.arithmetic is not None:
            from prover_cli.systems.arithmetic import hand

            hand(setup.arithmetic)
        self._circuits = {circuit.id: circuit for circuit in setup.circuits}
        self._open: dict[str, _Circuit] = {}
        self._ahead: dict[str, tuple[Read | None, float, float]] = {}
        """Witnesses of the present lot that have been calculated, by job, with the share of wall and CPU time
        that each took."""
        self._opening = threading.Lock()

    def prove(
        self,
        job: ProveJob,
        *,
        begun: Callable[[], None] | None = None,
        cancel: bytearray | None = None,
    ) -> Outcome:
        """`begun` is called when the circuit is open and proving begins. A nonzero byte in `cancel` ends the
        proof at its next step.

        Raises JobFault and nothing else. Unexpected exceptions become INTERNAL, without their text, which
        might quote a witness."""
        try:
            return self._prove(job, begun, cancel)
        except Fault:
            raise
        except Exception as error:
            short = shortage(error)
            if short is not None:
                raise JobFault(Code.OUT_OF_MEMORY, f"not enough memory for the proof: {short}") from None
            raise JobFault(Code.INTERNAL, unexpected(error)) from None

    def prove_for_pipe(self, job: ProveJob, begun: Callable[[], None] | None) -> Outcome:
        """The same, small enough to be sent in one piece."""
        outcome = self.prove(job, begun=begun)
        return wrap(outcome, self._setup.scratch) if self._setup.scratch else outcome

    def answer(self, job: ProveJob, begun: Callable[[], None] | None) -> Outcome | Fault:
        """The same, but returns a fault instead of raising it."""
        try:
            return self.prove_for_pipe(job, begun)
        except Fault as fault:
            return fault
        except Exception as error:  # after the proof: a result too large for the pipe is written to disk
            return JobFault(Code.INTERNAL, shortage(error) or unexpected(error))

    def _prove(self, job: ProveJob, begun: Callable[[], None] | None, cancel: bytearray | None) -> Outcome:
        started, cpu_started = time.perf_counter(), time.process_time()
        circuit = self._circuit(job.circuit)
        prover = circuit.prover
        if begun is not None:
            begun()
        circuit.check_key()
        ahead, wall, cpu = self._ahead.pop(job.id, (None, 0.0, 0.0))
        read = ahead or self._read(circuit, job)

        def prove(witness: "Witness") -> Made:
            return self._made(circuit, job, witness, cancel)

        try:
            try:
                made = prove(read.witness)
            except JobFault as fault:
                if not read.is_native or fault.kind is not Code.WITNESS_UNSATISFIED:
                    raise
                # Before anybody is blamed, circom's own code calculates the witness.
                read = replace(self._read(circuit, job, exactly=True), defect=True)
                made = prove(read.witness)
                circuit.reader.distrust()
        except JobFault:
            circuit.check_key()  # if the key has changed meanwhile, that is the reason
            raise
        if made.defect or not self._setup.verify:
            circuit.check_key()
        if made.defect:
            prover.drop_tables()
        circuit.seconds = time.perf_counter() - started
        spent = circuit.seconds + wall, time.process_time() - cpu_started + cpu
        return self._outcome(circuit, read, made, *spent)

    def _made(
        self,
        circuit: "_Circuit",
        job: ProveJob,
        witness: "Witness",
        cancel: bytearray | None = None,
        verify: bool | None = None,
    ) -> Made:
        return circuit.prover.prove(
            witness,
            circuit.name_of(job.witness, job.id),
            threads=self._setup.threads_per_proof,
            verify=self._setup.verify if verify is None else verify,
            cancel=cancel,
            seed=self._setup.seed,
        )

    def _outcome(
        self, circuit: "_Circuit", read: Read, made: Made, seconds: float, cpu_seconds: float
    ) -> Outcome:
        size = read.witness.curve.n8r
        return Outcome(
            system=made.proof.system,
            proof=made.proof.to_bytes(),
            public=read.witness.values[size : size * (circuit.prover.n_public + 1)],
            verified=self._setup.verify,
            seconds=seconds,
            cpu_seconds=cpu_seconds,
            witness_digest=read.digest,
            reduced=read.reduced[:LONGEST_NAME] if read.reduced is not None else None,
            defect=made.defect or read.defect,
        )

    def goes_together(self, jobs: Sequence[ProveJob]) -> bool:
        """Whether the proofs of a lot are verified and sent together: they are short, so that none waits long
        for the others, and nobody measures the time of each."""
        circuit = self._open.get(jobs[0].circuit)
        return (
            len(jobs) > 1
            and not self._setup.timed
            and circuit is not None
            and circuit.seconds < TOGETHER_SECONDS
        )

    def prove_together(self, jobs: Sequence[ProveJob]) -> list[Outcome | Fault]:
        """The results of a lot. A job whose proof cannot be made, or does not hold, is done again alone: that
        finds out why."""
        made = [self._unverified(job) for job in jobs]
        wall, cpu = time.perf_counter(), time.process_time()
        valid = iter(self._held([one for one in made if one is not None]))
        share = 1 / len(jobs)
        wall, cpu = share * (time.perf_counter() - wall), share * (time.process_time() - cpu)
        results: list[Outcome | Fault] = []
        for job, one in zip(jobs, made, strict=True):
            if one is None or not next(valid):
                results.append(self.answer(job, None))
                continue
            spent = one.seconds + wall, one.cpu_seconds + cpu
            outcome = self._outcome(one.circuit, one.read, one.made, *spent)
            results.append(wrap(outcome, self._setup.scratch) if self._setup.scratch else outcome)
        return results

    def _held(self, made: "Sequence[_Unverified]") -> list[bool]:
        """Whether each proof holds; without verification, whether the key is the one that was opened."""
        with logged(LOG, "verifying several proofs at once", logging.ERROR), suppress(Fault):
            for circuit in {id(one.circuit): one.circuit for one in made}.values():
                if not self._setup.verify:
                    circuit.check_key()
                    return [True] * len(made)
                claims = [(one.made.proof, one.signals) for one in made]
                return circuit.prover.hold(claims, self._setup.threads_per_proof)
        return [False] * len(made)

    def _unverified(self, job: ProveJob) -> "_Unverified | None":
        """None for whatever must be told of this job alone."""
        started, cpu_started = time.perf_counter(), time.process_time()
        try:
            circuit = self._circuit(job.circuit)
            circuit.check_key()
            read, wall, cpu = self._ahead.pop(job.id, (None, 0.0, 0.0))
            read = read or self._read(circuit, job)
            made = self._made(circuit, job, read.witness, verify=False)
            signals = read.witness.public_signals(circuit.prover.n_public)
        except Exception:
            return None  # alone it fails again, and is told
        wall, cpu = wall + time.perf_counter() - started, cpu + time.process_time() - cpu_started
        return _Unverified(circuit, read, made, signals, wall, cpu)

    def _read(self, circuit: "_Circuit", job: ProveJob, *, exactly: bool = False) -> Read:
        name = job.witness.path or job.id
        return circuit.reader.read(job.witness, name, self._setup.digest_secret, exactly=exactly)

    def calculate_ahead(self, jobs: Sequence[ProveJob]) -> None:
        """Calculates the witnesses of a lot at once, where the circuit has a program for that. Whatever goes
        wrong is reported by the job itself, in its turn."""
        self._ahead.clear()  # what an earlier lot has left belongs to jobs that will come again
        if len(jobs) == 1:
            return
        with logged(LOG, "calculating several witnesses at once", logging.ERROR), suppress(Fault):
            circuit = self._circuit(jobs[0].circuit)
            if circuit.reader.lanes == 1:
                return
            wall, cpu = time.perf_counter(), time.process_time()
            sources = [(job.witness, job.witness.path or job.id) for job in jobs]
            found = circuit.reader.read_together(sources, self._setup.digest_secret)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            ready = {job.id: read for job, read in zip(jobs, found, strict=True) if read is not None}
            self._ahead = {name: (read, wall / len(ready), cpu / len(ready)) for name, read in ready.items()}

    def _circuit(self, circuit: str) -> "_Circuit":
        with self._opening:
            if circuit not in self._open:
                started = time.perf_counter()
                self._open[circuit] = _Circuit(
                    self._circuits[circuit], self._engine, self._setup, self._stuck
                )
                if self._opened is not None:
                    self._opened(circuit, time.perf_counter() - started)
            return self._open[circuit]

    @property
    def timed(self) -> bool:
        """Whether the main process must know when proving begins."""
        return self._setup.timed

    def preload(self) -> None:
        """Opens every circuit. If one cannot be opened, its first job reports it."""
        for circuit in self._circuits:
            with suppress(Fault):
                self._circuit(circuit)


@dataclass(frozen=True, repr=False)
class _Unverified:
    """A proof that is verified with the others of its lot."""

    circuit: "_Circuit"
    read: Read
    made: Made
    signals: tuple[int, ...]
    seconds: float
    cpu_seconds: float


class _Circuit:
    """A circuit that this worker has opened."""

    seconds = math.inf
    """What the last proof took that was verified alone."""

    def __init__(
        self, circuit: CircuitFile, engine: str, setup: WorkerSetup, stuck: Callable[[], None] | None
    ) -> None:
        from pathlib import Path

        self._wasm = circuit.wasm
        try:
            self._mapped = map_key(Path(circuit.path))
        except SetupFault as fault:
            if fault.kind is Code.KEY_UNREADABLE:
                raise JobFault(fault.kind, fault.message) from None
            raise _changed(circuit.path) from None  # the main process saw a usable key
        if not circuit.is_of(self._mapped.status):
            raise _changed(self._mapped.path)
        self.reader = Reader(
            _path(circuit.wasm),
            _path(circuit.symbols),
            setup.calculation_seconds,
            stuck,
            strict=setup.strict_inputs,
            key=(self._mapped.layout, self._mapped.path),
            code=circuit.code,
            program=circuit.program,
        )
        tables = _tables(circuit.tables)
        maker = engine_for(self._mapped.system, engine)
        self.prover: Prover = maker.prover(
            self._mapped, tables, sha256=circuit.sha256, constraints=_path(circuit.constraints)
        )

    def check_key(self) -> None:
        """Raises JobFault KEY_CHANGED if the key file was modified since it was opened."""
        if not self._mapped.is_unchanged:
            raise _changed(self._mapped.path)

    def name_of(self, source: WitnessSource, job_id: str) -> str:
        """What messages call the witness. For inputs they also name the calculator, which may not match the
        key."""
        name = source.path or job_id
        return f"of {name}, made by {self._wasm}," if source.is_input else name


def _changed(key: "str | Path") -> JobFault:
    return JobFault(
        Code.KEY_CHANGED,
        f"key {key} was changed during the run: its size, time or inode is no longer the same; start the run "
        "again",
    )


def _path(name: str | None) -> "Path | None":
    from pathlib import Path

    return Path(name) if name is not None else None


def _tables(file: TableFile | None) -> "MappedTables | None":
    """The tables that the main process checked. None if they are gone or have changed; proofs then just take
    longer."""
    if file is None:
        return None
    from pathlib import Path

    from prover_cli.prepared.tables import Damaged, MappedTables

    try:
        tables = MappedTables(Path(file.path))
    except (Damaged, OSError):
        return None
    same = (tables.status.st_size, tables.status.st_mtime_ns) == (file.size, file.mtime_ns)
    return tables if same else None


_worker: Worker | None = None
_channel: WorkerChannel | None = None
_start_fault = MachineFault(Code.NO_WORKER, "the worker was not started")


def start_process(setup: WorkerSetup, pipe: Connection | None = None) -> None:
    """Initialiser of a worker process. `pipe` leads to the main process; see `events`."""
    global _worker, _channel, _start_fault  # noqa: PLW0603  (a process has one; the executor gives no other place)
    switch_off_core_dumps()
    tell_in_a_line()
    leave_signals_to_the_main_process()
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(
        target=_end_with_parent, args=(setup.scratch,), name="end-with-parent", daemon=True
    ).start()
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123  (see WitnessSource)
        file.write("500")  # if the system must kill a process, it should be a worker, not the main process
    _channel = WorkerChannel(pipe) if pipe is not None else None
    try:
        _worker = Worker(setup, *((_channel.opened, _channel.stuck) if _channel else ()))
        if setup.preload:
            _worker.preload()
        if _channel is not None:
            _channel.up()
    except Exception as error:
        # The first job reports this: an executor whose initialiser raises prints a traceback.
        words = error.message if isinstance(error, Fault) else shortage(error) or type(error).__name__
        _start_fault = MachineFault(Code.NO_WORKER, f"no worker can start: {words}")


def leave_signals_to_the_main_process() -> None:
    """Ctrl-C, a closing terminal and a service manager signal the whole group. The main process decides what
    to do, and workers end with it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _end_with_parent(scratch: str | None) -> None:
    import multiprocessing
    import shutil

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # waits on a pipe that only the main process has open; works even after kill -9
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        os._exit(1)


def hello() -> int:
    """The first call to a worker process. Returns its pid once it has started."""
    return os.getpid()


def prove_in_process(jobs: Sequence[ProveJob], turn: int) -> Outcome:
    """Runs a lot in a worker process. `turn` identifies it to the pool. All results but the last are sent
    through the channel as soon as they are ready. The last is returned or raised."""
    if _worker is None:
        raise _start_fault
    if _channel is None:
        (job,) = jobs  # there is no channel for more results
        return _worker.prove_for_pipe(job, None)
    _channel.turn = turn
    begun = _channel.proving if _worker.timed else None
    _worker.calculate_ahead(jobs)
    if _worker.goes_together(jobs):
        *results, answer = _worker.prove_together(jobs)
        _channel.answered(enumerate(results))
        if isinstance(answer, Fault):
            raise answer
        return answer
    *earlier, last = jobs
    for place, job in enumerate(earlier):
        _channel.answered([(place, _worker.answer(job, begun))])
    return _worker.prove_for_pipe(last, begun)
