"""`prove-batch work`: this machine's pool behind a BullMQ queue."""

import typer

from prover_cli.circuits.options import Wanted
from prover_cli.cli.brief_help import brief
from prover_cli.cli.declared import Given, as_command, options_of, reported
from prover_cli.cli.extras import extra
from prover_cli.cli.shown import LogOptions
from prover_cli.queue.options import QueueOptions, WorkOptions

EPILOG = """Example: prove-batch work --redis redis://localhost:6379 --circuit transfer=./circuits/transfer

The first Ctrl-C or SIGTERM drains: no more jobs are taken, those that run are finished. Exit codes:
0 drained, 2 the command or a key is wrong, 3 the machine failed (no Redis), 130 ended at once."""

BRIEF = brief(
    *("--redis", "--queue", "--circuit", "--circuits", "--key", "--workers", "--lock", "--results"),
    *("--witness-root", "--metrics-port"),
)

OPTIONS = options_of(
    *(QueueOptions, Wanted, WorkOptions, LogOptions),
    first=("redis", "queue", "key", "circuit", "circuits", "witness_root", "lock", "max_stalled",
           "max_result", "results"),
)  # fmt: skip


def work(given: Given) -> None:
    """Take jobs from a BullMQ queue on Redis and prove them. See docs/fleet.md."""
    if given.values["strategy"] == "processes":
        from prover_cli.pool.forkserver import start_early

        start_early()
    with extra("queue", "prove-batch work"):
        from prover_cli.queue.serving import run_worker
    from prover_cli.cli.display.service import service_display

    options = given.of(WorkOptions, where=given.where(), wanted=given.wanted([]))
    log = given.of(LogOptions)
    display = service_display(log.log_format, verbose=log.verbose)
    raise typer.Exit(reported(lambda: run_worker(options, display), log.log_format))


command = as_command(OPTIONS, work)
