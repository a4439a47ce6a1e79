"""`prove-batch`, and `prover batch`: the main job."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from prover_cli.errors import Fault, SetupFault

HELP = """Prove every witness of the SOURCES: folders of .wtns files, single files, .jsonl files, or - for
JSONL on standard input. Proofs go to ./proofs, one ID.proof.json and ID.public.json each."""

EPILOG = """Example: {command} ./witnesses --key circuit.zkey -o ./proofs

Exit codes: 0 all proved, 1 some jobs failed, 2 the command or a key is wrong, 3 the machine failed,
130 interrupted."""

_KEYS, _WORK, _RUN, _SHOW = "Keys", "Workers and memory", "The run", "What is shown"


def _option(panel: str, *names: str, help: str, env: bool = True, **more: Any) -> Any:
    name = names[0].split("/")[0].lstrip("-").replace("-", "_").upper()
    envvar = f"PROVE_BATCH_{name}" if env else None
    return typer.Option(*names, help=help, rich_help_panel=panel, envvar=envvar, show_envvar=False, **more)


def command(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Folders, .wtns or .jsonl files, or -.", show_default=False)
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
    resume: Annotated[
        bool, _option(_RUN, "--resume", help="Skip what the folder's manifest says is done.")
    ] = False,
    key: Annotated[
        Path | None, _option(_KEYS, "--key", env=False, help="The circuit's .zkey.", metavar="FILE")
    ] = None,
    circuit: Annotated[
        list[str] | None,
        _option(
            _KEYS,
            "--circuit",
            env=False,
            help="A circuit: its .zkey or folder. Repeatable.",
            metavar="ID=PATH",
        ),
    ] = None,
    circuits: Annotated[
        Path | None,
        _option(_KEYS, "--circuits", env=False, help="Folder of circuits, each a sub-folder.", metavar="DIR"),
    ] = None,
    workers: Annotated[
        str, _option(_WORK, "--workers", help="Workers, or auto for the formula.", metavar="N|auto")
    ] = "auto",
    threads_per_proof: Annotated[
        str, _option(_WORK, "--threads-per-proof", help="Threads of one proof.", metavar="N|auto")
    ] = "auto",
    strategy: Annotated[
        Literal["processes", "threads"], _option(_WORK, "--strategy", help="What a worker is.")
    ] = "processes",
    balance: Annotated[
        Literal["least-loaded", "round-robin"],
        _option(_WORK, "--balance", help="Which idle worker takes the next job."),
    ] = "least-loaded",
    memory_per_proof: Annotated[
        str,
        _option(
            _WORK, "--memory-per-proof", help="Memory of a worker; auto: from the key.", metavar="SIZE|auto"
        ),
    ] = "auto",
    overhead: Annotated[
        str, _option(_WORK, "--overhead", help="Added to each worker's memory.", metavar="SIZE")
    ] = "512MB",
    reserve_memory: Annotated[
        str, _option(_WORK, "--reserve-memory", help="Left to the system.", metavar="SIZE")
    ] = "2GB",
    reserve_cores: Annotated[int, _option(_WORK, "--reserve-cores", help="Left to the system.", min=0)] = 2,
    table_memory: Annotated[
        str,
        _option(
            _WORK,
            "--table-memory",
            help="Most that a circuit's tables may take; auto: an eighth of the memory, 1GB at most.",
            metavar="SIZE|auto",
        ),
    ] = "auto",
    prepare: Annotated[
        Literal["auto", "always", "never"],
        _option(_WORK, "--prepare", help="Make tables of the key; auto: where the batch earns it back."),
    ] = "auto",
    max_queue: Annotated[
        int | None,
        _option(
            _WORK,
            "--max-queue",
            help="Jobs that may wait; default twice the workers.",
            min=0,
            show_default=False,
        ),
    ] = None,
    retries: Annotated[
        int, _option(_RUN, "--retries", help="Further tries after a worker died with a job.", min=0)
    ] = 1,
    timeout: Annotated[
        float | None,
        _option(
            _RUN,
            "--timeout",
            help="Most that a proof may take, from its start; then its worker is replaced.",
            metavar="SECONDS",
            min=0.01,
            show_default=False,
        ),
    ] = None,
    max_proofs_per_worker: Annotated[
        int | None,
        _option(
            _WORK,
            "--max-proofs-per-worker",
            help="Replace a worker after so many.",
            metavar="N",
            min=1,
            show_default=False,
        ),
    ] = None,
    preload: Annotated[
        bool,
        _option(_WORK, "--preload", help="Start all workers and open every circuit before the first job."),
    ] = False,
    engine: Annotated[
        Literal["auto", "native", "reference"], _option(_RUN, "--engine", help="What makes the proofs.")
    ] = "auto",
    verify: Annotated[
        bool, _option(_RUN, "--verify/--no-verify", help="Verify each proof before it is written.")
    ] = True,
    fail_fast: Annotated[
        bool, _option(_RUN, "--fail-fast", help="Begin no new job after the first failure.")
    ] = False,
    ordered: Annotated[bool, _option(_RUN, "--ordered", help="Results in the order of the jobs.")] = False,
    summary: Annotated[
        str | None,
        _option(
            _SHOW,
            "--summary",
            help="Write the run as one JSON object; - for standard output.",
            metavar="FILE",
        ),
    ] = None,
    metrics_port: Annotated[
        str | None,
        _option(
            _SHOW,
            "--metrics-port",
            help="Serve metrics for Prometheus while the run lasts.",
            metavar="[HOST:]PORT",
        ),
    ] = None,
    quiet: Annotated[bool, _option(_SHOW, "--quiet", "-q", help="Show nothing but errors.")] = False,
    plain: Annotated[bool, _option(_SHOW, "--plain", help="Plain lines also at a terminal.")] = False,
    log_format: Annotated[
        Literal["text", "json"],
        _option(_SHOW, "--log-format", help="What goes to standard error: words, or JSON objects."),
    ] = "text",
    verbose: Annotated[bool, _option(_SHOW, "--verbose", "-v", help="A line for each job.")] = False,
) -> None:
    """The main job."""
    if strategy == "processes":
        from prover_cli.pool.forkserver import start_early

        start_early()
    from prover_cli.batch.circuits import Wanted
    from prover_cli.batch.options import RunOptions
    from prover_cli.batch.session import run_session
    from prover_cli.cli.configuration import configured_circuits, find_configuration
    from prover_cli.cli.display import make_display
    from prover_cli.cli.sizes import parse_size, parse_size_or_auto

    names = list(sources or ())
    if not names and not sys.stdin.isatty():
        names = ["-"]
    configuration = find_configuration(names)
    wanted = Wanted(
        key=key,
        circuit=circuit or (),
        circuits=circuits,
        env_key=os.environ.get("PROVE_BATCH_KEY"),
        env_circuits=os.environ.get("PROVE_BATCH_CIRCUITS"),
        configured=configured_circuits(configuration),
        configured_base=configuration.parent if configuration else Path(),
    )
    options = RunOptions(
        sources=names,
        wanted=wanted,
        out=out,
        workers=_count("--workers", workers),
        threads_per_proof=_count("--threads-per-proof", threads_per_proof),
        strategy=strategy,
        balance=balance,
        memory_per_proof=parse_size_or_auto(memory_per_proof),
        overhead=parse_size(overhead),
        reserve_memory=parse_size(reserve_memory),
        reserve_cores=reserve_cores,
        table_memory=parse_size_or_auto(table_memory),
        prepare=prepare,
        max_queue=max_queue,
        retries=retries,
        timeout=timeout,
        max_proofs_per_worker=max_proofs_per_worker,
        preload=preload,
        engine=engine,
        verify=verify,
        resume=resume,
        fail_fast=fail_fast,
        ordered=ordered,
        summary=summary,
        metrics_port=metrics_port,
    )
    display = make_display(quiet=quiet, plain=plain, verbose=verbose, log_format=log_format)
    try:
        code = run_session(options, display, "prove-batch")
    except Fault as fault:
        if log_format == "text":
            raise
        from prover_cli.cli.display.structured import StructuredDisplay

        StructuredDisplay().failed(fault)
        code = fault.exit_code
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


def _count(option: str, text: str) -> int | None:
    """A positive whole number, or None for auto. Raises SetupFault BAD_NUMBER."""
    if text == "auto":
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 4096:
        raise SetupFault("BAD_NUMBER", f'{option} takes a number from 1 to 4096 or auto, not "{text}"')
    return int(text)


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
