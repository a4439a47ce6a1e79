"""`prove-batch`, and `prover batch`: the main job."""

from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from prover_cli.cli.brief_help import brief
from prover_cli.cli.extras import extra
from prover_cli.cli.pool_options import (
    RUN,
    SHOW,
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

HELP = """Prove every witness of the SOURCES: folders of .wtns files or of inputs (.json, where the circuit
has its .wasm), single files, .jsonl files, or - for JSONL on standard input. Proofs go to ./proofs, one
ID.proof.json and ID.public.json each."""

EPILOG = """Example: {command} ./witnesses --key circuit.zkey -o ./proofs

Exit codes: 0 all proved, 1 some jobs failed, 2 the command or a key is wrong, 3 the machine failed,
130 interrupted."""

BRIEF = brief(
    *("--key", "--circuit", "--circuits", "--out", "--workers", "--resume", "--format", "--summary"),
    *("--report", "--quiet", "--verbose"),
)


def command(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Folders, .wtns, .json or .jsonl files, or -.", show_default=False),
    ] = None,
    out: Annotated[
        str,
        typer.Option(
            "-o",
            "--out",
            help="Folder of the results, or - for JSON lines.",
            envvar="PROVE_BATCH_OUT",
            show_envvar=False,
        ),
    ] = "proofs",
    format: Annotated[
        Literal["snarkjs", "calldata", "arkworks", "gnark"],
        option(RUN, "--format", help="Write also for Solidity, arkworks or gnark."),
    ] = "snarkjs",
    resume: Annotated[
        bool, option(RUN, "--resume", help="Skip what the folder's manifest says is done.")
    ] = False,
    key: KeyOption = None,
    circuit: CircuitOption = None,
    circuits: CircuitsOption = None,
    workers: WorkersOption = "auto",
    threads_per_proof: ThreadsPerProofOption = "auto",
    strategy: Annotated[
        Literal["processes", "threads", "queue"],
        option(WORK, "--strategy", help="What a worker is; queue: those of a fleet, see prover work."),
    ] = "processes",
    redis: RedisOption = None,
    queue: QueueOption = "proofs",
    witness_root: Annotated[
        Path | None,
        option(QUEUE, "--witness-root", help="Put witnesses below it into the queue by path.", metavar="DIR"),
    ] = None,
    keep: Annotated[
        float,
        option(
            QUEUE,
            "--keep",
            help="How long results stay in Redis for the same run again; 0: until this one has them.",
            metavar="SECONDS",
            min=0,
        ),
    ] = 3600,
    balance: BalanceOption = "least-loaded",
    memory_per_proof: MemoryPerProofOption = "auto",
    overhead: OverheadOption = "512MB",
    reserve_memory: ReserveMemoryOption = "2GB",
    reserve_cores: ReserveCoresOption = 2,
    table_memory: TableMemoryOption = "auto",
    prepare: PrepareOption = "auto",
    max_queue: Annotated[
        int | None,
        option(
            WORK,
            "--max-queue",
            help="Jobs that may wait; default twice the workers.",
            min=0,
            show_default=False,
        ),
    ] = None,
    retries: RetriesOption = 1,
    timeout: Annotated[
        float | None,
        option(
            RUN,
            "--timeout",
            help="Most that a proof may take, from its start; then its worker is replaced.",
            metavar="SECONDS",
            min=0.01,
            show_default=False,
        ),
    ] = None,
    max_proofs_per_worker: MaxProofsPerWorkerOption = None,
    preload: Annotated[
        bool,
        option(WORK, "--preload", help="Start all workers and open every circuit before the first job."),
    ] = False,
    engine: EngineOption = "auto",
    strict_inputs: StrictInputsOption = False,
    verify: Annotated[
        bool, option(RUN, "--verify/--no-verify", help="Verify each proof before it is written.")
    ] = True,
    seed: Annotated[
        str | None,
        option(
            RUN,
            "--seed",
            help="Make the same proofs again, for fixtures: no secret of a witness is safe in them.",
            metavar="TEXT",
        ),
    ] = None,
    check_fixtures: Annotated[
        Path | None,
        option(
            RUN,
            "--check-fixtures",
            help="Compare with the proofs of a folder, made with the same --seed, and write none.",
            metavar="DIR",
        ),
    ] = None,
    fail_fast: Annotated[
        bool, option(RUN, "--fail-fast", help="Begin no new job after the first failure.")
    ] = False,
    ordered: Annotated[bool, option(RUN, "--ordered", help="Results in the order of the jobs.")] = False,
    summary: Annotated[
        str | None,
        option(
            SHOW,
            "--summary",
            help="The run as one JSON object; - for standard output.",
            metavar="FILE",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        option(
            SHOW,
            "--report",
            help="The run as a page: timeline, latencies, failures.",
            metavar="FILE.html",
        ),
    ] = None,
    metrics_port: MetricsPortOption = None,
    quiet: Annotated[bool, option(SHOW, "--quiet", "-q", help="Show nothing but errors.")] = False,
    plain: Annotated[bool, option(SHOW, "--plain", help="Plain lines also at a terminal.")] = False,
    log_format: LogFormatOption = "text",
    verbose: VerboseOption = False,
) -> None:
    """The main job."""
    pooled = pool_fields(locals())
    if strategy == "processes":
        from prover_cli.pool.forkserver import start_early

        start_early()
    from prover_cli.batch.options import RunOptions
    from prover_cli.batch.session import run_session
    from prover_cli.cli.display import make_display
    from prover_cli.cli.standard_streams import STREAM, may_hold_jobs, refuse_closed

    if strategy == "queue":
        with extra("queue", "--strategy queue"):
            import_module("prover_cli.queue.team")
    names = list(sources or ())
    if not names and may_hold_jobs():
        names = [STREAM]
    refuse_closed(names, out, summary)
    options = RunOptions(
        **pooled,
        sources=names,
        wanted=wanted_circuits(names, key, circuit, circuits),
        out=out,
        format=format,
        resume=resume,
        check_fixtures=check_fixtures,
        fail_fast=fail_fast,
        ordered=ordered,
        summary=summary,
        report=report,
        metrics_port=metrics_port,
        redis=where(redis, queue).redis if strategy == "queue" else None,
        queue=queue,
        witness_root=witness_root,
        keep=keep,
    )
    display = make_display(quiet=quiet, plain=plain, verbose=verbose, log_format=log_format)
    try:
        code = reported(lambda: run_session(options, display, "prove-batch"), log_format)
    finally:
        display.close()
    raise typer.Exit(code)


OPTION_NAMES = set(signature(command).parameters) - {"sources"}
"""What prove-batch.toml may set."""

FLAGS = {"-q", "-v", "-h", "--help", "--version", "--no-verify"} | {
    f"--{name.replace('_', '-')}"
    for name, parameter in signature(command).parameters.items()
    if isinstance(parameter.default, bool)
}
"""Options without a value: what follows one is a source."""


def sources_among(arguments: Sequence[str]) -> list[str]:
    """The sources of a command line that is not parsed yet, for the configuration beside them."""
    found, skip = [], False
    for argument in arguments:
        if skip:
            skip = False
        elif argument.startswith("-") and argument != "-":
            skip = argument not in FLAGS and "=" not in argument
        else:
            found.append(argument)
    return found


def with_version(version: Any) -> Callable[..., None]:
    """`command` with a --version of its own: `prove-batch` has no parent command that could have it."""

    @wraps(command)
    def both(*, version: bool = False, **options: Any) -> None:
        command(**options)

    parameters = list(signature(command).parameters.values())
    parameters.append(Parameter("version", Parameter.KEYWORD_ONLY, default=False, annotation=version))
    both.__signature__ = signature(command).replace(parameters=parameters)  # type: ignore[attr-defined]  # (what inspect reads)
    both.__annotations__ = command.__annotations__ | {"version": version}
    return both
