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
"""Finished jobs that can be asked for by id: at most so many, for at most so long."""

REQUEST_SECONDS = 300.0
"""A request's time where nothing else is said: browsers and proxies have given up by then."""


@dataclass(frozen=True, kw_only=True)
class ServiceOptions(PoolOptions):
    """Everything the service goes by. `max_queue` counts requests that wait for a worker."""

    host: str = option(
        "127.0.0.1", DOOR, "--host", help="Where to listen; this machine only by default.", kind=str
    )
    port: int = option(8080, DOOR, "--port", help="0: any that is free.", kind=int, least=0, most=65535)
    token_file: Path | None = option(
        None,
        DOOR,
        "--token-file",
        help="Ask for a bearer token: one of this file, one a line.",
        kind=Path | None,
        metavar="FILE",
    )
    allowed_hosts: Sequence[str] = option(
        (),
        DOOR,
        "--allowed-host",
        help="A name that the service answers to besides addresses and localhost. Repeatable.",
        kind=list[str],
        typed=[],
        metavar="NAME",
    )
    """Names that the service answers to besides addresses and localhost."""
    cors_origins: Sequence[str] = option(
        (),
        DOOR,
        "--cors-origin",
        help="Pages of this origin may ask from a browser. Repeatable.",
        kind=list[str],
        typed=[],
        metavar="ORIGIN",
    )
    """Pages of other sites that may ask."""
    max_connections: int | None = option(
        None,
        DOOR,
        "--max-connections",
        help="Open connections; default: what the file handles allow, at most 1000.",
        kind=int | None,
        metavar="N",
        least=1,
        shows_default=False,
    )
    """None: as many as there are file handles for, at most 1000."""
    witness_root: Path | None = option(
        None,
        DOOR,
        "--witness-root",
        help="Take witnesses by path too, below this folder.",
        kind=Path | None,
        metavar="DIR",
    )
    max_body: int | None = option(
        None,
        DOOR,
        "--max-body",
        help="Largest body of a request; auto: the largest circuit's witness in decimal.",
        kind=str,
        typed="auto",
        read=parse_size_or_auto,
        metavar="SIZE|auto",
    )
    """Bytes of a request's body; None: what the largest circuit's witness takes in decimal."""
    max_queue: int | None = option(
        32, DOOR, "--max-queue", help="Requests that may wait; more are sent away.", kind=int, least=0
    )
    request_timeout: float = option(
        REQUEST_SECONDS,
        DOOR,
        "--timeout",
        help="Most that a request may take from its arrival, the queue included.",
        kind=float,
        metavar="SECONDS",
        least=0.01,
    )
    """Seconds from a request's arrival, the queue included."""
    keep_jobs: int = option(
        MOST_JOBS_KEPT,
        DOOR,
        "--keep-jobs",
        help="Finished jobs that can be asked for by id.",
        kind=int,
        least=1,
    )
    keep_seconds: float = option(
        SECONDS_KEPT,
        DOOR,
        "--keep-seconds",
        help="How long they can be.",
        kind=float,
        metavar="SECONDS",
        least=1,
    )
    timeout: float | None = option(
        None,
        RUN,
        "--proof-timeout",
        help="Most that a proof may take, from its start; default: as long as the request may.",
        kind=float | None,
        metavar="SECONDS",
        least=0.01,
        shows_default=False,
    )
    preload: bool = True
