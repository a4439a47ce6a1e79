"""How a run is stopped: the first signal drains, the second stops at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""The exit code of a command that a signal ended: 128 and the number of SIGINT, as shells count it."""


class Stop:
    """Flags that signal handlers set and loops check."""

    def __init__(self) -> None:
        self.draining = False
        """No new jobs are started. Running ones are finished."""
        self.at_once = False
        """Running jobs are not waited for."""
        self.interrupted = False
        """Whether a signal was the reason."""

    def drain(self) -> None:
        self.draining = True

    def signalled(self, number: int, frame: FrameType | None) -> None:
        """Signal handler."""
        self.at_once = self.interrupted
        self.interrupted = self.draining = True

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Handles SIGINT, SIGTERM and SIGHUP while the block runs. SIGHUP, which is sent when the terminal
        closes, is left alone if nohup made it ignored. Main thread only."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        before = {n: signal.signal(n, self.signalled) for n in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
