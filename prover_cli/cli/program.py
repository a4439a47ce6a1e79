"""One program: `prove-batch SOURCES`, or the name of a command as its first word.

A command's module is imported when it is asked for: a run does not pay for the others.
"""

import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from prover_cli.version import __version__

NAME = "prove-batch"
RUN = ""
"""The main job, which has no name of its own."""

COMMANDS = (
    *("prove", "fullprove", "verify", "witness", "check", "calldata", "key"),
    *("plan", "serve", "work", "enqueue", "bench", "doctor", "explain"),
)
"""Each is the module of that name here."""

SETTINGS = {"help_option_names": ["-h", "--help"]}


class Program(TyperGroup):
    """The main job and the commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What is no command's name belongs to the main job."""
        is_run = args[:1] != [RUN] and command_in(args) is None
        asks_for_a_word = not args and ctx.resilient_parsing  # a shell, for the first one
        return super().parse_args(ctx, [RUN, *args] if is_run and not asks_for_a_word else args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Typer's command of that name, or None."""
        if cmd_name not in self.commands:
            if cmd_name != RUN and cmd_name not in COMMANDS:
                return None
            module = import_module(f"prover_cli.cli.{cmd_name or 'batch'}")
            self.commands[cmd_name] = _built(cmd_name, module)
        return self.commands[cmd_name]

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order in which people meet them."""
        return list(COMMANDS)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The first word may be a command, or an option of the main job."""
        run = self.get_command(ctx, RUN)
        with run.make_context(RUN, [], parent=ctx, resilient_parsing=True) as below:
            return [*super().shell_complete(ctx, incomplete), *run.shell_complete(below, incomplete)]


class NamelessContext(typer.Context):
    """The main job's: it is called as the program is."""

    @property
    def command_path(self) -> str:
        """What is typed to call it."""
        return self.parent.command_path if self.parent is not None else NAME


def the_program() -> Any:
    """The program, as Typer has it."""
    app = typer.Typer(cls=Program, pretty_exceptions_enable=False, context_settings=SETTINGS)
    app.callback()(lambda: None)
    return get_command(app)


def all_commands(program: Any) -> Iterator[Any]:
    """Each, with those below it; imports them all."""
    for name in (RUN, *COMMANDS):
        command = program.get_command(None, name)
        yield command
        yield from getattr(command, "commands", {}).values()


def command_in(arguments: Sequence[str]) -> str | None:
    """The command that the first word names; None for the main job."""
    return next((word for word in arguments[:1] if word in COMMANDS), None)


def tell_of_a_namesake(word: str | None) -> None:
    """A word that is a command's name is the command, even where a folder of that name lies here."""
    if word is not None and Path(word).is_dir():
        print(
            f'note: running the command "{word}"; to prove the folder of that name, write ./{word}',
            file=sys.stderr,
        )


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"{NAME} {__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
]


def _built(name: str, module: Any) -> Any:
    if hasattr(module, "app"):  # it has commands below it
        return get_command(module.app)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(
        name,
        epilog=module.EPILOG,
        help=getattr(module, "HELP", None),
        cls=getattr(module, "BRIEF", None),
        context_settings=SETTINGS | getattr(module, "ARGUMENTS", {}),
    )(module.command)
    return get_command(app)
