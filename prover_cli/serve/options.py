"""The options of the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prover_cli.circuits.options import PoolOptions

MOST_JOBS_KEPT = 1000
SECONDS_KEPT = 3600.0
"""Finished jobs that can be asked for by id: at most so many, for at most so long."""

REQUEST_SECONDS = 300.0
"""A request's time where nothing else is said: browsers and proxies have given up by then."""


@dataclass(frozen=True, kw_only=True)
class ServiceOptions(PoolOptions):
    """Everything the service goes by. `max_queue` counts requests that wait for a worker."""

    host: str = "127.0.0.1"
    port: int = 8080
    request_timeout: float = REQUEST_SECONDS
    """Seconds from a request's arrival, the queue included."""
    max_body: int | None = None
    """Bytes of a request's body; None: what the largest circuit's witness takes in decimal."""
    witness_root: Path | None = None
    token_file: Path | None = None
    max_connections: int | None = None
    """None: as many as there are file handles for, at most 1000."""
    allowed_hosts: Sequence[str] = ()
    """Names that the service answers to besides addresses and localhost."""
    cors_origins: Sequence[str] = ()
    """Pages of other sites that may ask."""
    keep_jobs: int = MOST_JOBS_KEPT
    keep_seconds: float = SECONDS_KEPT
