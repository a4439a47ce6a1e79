"""Keys that lie packed where circuits are looked for: nothing else says why a circuit is missing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.options import Wanted
from prover_cli.formats.companions import UNPACK, folders_below, packed_hint, with_endings
from prover_cli.regular_file import is_folder

ENDINGS = tuple(f".zkey{ending}" for ending in UNPACK)


def packed_warnings(wanted: Wanted, circuits: Sequence[Circuit]) -> Iterator[str]:
    """What is said of each, where the circuits came as folders."""
    for place in _places(wanted, circuits):
        for packed in with_endings(place, ENDINGS):
            if not packed.with_suffix("").exists():
                hint = packed_hint(packed).removeprefix("; ")
                yield f"no circuit is made of a packed key: {hint}"


def _places(wanted: Wanted, circuits: Sequence[Circuit]) -> list[Path]:
    """The folders in which keys were looked for, each once."""
    parent = wanted.circuits or (Path(wanted.env_circuits) if wanted.env_circuits else None)
    places = [circuit.folder for circuit in circuits if circuit.folder is not None]
    if parent is not None and is_folder(parent):
        places += [place for place, _ in folders_below(parent)]
    return list({place.resolve(): place for place in places}.values())
