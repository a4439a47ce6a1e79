"""Variables of the environment that look like an option's and are none."""

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from prover_cli.cli.program import RUN, all_commands

PREFIX = "PROVE_BATCH_"
ELSEWHERE = {f"{PREFIX}{name}" for name in ("KEY", "CIRCUITS", "CPU", "TRACEBACK")}
"""Those that are no option's."""


def unknown_variables(program: Any) -> list[str]:
    """A sentence for each."""
    ours = {name for name in os.environ if name.startswith(PREFIX)} - ELSEWHERE
    ours = {name for name in ours if not name.startswith(f"{PREFIX}TEST_")}
    ours -= set(_of([program.get_command(None, RUN)]))
    if not ours:  # most runs, which do not pay for the modules of all commands
        return []
    known = ELSEWHERE | set(_of(all_commands(program)))
    return [
        f"{name} is set and is no option of any command{_meant(name, known)}" for name in sorted(ours - known)
    ]


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.8)
    return f"; did you mean {close[0]}?" if close else ""


def _of(commands: Iterable[Any]) -> Iterator[str]:
    return (str(param.envvar) for command in commands for param in command.params if param.envvar)
