"""`prove-batch.toml`: the options of a run, and the table [circuits], beside the sources or in the
working directory. The command line wins over the environment, which wins over the file."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from prover_cli.faults import Code, SetupFault
from prover_cli.regular_file import open_regular

NAME = "prove-batch.toml"


def find_configuration(names: Sequence[str]) -> Path | None:
    """The file that counts, for sources with these names."""
    for name in names:
        path = Path(name)
        if name == "-" or not _stands(path):
            continue
        beside = (path if path.is_dir() else path.parent) / NAME
        if _stands(beside):
            return beside
        above = path.resolve().parent / NAME
        if path.is_dir() and _stands(above):
            return above
    here = Path(NAME)
    return here if _stands(here) else None


def _stands(path: Path) -> bool:
    """Whether something lies there that is meant to be read: what cannot be is told, not passed over."""
    with suppress(OSError):  # it may not be looked at, or can have no such name: whoever reads it says so
        return path.exists()
    return False


def read_configuration(path: Path) -> dict[str, Any]:
    """The whole file. Raises SetupFault CONFIG_CORRUPT."""
    try:
        with open_regular(path) as file:
            return tomllib.load(file)
    except OSError as error:
        raise SetupFault(Code.CONFIG_CORRUPT, f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SetupFault(Code.CONFIG_CORRUPT, f"{path} is not UTF-8 (at byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise SetupFault(Code.CONFIG_CORRUPT, f"{path}: {error}") from None


def configured_options(sources: Sequence[str], known: Collection[str]) -> dict[str, Any]:
    """Defaults for the options of a run, whose names are `known`: all in the file but its tables.

    Raises SetupFault: CONFIG_CORRUPT, CONFIG_UNKNOWN."""
    path = find_configuration(sources)
    if path is None:
        return {}
    found = {
        name.replace("-", "_"): value
        for name, value in read_configuration(path).items()
        if not isinstance(value, Mapping)
    }
    unknown = sorted(set(found) - set(known))
    if unknown:
        close = get_close_matches(unknown[0], known, n=1)
        raise SetupFault(
            Code.CONFIG_UNKNOWN,
            f'{path}: "{unknown[0]}" is no option of a run; '
            + (f'did you mean "{close[0]}"?' if close else "see prove-batch --help-all"),
        )
    # A name in the file for a value that is a size or a number or "auto": as text, as it is typed.
    return {n: v if isinstance(v, bool | list) else str(v) for n, v in found.items()}


def configured_circuits(path: Path | None) -> dict[str, str]:
    """The table [circuits]: id to path, relative to the file. Raises SetupFault CONFIG_CORRUPT."""
    if path is None:
        return {}
    table = read_configuration(path).get("circuits", {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise SetupFault(Code.CONFIG_CORRUPT, f"{path}: [circuits] is a table of ID = PATH")
    return table
