"""The per-worker table at the end of a run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prover_cli.names import shown
from prover_cli.options.sizes import format_size
from prover_cli.pool.statistics import WorkerStatistics, mean, percentile
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts, without_worker

if TYPE_CHECKING:
    from rich.console import Console

NOTHING = "–"
SAID_WHERE_THERE_ARE_ANY = ("failures", "restarts", "stuck")
LEFT_OUT_WHERE_NARROW = ("pid", "p95", "restarts")
NARROW = 72
"""Columns of a terminal that has no room for all of ours."""


def run_columns(facts: RunFacts, result: Result) -> dict[str, list[str]]:
    """Those of a run, with a row for what failed before any worker had it: they add up to the last line."""
    return worker_columns(facts.workers, facts.seconds, without_worker(result, facts))


def worker_columns(
    workers: Sequence[WorkerStatistics], seconds: float, without: int = 0
) -> dict[str, list[str]]:
    """A row for each worker, by column, and one for `without` failures that no worker had."""
    columns = {
        "worker": [str(w.worker) if w.machine is None else shown(w.machine) for w in workers],
        "pid": [str(w.pid or NOTHING) for w in workers],
        "proofs": [str(w.proofs) for w in workers],
        "failures": [str(w.failures) for w in workers],
        "restarts": [str(w.restarts) for w in workers],
        "busy": [_share(w.busy_seconds, seconds) for w in workers],
        "stuck": [f"{w.stuck_seconds:.1f} s" if w.stuck_seconds else "0" for w in workers],
        "mean": [_seconds(mean(w.durations)) if w.durations else NOTHING for w in workers],
        "p95": [_seconds(percentile(w.durations, 95)) if w.durations else NOTHING for w in workers],
        "peak memory": [
            format_size(w.peak_private_bytes) if w.peak_private_bytes else NOTHING for w in workers
        ],
    }
    if without > 0:
        for name, cells in columns.items():
            cells.append({"worker": "none", "proofs": "0", "failures": str(without)}.get(name, NOTHING))
    return {
        name: cells
        for name, cells in columns.items()
        if name not in SAID_WHERE_THERE_ARE_ANY or any(cell not in ("0", NOTHING) for cell in cells)
    }


def print_table(console: "Console", facts: RunFacts, result: Result) -> None:
    """Every worker that was started; of many, all of them: the table is the record of the run."""
    print_columns(console, run_columns(facts, result))


def print_columns(console: "Console", columns: dict[str, list[str]]) -> None:
    """Those that a terminal has room for."""
    from rich.table import Table  # here, for quiet runs show none

    narrow = console.width < NARROW
    table = Table(header_style="bold", pad_edge=False, box=None)
    said = {name: cells for name, cells in columns.items() if not narrow or name not in LEFT_OUT_WHERE_NARROW}
    for name in said:
        table.add_column(
            "memory" if narrow and name == "peak memory" else name, justify="right", no_wrap=True
        )
    for row in zip(*said.values(), strict=True):
        table.add_row(*row)
    console.print(table)


def _share(part: float, whole: float) -> str:
    return f"{part / whole if whole else 0.0:.0%}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f} s"
