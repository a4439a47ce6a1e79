"""The run as one JSON object, for `--summary`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prover_cli.pool.sizing import Sizing
from prover_cli.pool.statistics import WorkerStatistics, mean, percentile
from prover_cli.report.result import Result
from prover_cli.version import __version__


@dataclass
class Compared:
    """Proofs compared with fixtures."""

    same: int = 0
    other_signals: int = 0
    """The public signals differ, so the input or the circuit does."""
    other_proof: int = 0
    """The signals are the same and the proof is not, so seed, key or version differ."""
    missing: int = 0
    orphans: int = 0
    """Fixtures that no job of the run makes."""


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run besides its result."""

    command: str
    engine: str
    strategy: str
    sizing: Sizing | None
    """None where a fleet proved."""
    seconds: float
    workers: Sequence[WorkerStatistics]
    deterministic: bool = False
    """Whether the proofs came from a seed."""
    preparation: Mapping[str, str] = field(default_factory=dict)
    """Whether each circuit's key was prepared, and why, in words."""
    calculation: Mapping[str, str] = field(default_factory=dict)
    """How witnesses were calculated from inputs, by circuit, in words."""
    suspects: Mapping[str, str] = field(default_factory=dict)
    """Circuits whose key may be at fault, and why that is thought."""
    out: str = ""
    """Where the results are, as it was asked for; empty for standard output."""
    can_resume: bool = False
    """Whether --resume would go on with what is left."""
    threads_per_proof: int = 1
    total: int | None = None
    """How many jobs the sources had; None where nobody knew."""
    fixtures: Compared | None = None
    """How proofs compare with fixtures, where they were compared."""
    ignored: int = 0
    """Files in the sources' folders that are no jobs, and nothing that is expected there."""


def without_worker(result: Result, facts: RunFacts) -> int:
    """Jobs that failed before any worker had them."""
    return result.totals.failed - sum(w.failures for w in facts.workers) - result.totals.refused


def fixtures_json(found: Compared | None) -> dict[str, int] | None:
    """How proofs compare with fixtures, or null."""
    if found is None:
        return None
    return {
        "match": found.same,
        "differ_in_signals": found.other_signals,
        "differ_in_proof": found.other_proof,
        "missing": found.missing,
        "orphans": found.orphans,
    }


def summarise(result: Result, facts: RunFacts) -> dict[str, object]:
    """Field names are a promise; see docs/runs.md."""
    totals = result.totals
    durations = [seconds for worker in facts.workers for seconds in worker.durations]
    peak = max((worker.peak_private_bytes for worker in facts.workers), default=0)
    return {
        "version": __version__,
        "command": facts.command,
        "engine": facts.engine,
        "strategy": facts.strategy,
        "jobs": {
            "total": totals.read,
            "proved": totals.proved,
            "failed": totals.failed,
            "skipped": totals.skipped,
            "left": totals.left,
        },
        "ignored": facts.ignored,
        "seconds": round(facts.seconds, 3),
        "proofs_per_second": round(totals.proved / facts.seconds, 3) if facts.seconds else 0.0,
        "latency": {
            "mean": round(mean(durations), 6),
            "p50": round(percentile(durations, 50), 6),
            "p95": round(percentile(durations, 95), 6),
            "p99": round(percentile(durations, 99), 6),
            "max": round(max(durations, default=0.0), 6),
        },
        "sizing": None
        if facts.sizing is None
        else {**facts.sizing.to_json(), "memory_per_proof_used_mb": round(peak / (1 << 20), 1)},
        "preparation": dict(facts.preparation),
        "calculation": dict(facts.calculation),
        "workers": [worker.to_json(facts.seconds) for worker in facts.workers],
        "failures": [
            {"id": identifier, "code": code, "message": message}
            for identifier, code, message in result.failures
        ],
        "suspect_keys": dict(facts.suspects),
        "failed_without_worker": without_worker(result, facts),
        "fixtures": fixtures_json(facts.fixtures),
        "defects": totals.defects,
        "deterministic": facts.deterministic,
        "interrupted": result.interrupted,
        "ended_by": result.ended_by,
    }
