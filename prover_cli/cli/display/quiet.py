"""Shows nothing; faults that end a run are told by the program itself."""

import sys
from pathlib import Path

from prover_cli.cli.display.words import defect_warning
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts


class QuietDisplay:
    """--quiet."""

    def warn(self, text: str) -> None: ...
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
