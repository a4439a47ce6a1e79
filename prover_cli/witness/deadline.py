"""Time limits of calculations: one thread that looks once a second, whatever their number.

A timer each would cost a short calculation 0.16 ms, a third of it."""

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
    """Calls `overdue` from another thread, up to a second after `seconds`, and again each second until what
    is inside ends."""
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
                # One that fails must not cost the others their limits.
                with logged(LOG, "ending a calculation that takes too long", logging.ERROR):
                    overdue()
