"""Which key: from the options, the environment, the configuration, or the one that lies nearby.

The order is a promise ("Which key is used" in docs/runs.md); the first place that has an answer wins.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.named_files import with_named_files
from prover_cli.circuits.options import Wanted
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.companions import (
    UNPACK,
    circuit_stem,
    folder_name,
    folders_below,
    keys_in,
    packed_hint,
    with_endings,
)
from prover_cli.names import as_text, is_text, of_file, shown, to_file

PACKED_KEYS = tuple(f".zkey{ending}" for ending in UNPACK)


def find_circuits(wanted: Wanted, source_folders: Sequence[Path], cwd: Path) -> list[Circuit]:
    """The circuits of the run, at least one.

    Raises SetupFault: NO_KEY, SEVERAL_KEYS, KEY_UNREADABLE, OPTIONS_CONFLICT, NO_CIRCUIT, WASM_UNREADABLE,
    R1CS_UNREADABLE, SYMBOLS_UNREADABLE.
    """
    return with_named_files(_by_key(wanted, source_folders, cwd), wanted)


def _by_key(wanted: Wanted, source_folders: Sequence[Path], cwd: Path) -> list[Circuit]:
    if wanted.key and (wanted.circuit or wanted.circuits):
        raise SetupFault(Code.OPTIONS_CONFLICT, "--key is for one circuit: give it or --circuit/--circuits")
    if wanted.key:
        return [_from_file(wanted.key)]
    if wanted.circuit or wanted.circuits:
        found = {c.id: c for c in _from_parent(wanted.circuits)} if wanted.circuits else {}
        for text in wanted.circuit:
            identifier, separator, path = text.partition("=")
            if not separator:
                alone = _from_file(Path(text))
                found[alone.id] = alone
                continue
            identifier = of_file(identifier)
            if not identifier or not path:
                raise SetupFault(Code.NO_CIRCUIT, f'--circuit takes PATH or ID=PATH, not "{text}"')
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
    return _nearby(source_folders, cwd)


def key_id(path: Path) -> str:
    """The id of a circuit known by its key alone: the file's name without what ceremonies and tools add; for
    the usual `circuit.zkey`, the folder's name."""
    stem = circuit_stem(path)
    # A circuit of a single key needs no name that others know: one that is not text is told by its escapes.
    name = folder_name(path.parent) or "circuit" if stem in ("circuit", "") else stem
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
        return _named(as_text(of_file(folder_name(path))), path)
    if not path.exists():
        raise SetupFault(Code.KEY_UNREADABLE, f"key {path} does not exist")
    return Circuit(key_id(path), path)


def _named(identifier: str, path: Path) -> Circuit:
    if path.is_dir():
        keys = keys_in(path)
        if len(keys) == 1:
            return _chosen(identifier, next(iter(keys.values())), path)
        if identifier in keys:
            return _chosen(identifier, keys[identifier], path)
        raise _not_one(keys, [path], f"circuit {identifier}: --circuit {identifier}=FILE.zkey")
    if not path.exists():
        raise SetupFault(Code.KEY_UNREADABLE, f"circuit {identifier}: {path} does not exist")
    return Circuit(identifier, path)


def _from_parent(folder: Path) -> list[Circuit]:
    """Every circuit that has a key in the folder or below."""
    if not folder.is_dir():
        raise SetupFault(Code.NO_CIRCUIT, f"{folder} is no folder of circuits")
    found = _distinct(place for place, _ in folders_below(folder))
    if not found:
        raise SetupFault(Code.NO_CIRCUIT, f"no .zkey in {folder} or below{_packed_keys([folder])}")
    return found


def _distinct(places: Iterable[Path]) -> list[Circuit]:
    """The circuits whose keys lie in these folders. Raises SetupFault SEVERAL_KEYS for two with one id."""
    found: dict[str, Circuit] = {}
    for place in places:
        for circuit in _circuits_in(place):
            _check_id(circuit.id, f"a circuit in {place}")
            other = found.setdefault(circuit.id, circuit)
            if other is not circuit:
                raise SetupFault(
                    Code.SEVERAL_KEYS,
                    f'two circuits have the id "{circuit.id}": {other.key} and {circuit.key}; give each its '
                    "own with --circuit ID=PATH",
                )
    return list(found.values())


def _one_below(folder: Path) -> list[Circuit]:
    """The circuits of a folder of circuit folders."""
    places = sorted(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))
    return [circuit for place in places for circuit in _circuits_in(place)]


def _circuits_in(folder: Path) -> list[Circuit]:
    """The circuits whose keys lie in a folder. A single one has the folder's name."""
    keys = keys_in(folder)
    if len(keys) == 1:
        return [_chosen(of_file(folder_name(folder)), next(iter(keys.values())), folder)]
    return [_chosen(of_file(stem), key, folder) for stem, key in sorted(keys.items())]


def _chosen(identifier: str, key: Path, folder: Path | None) -> Circuit:
    """A circuit whose key was found and not named."""
    others = (path for path in with_endings(key.parent, (".zkey",)) if path != key)
    stem = circuit_stem(key)
    passed_over = tuple(path for path in others if circuit_stem(path) == stem)
    return Circuit(identifier, key, folder, passed_over=passed_over)


def _nearby(source_folders: Sequence[Path], cwd: Path) -> list[Circuit]:
    around = [(source, _from(cwd, source.resolve().parent)) for source in source_folders]
    places = {place.resolve(): place for pair in around if (place := _first_with_keys(pair)) is not None}
    if len(places) > 1:  # sources of several circuits, each beside its key
        return _distinct(places.values())
    looked: list[Path] = []
    for folder in [*(place for pair in around for place in pair), _from(cwd, cwd)]:
        if folder.resolve() in {path.resolve() for path in looked}:
            continue
        looked.append(folder)
        keys = keys_in(folder) if folder.is_dir() else {}
        if len(keys) == 1:
            only = next(iter(keys.values()))
            return [_chosen(key_id(only), only, None)]
        circuits = [_chosen(of_file(stem), key, folder) for stem, key in sorted(keys.items())]
        # Of several circuits those count that the sources have something for, by its name.
        named = [circuit for circuit in circuits if _has_jobs(circuit, source_folders)]
        if named:
            return named
        if keys:
            raise _not_one(keys, looked, "--key FILE.zkey")
        if folder in source_folders and (below := _one_below(folder)):
            return below
    raise _not_one({}, looked, "--key FILE.zkey")


def _first_with_keys(places: Iterable[Path]) -> Path | None:
    return next((place for place in places if place.is_dir() and keys_in(place)), None)


def _from(cwd: Path, folder: Path) -> Path:
    """A folder as it is written in the working directory: messages and results name files in it."""
    return folder.relative_to(cwd) if folder.is_relative_to(cwd) else folder


def _has_jobs(circuit: Circuit, source_folders: Sequence[Path]) -> bool:
    name = to_file(circuit.id)
    return any(
        (folder / name).is_dir()
        or any((folder / f"{name}{ending}").exists() for ending in (".wtns", ".json"))
        for folder in source_folders
    )


def _not_one(keys: Mapping[str, Path], looked: list[Path], option: str) -> SetupFault:
    places = ", ".join(map(_told, looked))
    if keys:
        names = ", ".join(sorted(key.name for key in keys.values())[:6])
        return SetupFault(
            Code.SEVERAL_KEYS, f"{len(keys)} keys in {_told(looked[-1])} ({names}); choose with {option}"
        )
    return SetupFault(Code.NO_KEY, f"no .zkey in {places}{_packed_keys(looked)}; give one with {option}")


def _told(folder: Path) -> str:
    return "this folder" if folder == Path() else str(folder)


def _packed_keys(folders: Sequence[Path]) -> str:
    """How to unpack a key that lies there packed; nothing where none does."""
    packed = (path for folder in folders for path in with_endings(folder, PACKED_KEYS))
    return packed_hint(next(packed, None))
