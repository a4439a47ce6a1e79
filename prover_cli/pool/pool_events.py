"""Events about workers that the pool passes to its listener, for logs, displays and reports."""

from dataclasses import dataclass
from typing import Protocol

from prover_cli.counting import counted
from prover_cli.names import shown


@dataclass(frozen=True)
class PoolEvent:
    """One event. `kind` is one of started, opened, answered (a job; the reason is proved or failed), ended,
    fewer, more, reduced (sent once: an input of the job was not below the prime), and defect (a bug in this
    program)."""

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
        """Whether a worker has ended unexpectedly."""
        return self.kind == "ended" and self.reason != "recycled"

    @property
    def trouble(self) -> str | None:
        """A sentence for everyone, or None if the event is only shown in verbose output."""
        if self.lost:
            job = f" (job {shown(self.job)})" if self.job is not None else ""
            return f"replacing worker {self.worker}{job}: {self.detail} [{self.reason}]"
        if self.kind in ("fewer", "more"):
            why = "memory is short" if self.kind == "fewer" else "memory is free again"
            return f"{why}: now at most {counted(self.proofs_at_a_time or 0, 'proof')} at a time"
        if self.kind == "reduced":
            return reduced_warning(self.job or "", self.detail or "")
        return None


def reduced_warning(job: str, signal: str) -> str:
    """The warning, shown once, about inputs that were not below the prime."""
    return (
        f"input {shown(job)}: {signal} is not below the prime of the circuit's field and was reduced, as "
        "circom does. This warning is shown once; --strict-inputs refuses such values."
    )


class EventListener(Protocol):
    """Called from the pool's own threads, so it must be quick."""

    def __call__(self, event: PoolEvent, /) -> None: ...
