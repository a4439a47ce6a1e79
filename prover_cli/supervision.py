"""Threads and callbacks that have an owner: what they did not foresee is logged, and ends what depends on it.

Each package logs to `prover_cli.PACKAGE`. A program that embeds this one sees nothing unless it asks for it:
the logger "prover_cli" has a NullHandler. Of an exception the kind and the place are logged, never the text,
which might quote a witness.
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
"""What is logged again within this time is counted instead of shown."""

MOST_REPEATED = 100
"""Kinds of messages whose repetitions are counted at a time."""


def logger(module: str) -> logging.Logger:
    """The logger of a module's package; call it with `__name__`."""
    return logging.getLogger(".".join(module.split(".")[:2]))


@contextmanager
def logged(log: logging.Logger, doing: str, level: int = logging.WARNING) -> Iterator[None]:
    """Goes on after an exception that must not stop what is going on. It is logged, with what was done."""
    try:
        yield
    except Exception as error:
        log.log(level, "%s: %s", doing, unexpected(error))


def supervised(
    work: Callable[[], object], name: str, log: logging.Logger, failed: Callable[[Exception], object]
) -> threading.Thread:
    """A thread, not yet started. What it raises is logged, and its owner's `failed` is called."""

    def run() -> None:
        try:
            work()
        except Exception as error:
            log.error("thread %s has ended: %s", name, unexpected(error))
            with logged(log, f"what follows from the end of thread {name}", logging.ERROR):
                failed(error)

    return threading.Thread(target=run, name=name, daemon=True)


class LinesOf(logging.Handler):
    """Gives each record as a line to `say`. Of an exception only its kind: its text might quote a request.
    What comes again and again is told once a second, with how often it came."""

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
        """By what is said: when it was told last, and how often it came since."""

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
        self._say(line + (f"; {more} more like it before" if more else ""))


def show_logs(say: Callable[[str], None], *, verbose: bool) -> None:
    """For programs that are ours: what the package logs goes to `say`; warnings, and with `verbose` all."""
    level = logging.DEBUG if verbose else logging.WARNING
    ROOT.addHandler(LinesOf(say, level))
    ROOT.setLevel(level)
