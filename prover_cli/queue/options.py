"""The options of both ends of the queue."""

from dataclasses import dataclass
from pathlib import Path

from prover_cli.circuits.options import STRICT_INPUTS, PoolOptions
from prover_cli.options.addresses import checked_address
from prover_cli.options.declaration import option
from prover_cli.options.groups import QUEUE as PANEL
from prover_cli.options.groups import RUN, SHOW
from prover_cli.options.sizes import parse_size

QUEUE = "proofs"
LOCK_SECONDS = 30.0
"""How long a worker keeps a job without renewing its lock. This is BullMQ's default."""

MOST_RESULT = 1 << 20
"""Bytes of a return value. Redis has each twice for a while, in the job and in the stream of events."""

KEEP_SECONDS = 3600.0
KEEP_COUNT = 10_000
"""Finished jobs stay in Redis for this long, and at most this many of them."""

OUTSTANDING = 256
"""Jobs that a producer has in the queue at a time: enough for a fleet, but not too large for Redis."""

OUTSTANDING_BYTES = 256 << 20
"""The same in bytes of inline witnesses. One job is always allowed."""


METRICS_PORT = option(
    None,
    SHOW,
    "--metrics-port",
    help="Serve Prometheus metrics while running.",
    kind=str | None,
    read=checked_address,
    metavar="[HOST:]PORT",
)


PUT_BY_PATH = option(
    None,
    PANEL,
    "--witness-root",
    help="Enqueue witnesses below this folder by path.",
    kind=Path | None,
    metavar="DIR",
)


@dataclass(frozen=True)
class QueueOptions:
    """Where the queue is."""

    redis: str = option(
        "",
        PANEL,
        "--redis",
        help="URL of Redis. If it has a password, use PROVE_BATCH_REDIS to keep it out of process lists.",
        kind=str | None,
        typed=None,
        metavar="URL",
        shows_default=False,
        read=lambda url: url or "",
        hides=lambda url: "@" in (url or ""),
    )
    """URL."""
    queue: str = option(QUEUE, PANEL, "--queue", help="Name of the BullMQ queue.", kind=str, metavar="NAME")
    prefix: str = "bull"

    @property
    def events(self) -> str:
        """The Redis key of BullMQ's stream of events."""
        return f"{self.prefix}:{self.queue}:events"


@dataclass(frozen=True, kw_only=True)
class WorkOptions(PoolOptions):
    """`prove-batch work`."""

    where: QueueOptions
    witness_root: Path | None = option(
        None,
        PANEL,
        "--witness-root",
        help="Also accept witnesses by path, below this folder.",
        kind=Path | None,
        metavar="DIR",
    )
    lock_seconds: float = option(
        LOCK_SECONDS,
        PANEL,
        "--lock",
        help="If a machine is silent for this long, others take over its jobs.",
        kind=float,
        metavar="SECONDS",
        least=0.5,
    )
    max_stalled: int = option(
        10, PANEL, "--max-stalled", help="How often the machine of a job may be lost.", kind=int, least=0
    )
    max_result: int = option(
        MOST_RESULT,
        PANEL,
        "--max-result",
        help="Return larger results without their public signals.",
        kind=str,
        typed="1MB",
        read=parse_size,
        metavar="SIZE",
    )
    results: Path | None = option(
        None,
        PANEL,
        "--results",
        help="Folder for public signals that --max-result leaves out.",
        kind=Path | None,
        metavar="DIR",
    )
    """Folder for public signals that are too large for Redis. None: they are left out."""
    timeout: float | None = option(
        None,
        RUN,
        "--timeout",
        help="Time limit of a proof, from its start.",
        kind=float | None,
        metavar="SECONDS",
        least=0.01,
        shows_default=False,
    )
    preload: bool = True
    metrics_port: str | None = METRICS_PORT


@dataclass(frozen=True)
class ProduceOptions:
    """The options of a producer."""

    where: QueueOptions
    witness_root: Path | None = None
    """Witnesses below it are sent by path, others inline."""
    attempts: int = 2
    outstanding: int | None = None
    """Jobs in the queue at a time. None: as many as OUTSTANDING and OUTSTANDING_BYTES allow."""
    keep_seconds: float = KEEP_SECONDS
    """How long a finished job stays in Redis. 0: until its producer has the result."""
    strict_inputs: bool = False
    """Whether inputs that are not below the prime are refused."""


@dataclass(frozen=True, kw_only=True)
class EnqueueOptions:
    """`prove-batch enqueue`."""

    witness_root: Path | None = PUT_BY_PATH
    outstanding: int = option(
        10_000, PANEL, "--max-queue", help="Wait while the queue has this many jobs.", kind=int, least=1
    )
    keep_seconds: float = option(
        86_400,
        PANEL,
        "--keep",
        help="How long results stay in Redis.",
        kind=float,
        metavar="SECONDS",
        least=60,
    )
    retries: int = option(
        3,
        RUN,
        "--retries",
        help="Retries of a job that fails through no fault of its own.",
        kind=int,
        least=0,
    )
    strict_inputs: bool = STRICT_INPUTS

    def produced(self, where: QueueOptions) -> ProduceOptions:
        """The producer's options."""
        return ProduceOptions(
            where,
            witness_root=self.witness_root,
            attempts=self.retries + 1,
            outstanding=self.outstanding,
            keep_seconds=self.keep_seconds,
            strict_inputs=self.strict_inputs,
        )
