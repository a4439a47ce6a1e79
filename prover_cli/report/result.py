"""How a run ended: what became of its jobs, counted."""

from dataclasses import dataclass, field

from prover_cli.faults import MachineFault
from prover_cli.stop import INTERRUPTED

MAX_FAILURES_KEPT = 10_000
"""Failures that the summary lists; all are counted, and the manifest has each."""


@dataclass
class Totals:
    """Counts of a run. At its end `read` is the sum of the four that follow, or the run has lost jobs."""

    read: int = 0
    """Jobs that the sources gave."""
    proved: int = 0
    failed: int = 0
    skipped: int = 0
    left: int = 0
    """Jobs without a result, for the run ended first: those that were waiting, or whose result could not be
    written."""
    refused: int = 0
    """Of those that failed, proofs that were made and that what takes results would not take."""
    defects: int = 0
    """Proofs that only the plain path got right."""

    def count_unread(self, total: int) -> None:
        """Of `total` jobs those that were never read are left."""
        self.left += max(0, total - self.read)
        self.read = max(total, self.read)

    @property
    def accounted(self) -> int:
        """Jobs of which it is known what became of them."""
        return self.proved + self.failed + self.skipped + self.left


@dataclass
class CircuitCounts:
    """What became of a circuit's jobs, as far as it tells of the key."""

    proved: int = 0
    unsatisfied: int = 0
    """Jobs whose proof did not verify."""


@dataclass
class Result:
    """How a run ended."""

    totals: Totals = field(default_factory=Totals)
    circuits: dict[str, CircuitCounts] = field(default_factory=dict)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    """Id, code and message. Not the faults: each would keep its traceback, 5 KB of frames, alive."""
    machine_fault: MachineFault | None = None
    output_closed: bool = False
    interrupted: bool = False
    ended_by: str | None = None
    """The option that ended the run early."""

    @property
    def exit_code(self) -> int:
        if self.machine_fault:
            return self.machine_fault.exit_code
        if self.interrupted:
            return INTERRUPTED
        return 1 if self.totals.failed or self.output_closed else 0
