"""`prove-batch`, and `prover batch`: the main job."""

from collections.abc import Sequence
from importlib import import_module

import typer

from prover_cli.batch.options import RunOptions
from prover_cli.circuits.options import Wanted
from prover_cli.cli.brief_help import brief
from prover_cli.cli.declared import Given, options_of, reported
from prover_cli.cli.extras import extra
from prover_cli.cli.shown import LogOptions, ShownOptions
from prover_cli.queue.options import QueueOptions

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

SOURCES = "Folders, .wtns, .json or .jsonl files, or -."

OPTIONS = options_of(
    *(Wanted, RunOptions, QueueOptions, ShownOptions, LogOptions),
    first=("out", "format", "resume", "key", "circuit", "circuits", "workers", "threads_per_proof",
           "strategy", "redis", "queue", "witness_root", "keep"),
)  # fmt: skip
"""By name: also what prove-batch.toml may set."""

FLAGS = {"-h", "--help", "--version"} | {
    flag for one in OPTIONS.values() if one.is_switch for flags in one.flags for flag in flags.split("/")
}
"""Options without a value: what follows one is a source."""


def prove(given: Given) -> None:
    """The main job."""
    strategy = given.values["strategy"]
    if strategy == "processes":
        from prover_cli.pool.forkserver import start_early

        start_early()
    from prover_cli.batch.session import run_session
    from prover_cli.cli.display import make_display
    from prover_cli.cli.standard_streams import STREAM, may_hold_jobs, refuse_closed

    if strategy == "queue":
        with extra("queue", "--strategy queue"):
            import_module("prover_cli.queue.team")
    names = given.sources
    is_stream_taken = not names and may_hold_jobs()
    if is_stream_taken:
        names = [STREAM]
    options = given.of(
        RunOptions,
        sources=names,
        is_stream_taken=is_stream_taken,
        wanted=given.wanted(names),
        where=given.where() if strategy == "queue" else None,
    )
    refuse_closed(names, options.out, options.summary)
    shown, log = given.of(ShownOptions), given.of(LogOptions)
    display = make_display(
        quiet=shown.quiet, plain=shown.plain, verbose=log.verbose, log_format=log.log_format
    )
    try:
        code = reported(lambda: run_session(options, display, "prove-batch"), log.log_format)
    finally:
        display.close()
    raise typer.Exit(code)


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
