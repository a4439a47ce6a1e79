"""The per-worker table at the end of a run."""

from rich.console import Console
from rich.table import Table

from prover_cli.names import shown
from prover_cli.options.sizes import format_size
from prover_cli.pool.statistics import mean, percentile
from prover_cli.report.summary import RunFacts

NOTHING = "–"
SAID_WHERE_THERE_ARE_ANY = ("failures", "restarts")


def worker_table(facts: RunFacts) -> Table:
    """One row a worker; fits 80 columns."""
    table = Table(header_style="bold", pad_edge=False, box=None)
    columns = {
        "worker": [str(w.worker) if w.machine is None else shown(w.machine) for w in facts.workers],
        "pid": [str(w.pid or NOTHING) for w in facts.workers],
        "proofs": [str(w.proofs) for w in facts.workers],
        "failures": [str(w.failures) for w in facts.workers],
        "restarts": [str(w.restarts) for w in facts.workers],
        "busy": [_share(w.busy_seconds, facts.seconds) for w in facts.workers],
        "mean": [_seconds(mean(w.durations)) if w.durations else NOTHING for w in facts.workers],
        "p95": [_seconds(percentile(w.durations, 95)) if w.durations else NOTHING for w in facts.workers],
        "peak memory": [
            format_size(w.peak_private_bytes) if w.peak_private_bytes else NOTHING for w in facts.workers
        ],
    }
    said = {
        name: values
        for name, values in columns.items()
        if name not in SAID_WHERE_THERE_ARE_ANY or any(value != "0" for value in values)
    }
    for name in said:
        table.add_column(name, justify="right", no_wrap=True)
    for row in zip(*said.values(), strict=True):
        table.add_row(*row)
    return table


def _share(part: float, whole: float) -> str:
    return f"{part / whole if whole else 0.0:.0%}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f} s"


def print_table(console: Console, facts: RunFacts) -> None:
    """Every worker that was started; of many, all of them: the table is the record of the run."""
    console.print(worker_table(facts))
