"""What happens to workers, as the pool tells its listener: for logs, displays and reports."""

from dataclasses import dataclass
from typing import Protocol

from prover_cli.counting import counted
from prover_cli.names import shown


@dataclass(frozen=True)
class PoolEvent:
    """One thing that happened. `kind` is one of started, opened, answered (a job: proved or failed is the
    reason), ended, fewer, more, reduced (once: an input of the job was not below the prime), and defect: of
    ours."""

    kind: str
    worker: int | None = None
    pid: int | None = None
    job: str | None = None
    circuit: str | None = None
    seconds: float | None = None
    reason: str | None = None
    detail: str | None = None
    proofs_at_a_time: int | None = None

    @property
    def lost(self) -> bool:
        """Whether a worker is gone that was not to go."""
        return self.kind == "ended" and self.reason != "recycled"

    @property
    def trouble(self) -> str | None:
        """What everybody is told, in a sentence; None where it is worth one only to who asks for more."""
        if self.lost:
            job = f", which had job {shown(self.job)}," if self.job is not None else ""
            return f"worker {self.worker}{job} is replaced: {self.detail} [{self.reason}]"
        if self.kind in ("fewer", "more"):
            return (
                f"memory: {counted(self.proofs_at_a_time or 0, 'proof')} at a time from here on ({self.kind})"
            )
        if self.kind == "reduced":
            return reduced_warning(self.job or "", self.detail or "")
        return None


def reduced_warning(job: str, signal: str) -> str:
    """What is said once of inputs that were not below the prime."""
    return (
        f"input {shown(job)}: {signal} is not below the prime of the circuit's field and was reduced, as "
        "circom does. This is told once; --strict-inputs refuses such values."
    )


class EventListener(Protocol):
    """Called from the pool's own threads; must be quick."""

    def __call__(self, event: PoolEvent, /) -> None: ...
