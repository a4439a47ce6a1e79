"""Variables of the environment that look like an option's and are none."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from prover_cli.cli.program import all_commands, the_program
from prover_cli.options.declaration import PREFIX, Option

ELSEWHERE = {f"{PREFIX}{name}" for name in ("KEY", "CIRCUITS", "CPU", "TRACEBACK")}
"""Those that are no option's."""


def unknown_variables(run: Mapping[str, Option]) -> list[str]:
    """A sentence for each. `run` has the options of the main job: a run that sets none but those does not pay
    for the modules of all commands."""
    ours = {name for name in os.environ if name.startswith(PREFIX)} - ELSEWHERE
    ours = {name for name in ours if not name.startswith(f"{PREFIX}TEST_")}
    ours -= {one.variable for one in run.values() if one.variable is not None}
    if not ours:
        return []
    known = ELSEWHERE | {
        str(param.envvar)
        for command in all_commands(the_program())
        for param in command.params
        if param.envvar
    }
    return [
        f"{name} is set, but no command has such an option{_meant(name, known)}"
        for name in sorted(ours - known)
    ]


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.8)
    return f"; did you mean {close[0]}?" if close else ""
