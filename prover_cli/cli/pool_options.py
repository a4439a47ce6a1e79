"""The options of keys, workers and memory, which several commands have: each is told here once.

In the environment each is `PROVE_BATCH_` and its name.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from prover_cli.circuits.finding import Wanted
from prover_cli.faults import Code, Fault, SetupFault

KEYS, WORK, RUN, SHOW = "Keys", "Workers and memory", "The run", "What is shown"


def option(panel: str, *names: str, help: str, env: bool = True, **more: Any) -> Any:
    """A typer option in a panel of the help, and with `env` in the environment."""
    name = next(n for n in names if n.startswith("--")).split("/")[0].lstrip("-").replace("-", "_").upper()
    envvar = f"PROVE_BATCH_{name}" if env else None
    return typer.Option(*names, help=help, rich_help_panel=panel, envvar=envvar, show_envvar=False, **more)


CircuitOption = Annotated[
    list[str] | None,
    option(
        KEYS, "--circuit", env=False, help="A circuit: its .zkey or folder. Repeatable.", metavar="ID=PATH"
    ),
]
CircuitsOption = Annotated[
    Path | None,
    option(KEYS, "--circuits", env=False, help="Folder of circuits, each a sub-folder.", metavar="DIR"),
]
KeyOption = Annotated[
    Path | None, option(KEYS, "--key", env=False, help="The circuit's .zkey.", metavar="FILE")
]
WorkersOption = Annotated[
    str, option(WORK, "--workers", help="Workers, or auto for the formula.", metavar="N|auto")
]
ThreadsPerProofOption = Annotated[
    str, option(WORK, "--threads-per-proof", help="Threads of one proof.", metavar="N|auto")
]
BalanceOption = Annotated[
    Literal["least-loaded", "round-robin"],
    option(WORK, "--balance", help="Which idle worker takes the next job."),
]
MemoryPerProofOption = Annotated[
    str,
    option(WORK, "--memory-per-proof", help="Memory of a worker; auto: from the key.", metavar="SIZE|auto"),
]
OverheadOption = Annotated[
    str, option(WORK, "--overhead", help="Added to each worker's memory.", metavar="SIZE")
]
ReserveMemoryOption = Annotated[
    str, option(WORK, "--reserve-memory", help="Left to the system.", metavar="SIZE")
]
ReserveCoresOption = Annotated[int, option(WORK, "--reserve-cores", help="Left to the system.", min=0)]
TableMemoryOption = Annotated[
    str,
    option(
        WORK,
        "--table-memory",
        help="Most that a circuit's tables may take; auto: an eighth of the memory, 1GB at most.",
        metavar="SIZE|auto",
    ),
]
PrepareOption = Annotated[
    Literal["auto", "always", "never"],
    option(WORK, "--prepare", help="Make tables of the key; auto: where they earn it back."),
]
RetriesOption = Annotated[
    int, option(RUN, "--retries", help="Further tries after a worker died with a job.", min=0)
]
MaxProofsPerWorkerOption = Annotated[
    int | None,
    option(
        WORK,
        "--max-proofs-per-worker",
        help="Replace a worker after so many.",
        metavar="N",
        min=1,
        show_default=False,
    ),
]
StrictInputsOption = Annotated[
    bool,
    option(RUN, "--strict-inputs", help="Refuse inputs that are not below the prime; else they are reduced."),
]
EngineOption = Annotated[
    Literal["auto", "native", "reference"], option(RUN, "--engine", help="What makes the proofs.")
]
LogFormatOption = Annotated[
    Literal["text", "json"],
    option(SHOW, "--log-format", help="What goes to standard error: words, or JSON objects."),
]
VerboseOption = Annotated[bool, option(SHOW, "--verbose", "-v", help="A line for each job.")]
MetricsPortOption = Annotated[
    str | None,
    option(
        SHOW,
        "--metrics-port",
        help="Serve metrics for Prometheus while this lasts.",
        metavar="[HOST:]PORT",
    ),
]


def wanted_circuits(
    names: list[str], key: Path | None, circuit: list[str] | None, circuits: Path | None
) -> Wanted:
    """What options, environment and the configuration beside the sources `names` say of keys."""
    from prover_cli.cli.configuration import configured_circuits, find_configuration

    configuration = find_configuration(names)
    return Wanted(
        key=key,
        circuit=circuit or (),
        circuits=circuits,
        env_key=os.environ.get("PROVE_BATCH_KEY"),
        env_circuits=os.environ.get("PROVE_BATCH_CIRCUITS"),
        configured=configured_circuits(configuration),
        configured_base=configuration.parent if configuration else Path(),
    )


def pool_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of PoolOptions, parsed, from the options of a command (its `locals()`): those that it has by the
    name of the field. Raises SetupFault BAD_NUMBER, BAD_SIZE."""
    from prover_cli.circuits.options import PoolOptions
    from prover_cli.cli.sizes import parse_size, parse_size_or_auto

    parsers: dict[str, Callable[[Any], Any]] = {
        "workers": partial(count, "--workers"),
        "threads_per_proof": partial(count, "--threads-per-proof"),
        "memory_per_proof": parse_size_or_auto,
        "overhead": parse_size,
        "reserve_memory": parse_size,
        "table_memory": parse_size_or_auto,
    }
    names = [field.name for field in fields(PoolOptions) if field.name in given]
    return {name: parsers.get(name, lambda value: value)(given[name]) for name in names}


def count(name: str, text: str) -> int | None:
    """A positive whole number, or None for auto. Raises SetupFault BAD_NUMBER."""
    if text == "auto":
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 4096:
        raise SetupFault(Code.BAD_NUMBER, f'{name} takes a number from 1 to 4096 or auto, not "{text}"')
    return int(text)


def reported(work: Callable[[], int], log_format: str) -> int:
    """The exit code of `work`; with JSON logs a fault is told as one of them. Raises Fault otherwise."""
    try:
        return work()
    except Fault as fault:
        if log_format == "text":
            raise
        from prover_cli.cli.display.structured import StructuredDisplay

        StructuredDisplay().failed(fault)
        return fault.exit_code
