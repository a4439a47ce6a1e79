"""`prove-batch enqueue`: jobs into a BullMQ queue."""

import typer

from prover_cli.circuits.options import Wanted
from prover_cli.cli.declared import Given, as_command, options_of
from prover_cli.cli.extras import extra
from prover_cli.queue.options import EnqueueOptions, QueueOptions

EPILOG = """Example: prove-batch enqueue ./witnesses --redis redis://localhost:6379 --key circuit.zkey

Exit codes: 0 all are in the queue, 1 some jobs are wrong, 2 the command or a key is wrong, 3 Redis does not
answer, 130 interrupted."""

SOURCES = "Folders, .wtns or .jsonl files, or -."

OPTIONS = options_of(QueueOptions, Wanted, EnqueueOptions)


def put(given: Given) -> None:
    """Put jobs into a BullMQ queue and exit. Prints a line per job, with its name in the queue."""
    with extra("queue", "prove-batch enqueue"):
        from prover_cli.queue.enqueue import enqueue
    from prover_cli.cli.standard_streams import STREAM, may_hold_jobs, refuse_closed

    names = given.sources
    if not names and may_hold_jobs():
        names = [STREAM]
    refuse_closed(names, STREAM, advice="redirect it")
    options = given.of(EnqueueOptions).produced(given.where())
    raise typer.Exit(enqueue(names, given.wanted(names), options))


command = as_command(OPTIONS, put, sources=SOURCES)
