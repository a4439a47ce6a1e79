"""Waiting for work that may never end."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

LOOK_SECONDS = 0.1

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T], given_up: Callable[[], bool] = lambda: False) -> T:
    """What `work` returns, from a thread that is left behind if it takes longer, or once `given_up` says so.
    Raises what it raises, and TimeoutError."""
    found: Future[T] = Future()

    def run() -> None:
        try:
            found.set_result(work())
        except BaseException as error:
            found.set_exception(error)

    threading.Thread(target=run, name="left behind if it takes too long", daemon=True).start()
    until = time.monotonic() + seconds
    while not wait([found], LOOK_SECONDS).done:
        if given_up() or time.monotonic() > until:
            raise TimeoutError
    return found.result()
