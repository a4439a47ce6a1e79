"""The options of what is shown."""

from dataclasses import dataclass
from typing import Literal

from prover_cli.options.declaration import option
from prover_cli.options.groups import SHOW


@dataclass(frozen=True, kw_only=True)
class ShownOptions:
    """Of runs."""

    quiet: bool = option(
        False, SHOW, "--quiet", "-q", help="Show failures and the last line only; -qq: nothing.", kind=bool
    )
    silent: bool = option(
        False, SHOW, "--silent", "-qq", help="Show nothing but what ends the run.", kind=bool
    )
    plain: bool = option(False, SHOW, "--plain", help="Plain lines also at a terminal.", kind=bool)


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """Of runs and services."""

    log_format: str = option(
        "text",
        SHOW,
        "--log-format",
        help="What goes to standard error: words, or JSON objects.",
        kind=Literal["text", "json"],
    )
    verbose: bool = option(False, SHOW, "--verbose", "-v", help="A line for each job.", kind=bool)
