"""The options of both ends of the queue."""

from dataclasses import dataclass
from pathlib import Path

from prover_cli.circuits.options import PoolOptions

QUEUE = "proofs"
LOCK_SECONDS = 30.0
"""How long a job stays a worker's without a sign of it; BullMQ's own default."""

MOST_RESULT = 1 << 20
"""Bytes of a return value; Redis holds each twice for a while, in the job and in the stream of events."""

KEEP_SECONDS = 3600.0
KEEP_COUNT = 10_000
"""Finished jobs stay in Redis for so long, and at most so many of them."""

OUTSTANDING = 256
"""Jobs that a producer has in the queue at a time: enough for a fleet, and Redis stays small."""

OUTSTANDING_BYTES = 256 << 20
"""The same in bytes of inline witnesses; one job always goes."""


@dataclass(frozen=True)
class QueueOptions:
    """Where the queue is."""

    redis: str
    """URL."""
    queue: str = QUEUE
    prefix: str = "bull"

    @property
    def events(self) -> str:
        """Redis' name for BullMQ's stream of events."""
        return f"{self.prefix}:{self.queue}:events"


@dataclass(frozen=True, kw_only=True)
class WorkOptions(PoolOptions):
    """`prover work`."""

    where: QueueOptions
    witness_root: Path | None = None
    lock_seconds: float = LOCK_SECONDS
    max_stalled: int = 10
    """How often a job may lose its machine."""
    max_result: int = MOST_RESULT
    results: Path | None = None
    """Folder of public signals that are too many for Redis; None: they are left out."""
    metrics_port: str | None = None


@dataclass(frozen=True)
class ProduceOptions:
    """What a producer puts in."""

    where: QueueOptions
    witness_root: Path | None = None
    """Witnesses below it go by path; others inline."""
    attempts: int = 2
    outstanding: int | None = None
    """Jobs in the queue at a time; None: as many as OUTSTANDING and OUTSTANDING_BYTES allow."""
    keep_seconds: float = KEEP_SECONDS
    """How long a finished job stays in Redis; 0: until its producer has the result."""
    strict_inputs: bool = False
    """Whether inputs that are not below the prime are refused."""
