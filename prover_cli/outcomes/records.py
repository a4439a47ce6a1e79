"""What became of one job: the value that sinks, manifest, statistics and displays share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prover_cli.faults import Fault
from prover_cli.systems.protocols import Proof


@dataclass(frozen=True)
class Proved:
    """A proof, ready to be written."""

    proof: Proof
    public_signals: tuple[int, ...]
    verified: bool
    worker: int
    seconds: float
    witness_digest: str
    defect: bool = False
    """Whether only the plain path's proof held."""
    attempts: int = 1
    """Tries that it took: more than one where workers ended with it."""

    def __repr__(self) -> str:
        return f"<Proved in {self.seconds:.2f} s by worker {self.worker}: {self.proof!r}>"


@dataclass(frozen=True)
class Record:
    """One finished job. Exactly one of `proved`, `fault` and `skipped` says how it ended."""

    id: str
    circuit: str
    proved: Proved | None = None
    fault: Fault | None = None
    skipped: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    """Unknown fields of the job's line: each value as the JSON text that it came in."""
    number: int = 0
    """Its place among the run's jobs, from 0."""
    attempted: bool = False
    """Whether the pool had it: a job that fails before says nothing about an earlier proof of its id."""

    @property
    def outcome(self) -> str:
        """proved, failed or skipped."""
        return "skipped" if self.skipped else "proved" if self.proved else "failed"
