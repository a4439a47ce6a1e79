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


METRICS_PORT = option(
    None,
    SHOW,
    "--metrics-port",
    help="Serve metrics for Prometheus while this lasts.",
    kind=str | None,
    read=checked_address,
    metavar="[HOST:]PORT",
)


PUT_BY_PATH = option(
    None,
    PANEL,
    "--witness-root",
    help="Put witnesses below it into the queue by path.",
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
        help="Where Redis is; with a password rather as PROVE_BATCH_REDIS than in a list of processes.",
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
        """Redis' name for BullMQ's stream of events."""
        return f"{self.prefix}:{self.queue}:events"


@dataclass(frozen=True, kw_only=True)
class WorkOptions(PoolOptions):
    """`prove-batch work`."""

    where: QueueOptions
    witness_root: Path | None = option(
        None,
        PANEL,
        "--witness-root",
        help="Take witnesses by path too, below this folder.",
        kind=Path | None,
        metavar="DIR",
    )
    lock_seconds: float = option(
        LOCK_SECONDS,
        PANEL,
        "--lock",
        help="A machine that is silent for so long has lost its jobs to others.",
        kind=float,
        metavar="SECONDS",
        least=0.5,
    )
    max_stalled: int = option(
        10, PANEL, "--max-stalled", help="How often a job may lose its machine.", kind=int, least=0
    )
    max_result: int = option(
        MOST_RESULT,
        PANEL,
        "--max-result",
        help="Larger results go without their public signals.",
        kind=str,
        typed="1MB",
        read=parse_size,
        metavar="SIZE",
    )
    results: Path | None = option(
        None,
        PANEL,
        "--results",
        help="Write those public signals to this folder.",
        kind=Path | None,
        metavar="DIR",
    )
    """Folder of public signals that are too many for Redis; None: they are left out."""
    timeout: float | None = option(
        None,
        RUN,
        "--timeout",
        help="Most that a proof may take, from its start.",
        kind=float | None,
        metavar="SECONDS",
        least=0.01,
        shows_default=False,
    )
    preload: bool = True
    metrics_port: str | None = METRICS_PORT


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


@dataclass(frozen=True, kw_only=True)
class EnqueueOptions:
    """`prove-batch enqueue`."""

    witness_root: Path | None = PUT_BY_PATH
    outstanding: int = option(
        10_000, PANEL, "--max-queue", help="Wait while the queue has so many jobs.", kind=int, least=1
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
        help="Further tries of a job that fails for no fault of its own.",
        kind=int,
        least=0,
    )
    strict_inputs: bool = STRICT_INPUTS

    def produced(self, where: QueueOptions) -> ProduceOptions:
        """What the producer goes by."""
        return ProduceOptions(
            where,
            witness_root=self.witness_root,
            attempts=self.retries + 1,
            outstanding=self.outstanding,
            keep_seconds=self.keep_seconds,
            strict_inputs=self.strict_inputs,
        )
