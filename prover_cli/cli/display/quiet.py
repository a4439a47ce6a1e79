"""Little or nothing: the program itself reports the faults that end a run."""

import sys
from pathlib import Path

from prover_cli.cli.display.failures import Failures
from prover_cli.cli.display.words import defect_warning, total_line
from prover_cli.names import printable
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts


class SilentDisplay:
    """-qq."""

    def warn(self, text: str) -> None: ...
    def left_out(self, text: str) -> None: ...
    def note(self, text: str) -> None: ...
    def checking(self, key: Path, done: int, total: int) -> None: ...
    def preparing(self, key: Path, done: int, total: int) -> None: ...
    def started(self, pool: ProofExecutor, total: int | None) -> None: ...
    def finished(self, record: Record) -> None:
        # A defect of ours is told even here: somebody has to report it.
        if record.proved is not None and record.proved.defect:
            print(f"warning: {defect_warning(record)}", file=sys.stderr)

    def pool_event(self, event: PoolEvent) -> None: ...
    def ended(self, result: Result, facts: RunFacts) -> None: ...
    def close(self) -> None: ...


class QuietDisplay(SilentDisplay):
    """--quiet: failures, input that is left out, and the last line."""

    def __init__(self) -> None:
        self._failures = Failures()

    def left_out(self, text: str) -> None:
        # Input that nobody proves is as good as failed.
        print(f"warning: {printable(text)}", file=sys.stderr, flush=True)

    def finished(self, record: Record) -> None:
        super().finished(record)
        line = self._failures.line(record)
        if line is not None:
            print(line, file=sys.stderr, flush=True)

    def ended(self, result: Result, facts: RunFacts) -> None:
        for line in [*self._failures.tally(), total_line(result, facts)]:
            print(line, file=sys.stderr, flush=True)
