"""`prove-batch SOURCES`: the main job."""

import os
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

from prover_cli.batch.options import RunOptions
from prover_cli.circuits.options import Wanted
from prover_cli.cli.brief_help import Brief
from prover_cli.cli.declared import Given, as_command, options_of, reported
from prover_cli.cli.extras import extra
from prover_cli.cli.program import COMMANDS, NAME, NamelessContext, Version
from prover_cli.cli.refusals import nearest
from prover_cli.cli.shown import LogOptions, ShownOptions
from prover_cli.cli.standard_streams import STREAM
from prover_cli.faults import Code, SetupFault
from prover_cli.queue.options import QueueOptions

if TYPE_CHECKING:
    from rich.console import Console

    from prover_cli.batch.session import Display

HELP = """Prove every witness (.wtns) or input (.json) of the SOURCES: folders, files, .jsonl files, or - for
JSONL on standard input. Proofs go to ./proofs, one ID.proof.json and ID.public.json each."""

EPILOG = """Example: prove-batch ./witnesses --key circuit.zkey -o ./proofs

Exit codes: 0 all proved, 1 some failed, 2 the command or a key is wrong, 3 the machine failed, 130
interrupted."""


class BRIEF(Brief):
    """The main job's help names the commands, and its shell completion is the program's."""

    common = (
        *("--key", "--circuit", "--circuits", "--out", "--workers", "--resume", "--format", "--summary"),
        *("--report", "--quiet", "--verbose"),
    )
    context_class = NamelessContext

    def get_params(self, ctx: Any) -> list[Any]:
        """Also those of the program."""
        whole = ctx.find_root().command
        return super().get_params(ctx) + ([] if whole is self else list(whole.params))

    def format_more(self, ctx: Any, console: "Console") -> None:
        """The commands."""
        from rich.text import Text

        from prover_cli.cli.help_page import width

        console.print(Text("Commands: " + "  ".join(COMMANDS)), width=width(console))


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
    from prover_cli.cli.standard_streams import may_hold_jobs, refuse_closed
    from prover_cli.cli.variables import unknown_variables

    if strategy == "queue":
        with extra("queue", "--strategy queue"):
            import_module("prover_cli.queue.team")
    names = given.sources
    _refuse_near_command(names)
    is_stream_taken = not names and may_hold_jobs()
    if is_stream_taken:
        names = [STREAM]
    options = run_options(given, names, is_stream_taken=is_stream_taken)
    refuse_closed(names, options.out, options.summary)
    shown, log = given.of(ShownOptions), given.of(LogOptions)
    display = make_display(
        quiet=shown.quiet,
        silent=shown.silent,
        plain=shown.plain,
        verbose=log.verbose,
        log_format=log.log_format,
    )
    for words in unknown_variables(OPTIONS):
        display.warn(words)

    def run() -> int:
        return _preview(options, display) if options.dry_run else run_session(options, display, NAME)

    try:
        code = reported(run, log.log_format)
    finally:
        display.close()
    raise typer.Exit(code)


def run_options(given: Given, names: Sequence[str], *, is_stream_taken: bool = False) -> RunOptions:
    """The options of a run over the sources `names`. Raises SetupFault."""
    return given.of(
        RunOptions,
        sources=names,
        is_stream_taken=is_stream_taken,
        wanted=given.wanted(names),
        where=given.where() if given.values["strategy"] == "queue" else None,
    )


def _preview(options: RunOptions, display: "Display") -> int:
    """--dry-run; the exit code."""
    from prover_cli.batch.dry_run import dry_run
    from prover_cli.cli.display.preview import preview_json, preview_lines
    from prover_cli.cli.json_output import print_json
    from prover_cli.stop import INTERRUPTED

    found = dry_run(options, display)
    display.close()
    if found is None:
        return INTERRUPTED
    if options.summary == STREAM:
        print_json(preview_json(found))
    else:
        print("\n".join(preview_lines(found)))
    return found.exit_code


def _refuse_near_command(names: Sequence[str]) -> None:
    """A first word that is nothing here, and nearly the name of a command. Raises SetupFault NO_SOURCE."""
    word = next(iter(names), STREAM)
    near = None if word == STREAM or os.path.lexists(word) else nearest(word, COMMANDS)
    if near is not None:
        raise SetupFault(Code.NO_SOURCE, f"source {word} does not exist; did you mean the command {near}?")


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


command = as_command(OPTIONS, prove, sources=SOURCES, version=Version)
