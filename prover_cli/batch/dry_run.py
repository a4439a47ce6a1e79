"""`--dry-run`: what a run would do, found out without doing it.

The options, keys and sources are checked as in a run; no tables are made and no result is written. With
`--sample` some jobs are proved, and their proofs thrown away, so that the time of all can be estimated.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from prover_cli.batch.options import RunOptions
from prover_cli.batch.plan import NOTHING, Plan, make_plan
from prover_cli.batch.refusal import Refusals
from prover_cli.batch.run import Run
from prover_cli.batch.session import Display
from prover_cli.batch.sinks import ResultFolder
from prover_cli.cache_folder import manifest_secret
from prover_cli.circuits.circuit import Circuit
from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.intake.ignored import Ignored
from prover_cli.intake.jobs import Job
from prover_cli.outcomes.records import Record
from prover_cli.pool.sizing import Sizing
from prover_cli.pool.statistics import mean
from prover_cli.stop import INTERRUPTED, Stop
from prover_cli.systems.protocols import ProvingKey

MOST_KEPT = 1000
"""Refused jobs that are remembered one by one."""


@dataclass
class CircuitJobs:
    """What a run would do with one circuit."""

    circuit: Circuit
    key: ProvingKey
    tables: str
    """What would become of the key's tables, in words; empty where others decide."""
    witnesses: int = 0
    inputs: int = 0
    """Jobs whose witness is there, and those whose witness is to be calculated."""
    skipped: int = 0
    """Of both, those that an earlier run has proved."""
    again: Counter[str] = field(default_factory=Counter)
    """Of the rest, where --resume looked at them: why they are proved."""
    calculation: str = ""
    """How witnesses would be calculated from inputs, in words; empty where none are."""

    @property
    def jobs(self) -> int:
        """All of them."""
        return self.witnesses + self.inputs


@dataclass(frozen=True)
class Estimate:
    """The time of a run, from jobs that were proved."""

    sampled: int
    failed: int
    seconds_per_proof: float
    """On one worker."""
    seconds: float
    """Of the whole run, on all workers."""


@dataclass
class Preview:
    """What a run would do."""

    options: RunOptions
    engine: str
    circuits: Sequence[CircuitJobs]
    """Those that the sources have something for."""
    sizing: Sizing | None
    """None where a fleet proves."""
    threads_per_proof: int
    ignored: Ignored
    refused: list[tuple[str, str, Fault]] = field(default_factory=list)
    """Id, circuit and fault of jobs that would fail before anything is proved; the first of them."""
    refused_count: int = 0
    estimate: Estimate | None = None
    interrupted: bool = False

    @property
    def to_prove(self) -> int:
        """Jobs that would be proved."""
        return sum(each.jobs - each.skipped for each in self.circuits)

    @property
    def skipped(self) -> int:
        """Jobs that --resume would skip."""
        return sum(each.skipped for each in self.circuits)

    @property
    def exit_code(self) -> int:
        """0 where nothing is known that would make a job fail."""
        if self.interrupted:
            return INTERRUPTED
        return 1 if self.refused_count or (self.estimate is not None and self.estimate.failed) else 0


class _Timed:
    """A sink that keeps how long proofs took, and no proof."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}
        """By circuit."""

    def write(self, record: Record) -> JobFault | None:
        if record.proved is not None:
            self.seconds.setdefault(record.circuit, []).append(record.proved.seconds)
        return None


class _Candidates:
    """The jobs that may be tried: the first of each circuit, for a circuit may take a thousand times as long
    as another."""

    def __init__(self, count: int) -> None:
        """`count` is how many are to be tried."""
        self._count = count
        self._jobs: dict[str, list[Job]] = {}

    def add(self, job: Job) -> None:
        """Looks at one more that would be proved."""
        jobs = self._jobs.setdefault(job.circuit, [])
        if len(jobs) < self._count:
            jobs.append(job)

    def chosen(self) -> list[Job]:
        """As many as are to be tried, of each circuit in turn."""
        turns = zip_longest(*self._jobs.values())
        return [job for turn in turns for job in turn if job is not None][: self._count]


def dry_run(options: RunOptions, display: Display) -> Preview | None:
    """What a run with these options would do; None where it was interrupted while keys were checked.

    Raises SetupFault and MachineFault where the run would."""
    stop = Stop()
    with stop.on_signals():
        plan = make_plan(options, display, stop)
        if plan is None:
            return None
        preview, candidates = _survey(plan, stop)
        if candidates and not stop.draining:
            preview.estimate = _sample(plan, display, candidates, preview)
        preview.interrupted = stop.interrupted
    return preview


def _survey(plan: Plan, stop: Stop) -> tuple[Preview, list[Job]]:
    """All jobs, looked at; and those that are to be tried."""
    options, team = plan.options, plan.team
    keys = team.keys
    found = {
        circuit.id: CircuitJobs(
            circuit,
            keys.mapped[circuit.id],
            team.preparation.get(circuit.id, ""),
            calculation=team.calculation.get(circuit.id, ""),
        )
        for circuit in keys.circuits
    }
    resume = plan.resume(ResultFolder(options.folder, plan.circuits, options.format))
    refusals = Refusals(keys.curve_of, file_ids=options.to_folder)
    preview = Preview(options, team.engine, [], team.sizing, team.threads_per_proof, plan.sources.ignored)
    candidates = _Candidates(options.sample or 0)
    for job in plan.sources:
        fault = refusals.refusal(job)
        if fault is not None or job.witness is None:
            preview.refused_count += 1
            if fault is not None and len(preview.refused) < MOST_KEPT:
                preview.refused.append((job.id, job.circuit, fault))
            continue
        jobs = found[job.circuit]
        jobs.inputs += job.witness.is_input
        jobs.witnesses += not job.witness.is_input
        why = None if resume is None else resume.again(job)
        if resume is not None and why is None:
            jobs.skipped += 1
            continue
        if why is not None:
            jobs.again[why] += 1
        candidates.add(job)
        if stop.draining:
            break
    if (
        options.is_stream_taken
        and not any(each.jobs for each in found.values())
        and not preview.refused_count
    ):
        raise SetupFault(Code.NO_SOURCE, NOTHING)
    preview.circuits = [each for each in found.values() if each.jobs] or list(found.values())
    return preview, candidates.chosen()


def _sample(plan: Plan, display: Display, jobs: Sequence[Job], preview: Preview) -> Estimate:
    pool = plan.team.pool(manifest_secret(), display.pool_event)
    timed = _Timed()
    with pool:
        display.started(pool, len(jobs))
        run = Run(
            pool,
            timed,
            plan.stop,
            curve_of=plan.team.keys.curve_of,
            listeners={"display": display},
            total=len(jobs),
            note=display.note,
            in_flight=plan.team.in_flight,
            file_ids=False,
            warn=display.warn,
        )
        result = run.execute(jobs)
    if result.machine_fault:
        raise result.machine_fault
    each = mean([seconds for one in timed.seconds.values() for seconds in one])
    whole = sum(
        mean(timed.seconds.get(one.circuit.id, [each])) * (one.jobs - one.skipped) for one in preview.circuits
    )
    return Estimate(
        sampled=len(jobs),
        failed=result.totals.failed,
        seconds_per_proof=each,
        seconds=whole / max(1, len(pool.statistics)),
    )
