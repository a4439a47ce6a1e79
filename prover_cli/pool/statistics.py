"""What each worker did. The main process keeps this, so it survives a worker's death."""

import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_DURATIONS = 200_000
"""Kept per worker: 1.6 MB."""


@dataclass
class WorkerStatistics:
    """Totals of one slot over the run. Memory is in bytes, times are in seconds."""

    worker: int
    pid: int | None = None
    machine: str | None = None
    """In a fleet, the machine that the worker belongs to."""
    proofs: int = 0
    failures: int = 0
    restarts: int = 0
    restart_reasons: dict[str, int] = field(default_factory=dict)
    """Number of restarts by reason: died, timeout, memory, unresponsive, recycled, abandoned."""
    busy_seconds: float = 0.0
    stuck_seconds: float = 0.0
    """Time without progress on a job: the worker sent no heartbeat, or was replaced for taking too long."""
    cpu_seconds: float = 0.0
    peak_private_bytes: int = 0
    peak_pss_bytes: int = 0
    durations: "array[float]" = field(default_factory=lambda: array("d"))
    """Seconds of each proof, 8 bytes per job. Above MOST_DURATIONS, a uniform sample."""

    def proved(self, seconds: float, cpu_seconds: float) -> None:
        """Counts a proof."""
        self.proofs += 1
        self.cpu_seconds += cpu_seconds
        # Vitter, "Random sampling with a reservoir" (1985), algorithm R: a service runs for months.
        if len(self.durations) < MOST_DURATIONS:
            self.durations.append(seconds)
        elif (place := random.randrange(self.proofs)) < MOST_DURATIONS:
            self.durations[place] = seconds

    def to_json(self, run_seconds: float) -> dict[str, object]:
        """The worker's entry in the summary."""
        return {
            "worker": self.worker,
            "pid": self.pid,
            **({"machine": self.machine} if self.machine is not None else {}),
            "proofs": self.proofs,
            "failures": self.failures,
            "restarts": self.restarts,
            "restart_reasons": dict(self.restart_reasons),
            "busy_seconds": round(self.busy_seconds, 6),
            "stuck_seconds": round(self.stuck_seconds, 6),
            "cpu_seconds": round(self.cpu_seconds, 6),
            "utilization": round(self.busy_seconds / run_seconds, 4) if run_seconds else 0.0,
            "peak_private_bytes": self.peak_private_bytes,
            "peak_pss_bytes": self.peak_pss_bytes,
            "mean_seconds": round(mean(self.durations), 6),
            "p95_seconds": round(percentile(self.durations, 95), 6),
        }


def mean(values: Sequence[float]) -> float:
    """The mean. 0 if there are no values."""
    return sum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], percent: float) -> float:
    """The percentile by nearest rank. 0 if there are no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, min(len(ordered) - 1, int(rank) - 1))]
