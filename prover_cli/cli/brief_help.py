"""`--help` that fits a screen: the options that most people need, explained, and the names of the others by
group. `--help-all` explains each."""

import re
from typing import Any, ClassVar

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand

ALL = "--help-all"


class Brief(TyperCommand):
    """A command whose help explains the options named in `common`, and those that are in no panel."""

    common: ClassVar[tuple[str, ...]] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Help is asked for before anything else is looked at."""
        if ALL in args:
            super().format_help(ctx, ctx.make_formatter())
            self.format_more(ctx, Console(highlight=False))
            ctx.exit()
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """What `--help` prints."""
        console = Console(highlight=False)
        console.print(f" [bold yellow]Usage:[/] {ctx.command_path} [OPTIONS] {self._arguments()}")
        console.print(
            Text((self.help or "").replace("\n", " ").strip()), style="default", width=width(console)
        )
        options = [param for param in self.get_params(ctx) if param.param_type_name == "option"]
        explained = [option for option in options if _name(option) in self.common or not _group(option)]
        explained.sort(key=lambda o: _rank(_name(o), self.common))
        console.print(_panel(explained))
        console.print(_groups([option for option in options if option not in explained]))
        self.format_more(ctx, console)
        told = re.sub(r"(?<!\n)\n(?!\n)", " ", self.epilog or "")
        console.print(Text(told), style="dim", width=width(console))

    def format_more(self, ctx: Any, console: Console) -> None:
        """What stands below the options."""

    def _arguments(self) -> str:
        names = [str(p.name).upper() for p in self.params if p.param_type_name == "argument"]
        return " ".join(f"\\[{name}]..." for name in names)


def brief(*common: str) -> type[Brief]:
    """One with these options."""
    return type("BriefOne", (Brief,), {"common": common})


def width(console: Console) -> int:
    return min(console.width, 100)


def _name(option: Any) -> str:
    return str(next(name for name in option.opts if name.startswith("--")))


def _group(option: Any) -> str:
    """Typer's own two, of shell completion, are in none."""
    own = "The shell" if "completion" in _name(option) else ""
    return str(getattr(option, "rich_help_panel", None) or own)


def _rank(name: str, common: tuple[str, ...]) -> int:
    return common.index(name) if name in common else len(common) + (name == "--help")


def _written(option: Any) -> str:
    """`--workers N|auto`; a choice or a type is not worth the room."""
    shorts = [name for name in option.opts if not name.startswith("--")]
    value = f" {option.metavar}" if option.metavar and not option.is_flag else ""
    return ", ".join([*shorts, _name(option)]) + value


def _panel(options: list[Any]) -> Panel:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="cyan")
    table.add_column()
    for option in options:
        table.add_row(_written(option), option.help or "")
    table.add_row(ALL, "Explain every option and exit.")
    return Panel(table, title="Common options", title_align="left", border_style="dim", box=box.ROUNDED)


def _groups(options: list[Any]) -> Panel:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(style="cyan")
    for group in dict.fromkeys(map(_group, options)):
        table.add_row(group, "  ".join(_name(option) for option in options if _group(option) == group))
    return Panel(
        table,
        title=f"Other options, explained by {ALL}",
        title_align="left",
        border_style="dim",
        box=box.ROUNDED,
    )
