"""The options of the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prover_cli.circuits.options import PoolOptions
from prover_cli.options.declaration import option
from prover_cli.options.groups import DOOR, RUN
from prover_cli.options.sizes import parse_size_or_auto

MOST_JOBS_KEPT = 1000
SECONDS_KEPT = 3600.0
"""How many finished jobs can be fetched by id, and for how long."""

REQUEST_SECONDS = 300.0
"""The default time limit of a request: browsers and proxies give up before that."""


@dataclass(frozen=True, kw_only=True)
class ServiceOptions(PoolOptions):
    """The options of the service. `max_queue` counts requests that wait for a worker."""

    host: str = option(
        "127.0.0.1",
        DOOR,
        "--host",
        help="Address to listen on. The default takes local connections only.",
        kind=str,
    )
    port: int = option(
        8080, DOOR, "--port", help="Port to listen on; 0 picks a free one.", kind=int, least=0, most=65535
    )
    token_file: Path | None = option(
        None,
        DOOR,
        "--token-file",
        help="Require a bearer token; the file has one per line.",
        kind=Path | None,
        metavar="FILE",
    )
    allowed_hosts: Sequence[str] = option(
        (),
        DOOR,
        "--allowed-host",
        help="Another host name of the service, besides IP addresses and localhost. Repeatable.",
        kind=list[str],
        typed=[],
        metavar="NAME",
    )
    """Host names of the service besides IP addresses and localhost."""
    cors_origins: Sequence[str] = option(
        (),
        DOOR,
        "--cors-origin",
        help="Let web pages of this origin call the service; * (with a token) lets all. Repeatable.",
        kind=list[str],
        typed=[],
        metavar="ORIGIN",
    )
    """Origins of the web pages that may call the service."""
    max_connections: int | None = option(
        None,
        DOOR,
        "--max-connections",
        help="Most open connections; by default as many as file handles allow, up to 1000.",
        kind=int | None,
        metavar="N",
        least=1,
        shows_default=False,
    )
    """None: as many as file handles allow, up to 1000."""
    witness_root: Path | None = option(
        None,
        DOOR,
        "--witness-root",
        help="Also accept paths of witnesses inside this folder.",
        kind=Path | None,
        metavar="DIR",
    )
    max_body: int | None = option(
        None,
        DOOR,
        "--max-body",
        help="Largest request body; auto fits the largest circuit's witness as decimal strings.",
        kind=str,
        typed="auto",
        read=parse_size_or_auto,
        metavar="SIZE|auto",
    )
    """Bytes of a request's body; None: room for the largest circuit's witness as decimal strings."""
    max_queue: int | None = option(
        32,
        DOOR,
        "--max-queue",
        help="How many requests may wait for a worker.",
        kind=int,
        least=0,
    )
    request_timeout: float = option(
        REQUEST_SECONDS,
        DOOR,
        "--timeout",
        help="Time limit of a request, with its time in the queue.",
        kind=float,
        metavar="SECONDS",
        least=0.01,
    )
    """Seconds from a request's arrival, including its time in the queue."""
    keep_jobs: int = option(
        MOST_JOBS_KEPT,
        DOOR,
        "--keep-jobs",
        help="How many finished jobs to keep.",
        kind=int,
        least=1,
    )
    keep_seconds: float = option(
        SECONDS_KEPT,
        DOOR,
        "--keep-seconds",
        help="How long to keep finished jobs.",
        kind=float,
        metavar="SECONDS",
        least=1,
    )
    timeout: float | None = option(
        None,
        RUN,
        "--proof-timeout",
        help="Time limit of one proof, from its start; by default that of the request.",
        kind=float | None,
        metavar="SECONDS",
        least=0.01,
        shows_default=False,
    )
    preload: bool = True
