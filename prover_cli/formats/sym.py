"""`.sym` (circom's --sym): the names of a circuit's signals, one per line: `label,wire,component,name`."""

import difflib
from collections.abc import Collection, Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.mistaken import LOOKED_AT, what_it_is
from prover_cli.regular_file import open_regular

LONGEST_SIGNAL = 200
"""Characters. Longer names are not compared with the circuit's."""


def main_signals(path: Path) -> Mapping[str, tuple[int, ...]]:
    """The signals of the main component, including outputs and intermediate ones: for each name, the
    dimensions of its array. The name of a signal in a bus includes its fields: `note.owners[1].x`.

    Raises SetupFault SYMBOLS_UNREADABLE."""
    highest: dict[str, tuple[int, ...]] = {}
    main = None
    try:
        with TextIOWrapper(open_regular(path), encoding="utf-8") as file:
            for line in file:
                _, _, component, full = line.rstrip("\n").split(",", 3)
                of, dot, rest = full.partition(".")
                # Signals of a bus look like those of a component. The main component's come first.
                main = main or component
                if of != "main" or not dot or component != main:
                    continue
                fields, dot, last = rest.rpartition(".")
                name, *indices = last.replace("]", "").split("[")
                name = fields + dot + name
                at = tuple(map(int, indices))
                known = highest.get(name, at)
                highest[name] = tuple(map(max, known, at))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return {name: tuple(last + 1 for last in at) for name, at in highest.items()}


def suggestion(name: str, known: Collection[str]) -> str:
    """`, did you mean "secret"?` or nothing."""
    if len(name) > LONGEST_SIGNAL:
        return ""  # comparing takes quadratic time, and the name comes from outside
    close = difflib.get_close_matches(name, known, 1)
    return f', did you mean "{close[0]}"?' if close else ""


def wire_names(path: Path, wires: Collection[int]) -> dict[int, str]:
    """The first name of each of these wires, without `main.`. Raises SetupFault SYMBOLS_UNREADABLE."""
    found: dict[int, str] = {}
    try:
        with TextIOWrapper(open_regular(path), encoding="utf-8") as file:
            for line in file:
                _, wire, _, name = line.rstrip("\n").split(",", 3)
                if int(wire) in wires:
                    found.setdefault(int(wire), name.removeprefix("main."))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return found


def _unreadable(path: Path, error: OSError | ValueError) -> SetupFault:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not a .sym file"
    if isinstance(error, ValueError):
        with suppress(OSError), open_regular(path) as file:
            reason = what_it_is(file.read(LOOKED_AT), path.name) or reason
    return SetupFault(Code.SYMBOLS_UNREADABLE, f"{path} cannot be read: {reason}; make it with circom --sym")
