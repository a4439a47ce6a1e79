"""Ctrl-C during one long call of the extension, which does not look at signals."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_by_interrupt() -> Iterator[None]:
    """Ctrl-C ends the process where it stands: one long call without a look at signals, nothing begun."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
