"""`--help` that fits a screen: the options that most people need, explained, and the names of the others by
group. `--help-all` explains each.

What draws it is in `help_page`: a run need not load that."""

from typing import TYPE_CHECKING, Any, ClassVar

from typer.core import TyperCommand

if TYPE_CHECKING:
    from rich.console import Console

ALL = "--help-all"


class Brief(TyperCommand):
    """A command whose help explains the options named in `common`, and those that are in no panel."""

    common: ClassVar[tuple[str, ...]] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Help is asked for before anything else is looked at."""
        if ALL in args:
            from rich.console import Console

            super().format_help(ctx, ctx.make_formatter())
            self.format_more(ctx, Console(highlight=False))
            ctx.exit()
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """What `--help` prints."""
        from prover_cli.cli.help_page import print_help

        print_help(self, ctx)

    def format_more(self, ctx: Any, console: "Console") -> None:
        """What stands below the options."""


def brief(*common: str) -> type[Brief]:
    """One with these options."""
    return type("BriefOne", (Brief,), {"common": common})
