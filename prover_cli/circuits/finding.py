"""Which key: from the options, the environment, the configuration, or the one that lies nearby.

The order is a promise (README, "Which key is used"); the first place that has an answer wins.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prover_cli.circuits.options import Wanted
from prover_cli.faults import Code, SetupFault
from prover_cli.names import as_text, is_text, of_file, shown


@dataclass(frozen=True)
class Circuit:
    """A circuit of the run. `folder` is set where it came as a folder."""

    id: str
    key: Path
    folder: Path | None = None


def find_circuits(wanted: Wanted, source_folders: Sequence[Path], cwd: Path) -> list[Circuit]:
    """The circuits of the run, at least one.

    Raises SetupFault: NO_KEY, SEVERAL_KEYS, KEY_UNREADABLE, OPTIONS_CONFLICT, NO_CIRCUIT.
    """
    if wanted.key and (wanted.circuit or wanted.circuits):
        raise SetupFault(Code.OPTIONS_CONFLICT, "--key is for one circuit: give it or --circuit/--circuits")
    if wanted.key:
        return [_from_file(wanted.key)]
    if wanted.circuit or wanted.circuits:
        found = {c.id: c for c in _from_parent(wanted.circuits)} if wanted.circuits else {}
        for text in wanted.circuit:
            identifier, separator, path = text.partition("=")
            identifier = of_file(identifier)
            if not separator or not identifier or not path:
                raise SetupFault(Code.NO_CIRCUIT, f'--circuit takes ID=PATH, not "{text}"')
            _check_id(identifier, "--circuit")
            found[identifier] = _named(identifier, Path(path))
        return list(found.values())
    if wanted.env_key:
        return [_from_file(Path(wanted.env_key))]
    if wanted.env_circuits:
        return _from_parent(Path(wanted.env_circuits))
    if wanted.configured:
        return [
            _named(identifier, wanted.configured_base / path)
            for identifier, path in wanted.configured.items()
        ]
    return [_nearby(source_folders, cwd)]


def beside(key: Path, pattern: str) -> Path | None:
    """The only file of its kind in the folder of a key; None for none or several."""
    found = sorted(key.parent.glob(pattern))
    return found[0] if len(found) == 1 else None


def key_id(path: Path) -> str:
    """The id of a circuit known by its key alone: the file's name without what ceremonies add; for the
    usual `circuit.zkey`, the folder's name."""
    stem = re.sub(r"([_-](final|\d+))+$", "", path.stem)
    # A circuit of a single key needs no name that others know: one that is not text is told by its escapes.
    name = path.resolve().parent.name or "circuit" if stem in ("circuit", "") else stem
    return as_text(of_file(name))


def _check_id(identifier: str, where: str) -> None:
    if not is_text(identifier):
        raise SetupFault(
            Code.BAD_ID,
            f'{where}: "{shown(identifier)}" is not UTF-8 and so no name of a circuit; rename it, or give '
            "--circuit ID=PATH",
        )


def _from_file(path: Path) -> Circuit:
    if path.is_dir():
        return _named(as_text(of_file(path.resolve().name)), path)
    if not path.exists():
        raise SetupFault(Code.KEY_UNREADABLE, f"key {path} does not exist")
    return Circuit(key_id(path), path)


def _named(identifier: str, path: Path) -> Circuit:
    if path.is_dir():
        keys = sorted(path.glob("*.zkey"))
        if len(keys) != 1:
            raise _not_one(keys, [path], f"circuit {identifier}: --circuit {identifier}=FILE.zkey")
        return Circuit(identifier, keys[0], path)
    if not path.exists():
        raise SetupFault(Code.KEY_UNREADABLE, f"circuit {identifier}: {path} does not exist")
    return Circuit(identifier, path)


def _from_parent(folder: Path) -> list[Circuit]:
    if not folder.is_dir():
        raise SetupFault(Code.NO_CIRCUIT, f"{folder} is no folder of circuits")
    found = []
    for child in sorted(folder.iterdir()):
        if child.is_dir() and any(child.glob("*.zkey")):
            identifier = of_file(child.name)
            _check_id(identifier, f"the folder of a circuit in {folder}")
            found.append(_named(identifier, child))
    if not found:
        raise SetupFault(Code.NO_CIRCUIT, f"no sub-folder of {folder} holds a .zkey; each is to be a circuit")
    return found


def _nearby(source_folders: Sequence[Path], cwd: Path) -> Circuit:
    looked: list[Path] = []
    for folder in [*(f for s in source_folders for f in (s, s.resolve().parent)), cwd]:
        if folder.resolve() in {path.resolve() for path in looked}:
            continue
        looked.append(folder)
        keys = sorted(folder.glob("*.zkey")) if folder.is_dir() else []
        if len(keys) > 1:
            raise _not_one(keys, looked, "--key FILE.zkey")
        if keys:
            return _from_file(keys[0])
    raise _not_one([], looked, "--key FILE.zkey")


def _not_one(keys: list[Path], looked: list[Path], option: str) -> SetupFault:
    places = ", ".join(str(path) for path in looked)
    if keys:
        names = ", ".join(key.name for key in keys[:6])
        return SetupFault(
            Code.SEVERAL_KEYS, f"{len(keys)} keys in {looked[-1]} ({names}); choose with {option}"
        )
    return SetupFault(Code.NO_KEY, f"no .zkey in {places}; give one with {option}")
