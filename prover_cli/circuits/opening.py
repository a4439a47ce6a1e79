"""From keys to a pool: all that can be wrong with a key is found before a worker is started."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from prover_cli.circuits import keys as checking
from prover_cli.circuits import preparation
from prover_cli.circuits.cautions import warn_of_cautions
from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.keys import Keys
from prover_cli.circuits.options import PoolOptions
from prover_cli.circuits.preparation import Prepared, prepare_keys
from prover_cli.circuits.sampling import FirstOf, nothing_ahead
from prover_cli.circuits.solvers import FEW_WITNESSES, InputsAhead, Programs
from prover_cli.counting import counted
from prover_cli.needs import Needs
from prover_cli.pool import WorkerPool
from prover_cli.pool.job import CircuitFile
from prover_cli.pool.limits import machine_limits
from prover_cli.pool.pool_events import EventListener
from prover_cli.pool.sizing import Sizing, plan_workers
from prover_cli.stop import Stop
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.registry import engine_for

SMALL, SMALL_LOT = 1 << 12, 16
"""Circuits with domains up to this get so many jobs at a time."""

LONG_LIVED = 100_000
"""Jobs that a service is taken to live for, when it is asked whether tables pay."""


class Display(checking.Display, preparation.Display, Protocol):
    """What opening shows."""


@dataclass(frozen=True)
class Opened:
    """Keys that were checked, and what a pool for them is to be like."""

    options: PoolOptions
    engine: str
    keys: Keys
    prepared: Prepared
    sizing: Sizing

    @property
    def max_queue(self) -> int:
        """Jobs that may wait."""
        wanted = self.options.max_queue
        return 2 * self.sizing.workers * self.capacity if wanted is None else wanted

    @property
    def capacity(self) -> int:
        """Jobs that a worker gets at a time."""
        return max(map(self._lot_of, self.keys.mapped), default=1)

    def _lot_of(self, circuit: str) -> int:
        """As many as its witnesses are calculated at once. Of a small circuit several in any case: their
        proofs are verified together, and go through fewer messages."""
        solver = self.keys.solvers.opened.get(circuit)
        lanes = solver.program.lanes if solver is not None and solver.program is not None else 1
        is_short = self.engine == "native" and self.keys.mapped[circuit].layout.domain_size <= SMALL
        return max(lanes, SMALL_LOT) if is_short else lanes

    @property
    def in_flight(self) -> int:
        """Jobs that are proved or wait."""
        return self.sizing.workers + self.max_queue

    @property
    def preparation(self) -> Mapping[str, str]:
        """What was decided of each key's tables, in words."""
        return self.prepared.words

    @property
    def calculation(self) -> Mapping[str, str]:
        """How witnesses are calculated from inputs, for the circuits that may get any, in words."""
        return {circuit: solver.how for circuit, solver in self.keys.solvers.opened.items()}

    @property
    def threads_per_proof(self) -> int:
        """Threads that one proof is to use."""
        return threads_per_proof(self.options, self.sizing)

    def pool(self, digest_secret: bytes, listener: EventListener) -> WorkerPool:
        """The pool, its workers not yet started."""
        options, sizing = self.options, self.sizing
        threads = self.threads_per_proof
        return WorkerPool(
            [self._circuit_file(circuit) for circuit in self.keys.circuits],
            sizing.workers,
            strategy=options.strategy,
            balance=options.balance,
            capacity=self.capacity,
            max_queue=self.max_queue,
            retries=options.retries,
            timeout=options.timeout,
            max_proofs_per_worker=options.max_proofs_per_worker,
            memory_limit=round((sizing.memory_per_proof_mb + sizing.overhead_mb) * (1 << 20)),
            needs=Needs(peak=round(sizing.memory_per_proof_mb * (1 << 20)), cores=threads),
            preload=options.preload,
            strict_inputs=options.strict_inputs,
            listener=listener,
            engine=self.engine,
            threads_per_proof=threads,
            verify=options.verify,
            digest_secret=digest_secret,
            seed=options.seed.encode("utf-8", "surrogateescape") if options.seed is not None else None,
        )

    def _circuit_file(self, circuit: Circuit) -> CircuitFile:
        status = self.keys.mapped[circuit.id].status
        wasm, symbols, constraints = circuit.calculator, circuit.symbols, circuit.constraints
        return CircuitFile(
            circuit.id,
            str(circuit.key),
            status.st_size,
            status.st_mtime_ns,
            self.prepared.tables.get(circuit.id),
            str(wasm) if wasm else None,
            str(symbols) if symbols else None,
            self.keys.mapped[circuit.id].sha256 if self.options.seed is not None else None,
            status.st_ino,
            self.keys.solvers.code_of(circuit.id),
            str(constraints) if constraints else None,
            self.keys.solvers.program_of(circuit.id),
            self._lot_of(circuit.id),
        )


def open_keys(
    options: PoolOptions,
    keys: Keys,
    display: Display,
    stop: Stop,
    *,
    jobs: int | None,
    inputs: InputsAhead,
    first_of: FirstOf = nothing_ahead,
    makes_tables: bool = True,
) -> Opened | None:
    """Checks, prepares and sizes; `jobs` is how many will come, None where nobody knows, and `first_of` the
    first ones of a circuit. None where `stop` says so. Without `makes_tables` it only decides whether
    tables and programs would be made.

    Raises SetupFault (KEY_…, WASM_…, ENGINE_MISSING), MachineFault CACHE_FAILED."""
    choice = choose_engine(options.engine)
    checking.warn_if_slow(choice, keys, display)
    checking.note_choices(keys, display)
    warn_of_cautions(keys, display)
    checking.validate(keys, choice.engine, display, stop)
    if stop.interrupted:
        return None
    checking.open_solvers(
        keys,
        inputs,
        display,
        interruptible=options.strategy == "threads",
        programs=_programs(choice.engine, jobs, makes=makes_tables),
        note=display.note,
    )
    prepared = prepare_keys(
        options, choice.engine, keys, jobs, display, stop, first_of=first_of, makes_tables=makes_tables
    )
    sizing = size_pool(options, choice.engine, keys, prepared.size, jobs)
    excess = excess_warning(options, sizing)
    if excess is not None:
        display.warn(excess)
    return Opened(options, choice.engine, keys, prepared, sizing)


def _programs(engine: str, jobs: int | None, *, makes: bool) -> Programs:
    """Which programs pay for a run of so many jobs. A dry run makes none."""
    if engine != "native":
        return Programs.NONE
    if jobs is not None and jobs < FEW_WITNESSES:
        return Programs.KEPT
    return Programs.NEW if makes else Programs.FORETOLD


def size_pool(options: PoolOptions, engine: str, keys: Keys, table_bytes: int, jobs: int | None) -> Sizing:
    """Workers for this machine, these keys and at most this many jobs."""
    limits = machine_limits()
    per_proof = options.memory_per_proof or needs_of(keys, engine).memory
    sizing = plan_workers(
        limits.memory_mb,
        limits.cpus,
        memory_per_proof_mb=per_proof / (1 << 20),
        overhead_mb=options.overhead / (1 << 20),
        reserve_memory_mb=options.reserve_memory / (1 << 20),
        reserve_cores=options.reserve_cores,
        shared_mb=(_bytes_of(keys) + table_bytes) / (1 << 20),
    )
    if options.workers is not None:
        return replace(sizing, workers=options.workers, decided_by="--workers")
    if jobs is not None and jobs < sizing.workers:
        return replace(sizing, workers=max(1, jobs), decided_by="jobs")
    return sizing


def excess_warning(options: PoolOptions, sizing: Sizing) -> str | None:
    """What to say where more was asked for than the machine has; None where it was not."""
    threads = threads_per_proof(options, sizing)
    asked = [f"--workers {options.workers}"] if options.workers is not None else []
    asked += [f"--threads-per-proof {threads}"] if options.threads_per_proof is not None else []
    words = " and ".join(asked)
    if not asked:
        return None
    if sizing.workers > max(1, sizing.memory_limit):
        return (
            f"{words}: by the formula memory is enough for {max(1, sizing.memory_limit)}; jobs wait when it "
            "runs short"
        )
    if sizing.workers * threads > sizing.cpus:
        cores = counted(sizing.cpus, "core")
        return f"{words}: {sizing.workers * threads} threads share {cores}"
    return None


def needs_of(keys: Keys, engine: str) -> Needs:
    """What is enough for a proof of any of the circuits, its witness calculated where inputs may come."""
    enough = Needs()
    for circuit, mapped in keys.mapped.items():
        needs = engine_for(mapped.system, engine).needs(mapped.layout)
        if circuit in keys.solvers.opened:
            needs = keys.solvers.opened[circuit].needs.then(needs)
        enough = enough.largest(needs)
    return enough


def threads_per_proof(options: PoolOptions, sizing: Sizing) -> int:
    """One where there are jobs for every core; with fewer workers than cores the cores are shared out."""
    if options.threads_per_proof:
        return options.threads_per_proof
    if options.workers is not None:
        return 1
    if sizing.workers == 1 and sizing.cpu_limit <= 1:
        return max(1, sizing.cpus - 1)  # the floor: few cores, of which one stays free
    return max(1, sizing.cpu_limit // sizing.workers)


def _bytes_of(keys: Keys) -> int:
    return sum(mapped.size for mapped in keys.mapped.values())
