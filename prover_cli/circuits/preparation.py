"""The keys of a run prepared, where tables are there or the batch earns them back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from prover_cli.circuits.keys import Keys
from prover_cli.circuits.options import PoolOptions
from prover_cli.circuits.sampling import SAMPLE_SECONDS, FirstOf, sample_witness
from prover_cli.faults import Fault, MachineFault
from prover_cli.formats.wtns import Witness
from prover_cli.pool.job import TableFile
from prover_cli.pool.limits import machine_limits
from prover_cli.stop import Stop
from prover_cli.systems.protocols import ProvingKey
from prover_cli.systems.registry import engine_for
from prover_cli.systems.tables import MANY_PROOFS, Preparable, TablePlan

if TYPE_CHECKING:
    from prover_cli.prepared.tables import MappedTables

MOST_TABLE_MEMORY = 1 << 30
"""Bytes of a circuit's tables where nothing else is said; an eighth of the memory where that is less."""


class Display(Protocol):
    """What preparation shows."""

    def warn(self, text: str) -> None: ...
    def preparing(self, key: Path, done: int, total: int) -> None: ...


@dataclass
class Prepared:
    """Tables by circuit, and what was decided of them, in words that go on after "tables"."""

    tables: dict[str, TableFile] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all tables."""
        return sum(file.size for file in self.tables.values())


def table_budget(wanted: int | None) -> int:
    """Bytes that a circuit's tables may take."""
    if wanted is not None:
        return wanted
    return min(MOST_TABLE_MEMORY, int(machine_limits().memory_mb * (1 << 20)) // 8)


def prepare_keys(
    options: PoolOptions,
    engine: str,
    keys: Keys,
    jobs: int | None,
    display: Display,
    stop: Stop,
    *,
    first_of: FirstOf,
    makes_tables: bool = True,
) -> Prepared:
    """Finds or makes the tables of each key, for witnesses like those of the circuit's first jobs; without
    `makes_tables` it only decides.

    Raises MachineFault CACHE_FAILED with --prepare always; else a run goes on without."""
    prepared = Prepared()
    seconds = SAMPLE_SECONDS if options.timeout is None else min(SAMPLE_SECONDS, options.timeout)
    # Nobody knows how the jobs are shared among circuits: evenly is a guess.
    share = None if jobs is None else jobs // max(1, len(keys.mapped))
    for circuit, mapped in keys.mapped.items():
        opened = engine_for(mapped.system, engine).open(mapped)
        if not isinstance(opened, Preparable):
            continue

        def sample(circuit: str = circuit, mapped: ProvingKey = mapped) -> Witness | None:
            # Nothing ends a calculation in a thread.
            code = keys.solvers.code_of(circuit) if options.strategy != "threads" else None
            return sample_witness(first_of(circuit), keys.circuit(circuit), mapped, code, stop, seconds)

        tables, words = _prepare(
            options, mapped, opened, share, display, stop, sample=sample, makes_tables=makes_tables
        )
        prepared.words[circuit] = words
        if tables is not None:
            status = tables.status
            prepared.tables[circuit] = TableFile(str(tables.path), status.st_size, status.st_mtime_ns)
        if stop.interrupted:
            break
    return prepared


def _prepare(
    options: PoolOptions,
    mapped: ProvingKey,
    opened: Preparable,
    jobs: int | None,
    display: Display,
    stop: Stop,
    *,
    sample: Callable[[], Witness | None],
    makes_tables: bool,
) -> "tuple[MappedTables | None, str]":
    from prover_cli.prepared.decision import decide, may_pay
    from prover_cli.prepared.making import find, make

    if options.prepare == "never":
        return None, decide("never", None, jobs).why
    budget = table_budget(options.table_memory)
    found = find(mapped, opened.rows, budget)
    if found is not None:
        return found, f"found in the cache ({found.description.size / (1 << 20):.3g} MB)"
    plan = opened.plan_tables(budget)
    if may_pay(options.prepare, plan, jobs):
        plan = _fitting(opened, budget, sample(), jobs if options.prepare == "auto" else None) or plan
    decision = decide(options.prepare, plan, jobs)
    if not decision.make or plan is None:
        return None, decision.why
    if not makes_tables:
        return None, f"to be built: {decision.why}"

    def progress(done: int, total: int) -> None:
        display.preparing(mapped.path, done, total)
        if stop.interrupted:
            raise KeyboardInterrupt

    try:
        made = make(mapped, opened, plan, budget=budget, threads=machine_limits().cpus, progress=progress)
    except MachineFault as fault:
        if options.prepare == "always":
            raise
        display.warn(f"{fault.message}; proving without")
        return None, "not built: they could not be written"
    return made, f"built ({made.description.size / (1 << 20):.3g} MB): {decision.why}"


def _fitting(opened: Preparable, budget: int, sample: Witness | None, jobs: int | None) -> TablePlan | None:
    """Tables for witnesses like the sample that pay within so many jobs; where there are none, those that pay
    later. None where the sample cannot be proved."""
    from prover_cli.prepared.decision import MARGIN

    soon = MANY_PROOFS if jobs is None else min(MANY_PROOFS, int(jobs / MARGIN))
    plans = (opened.plan_tables(budget, sample=sample, proofs=proofs) for proofs in (soon, MANY_PROOFS))
    try:
        return next((plan for plan in plans if plan is not None and plan.saved > 0), None)
    except Fault:
        return None
