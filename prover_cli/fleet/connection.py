"""The connection to Redis: patient with a server that restarts, quiet about passwords."""

from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from prover_cli.errors import MachineFault, SetupFault

PATIENCE = 60
"""Tries of a command, most of them a second apart: a restart with a large log to read takes that long."""

CONNECTIONS = 16
"""Commands at a time: hundreds of jobs take turns, and one connection waits for the next job."""

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 30.0
"""Without an answer, after which a connection is given up: above the ten seconds that BullMQ blocks for."""


def masked(url: str) -> str:
    """The URL as it may be shown: without its password and its query, which may hold one."""
    parts = urlsplit(url)
    try:
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return f"{parts.scheme}://…"
    user = f"{parts.username}:***@" if parts.password and parts.username else "***@" if parts.password else ""
    return urlunsplit((parts.scheme, f"{user}{host}{port}", parts.path, "", ""))


def client(url: str, *, patience: int = PATIENCE) -> "redis.Redis":
    """A client that is not connected yet. Raises SetupFault BAD_REDIS_URL."""
    try:
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=2 * patience,
            decode_responses=True,
            retry=Retry(ExponentialBackoff(cap=1, base=0.05), patience),
            retry_on_error=[BusyLoadingError, RedisConnectionError, RedisTimeoutError],
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=SILENCE_SECONDS,
            socket_keepalive=True,
            health_check_interval=15,
        )
        return redis.Redis.from_pool(pool)
    except ValueError as error:
        # redis' own message does not quote the URL.
        raise SetupFault(
            "BAD_REDIS_URL", f"--redis: {error}; write redis://[USER:PASSWORD@]HOST:PORT/DB or rediss://…"
        ) from None


async def check(url: str) -> None:
    """Whether Redis answers, and is one that a queue can live in. Raises MachineFault REDIS_UNREACHABLE,
    SetupFault BAD_REDIS_URL, REDIS_REFUSED, REDIS_TOO_OLD."""
    connection = client(url, patience=2)
    try:
        information = await connection.info("server")
    except (AuthenticationError, ResponseError) as error:
        raise SetupFault("REDIS_REFUSED", f"{masked(url)} refused us: {error}") from None
    except (TimeoutError, RedisError, OSError) as error:
        raise unreachable(url, error) from None
    finally:
        with suppress(Exception):
            await connection.aclose()
    version = str(information.get("redis_version", "0"))
    if int(version.split(".")[0]) < 5:
        raise SetupFault("REDIS_TOO_OLD", f"{masked(url)} is Redis {version}; BullMQ needs 5 or newer")


def unreachable(url: str, error: Exception) -> MachineFault:
    """The fault for a Redis that does not answer."""
    return MachineFault(
        "REDIS_UNREACHABLE",
        f"{masked(url)} does not answer ({type(error).__name__}); is it up, and is --redis right? What is in "
        "the queue stays there: run the same command again",
    )
