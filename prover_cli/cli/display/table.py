"""The per-worker table at the end of a run."""

from rich.console import Console
from rich.table import Table

from prover_cli.names import shown
from prover_cli.options.sizes import format_size
from prover_cli.pool.statistics import mean, percentile
from prover_cli.report.summary import RunFacts


def worker_table(facts: RunFacts) -> Table:
    """One row a worker; fits 80 columns."""
    table = Table(header_style="bold", pad_edge=False, box=None)
    for name in ("worker", "pid", "proofs", "failures", "restarts", "busy", "mean", "p95", "peak memory"):
        table.add_column(name, justify="right", no_wrap=True)
    for worker in facts.workers:
        busy = worker.busy_seconds / facts.seconds if facts.seconds else 0.0
        table.add_row(
            str(worker.worker) if worker.machine is None else shown(worker.machine),
            str(worker.pid or "-"),
            str(worker.proofs),
            str(worker.failures),
            str(worker.restarts),
            f"{busy:.0%}",
            f"{mean(worker.durations):.3f} s",
            f"{percentile(worker.durations, 95):.3f} s",
            format_size(worker.peak_private_bytes) if worker.peak_private_bytes else "-",
        )
    return table


def print_table(console: Console, facts: RunFacts) -> None:
    """Every worker that was started; of many, all of them: the table is the record of the run."""
    console.print(worker_table(facts))
