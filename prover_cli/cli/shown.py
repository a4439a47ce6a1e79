"""The options of what is shown."""

from dataclasses import dataclass
from typing import Literal

from prover_cli.options.declaration import option
from prover_cli.options.groups import SHOW


@dataclass(frozen=True, kw_only=True)
class ShownOptions:
    """Of runs."""

    quiet: bool = option(
        False,
        SHOW,
        "--quiet",
        "-q",
        help="Show only failures and the last line; -qq: neither.",
        kind=bool,
    )
    silent: bool = option(False, SHOW, "--silent", "-qq", help="Show only what ends the run.", kind=bool)
    plain: bool = option(False, SHOW, "--plain", help="Show plain lines, even at a terminal.", kind=bool)


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """Of runs and services."""

    log_format: str = option(
        "text",
        SHOW,
        "--log-format",
        help="Format of what is shown: text, or JSON objects.",
        kind=Literal["text", "json"],
    )
    verbose: bool = option(False, SHOW, "--verbose", "-v", help="Show a line for each job.", kind=bool)
