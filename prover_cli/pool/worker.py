"""What runs in a worker: witness in, verified proof out. The same code serves threads and processes.

A worker opens each circuit once, when its first job comes, and keeps it open. The key is mapped, so workers
share its pages. Importing this module must stay cheap, because every worker does it.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, TypeVar

from prover_cli.core_dumps import switch_off as switch_off_core_dumps
from prover_cli.faults import Code, Fault, JobFault, MachineFault, shortage, unexpected
from prover_cli.kept_memory import KeptMemory
from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.channel import WorkerChannel
from prover_cli.pool.job import ProveJob, WorkerSetup
from prover_cli.pool.open_circuit import OpenCircuit
from prover_cli.pool.parcel import wrap
from prover_cli.supervision import logged, logger
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.protocols import Made
from prover_cli.thread_faults import tell_in_a_line
from prover_cli.witness.reading import Read

if TYPE_CHECKING:
    from prover_cli.formats.wtns import Witness
    from prover_cli.systems.protocols import Proof

T = TypeVar("T")


LOG = logger(__name__)

TOGETHER_SECONDS = 0.02
"""Proofs that take less are verified with the others of their lot. For a circuit with 3 constraints, that
takes 1.1 ms alone and 0.5 ms with 15 others (Granite Rapids)."""

PART_SECONDS = 0.25
"""After so long a lot's results are sent, whatever was expected of it."""

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
        self._open: dict[str, OpenCircuit] = {}
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
        result = _or_fault(lambda: self._prove(job, begun, cancel))
        if isinstance(result, Fault):
            raise result
        return result

    def prove_for_pipe(self, job: ProveJob, begun: Callable[[], None] | None) -> Outcome:
        """The same, small enough to be sent in one piece."""
        return self._for_pipe(self.prove(job, begun=begun))

    def _for_pipe(self, outcome: Outcome) -> Outcome:
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
        if begun is not None:
            begun()
        circuit.check_key()
        ahead, wall, cpu = self._ahead.pop(job.id, (None, 0.0, 0.0))
        read = ahead or self._read(circuit, job)
        read, made = self._judged(circuit, job, read, lambda one: self._made(circuit, job, one, cancel))
        if not self._setup.verify:
            circuit.check_key()
        circuit.seconds = time.perf_counter() - started
        spent = circuit.seconds + wall, time.process_time() - cpu_started + cpu
        return self._outcome(circuit, read, made, *spent)

    def _judged(
        self, circuit: OpenCircuit, job: ProveJob, read: Read, make: "Callable[[Witness], Made]"
    ) -> tuple[Read, Made]:
        """The proof that `make` gives for a witness, and the witness. Before anybody is blamed, circom's own
        code calculates the witness, and the key is looked at."""
        try:
            try:
                made = make(read.witness)
            except JobFault as fault:
                if not read.is_native or fault.kind is not Code.WITNESS_UNSATISFIED:
                    raise
                read = replace(self._read(circuit, job, exactly=True), defect=True)
                made = self._made(circuit, job, read.witness)
                circuit.reader.distrust()
        except JobFault:
            circuit.check_key()  # if the key has changed meanwhile, that is the reason
            raise
        if made.defect:
            circuit.check_key()
            circuit.prover.drop_tables()
        return read, made

    def _made(
        self,
        circuit: OpenCircuit,
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
        self, circuit: OpenCircuit, read: Read, made: Made, seconds: float, cpu_seconds: float
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
        for the others; their witnesses are there, so that nothing can hang; and nobody measures the time of
        each."""
        circuit = self._open.get(jobs[0].circuit)
        return (
            len(jobs) > 1
            and not self._setup.timed
            and circuit is not None
            and circuit.seconds < TOGETHER_SECONDS
            and all(not job.witness.is_input or job.id in self._ahead for job in jobs)
        )

    def prove_together(self, jobs: Sequence[ProveJob]) -> Iterator[list[Outcome | Fault]]:
        """The results of a lot, in parts: those of the next jobs that took no longer than PART_SECONDS."""
        part: list[_Unverified | Fault] = []
        started = time.perf_counter()
        for number, job in enumerate(jobs, 1):
            part.append(_or_fault(partial(self._unverified, job)))
            if number == len(jobs) or time.perf_counter() - started > PART_SECONDS:
                yield self._verified(part)
                part, started = [], time.perf_counter()

    def _unverified(self, job: ProveJob) -> "_Unverified":
        started, cpu_started = time.perf_counter(), time.process_time()
        circuit = self._circuit(job.circuit)
        circuit.check_key()
        read, wall, cpu = self._ahead.pop(job.id, (None, 0.0, 0.0))
        read = read or self._read(circuit, job)
        read, made = self._judged(circuit, job, read, lambda one: self._made(circuit, job, one, verify=False))
        claim = (made.proof, read.witness.public_signals(circuit.prover.n_public))
        wall, cpu = wall + time.perf_counter() - started, cpu + time.process_time() - cpu_started
        return _Unverified(circuit, job, read, made, claim, wall, cpu)

    def _verified(self, part: "Sequence[_Unverified | Fault]") -> list[Outcome | Fault]:
        """The results of some jobs of a lot. An invalid proof is judged like any other."""
        made = [one for one in part if isinstance(one, _Unverified)]
        if not made:
            return [one for one in part if isinstance(one, Fault)]
        circuit, wall, cpu = made[0].circuit, time.perf_counter(), time.process_time()
        valid: list[bool | None] = [None] * len(made)
        if self._setup.verify:
            with logged(LOG, "verifying several proofs at once", logging.ERROR):
                claims = [one.claim for one in made]
                valid = [*circuit.prover.are_valid(claims, self._setup.threads_per_proof)]
        wall = (time.perf_counter() - wall) / len(made)
        cpu = (time.process_time() - cpu) / len(made)
        circuit.seconds = wall + sum(one.seconds for one in made) / len(made)
        found = iter(valid)
        return [
            one if isinstance(one, Fault) else _or_fault(partial(self._settled, one, next(found), wall, cpu))
            for one in part
        ]

    def _settled(self, one: "_Unverified", valid: bool | None, wall: float, cpu: float) -> Outcome:
        """The result of a job whose proof is valid, or is not, or None where that is not known yet."""
        circuit, job, read, made = one.circuit, one.job, one.read, one.made
        if not self._setup.verify:
            circuit.check_key()
        else:
            if valid is None:
                (valid,) = circuit.prover.are_valid([one.claim])
            if not valid:
                read, made = self._judged(circuit, job, read, partial(self._diagnosed, circuit, job))
        return self._for_pipe(self._outcome(circuit, read, made, one.seconds + wall, one.cpu_seconds + cpu))

    def _diagnosed(self, circuit: OpenCircuit, job: ProveJob, witness: "Witness") -> Made:
        return circuit.prover.diagnose(
            witness,
            circuit.name_of(job.witness, job.id),
            threads=self._setup.threads_per_proof,
            seed=self._setup.seed,
        )

    def _read(self, circuit: OpenCircuit, job: ProveJob, *, exactly: bool = False) -> Read:
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

    def _circuit(self, circuit: str) -> OpenCircuit:
        with self._opening:
            if circuit not in self._open:
                started = time.perf_counter()
                self._open[circuit] = OpenCircuit(
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


def _or_fault(work: Callable[[], T]) -> T | Fault:
    """What it gives, or the fault that it ends with. Unexpected exceptions become INTERNAL, without their
    text, which might quote a witness."""
    try:
        return work()
    except Fault as fault:
        return fault
    except Exception as error:
        short = shortage(error)
        if short is not None:
            return JobFault(Code.OUT_OF_MEMORY, f"not enough memory for the proof: {short}")
        return JobFault(Code.INTERNAL, unexpected(error))


@dataclass(frozen=True, repr=False)
class _Unverified:
    """A proof that is verified with the others of its lot."""

    circuit: OpenCircuit
    job: ProveJob
    read: Read
    made: Made
    claim: "tuple[Proof, tuple[int, ...]]"
    """The proof and its public signals."""
    seconds: float
    cpu_seconds: float


_worker: Worker | None = None
_channel: WorkerChannel | None = None
_memory: KeptMemory | None = None
_start_fault = MachineFault(Code.NO_WORKER, "the worker was not started")


def start_process(setup: WorkerSetup, pipe: Connection | None = None) -> None:
    """Initialiser of a worker process. `pipe` leads to the main process; see `events`."""
    global _worker, _channel, _memory, _start_fault  # noqa: PLW0603  (a process has one; the executor gives no other place)
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
    _memory = KeptMemory()
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
    through the channel, each when it is ready, or with some others. The last is returned or raised."""
    if _worker is None or _memory is None:
        raise _start_fault
    with _memory.used():
        return _prove_lot(_worker, jobs, turn)


def _prove_lot(worker: Worker, jobs: Sequence[ProveJob], turn: int) -> Outcome:
    if _channel is None:
        (job,) = jobs  # there is no channel for more results
        return worker.prove_for_pipe(job, None)
    _channel.turn = turn
    begun = _channel.proving if worker.timed else None
    worker.calculate_ahead(jobs)
    if worker.goes_together(jobs):
        return _answered_together(_channel, worker.prove_together(jobs), len(jobs))
    *earlier, last = jobs
    for place, job in enumerate(earlier):
        _channel.answered([(place, worker.answer(job, begun))])
    return worker.prove_for_pipe(last, begun)


def _answered_together(channel: WorkerChannel, parts: Iterable[list[Outcome | Fault]], count: int) -> Outcome:
    place = 0
    for results in parts:
        places = range(place, place + len(results))
        place = places.stop
        channel.answered(pair for pair in zip(places, results, strict=True) if pair[0] < count - 1)
    last = results[-1]
    if isinstance(last, Fault):
        raise last
    return last
