"""`prover enqueue`: jobs into a BullMQ queue."""

from pathlib import Path
from typing import Annotated

import typer

from prover_cli.cli.extras import extra
from prover_cli.cli.pool_options import (
    RUN,
    CircuitOption,
    CircuitsOption,
    KeyOption,
    StrictInputsOption,
    option,
    wanted_circuits,
)
from prover_cli.cli.queue_options import QUEUE, QueueOption, RedisOption, where

EPILOG = """Example: prover enqueue ./witnesses --redis redis://localhost:6379 --key circuit.zkey

Exit codes: 0 all are in the queue, 1 some jobs are wrong, 2 the command or a key is wrong, 3 Redis does not
answer, 130 interrupted."""


def command(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Folders, .wtns or .jsonl files, or -.", show_default=False)
    ] = None,
    redis: RedisOption = None,
    queue: QueueOption = "proofs",
    key: KeyOption = None,
    circuit: CircuitOption = None,
    circuits: CircuitsOption = None,
    witness_root: Annotated[
        Path | None,
        option(QUEUE, "--witness-root", help="Put witnesses below it into the queue by path.", metavar="DIR"),
    ] = None,
    max_queue: Annotated[
        int, option(QUEUE, "--max-queue", help="Wait while the queue has so many jobs.", min=1)
    ] = 10_000,
    keep: Annotated[
        float,
        option(QUEUE, "--keep", help="How long results stay in Redis.", metavar="SECONDS", min=60),
    ] = 86_400,
    retries: Annotated[
        int,
        option(RUN, "--retries", help="Further tries of a job that fails for no fault of its own.", min=0),
    ] = 3,
    strict_inputs: StrictInputsOption = False,
) -> None:
    """Put jobs into a BullMQ queue and leave; a line a job tells its name there."""
    with extra("queue", "prover enqueue"):
        from prover_cli.queue.enqueue import enqueue
    from prover_cli.cli.standard_streams import STREAM, may_hold_jobs, refuse_closed
    from prover_cli.queue.options import ProduceOptions

    names = list(sources or ())
    if not names and may_hold_jobs():
        names = [STREAM]
    refuse_closed(names, STREAM, advice="redirect it")
    options = ProduceOptions(
        where(redis, queue),
        witness_root=witness_root,
        attempts=retries + 1,
        outstanding=max_queue,
        keep_seconds=keep,
        strict_inputs=strict_inputs,
    )
    raise typer.Exit(enqueue(names, wanted_circuits(names, key, circuit, circuits), options))
