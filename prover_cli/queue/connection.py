"""The connection to Redis: patient when a server restarts, silent about passwords, and clear about
permissions.

There are three kinds of errors. Temporary ones (no connection, loading, read-only after a failover, out of
memory or disk for a while) are waited out. Permanent ones (a missing permission, password or command) end the
program at once, and the message says what is missing. All others are reported in Redis's words.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from prover_cli.faults import Code, MachineFault, SetupFault
from prover_cli.queue.scripts import refused_command
from prover_cli.supervision import logged, logger

LOG = logger(__name__)

PATIENCE = 60
"""Tries of a command, most of them a second apart. A restart with a large log to read takes that long."""

PAUSE_SECONDS = 1.0
"""Between two tries of a command that Redis cannot execute at the moment."""

CONNECTIONS = 16
"""Commands at a time. Hundreds of jobs share them, and one connection waits for the next job."""

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 30.0
"""Without an answer, after which a connection is closed. More than the ten seconds that BullMQ blocks."""

OUT_OF_REACH = (RedisConnectionError, RedisTimeoutError, OSError)

_PASSING = re.compile(r"\b(LOADING|READONLY|MISCONF|OOM|TRYAGAIN|MASTERDOWN|CLUSTERDOWN)\b")
_REFUSED = re.compile(
    r"\b(NOPERM|NOAUTH|WRONGPASS)\b|no permission|ACL failure|executing the script can't|unknown command",
    re.IGNORECASE,
)
"""In Redis's words, including those of errors inside its scripts."""

_LOGIN = re.compile(r"\b(NOAUTH|WRONGPASS)\b|username-password pair|Authentication required", re.IGNORECASE)
_KEYS = re.compile(r"access (one|at least one)? ?(of )?the keys", re.IGNORECASE)


def is_refused(error: BaseException) -> bool:
    """Whether the error is permanent: a missing permission, password or command."""
    if isinstance(error, AuthenticationError | AuthorizationError | NoPermissionError):
        return True
    return isinstance(error, ResponseError) and _REFUSED.search(str(error)) is not None


def is_passing(error: BaseException) -> bool:
    """Whether the server is up but cannot execute commands at the moment."""
    if is_refused(error):
        return False
    if isinstance(error, BusyLoadingError | ReadOnlyError | OutOfMemoryError | TryAgainError):
        return True
    return isinstance(error, ResponseError) and _PASSING.search(str(error)) is not None


def masked(url: str) -> str:
    """The URL as it may be shown: without its password and its query, which may contain one."""
    parts = urlsplit(url)
    try:
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return f"{parts.scheme}://…"
    user = f"{parts.username}:***@" if parts.password and parts.username else "***@" if parts.password else ""
    return urlunsplit((parts.scheme, f"{user}{host}{port}", parts.path, "", ""))


class _Refusal(Exception):
    """Carries a refusal through the retries, which would mistake a wrong password for a lost connection."""

    def __init__(self, error: RedisError) -> None:
        super().__init__()
        self.error = error


class _Retry(Retry):
    """Does not retry a password, because the server may lock its user out for that."""

    async def call_with_retry(self, do: Callable[[], Awaitable[Any]], *more: Any, **named: Any) -> Any:
        async def once() -> Any:
            try:
                return await do()
            except (AuthenticationError, AuthorizationError) as error:
                raise _Refusal(error) from None

        try:
            return await super().call_with_retry(once, *more, **named)
        except _Refusal as refusal:
            raise refusal.error from None


class _Client(redis.Redis):
    """Waits out temporary errors of any command."""

    patience = PATIENCE

    async def execute_command(self, *words: Any, **options: Any) -> Any:
        for tries in range(1, self.patience + 2):
            try:
                return await super().execute_command(*words, **options)  # type: ignore[no-untyped-call]  # (redis-py's)
            except ResponseError as error:
                if not is_passing(error) or tries > self.patience:
                    raise
                if isinstance(error, ReadOnlyError):
                    # After a failover the host name may already point to another server.
                    await self.connection_pool.disconnect(inuse_connections=False)
                await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError("the last try returns or raises")


def client(url: str, *, patience: int = PATIENCE) -> "redis.Redis":
    """A client that is not connected yet. Raises SetupFault BAD_REDIS_URL."""
    try:
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=2 * patience,
            decode_responses=True,
            encoding_errors="surrogateescape",  # other producers may put arbitrary bytes into a job
            retry=_Retry(ExponentialBackoff(cap=1, base=0.05), patience),
            retry_on_error=[BusyLoadingError, RedisConnectionError, RedisTimeoutError],
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=SILENCE_SECONDS,
            socket_keepalive=True,
            health_check_interval=15,
        )
        made: _Client = _Client.from_pool(pool)  # type: ignore[assignment]  # (it makes one of the class)
        made.patience = patience
        return made
    except ValueError as error:
        # redis-py's message does not quote the URL.
        raise SetupFault(
            Code.BAD_REDIS_URL, f"--redis: {error}; write redis://[USER:PASSWORD@]HOST:PORT/DB or rediss://…"
        ) from None


async def check(url: str, events: str | None = None) -> None:
    """Checks that Redis answers and is usable for a queue. `events` is the stream that a producer reads.
    Raises MachineFault REDIS_UNREACHABLE, SetupFault BAD_REDIS_URL, REDIS_REFUSED, REDIS_TOO_OLD."""
    connection = client(url, patience=2)
    try:
        information = await connection.info("server")
        await connection.eval("return 1", 0)  # BullMQ's commands are scripts
        if events is not None:
            await connection.xrevrange(events, count=1)
    except RedisError as error:
        fault = fault_of(url, error)
        raise SetupFault(fault.kind, fault.message) if is_refused(error) else fault from None
    except OSError as error:
        raise fault_of(url, error) from None
    finally:
        with logged(LOG, "closing a connection to Redis", logging.DEBUG):
            await connection.aclose()
    version = str(information.get("redis_version", "0"))
    if int(version.split(".")[0]) < 5:
        raise SetupFault(Code.REDIS_TOO_OLD, f"{masked(url)} is Redis {version}; BullMQ needs 5 or newer")


def fault_of(url: str, error: Exception) -> MachineFault:
    """The fault with which a producer or a worker ends if Redis fails: REDIS_REFUSED, REDIS_UNREACHABLE,
    REDIS_FAILED."""
    where, words = masked(url), (str(error).splitlines() or [""])[0][:200]
    if is_refused(error):
        return MachineFault(Code.REDIS_REFUSED, f"{where} {_refusal(error, words)}")
    if is_passing(error):
        return MachineFault(
            Code.REDIS_UNREACHABLE,
            f"{where} has not accepted commands for a minute: {words}. Jobs in the queue are kept: run the "
            "same command again",
        )
    if isinstance(error, OUT_OF_REACH):
        return MachineFault(
            Code.REDIS_UNREACHABLE,
            f"{where} does not answer ({type(error).__name__}); is it running, and is --redis correct? Jobs "
            "in the queue are kept: run the same command again",
        )
    return MachineFault(Code.REDIS_FAILED, f"{where}: {type(error).__name__}: {words}")


def _refusal(error: Exception, words: str) -> str:
    """What was refused, and what to do about it."""
    if isinstance(error, AuthenticationError) or _LOGIN.search(words):
        return f"refused the login: {words.rstrip('.')}. Pass the correct user and password with --redis"
    if _KEYS.search(words):
        return (
            "refused a command: the user has no access to the queue's keys. Grant the user in --redis access "
            "to keys that begin with bull: (ACL SETUSER, ~bull:*), or use a different user and password"
        )
    inside = refused_command(str(error))
    words = f"the user has no permission for {inside}" if inside is not None else words.rstrip(".")
    return (
        f"refused a command: {words}. Grant the user in --redis this permission (ACL SETUSER), or use a "
        "different user and password"
    )
