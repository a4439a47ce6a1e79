"""Which files belong to the same circuit, in the layouts of circom, snarkjs and the projects around them.

    circom, snarkjs   X_js/X.wasm  X.r1cs  X.sym  X_0000.zkey  X_0001.zkey  X_final.zkey
    circomkit         NAME/NAME_js/NAME.wasm  NAME/groth16_pkey.zkey  NAME/NAME.r1cs
    hardhat-zkit      X.circom/X_js/X.wasm  X.circom/X.groth16.zkey
    hardhat-circom    a.zkey  a.wasm  b.zkey  b.wasm, all in one folder, as in most artifact packages

One rule fits them all: files of one circuit have the same stem once the suffixes that tools add are removed.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

ADDED = re.compile(r"(?:[_-]final|_\d{4}|[_-][pv]key|\.vkey|\.groth16|\.plonk|\.fflonk)+$")
"""Suffixes that snarkjs' guides, circomkit, hardhat-zkit and packages add to a circuit's name."""
OF_A_FOLDER = re.compile(r"(?:groth16|plonk|fflonk)[_-][pv]key")
"""circomkit's key names. The circuit is named after the folder."""
NUMBERED = re.compile(r"_(\d{4})$")
OTHER_SYSTEMS = re.compile(r"(?:plonk|fflonk)(?:[_-]pkey)?$")
VKEY = re.compile(r"[._-]vkey\.json$")
VKEY_NAME = "verification_key.json"
UNPACK = {".gz": "gunzip -k", ".br": "brotli -d -k"}
"""By file ending, the command that decompresses a file and keeps the original."""


def circuit_stem(path: Path) -> str:
    """The circuit's name, taken from a file name: `transfer` for `transfer_0001.zkey`, `transfer-pkey.zkey`,
    `transfer.groth16.zkey` and `transfer.r1cs.gz`. For circomkit's `groth16_pkey.zkey`, the folder's name."""
    stem = _whole_stem(path)
    if OF_A_FOLDER.fullmatch(stem):
        return folder_name(path.parent)
    return ADDED.sub("", stem) or stem


def _whole_stem(path: Path) -> str:
    name = path.name
    for ending in UNPACK:
        name = name.removesuffix(ending)
    return name.rpartition(".")[0] or name


def key_stem(key: Path) -> str:
    """The circuit's name, taken from the key's file name. The number in `vote_2024.zkey` is part of the name
    if `vote_2024.wasm` or another companion is next to the key. Otherwise it counts contributions."""
    stem = key.stem
    if NUMBERED.search(stem):
        places = (key.with_name(f"{stem}{ending}") for ending in (".wasm", ".r1cs", ".sym", "_js"))
        if any(place.exists() for place in places):
            return stem
    return circuit_stem(key)


def folder_name(folder: Path) -> str:
    """The circuit's name, taken from a folder name. hardhat-zkit adds `.circom`."""
    return folder.resolve().name.removesuffix(".circom")


def keys_in(folder: Path) -> dict[str, Path]:
    """The key to use for each circuit that has keys in a folder, by the circuit's stem.

    If a circuit has several, the one ending in `_final` is used, else the one without a number, else the one
    with the highest number. Keys named after PLONK or FFLONK are used only if there is no other."""
    found: dict[str, list[Path]] = {}
    for key in with_endings(folder, (".zkey",)):
        found.setdefault(key_stem(key), []).append(key)
    return {stem: max(keys, key=_rank) for stem, keys in found.items()}


def companion(of: Path, *endings: str) -> Path | None:
    """The file with one of these endings (`.wasm`; `.r1cs`, `.r1cs.gz`) that belongs to the same circuit as
    `of`. None if there is none, or if the choice is ambiguous.

    Looks in the folder of `of` and then in its `*_js/` folders, where circom writes its calculators. If `of`
    is itself in a `*_js/` folder, its parent is searched too. Takes the file with the same stem. Otherwise
    takes the only candidate, provided the folder has keys for at most one circuit."""
    folder = of.parent
    above = [folder.resolve().parent] if folder.resolve().name.endswith("_js") else []
    places = [*(with_endings(place, endings) for place in (folder, *above)), calculators(folder, endings)]
    for stem_of in (_whole_stem, circuit_stem):
        for place in places:
            same = [path for path in place if stem_of(path) == stem_of(of)]
            if same:
                return min(same, key=lambda path: _order(path, endings))
    if len(keys_in(folder)) > 1:
        return None
    only = next((place for place in places if place), [])
    return only[0] if len(only) == 1 else None


def verification_key_in(folder: Path, circuit: str) -> Path | None:
    """snarkjs' `verification_key.json`. Failing that, the circuit's own key or the only one, under the names
    that other tools use: `X.vkey.json`, `X_vkey.json`, circomkit's `groth16_vkey.json`."""
    if (folder / VKEY_NAME).is_file():
        return folder / VKEY_NAME
    found = with_endings(folder, ("vkey.json",))
    same = [path for path in found if circuit in (circuit_stem(path), VKEY.sub("", path.name))]
    return next(iter(same or (found if len(found) == 1 else [])), None)


def calculators(folder: Path, endings: tuple[str, ...] = (".wasm",)) -> list[Path]:
    """Files in the folders where circom writes calculators, `X_js/X.wasm`."""
    below = sorted(path for path in folder.glob("*_js") if path.is_dir())
    return [path for place in below for path in with_endings(place, endings)]


def with_endings(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files in a folder with one of these endings, sorted. Folders and hidden files are left out."""
    found = (path for ending in endings for path in folder.glob(f"*{ending}"))
    return sorted(path for path in found if not path.name.startswith(".") and not path.is_dir())


def folders_below(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """A folder and all its subfolders, sorted by name, each with the names of its files. Hidden folders,
    `node_modules` and Python virtual environments are left out. Each link to a folder elsewhere is followed
    once."""
    walked = {folder.resolve()}

    def is_elsewhere(link: Path) -> bool:
        target = link.resolve()
        if any(target.is_relative_to(top) for top in walked):
            return False
        walked.add(target)
        return True

    for name, folders, names in os.walk(folder, followlinks=True):
        place = Path(name)
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name != "node_modules"
            and (not (place / name).is_symlink() or is_elsewhere(place / name))
        )
        yield place, names


def packed_hint(packed: Path | None) -> str:
    """How to decompress a file, as an addition to a sentence that says what is missing. Empty for None."""
    return "" if packed is None else f"; {packed} is compressed: run {UNPACK[packed.suffix]} {packed}"


def _order(path: Path, endings: tuple[str, ...]) -> int:
    return next(at for at, ending in enumerate(endings) if path.name.endswith(ending))


def _rank(key: Path) -> tuple[bool, bool, bool, str]:
    stem = key.stem
    numbered = NUMBERED.search(stem)
    return (
        not OTHER_SYSTEMS.search(stem),
        stem.endswith(("_final", "-final")),
        numbered is None,
        numbered[1] if numbered else "",
    )
