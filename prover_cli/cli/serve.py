"""`prover serve`: the pool behind HTTP."""

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

EPILOG = """Example: prover serve --circuit transfer=./circuits/transfer --port 8080

Then: POST {"circuitId": "transfer", "witness": BASE64 of a .wtns} to http://localhost:8080/api/prove

The first Ctrl-C or SIGTERM drains: no new requests, those accepted are answered. Exit codes: 0 drained,
2 the command or a key is wrong, 3 the machine failed, 130 ended at once."""

DOOR = "The door"
BRIEF = brief(
    *("--circuit", "--circuits", "--key", "--host", "--port", "--workers", "--max-queue", "--timeout"),
    *("--token-file", "--witness-root"),
)


def command(
    key: KeyOption = None,
    circuit: CircuitOption = None,
    circuits: CircuitsOption = None,
    host: Annotated[str, option(DOOR, "--host", help="Where to listen; this machine only by default.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, option(DOOR, "--port", help="0: any that is free.", min=0, max=65535)] = 8080,
    token_file: Annotated[
        Path | None,
        option(
            DOOR, "--token-file", help="Ask for a bearer token: one of this file, one a line.", metavar="FILE"
        ),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        option(
            DOOR,
            "--allowed-host",
            help="A name that the service answers to besides addresses and localhost. Repeatable.",
            metavar="NAME",
        ),
    ] = None,
    cors_origin: Annotated[
        list[str] | None,
        option(
            DOOR,
            "--cors-origin",
            help="Pages of this origin may ask from a browser. Repeatable.",
            metavar="ORIGIN",
        ),
    ] = None,
    max_connections: Annotated[
        int | None,
        option(
            DOOR,
            "--max-connections",
            help="Open connections; default: what the file handles allow, at most 1000.",
            metavar="N",
            min=1,
            show_default=False,
        ),
    ] = None,
    witness_root: Annotated[
        Path | None,
        option(DOOR, "--witness-root", help="Take witnesses by path too, below this folder.", metavar="DIR"),
    ] = None,
    max_body: Annotated[
        str,
        option(
            DOOR,
            "--max-body",
            help="Largest body of a request; auto: the largest circuit's witness in decimal.",
            metavar="SIZE|auto",
        ),
    ] = "auto",
    max_queue: Annotated[
        int, option(DOOR, "--max-queue", help="Requests that may wait; more are sent away.", min=0)
    ] = 32,
    timeout: Annotated[
        float,
        option(
            DOOR,
            "--timeout",
            help="Most that a request may take from its arrival, the queue included.",
            metavar="SECONDS",
            min=0.01,
        ),
    ] = 300.0,
    keep_jobs: Annotated[
        int, option(DOOR, "--keep-jobs", help="Finished jobs that can be asked for by id.", min=1)
    ] = 1000,
    keep_seconds: Annotated[
        float, option(DOOR, "--keep-seconds", help="How long they can be.", metavar="SECONDS", min=1)
    ] = 3600.0,
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
    proof_timeout: Annotated[
        float | None,
        option(
            RUN,
            "--proof-timeout",
            help="Most that a proof may take, from its start; default: as long as the request may.",
            metavar="SECONDS",
            min=0.01,
            show_default=False,
        ),
    ] = None,
    max_proofs_per_worker: MaxProofsPerWorkerOption = None,
    engine: EngineOption = "auto",
    strict_inputs: StrictInputsOption = False,
    log_format: LogFormatOption = "text",
    verbose: VerboseOption = False,
) -> None:
    """Serve proofs over HTTP: POST /api/prove, job ids, a page at /, metrics. See the README's "Serve"."""
    pooled = pool_fields(locals()) | {"timeout": proof_timeout or timeout, "preload": True}
    if strategy == "processes":
        from prover_cli.pool.forkserver import start_early

        start_early()
    with extra("serve", "prover serve"):
        from prover_cli.serve.server import run_service
    from prover_cli.cli.display.service import service_display
    from prover_cli.cli.sizes import parse_size_or_auto
    from prover_cli.serve.options import ServiceOptions

    options = ServiceOptions(
        **pooled,
        wanted=wanted_circuits([], key, circuit, circuits),
        host=host,
        port=port,
        request_timeout=timeout,
        max_body=parse_size_or_auto(max_body),
        witness_root=witness_root,
        token_file=token_file,
        max_connections=max_connections,
        allowed_hosts=allowed_host or (),
        cors_origins=cors_origin or (),
        keep_jobs=keep_jobs,
        keep_seconds=keep_seconds,
    )
    display = service_display(log_format, verbose=verbose)
    raise typer.Exit(reported(lambda: run_service(options, display), log_format))
