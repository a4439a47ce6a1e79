"""Supervision of threads and callbacks: unexpected exceptions are logged, and end whatever depends on them.

Each package logs to `prover_cli.PACKAGE`. The logger "prover_cli" has a NullHandler, so a program that embeds
this one sees nothing unless it adds its own handler. The type and place of an exception are logged, never its
text, which might quote a witness.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prover_cli.faults import unexpected

ROOT = logging.getLogger("prover_cli")
ROOT.addHandler(logging.NullHandler())

REPEAT_SECONDS = 1.0
"""A message that is repeated within this time is counted instead of shown."""

MOST_REPEATED = 100
"""Number of different messages whose repetitions are counted at a time."""


def logger(module: str) -> logging.Logger:
    """The logger of a module's package. Call it with `__name__`."""
    return logging.getLogger(".".join(module.split(".")[:2]))


@contextmanager
def logged(log: logging.Logger, doing: str, level: int = logging.WARNING) -> Iterator[None]:
    """Logs an exception in the block, along with what was being done, and continues."""
    try:
        yield
    except Exception as error:
        log.log(level, "%s: %s", doing, unexpected(error))


def supervised(
    work: Callable[[], object], name: str, log: logging.Logger, failed: Callable[[Exception], object]
) -> threading.Thread:
    """A thread, not yet started. If it raises an exception, that is logged, and `failed` is called."""

    def run() -> None:
        try:
            work()
        except Exception as error:
            log.error("thread %s died: %s", name, unexpected(error))
            with logged(log, f"handling the end of thread {name}", logging.ERROR):
                failed(error)

    return threading.Thread(target=run, name=name, daemon=True)


class LinesOf(logging.Handler):
    """Passes each record to `say` as one line. Only the type of an exception is included, because its text
    might quote a request. Repeated messages are shown at most once per second, with a count."""

    def __init__(
        self,
        say: Callable[[str], None],
        level: int = logging.WARNING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(level)
        self._say = say
        self._clock = clock
        self._told: dict[str, tuple[float, int]] = {}
        """For each message: when it was last shown, and how often it has been repeated since."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        words = str(record.msg) if kind else record.getMessage()
        line = f"{record.name}: {words.splitlines()[0] if words else ''}"
        line += f" ({kind.__name__})" if kind else ""
        now, same = self._clock(), f"{record.name} {str(record.msg)[:40]}"
        last, more = self._told.get(same, (-REPEAT_SECONDS, 0))
        if now - last < REPEAT_SECONDS:
            self._told[same] = (last, more + 1)
            return
        if len(self._told) >= MOST_REPEATED:
            self._told.clear()
        self._told[same] = (now, 0)
        self._say(line + (f" (and {more} more like it)" if more else ""))


def show_logs(say: Callable[[str], None], *, verbose: bool) -> None:
    """For our own programs: passes the package's log messages to `say`, warnings only unless `verbose`."""
    level = logging.DEBUG if verbose else logging.WARNING
    ROOT.addHandler(LinesOf(say, level))
    ROOT.setLevel(level)
