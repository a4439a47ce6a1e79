"""`.sym`: the names of a circuit's signals, one line each: `label,wire,component,name` (circom's --sym)."""

import difflib
from collections.abc import Collection, Mapping
from io import TextIOWrapper
from pathlib import Path

from prover_cli.errors import SetupFault
from prover_cli.regular_file import open_regular


def main_signals(path: Path) -> Mapping[str, tuple[int, ...]]:
    """The signals of the main component, outputs and intermediate ones too: name to lengths of its arrays.

    Raises SetupFault SYMBOLS_UNREADABLE."""
    highest: dict[str, tuple[int, ...]] = {}
    try:
        with TextIOWrapper(open_regular(path), encoding="utf-8") as file:
            for line in file:
                full = line.rstrip("\n").split(",", 3)[-1]
                component, dot, rest = full.partition(".")
                if component != "main" or not dot or "." in rest:
                    continue
                name, *indices = rest.replace("]", "").split("[")
                at = tuple(map(int, indices))
                known = highest.get(name, at)
                highest[name] = tuple(map(max, known, at))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return {name: tuple(last + 1 for last in at) for name, at in highest.items()}


def suggestion(name: str, known: Collection[str]) -> str:
    """`, did you mean "secret"?` or nothing."""
    close = difflib.get_close_matches(name, known, 1)
    return f', did you mean "{close[0]}"?' if close else ""


def wire_names(path: Path, wires: Collection[int]) -> dict[int, str]:
    """The first name of each of these wires, `main.` left out. Raises SetupFault SYMBOLS_UNREADABLE."""
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
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no file of symbols"
    return SetupFault("SYMBOLS_UNREADABLE", f"{path} cannot be read: {reason}; make it with circom --sym")
