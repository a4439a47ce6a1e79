"""Which circuit a file or a folder of jobs belongs to, by its name and by the key that lies beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.finding import JOB_FOLDERS
from prover_cli.names import as_written, of_file, stem


class Owners:
    """The circuits of a run, by the places of their files."""

    def __init__(self, circuits: Sequence[Circuit]) -> None:
        self.ids = {circuit.id for circuit in circuits}
        self.only = circuits[0].id if len(circuits) == 1 else None
        self._circuits = {circuit.id: circuit for circuit in circuits}
        self._by_place: dict[Path, dict[str, None]] = {}
        for circuit in circuits:
            folders = [circuit.key.parent, *([circuit.folder] if circuit.folder else [])]
            for place in {form for folder in folders for form in _forms(folder)}:
                self._by_place.setdefault(place, {})[circuit.id] = None

    def of_file(self, path: Path) -> str | None:
        """The circuit of a file: the only one, the one it is named after, or the one of its folder."""
        name = stem(path)
        return self.only or (name if name in self.ids else self.of_folder(path.parent))

    def of_folder(self, folder: Path) -> str | None:
        """The circuit of a folder: the only one, the one it is named after, or the one whose key lies in it
        or in the folder above. For `X/inputs` and `X/witnesses` the name of X counts."""
        if self.only is not None:
            return self.only
        for place in _forms(folder):
            names = [place.name, *([place.parent.name] if place.name in JOB_FOLDERS else [])]
            for name in map(of_file, names):
                for candidate in (name, name.removesuffix(".circom")):
                    if candidate in self.ids:
                        return candidate
        for place in [*_forms(folder), *(form.parent for form in _forms(folder))]:
            here = list(self._by_place.get(place, {}))
            if here:
                return here[0] if len(here) == 1 else None
        return None

    def is_home(self, circuit: str, folder: Path) -> bool:
        """Whether a circuit's key lies in a folder."""
        return any(circuit in self._by_place.get(place, {}) for place in _forms(folder))

    def homes_below(self, folder: Path) -> Iterator[tuple[str | None, Path]]:
        """The folders below in which keys lie, each with the circuit that it is of; None for one with the
        keys of several."""
        seen: set[Path] = set()
        for place, circuits in self._by_place.items():
            below = _below(place, folder)
            if below is not None and place.is_dir() and below.resolve() not in seen:
                seen.add(below.resolve())
                yield next(iter(circuits)) if len(circuits) == 1 else None, below

    def calculator_folders(self, folder: Path) -> Iterator[tuple[str, Path]]:
        """The folders `X_js/` at or below a folder that hold a calculator: circom's guide has people put
        their input there."""
        for identifier, circuit in self._circuits.items():
            calculator = circuit.calculator
            if calculator is not None and calculator.parent.name.endswith("_js"):
                below = _below(as_written(calculator.parent), folder)
                if below is not None:
                    yield identifier, below


def _forms(folder: Path) -> list[Path]:
    """A folder as it is written, and as links lead to it."""
    return list(dict.fromkeys((as_written(folder), folder.resolve())))


def _below(place: Path, folder: Path) -> Path | None:
    """An absolute path as one below `folder`; None where it is not below it, or is the folder itself."""
    for top in _forms(folder):
        if place != top and place.is_relative_to(top):
            return folder / place.relative_to(top)
    return None
