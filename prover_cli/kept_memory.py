"""Memory that a process keeps between proofs, in large pages. Never used in a caller's process.

A proof takes hundreds of megabytes and frees them. The system clears and maps such memory page by page each
time, which took 7 % of the time of a proof with FFLONK over 2^16 points, and 6 % with PLONK (Xeon of 2023,
Linux). A worker makes one proof after another, and takes for each what the last one has freed.

Large pages, which need fewer translations of addresses, save another 3 % of a prepared FFLONK proof over 2^16
points (quarter and median of 12 proofs: 1.96 and 2.14 s with, 2.03 and 2.34 s without; same machine).
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prover_cli.systems.choice import native_error

IDLE_SECONDS = 0.5
"""A process that proves nothing for so long gives its free memory back: other processes may wait for it."""

RESERVED = 1 << 30
"""Bytes of addresses that are reserved for large pages. What is not used takes no memory."""


def _reserved() -> int:
    """Zero where the system limits addresses, or counts promises of memory."""
    if sys.platform != "linux":
        return 0
    import resource

    limits = (resource.getrlimit(limit)[0] for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA))
    if any(limit != resource.RLIM_INFINITY for limit in limits):
        return 0
    with suppress(OSError):
        # 2: the system never promises more than it has.
        return 0 if Path("/proc/sys/vm/overcommit_memory").read_text().strip() == "2" else RESERVED
    return 0


class KeptMemory:
    """From now on, what is freed stays with the process until it is idle. Does nothing without the native
    engine, or if the allocator is not that of glibc."""

    def __init__(
        self, idle_seconds: float = IDLE_SECONDS, give_back: Callable[[], None] | None = None
    ) -> None:
        self._idle_seconds = idle_seconds
        self._begun, self._idle = threading.Event(), threading.Event()
        if give_back is None and native_error() is None:
            from prover_cli import _native

            _native.keep_memory(_reserved())
            give_back = _native.give_back_memory
        if give_back is not None:
            threading.Thread(
                target=self._watch, args=(give_back,), name="give-back-memory", daemon=True
            ).start()

    @contextmanager
    def used(self) -> Iterator[None]:
        """While proofs are made."""
        self._idle.clear()
        self._begun.set()
        try:
            yield
        finally:
            self._idle.set()

    def _watch(self, give_back: Callable[[], None]) -> None:
        while True:
            self._begun.wait()
            self._begun.clear()
            self._idle.wait()
            time.sleep(self._idle_seconds)
            if not self._begun.is_set():
                give_back()
