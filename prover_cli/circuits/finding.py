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
    folder_name,
    folders_below,
    key_stem,
    keys_in,
    packed_hint,
    with_endings,
)
from prover_cli.names import as_text, as_written, is_text, of_file, shown, to_file

JOB_FOLDERS = ("witnesses", "inputs")
"""Sub-folders of a project or of a circuit's folder that are searched for jobs."""
PACKED_KEYS = tuple(f".zkey{ending}" for ending in UNPACK)


def find_circuits(wanted: Wanted, source_folders: Sequence[Path], cwd: Path) -> list[Circuit]:
    """The circuits of the run, at least one.

    Raises SetupFault: NO_KEY, SEVERAL_KEYS, KEY_UNREADABLE, OPTIONS_CONFLICT, NO_CIRCUIT, WASM_UNREADABLE,
    R1CS_UNREADABLE, SYMBOLS_UNREADABLE.
    """
    return with_named_files(_by_key(wanted, source_folders, cwd), wanted)


def _by_key(wanted: Wanted, source_folders: Sequence[Path], cwd: Path) -> list[Circuit]:
    if wanted.key and (wanted.circuit or wanted.circuits):
        raise SetupFault(
            Code.OPTIONS_CONFLICT,
            "--key names a single circuit: it cannot be combined with --circuit or --circuits",
        )
    if wanted.key:
        return [_from_file(wanted.key)]
    if wanted.circuit or wanted.circuits:
        found = {c.id: c for c in _from_parent(wanted.circuits)} if wanted.circuits else {}
        return list((found | _named_each(wanted.circuit)).values())
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


def _named_each(texts: Sequence[str]) -> dict[str, Circuit]:
    """The circuits of `--circuit`, by id. Raises SetupFault."""
    found: dict[str, Circuit] = {}
    for text in texts:
        circuit = _named_one(text)
        other = found.setdefault(circuit.id, circuit)
        if other is not circuit:
            raise _same_id(other, circuit)
    return found


def _named_one(text: str) -> Circuit:
    identifier, separator, path = text.partition("=")
    # A path may have an equals sign in it.
    if not separator or (Path(text).exists() and not Path(path).exists()):
        return _from_file(Path(text))
    identifier = of_file(identifier)
    if not identifier or not path:
        raise SetupFault(Code.NO_CIRCUIT, f'--circuit takes PATH or ID=PATH, not "{text}"')
    _check_id(identifier, "--circuit")
    return _named(identifier, Path(path))


def _same_id(one: Circuit, other: Circuit) -> SetupFault:
    return SetupFault(
        Code.SEVERAL_KEYS,
        f'two circuits have the id "{one.id}": {one.key} and {other.key}; give each its own with '
        "--circuit ID=PATH",
    )


def key_id(path: Path) -> str:
    """The id of a circuit known by its key alone: the file's name without what ceremonies and tools add; for
    the usual `circuit.zkey`, the folder's name."""
    stem = key_stem(path)
    # A circuit of a single key needs no name that others know: one that is not text is told by its escapes.
    name = folder_name(path.parent) or "circuit" if stem in ("circuit", "") else stem
    return as_text(of_file(name))


def _check_id(identifier: str, where: str) -> None:
    if not is_text(identifier):
        raise SetupFault(
            Code.BAD_ID,
            f'{where}: "{shown(identifier)}" is not valid UTF-8; rename it, or give --circuit ID=PATH',
        )


def _from_file(path: Path) -> Circuit:
    if path.is_dir():
        return _named(as_text(of_file(folder_name(path))), path)
    if not path.exists():
        raise SetupFault(Code.KEY_UNREADABLE, f"there is no key or folder {path}")
    return Circuit(key_id(path), path)


def _named(identifier: str, path: Path) -> Circuit:
    if path.is_dir():
        keys = keys_in(path)
        if len(keys) == 1:
            return _chosen(identifier, next(iter(keys.values())), path)
        if identifier in keys:
            return _chosen(identifier, keys[identifier], path)
        raise _not_one(keys, [path], f"--circuit {identifier}=FILE.zkey")
    if not path.exists():
        raise SetupFault(Code.KEY_UNREADABLE, f"circuit {identifier}: {path} does not exist")
    return Circuit(identifier, path)


def _from_parent(folder: Path) -> list[Circuit]:
    """Every circuit that has a key in the folder or below."""
    if not folder.is_dir():
        raise SetupFault(Code.NO_CIRCUIT, f"{folder} is not a folder")
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
                raise _same_id(other, circuit)
    return list(found.values())


def _one_below(folder: Path) -> list[Circuit]:
    """The circuits of a folder of circuit folders."""
    return _distinct(
        sorted(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))
    )


def _circuits_in(folder: Path) -> list[Circuit]:
    """The circuits whose keys lie in a folder. A single one has the folder's name."""
    keys = keys_in(folder)
    if len(keys) == 1:
        return [_chosen(of_file(folder_name(folder)), next(iter(keys.values())), folder)]
    return [_chosen(of_file(stem), key, folder) for stem, key in sorted(keys.items())]


def _chosen(identifier: str, key: Path, folder: Path | None) -> Circuit:
    """A circuit whose key was found and not named."""
    others = (path for path in with_endings(key.parent, (".zkey",)) if path != key)
    stem = key_stem(key)
    passed_over = tuple(path for path in others if key_stem(path) == stem)
    return Circuit(identifier, key, folder, passed_over=passed_over)


def _nearby(source_folders: Sequence[Path], cwd: Path) -> list[Circuit]:
    around = [_around(source, cwd) for source in source_folders]
    places = {place.resolve(): place for near in around if (place := _first_with_keys(near)) is not None}
    if len(places) > 1:  # sources of several circuits, each beside its key
        return _distinct(places.values())
    looked: dict[Path, Path] = {}
    for folder in [*(place for near in around for place in near), _from(cwd, cwd)]:
        real = folder.resolve()
        if real in looked:
            continue
        looked[real] = folder
        keys = keys_in(folder) if folder.is_dir() else {}
        if len(keys) == 1:
            only = next(iter(keys.values()))
            return [_chosen(key_id(only), only, None)]
        circuits = [_chosen(of_file(stem), key, folder) for stem, key in sorted(keys.items())]
        # All of them, so that the place of a result does not depend on which of them have jobs.
        if any(_has_jobs(circuit, source_folders) for circuit in circuits):
            return circuits
        if keys:
            raise _not_one(keys, list(looked.values()), "--key FILE.zkey")
        if folder in source_folders and (below := _one_below(folder)):
            return below
    raise _not_one({}, list(looked.values()), "--key FILE.zkey")


def _around(source: Path, cwd: Path) -> list[Path]:
    """Where the key of a source may lie: in it, beside it, or, if it is a link, beside what it leads to."""
    beside = [as_written(source).parent, source.resolve().parent]
    return [source, *(_from(cwd, place) for place in dict.fromkeys(beside))]


def _first_with_keys(places: Iterable[Path]) -> Path | None:
    return next((place for place in places if place.is_dir() and keys_in(place)), None)


def _from(cwd: Path, folder: Path) -> Path:
    """A folder as it is written in the working directory: messages and results name files in it."""
    return folder.relative_to(cwd) if folder.is_relative_to(cwd) else folder


def _has_jobs(circuit: Circuit, source_folders: Sequence[Path]) -> bool:
    """Whether something in the sources is named after a circuit of a folder that has several."""
    name = to_file(circuit.id)
    return any(
        (place / name).is_dir() or any((place / f"{name}{ending}").exists() for ending in (".wtns", ".json"))
        for folder in source_folders
        for place in (folder, *(folder / name for name in JOB_FOLDERS))
    )


def _not_one(keys: Mapping[str, Path], looked: list[Path], option: str) -> SetupFault:
    places = " or ".join(map(_told, looked))
    if keys:
        names = ", ".join(sorted(key.name for key in keys.values())[:6])
        return SetupFault(
            Code.SEVERAL_KEYS, f"{len(keys)} keys in {_told(looked[-1])} ({names}); choose one with {option}"
        )
    return SetupFault(
        Code.NO_KEY, f"found no .zkey in {places}{_packed_keys(looked)}; give one with {option}"
    )


def _told(folder: Path) -> str:
    return "this folder" if folder == Path() else str(folder)


def _packed_keys(folders: Sequence[Path]) -> str:
    """How to unpack a key that lies there packed; nothing where none does."""
    packed = (path for folder in folders for path in with_endings(folder, PACKED_KEYS))
    return packed_hint(next(packed, None))
