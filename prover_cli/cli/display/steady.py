"""A display that goes on when nobody can see it, or when it has a fault of its own: neither must end a
run."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from prover_cli.batch.session import Display
from prover_cli.cli.display.actions import Actions
from prover_cli.faults import unexpected
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts
from prover_cli.supervision import logged, logger

LOG = logger(__name__)


class SteadyDisplay:
    """Passes everything on until that fails, and nothing afterwards. A closed terminal is no news to anybody;
    of anything else standard error is told, once."""

    def __init__(self, inner: Display, actions: Actions | None = None) -> None:
        self._inner = inner
        self._actions = actions
        self._seen = True

    def _show(self, how: Callable[[], None]) -> None:
        if self._seen:
            try:
                how()
            except OSError:
                self._seen = False
            except Exception as error:
                self._seen = False
                with suppress(OSError, ValueError):
                    print(
                        f"the display is switched off: {unexpected(error)}; the run goes on", file=sys.stderr
                    )

    def warn(self, text: str) -> None:
        self._show(lambda: self._inner.warn(text))

    def left_out(self, text: str) -> None:
        self._show(lambda: self._inner.left_out(text))

    def note(self, text: str) -> None:
        self._show(lambda: self._inner.note(text))

    def checking(self, key: Path, done: int, total: int) -> None:
        self._show(lambda: self._inner.checking(key, done, total))

    def preparing(self, key: Path, done: int, total: int) -> None:
        self._show(lambda: self._inner.preparing(key, done, total))

    def started(self, pool: ProofExecutor, total: int | None) -> None:
        self._show(lambda: self._inner.started(pool, total))

    def finished(self, record: Record) -> None:
        self._show(lambda: self._inner.finished(record))
        if self._actions is not None:
            actions = self._actions
            self._show(lambda: actions.finished(record))

    def pool_event(self, event: PoolEvent) -> None:
        self._show(lambda: self._inner.pool_event(event))

    def ended(self, result: Result, facts: RunFacts) -> None:
        self._show(lambda: self._inner.ended(result, facts))
        if self._actions is not None:
            actions = self._actions
            self._show(lambda: actions.ended(result, facts))

    def close(self) -> None:
        # It is over, and nothing is lost with it.
        with logged(LOG, "closing the display", logging.DEBUG):
            self._inner.close()
