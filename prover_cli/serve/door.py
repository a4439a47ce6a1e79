"""Connections: how many may be open, and how long a client may take to send a request and read the answer.

A connection without a request costs a file handle and nothing else. If there are too many, a new one replaces
the one that has waited longest, so that idle clients cannot keep others out. Times are checked once per
second.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""Most time from the start of a connection, or from its last answer, to a complete request head."""

STALLED_SECONDS = 30.0
"""Most time for which a client may read nothing of its answer."""

LOOK_SECONDS = 1.0

MOST_CONNECTIONS = 1000
"""If the limit of file handles allows it."""

SPARE_HANDLES = 48
"""Kept free for keys, logs and a worker that is restarted."""

HANDLES_A_WORKER = 8
"""The pipes of an executor and of its worker."""

FEWEST = 8


def most_connections(workers: int) -> int:
    """As many as file handles allow, with the soft limit raised as far as needed and allowed."""
    try:
        import resource
    except ImportError:
        return MOST_CONNECTIONS
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _open_handles() + SPARE_HANDLES + HANDLES_A_WORKER * workers
    limit = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    with suppress(OSError, ValueError):
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    free = limit - _open_handles() - SPARE_HANDLES - HANDLES_A_WORKER * workers
    return max(FEWEST, min(MOST_CONNECTIONS, free))


def _open_handles() -> int:
    folder = Path("/proc/self/fd")
    return len(os.listdir(folder)) if folder.is_dir() else 32  # noqa: PTH208  (names only)


class Door:
    """All connections of a service, in one event loop."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: dict[_Connection, float] = {}
        """Since when each has waited for its client: since it was opened, or since its last answer. In this
        order."""

    def protocol(self) -> Callable[..., asyncio.Protocol]:
        """The protocol that uvicorn is to use for HTTP."""

        def connection(*given: Any, **named: Any) -> _Connection:
            return _Connection(self, *given, **named)

        return connection

    async def watch(self) -> None:
        """Closes connections whose time is up, until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = asyncio.get_running_loop().time()
            for connection, since in list(self._open.items()):
                if connection.stalled(now) or (not connection.busy and now - since > HEAD_SECONDS):
                    connection.end()

    def came(self, connection: "_Connection") -> bool:
        """Whether there is room. If there is none, the connection that has waited longest is closed."""
        if len(self._open) >= self.most:
            idle = next((other for other in self._open if not other.busy), None)
            if idle is None:
                return False
            self.went(idle)
            idle.end()
        self._open[connection] = asyncio.get_running_loop().time()
        return True

    def answered(self, connection: "_Connection") -> None:
        """The client may send another request, or disconnect."""
        if self._open.pop(connection, None) is not None:
            self._open[connection] = asyncio.get_running_loop().time()

    def went(self, connection: "_Connection") -> None:
        """The connection is closed."""
        self._open.pop(connection, None)


class _Connection(H11Protocol):
    """A connection that the door knows. h11 limits the size of a request head (16 KB)."""

    def __init__(self, door: Door, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._door = door
        self._unread = (0, 0.0)
        """Bytes of answers that the client has not read, and since when it has read nothing."""

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def stalled(self, now: float) -> bool:
        """Whether the client has stopped reading its answer."""
        size, since = self._unread
        left = self.transport.get_write_buffer_size()
        if left == 0 or left < size or size == 0:
            self._unread = (left, now)
            return False
        return now - since > STALLED_SECONDS

    def end(self) -> None:
        """Closes it at once. What has not been sent is lost."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # (as uvicorn has it)
        if self._door.came(self):
            super().connection_made(transport)
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.transport is not None:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.went(self)
        if self.transport is not None:
            super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._door.answered(self)
        super().on_response_complete()
