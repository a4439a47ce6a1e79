"""`prover work`: this machine's pool behind a BullMQ queue."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from prover_cli.cli.brief_help import brief
from prover_cli.cli.extras import extra
from prover_cli.cli.pool_options import (
    RUN,
    WORK,
    BalanceOption,
    CircuitOption,
    CircuitsOption,
    EngineOption,
    KeyOption,
    LogFormatOption,
    MaxProofsPerWorkerOption,
    MemoryPerProofOption,
    MetricsPortOption,
    OverheadOption,
    PrepareOption,
    ReserveCoresOption,
    ReserveMemoryOption,
    RetriesOption,
    StrictInputsOption,
    TableMemoryOption,
    ThreadsPerProofOption,
    VerboseOption,
    WorkersOption,
    option,
    pool_fields,
    reported,
    wanted_circuits,
)
from prover_cli.cli.queue_options import QUEUE, QueueOption, RedisOption, where

EPILOG = """Example: prover work --redis redis://localhost:6379 --circuit transfer=./circuits/transfer

The first Ctrl-C or SIGTERM drains: no more jobs are taken, those that run are finished. Exit codes:
0 drained, 2 the command or a key is wrong, 3 the machine failed (no Redis), 130 ended at once."""

BRIEF = brief(
    *("--redis", "--queue", "--circuit", "--circuits", "--key", "--workers", "--lock", "--results"),
    *("--witness-root", "--metrics-port"),
)


def command(
    redis: RedisOption = None,
    queue: QueueOption = "proofs",
    key: KeyOption = None,
    circuit: CircuitOption = None,
    circuits: CircuitsOption = None,
    witness_root: Annotated[
        Path | None,
        option(QUEUE, "--witness-root", help="Take witnesses by path too, below this folder.", metavar="DIR"),
    ] = None,
    lock: Annotated[
        float,
        option(
            QUEUE,
            "--lock",
            help="A machine that is silent for so long has lost its jobs to others.",
            metavar="SECONDS",
            min=0.5,
        ),
    ] = 30.0,
    max_stalled: Annotated[
        int, option(QUEUE, "--max-stalled", help="How often a job may lose its machine.", min=0)
    ] = 10,
    max_result: Annotated[
        str,
        option(
            QUEUE,
            "--max-result",
            help="Larger results go without their public signals.",
            metavar="SIZE",
        ),
    ] = "1MB",
    results: Annotated[
        Path | None,
        option(QUEUE, "--results", help="Write those public signals to this folder.", metavar="DIR"),
    ] = None,
    workers: WorkersOption = "auto",
    threads_per_proof: ThreadsPerProofOption = "auto",
    strategy: Annotated[
        Literal["processes", "threads"], option(WORK, "--strategy", help="What a worker is.")
    ] = "processes",
    balance: BalanceOption = "least-loaded",
    memory_per_proof: MemoryPerProofOption = "auto",
    overhead: OverheadOption = "512MB",
    reserve_memory: ReserveMemoryOption = "2GB",
    reserve_cores: ReserveCoresOption = 2,
    table_memory: TableMemoryOption = "auto",
    prepare: PrepareOption = "auto",
    retries: RetriesOption = 1,
    timeout: Annotated[
        float | None,
        option(
            RUN,
            "--timeout",
            help="Most that a proof may take, from its start.",
            metavar="SECONDS",
            min=0.01,
            show_default=False,
        ),
    ] = None,
    max_proofs_per_worker: MaxProofsPerWorkerOption = None,
    engine: EngineOption = "auto",
    strict_inputs: StrictInputsOption = False,
    metrics_port: MetricsPortOption = None,
    log_format: LogFormatOption = "text",
    verbose: VerboseOption = False,
) -> None:
    """Take jobs from a BullMQ queue on Redis and prove them. See the README's "Work"."""
    pooled = pool_fields(locals()) | {"preload": True}
    if strategy == "processes":
        from prover_cli.pool.forkserver import start_early

        start_early()
    with extra("queue", "prover work"):
        from prover_cli.queue.serving import run_worker
    from prover_cli.cli.display.service import service_display
    from prover_cli.cli.sizes import parse_size
    from prover_cli.queue.options import WorkOptions

    options = WorkOptions(
        **pooled,
        where=where(redis, queue),
        wanted=wanted_circuits([], key, circuit, circuits),
        witness_root=witness_root,
        lock_seconds=lock,
        max_stalled=max_stalled,
        max_result=parse_size(max_result),
        results=results,
        metrics_port=metrics_port,
    )
    display = service_display(log_format, verbose=verbose)
    raise typer.Exit(reported(lambda: run_worker(options, display), log_format))
