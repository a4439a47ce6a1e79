"""Time limits of calculations: a single thread checks all of them once per second.

A timer for each would add 0.16 ms to a short calculation, a third of its time."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prover_cli.supervision import logged, logger

LOG = logger(__name__)

LOOK_SECONDS = 1.0

_running: dict[object, tuple[float, Callable[[], None]]] = {}
_starting = threading.Lock()
_looking: threading.Thread | None = None


@contextmanager
def limited(seconds: float, overdue: Callable[[], None]) -> Iterator[None]:
    """Calls `overdue` from another thread at most one second after `seconds`, and again every second until
    the body of the `with` statement ends."""
    global _looking  # noqa: PLW0603  (a process has one)
    if _looking is None:
        with _starting:
            if _looking is None:
                _looking = threading.Thread(target=_look, name="deadlines", daemon=True)
                _looking.start()
    mine = object()
    _running[mine] = (time.monotonic() + seconds, overdue)
    try:
        yield
    finally:
        del _running[mine]


def _look() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        now = time.monotonic()
        for until, overdue in list(_running.values()):
            if now > until:
                # A failure here must not disable the other limits.
                with logged(LOG, "ending a calculation that takes too long", logging.ERROR):
                    overdue()
