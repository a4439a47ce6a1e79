"""What runs in a worker: witness in, verified proof out. The same code serves threads and processes.

A worker opens each circuit once, when its first job comes, and keeps it; the key is mapped, so workers
share its pages. Importing this module must stay cheap: every worker does.
"""

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from prover_cli.errors import Fault, JobFault, MachineFault
from prover_cli.formats.wtns import parse_witness
from prover_cli.groth16.checked import prove_checked
from prover_cli.groth16.choice import choose_engine
from prover_cli.groth16.constraints import constraints_beside
from prover_cli.groth16.engine import Engine
from prover_cli.groth16.judge import Judge
from prover_cli.groth16.mapped import MappedKey
from prover_cli.groth16.verification import Verifier, verifier_for
from prover_cli.pool.job import CircuitFile, Outcome, ProveJob, TableFile, WorkerSetup
from prover_cli.pool.parcel import wrap

if TYPE_CHECKING:
    from prover_cli.prepared.tables import MappedTables


class Worker:
    """Proves jobs of any circuit of the run. Safe to share among threads."""

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._engine = choose_engine(setup.engine).engine
        self._circuits = {circuit.id: circuit for circuit in setup.circuits}
        self._open: dict[str, _Circuit] = {}
        self._opening = threading.Lock()

    def prove(self, job: ProveJob) -> Outcome:
        """Raises JobFault, and nothing else: what is unforeseen becomes INTERNAL, without its text,
        which might quote a witness."""
        try:
            return self._prove(job)
        except Fault:
            raise
        except MemoryError:
            raise JobFault("OUT_OF_MEMORY", "the proof needed more memory than there was") from None
        except Exception as error:
            place = error.__traceback__
            while place and place.tb_next:
                place = place.tb_next
            where = f" at {place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place else ""
            raise JobFault(
                "INTERNAL", f"unexpected {type(error).__name__}{where}; please report this"
            ) from None

    def prove_for_pipe(self, job: ProveJob) -> Outcome:
        """The same, small enough to be sent whole at once."""
        outcome = self.prove(job)
        return wrap(outcome, self._setup.scratch) if self._setup.scratch else outcome

    def _prove(self, job: ProveJob) -> Outcome:
        started, cpu_started = time.perf_counter(), time.process_time()
        circuit = self._circuit(job.circuit)
        key = circuit.key
        name = job.witness.path or job.id
        try:
            data = job.witness.read()
        except OSError as error:
            raise JobFault(
                "WITNESS_UNREADABLE", f"witness {name} cannot be read: {error.strerror or error}"
            ) from None
        witness = parse_witness(data, name)
        checked = prove_checked(
            key,
            witness,
            name,
            threads=self._setup.threads_per_proof,
            verifier=circuit.verifier,
            verify=self._setup.verify,
            judge=circuit.judge,
        )
        if checked.defect:
            circuit.drop_tables()
        size = key.layout.curve.n8r
        return Outcome(
            proof=checked.proof.to_bytes(),
            public=witness.values[size : size * (key.n_public + 1)],
            verified=self._setup.verify,
            seconds=time.perf_counter() - started,
            cpu_seconds=time.process_time() - cpu_started,
            witness_digest=witness.digest(self._setup.digest_secret),
            defect=checked.defect,
        )

    def _circuit(self, circuit: str) -> "_Circuit":
        with self._opening:
            if circuit not in self._open:
                self._open[circuit] = _Circuit(self._circuits[circuit], self._engine)
            return self._open[circuit]


class _Circuit:
    """A circuit that this worker has opened."""

    def __init__(self, circuit: CircuitFile, engine: Engine) -> None:
        try:
            status = os.stat(circuit.path)  # noqa: PTH116  (pathlib is imported only when a key is opened)
        except OSError as error:
            raise JobFault(
                "KEY_UNREADABLE", f"key {circuit.path} cannot be read: {error.strerror or error}"
            ) from None
        if (status.st_size, status.st_mtime_ns) != (circuit.size, circuit.mtime_ns):
            raise JobFault(
                "KEY_CHANGED", f"key {circuit.path} was changed during the run; start the run again"
            )
        from pathlib import Path

        self._engine = engine
        self._mapped = MappedKey(Path(circuit.path))
        tables = _tables(circuit.tables)
        self.key = engine.open(self._mapped, tables)
        self.verifier: Verifier = verifier_for(self.key.verification_key, engine.name)
        self.judge = Judge(
            lambda: engine.open_plain(self._mapped),
            constraints_beside(self._mapped.path),
            folded=tables is not None and tables.description.folded,
        )

    def drop_tables(self) -> None:
        """After a defect: what is left of the run does not trust the tables again."""
        self.key = self._engine.open(self._mapped)


def _tables(file: TableFile | None) -> "MappedTables | None":
    """The tables that the main process checked; none where they are gone or others: it only takes longer."""
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
_start_fault = MachineFault("NO_WORKER", "the worker was not started")


def start_process(setup: WorkerSetup) -> None:
    """Initialiser of a worker process."""
    global _worker, _start_fault  # noqa: PLW0603  (a process has one; the executor gives no other place)
    # Ctrl-C at a terminal reaches the whole process group; the main process decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    try:
        _worker = Worker(setup)
    except Exception as error:
        # Left to the first job to tell: an executor whose initialiser raises prints a traceback.
        words = error.message if isinstance(error, Fault) else type(error).__name__
        _start_fault = MachineFault("NO_WORKER", f"no worker can start: {words}")


def _end_with_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # a pipe whose other end only the main process holds; works after kill -9 too
        os._exit(1)


def hello() -> int:
    """First call to a worker process: its pid, once it has started."""
    return os.getpid()


def prove_in_process(job: ProveJob) -> Outcome:
    """A job in a worker process."""
    if _worker is None:
        raise _start_fault
    return _worker.prove_for_pipe(job)
