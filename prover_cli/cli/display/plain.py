"""Plain lines on standard error: failures as they come, progress now and then."""

import sys
import time
from pathlib import Path

from prover_cli.cli.display.events import Events
from prover_cli.cli.display.failures import Failures
from prover_cli.cli.display.pace import Pace
from prover_cli.cli.display.words import (
    defect_warning,
    explanations,
    job_line,
    progress,
    total_line,
)
from prover_cli.names import printable
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts

EVERY_SECONDS = 5.0
"""Between two progress lines: a log of an hour has 720."""


class PlainDisplay:
    """For logs and pipes."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._total: int | None = None
        self._failures = Failures(each=verbose)
        self._events = Events(verbose=verbose)
        self._pace = Pace()
        self._said = time.monotonic()

    def warn(self, text: str) -> None:
        self._say(f"warning: {printable(text)}")

    def left_out(self, text: str) -> None:
        self.warn(text)

    def note(self, text: str) -> None:
        self._say(printable(text))

    def checking(self, key: Path, done: int, total: int) -> None:
        if done == total or time.monotonic() - self._said >= EVERY_SECONDS:
            self._say(f"checking key {printable(str(key))}: {done / total:.0%}")

    def preparing(self, key: Path, done: int, total: int) -> None:
        if done == total or time.monotonic() - self._said >= EVERY_SECONDS:
            self._say(f"preparing key {printable(str(key))}: {done / total:.0%}")

    def started(self, pool: ProofExecutor, total: int | None) -> None:
        self._total = total
        self._pace.start()
        self._said = time.monotonic()

    def finished(self, record: Record) -> None:
        if record.proved is not None and record.proved.defect:
            self.warn(defect_warning(record))
        self._pace.count(record)
        line = job_line(record) if self._verbose and record.fault is None else self._failures.line(record)
        if line is not None:
            self._say(line)
        elif time.monotonic() - self._said >= EVERY_SECONDS:
            pace = self._pace
            self._say(progress(pace.done, self._total, self._failures.count, pace.per_second))

    def pool_event(self, event: PoolEvent) -> None:
        words = self._events.line(event)
        if words is not None:
            self._say(words)

    def ended(self, result: Result, facts: RunFacts) -> None:
        from rich.console import Console

        from prover_cli.cli.display.table import print_table

        for line in self._failures.tally():
            self._say(line)
        print_table(Console(file=sys.stderr, no_color=True, highlight=False), facts, result)
        for line in explanations(facts, verbose=self._verbose):
            self._say(line)
        self._say(total_line(result, facts))

    def close(self) -> None:
        """Lines leave nothing to tidy up."""

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        print(text, file=sys.stderr, flush=True)
