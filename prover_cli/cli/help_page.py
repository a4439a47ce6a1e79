"""Draws the help of a command; see `brief_help`."""

import re
from typing import Any

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from prover_cli.cli.brief_help import ALL, Brief


def print_help(command: Brief, ctx: Any) -> None:
    """What `--help` prints."""
    console = Console(highlight=False)
    names = [str(p.name).upper() for p in command.params if p.param_type_name == "argument"]
    arguments = " ".join(f"\\[{name}]..." for name in names)
    console.print(f" [bold yellow]Usage:[/] {ctx.command_path} [OPTIONS] {arguments}")
    console.print(
        Text((command.help or "").replace("\n", " ").strip()), style="default", width=width(console)
    )
    options = [param for param in command.get_params(ctx) if param.param_type_name == "option"]
    explained = [option for option in options if _name(option) in command.common or not _group(option)]
    explained.sort(key=lambda o: _rank(_name(o), command.common))
    console.print(_panel(explained))
    console.print(_groups([option for option in options if option not in explained]))
    command.format_more(ctx, console)
    told = re.sub(r"(?<!\n)\n(?!\n)", " ", command.epilog or "")
    console.print(Text(told), style="dim", width=width(console))


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
