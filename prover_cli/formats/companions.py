"""Which of a circuit's files belong together, as circom, snarkjs and the projects around them lay them out.

    circom, snarkjs   X_js/X.wasm  X.r1cs  X.sym  X_0000.zkey  X_0001.zkey  X_final.zkey
    circomkit         NAME/NAME_js/NAME.wasm  NAME/groth16_pkey.zkey  NAME/NAME.r1cs
    hardhat-zkit      X.circom/X_js/X.wasm  X.circom/X.groth16.zkey
    hardhat-circom    a.zkey  a.wasm  b.zkey  b.wasm, all in one folder; so do most packages of artifacts

One rule fits them all: files of one circuit have the same stem once what tools add is taken off.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

ADDED = re.compile(r"(?:[_-]final|_\d{4}|[_-][pv]key|\.vkey|\.groth16|\.plonk|\.fflonk)+$")
"""What snarkjs' guides, circomkit, hardhat-zkit and packages add to a circuit's name."""
OF_A_FOLDER = re.compile(r"(?:groth16|plonk|fflonk)[_-][pv]key")
"""circomkit's names of keys: the circuit has its folder's."""
NUMBERED = re.compile(r"_(\d{4})$")
OTHER_SYSTEMS = re.compile(r"(?:plonk|fflonk)(?:[_-]pkey)?$")
VKEY = re.compile(r"[._-]vkey\.json$")
VKEY_NAME = "verification_key.json"
UNPACK = {".gz": "gunzip -k", ".br": "brotli -d -k"}
"""What unpacks a file and keeps it, by its ending."""


def circuit_stem(path: Path) -> str:
    """The circuit's name in a file's: `transfer` of `transfer_0001.zkey`, `transfer-pkey.zkey`,
    `transfer.groth16.zkey` and `transfer.r1cs.gz`; of circomkit's `groth16_pkey.zkey` the folder's."""
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
    """The name of the circuit in that of its key. The number of `vote_2024.zkey` belongs to it where
    `vote_2024.wasm` or another companion lies beside the key; else it counts contributions."""
    stem = key.stem
    if NUMBERED.search(stem):
        places = (key.with_name(f"{stem}{ending}") for ending in (".wasm", ".r1cs", ".sym", "_js"))
        if any(place.exists() for place in places):
            return stem
    return circuit_stem(key)


def folder_name(folder: Path) -> str:
    """A folder's name as a circuit's: hardhat-zkit adds `.circom`."""
    return folder.resolve().name.removesuffix(".circom")


def is_uncontributed(key: Path) -> bool:
    """Whether snarkjs' numbering says that nobody contributed to a key yet (`groth16 setup` makes
    `X_0000.zkey`): its maker can forge proofs."""
    return key.stem.endswith("_0000")


def keys_in(folder: Path) -> dict[str, Path]:
    """The key to take of each circuit whose keys lie in a folder, by the circuit's stem.

    Of several for one circuit: the one that ends in `_final`, else the one without a number, else the highest
    number. Keys whose names say PLONK or FFLONK only where there is no other."""
    found: dict[str, list[Path]] = {}
    for key in with_endings(folder, (".zkey",)):
        found.setdefault(key_stem(key), []).append(key)
    return {stem: max(keys, key=_rank) for stem, keys in found.items()}


def companion(of: Path, *endings: str) -> Path | None:
    """The file with one of the endings (`.wasm`; `.r1cs`, `.r1cs.gz`) that belongs to another of the same
    circuit; None where there is none, or nothing tells which.

    Looked for in its folder and then in `*_js/` there, where circom writes its calculators (or above, for
    what lies in one): the one with the same stem; else the only one, where the folder has keys of one circuit
    at most."""
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
    """snarkjs' `verification_key.json`; else the one of that circuit, or the only one, under the names that
    tools give them: `X.vkey.json`, `X_vkey.json`, circomkit's `groth16_vkey.json`."""
    if (folder / VKEY_NAME).is_file():
        return folder / VKEY_NAME
    found = with_endings(folder, ("vkey.json",))
    same = [path for path in found if circuit in (circuit_stem(path), VKEY.sub("", path.name))]
    return next(iter(same or (found if len(found) == 1 else [])), None)


def calculators(folder: Path, endings: tuple[str, ...] = (".wasm",)) -> list[Path]:
    """Files in the folders that circom writes calculators into, `X_js/X.wasm`."""
    below = sorted(path for path in folder.glob("*_js") if path.is_dir())
    return [path for place in below for path in with_endings(place, endings)]


def with_endings(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files of a folder whose names end so, sorted; a folder with such a name is none."""
    found = (path for ending in endings for path in folder.glob(f"*{ending}"))
    return sorted(path for path in found if not path.name.startswith(".") and not path.is_dir())


def folders_below(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """A folder and those below it, in order of their names, each with the names of its files. Hidden folders
    are left out, and what npm and Python's venv install. A link to a folder elsewhere is followed, once."""
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
    """How to unpack a file, to add to a sentence that says what is missing; empty for None."""
    return "" if packed is None else f"; {packed} is packed: {UNPACK[packed.suffix]} {packed}"


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
