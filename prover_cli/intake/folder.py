"""The jobs of a folder that is given as a source: which files are jobs, and of which circuit.

A folder is listed and nothing of it is loaded, except that each `.json` is looked at for what it is.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover_cli.circuits.finding import JOB_FOLDERS
from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.intake.asked import Circuits
from prover_cli.intake.contents import Content, content_of, holds_jobs
from prover_cli.intake.owners import Owners
from prover_cli.intake.parts import Lines, Listed
from prover_cli.names import of_file, shown, to_file

MOST_NAMED = 3
SAME_TIME = 60
"""Seconds."""


@dataclass(frozen=True)
class _Group:
    """Folders whose jobs belong together: of two jobs of one name in them, the witness counts."""

    circuit: str | None
    places: list[Path]


class FolderJobs:
    """What a folder has to prove."""

    def __init__(self, folder: Path, owners: Owners, known: Circuits) -> None:
        """Raises SetupFault: EMPTY_DIRECTORY, UNKNOWN_CIRCUIT, SOURCE_UNREADABLE, and why the inputs of a
        circuit cannot be taken (INPUT_UNSUPPORTED, WASM_…) where it has no witness either."""
        self.parts: list[Listed | Lines] = []
        self.arrays: set[Path] = set()
        """The files that hold an array of inputs."""
        self.expected: set[Path] = set()
        """JSON that was looked at and belongs beside jobs: results, keys, and the inputs of witnesses."""
        self.outdated: list[tuple[Path, Path]] = []
        """Inputs that changed after the witness which is proved in their place, each with that witness."""
        self.unowned = False
        """Whether inputs are left out because nothing says which circuit they are for."""
        self._folder = folder
        self._owners = owners
        self._known = known
        self._unfit: dict[str, tuple[Path, JobFault]] = {}
        """Of circuits whose inputs cannot be taken: where inputs lie, and why not."""
        files(folder)  # one that may not be entered is said to be unreadable, and not to be empty
        groups = list(self._groups())
        searched = {place.resolve() for group in groups for place in group.places}
        for group in groups:
            self._list(group, searched)
        self._refuse()

    @property
    def files(self) -> set[Path]:
        """The files that are jobs, or hold them."""
        lines = {part.path for part in self.parts if isinstance(part, Lines)}
        return lines | {path for part in self.parts if isinstance(part, Listed) for path in part.paths}

    def misnamed(self) -> Iterator[tuple[Path, str]]:
        """Sub-folders that differ from a name that is looked for only in case, each with that name."""
        wanted = {name.casefold(): name for name in (*JOB_FOLDERS, *self._owners.ids)}
        for place in _folders(self._folder):
            name = of_file(place.name)
            right = wanted.get(name.casefold(), name)
            if right != name and not (place.parent / to_file(right)).exists():
                yield place, right

    def _groups(self) -> Iterator[_Group]:
        """The folders to look into, each once: this one and its `witnesses/` and `inputs/`, in each of them
        those named after circuits, the circuits' own, and those of calculators."""
        seen: set[Path] = set()

        def group(circuit: str | None, *places: Path) -> _Group:
            new = [place for place in places if place.is_dir() and place.resolve() not in seen]
            seen.update(place.resolve() for place in new)
            return _Group(circuit, new)

        owners, folder = self._owners, self._folder
        own = owners.of_folder(folder)
        top = group(own, *_with_job_folders(folder, owners.ids))
        yield top
        for place in top.places:
            for name in _named(place, owners.ids):
                # circomkit writes the witness of INPUT into CIRCUIT/INPUT, whatever the input's name is.
                if not owners.is_home(name, place):
                    yield group(name, *_with_job_folders(place / to_file(name), owners.ids))
        for circuit, place in owners.homes_below(folder):
            yield group(circuit, *_with_job_folders(place, owners.ids))
        for circuit, place in owners.calculator_folders(folder):
            yield group(circuit, place)

    def _list(self, group: _Group, searched: set[Path]) -> None:
        witnesses = [path for place in group.places for path in files(place, ".wtns")]
        inputs = self._inputs(group, {path.stem: path for path in witnesses})
        jobs = sorted([*witnesses, *inputs], key=lambda path: naturally(path.name))
        if group.circuit is None:
            jobs = self._by_name(jobs)
            self.unowned |= any(path.suffix == ".json" for path in jobs)
            self._add(None, [path for path in jobs if path.suffix == ".wtns"])
        else:
            self._add(group.circuit, self._fit(group.circuit, jobs))
            self._add_nested(group.circuit, group.places, searched)
        lines = (path for place in group.places for path in files(place, ".jsonl", ".jsonl.gz"))
        self.parts += [Lines(path, group.circuit) for path in lines if holds_jobs(path)]

    def _add(self, circuit: str | None, paths: list[Path], *, named_by_folder: bool = False) -> None:
        if paths:
            self.parts.append(Listed(circuit, paths, named_by_folder))

    def _inputs(self, group: _Group, witnessed: Mapping[str, Path]) -> list[Path]:
        """The inputs of a group that have no witness there. Of an array each element is a job of its own."""
        found = []
        for path in (path for place in group.places for path in files(place, ".json")):
            content = content_of(path)
            if content is Content.ARRAY:
                self.arrays.add(path)
                found.append(path)
            elif content is Content.INPUT and path.stem not in witnessed:
                found.append(path)
            elif content is Content.INPUT:
                self.expected.add(path)
                if _is_newer(path, witnessed[path.stem]):
                    self.outdated.append((path, witnessed[path.stem]))
            elif content is Content.OTHER:
                self.expected.add(path)
        return found

    def _by_name(self, jobs: list[Path]) -> list[Path]:
        """Adds the jobs that are named after circuits. The others."""
        others = []
        for path in jobs:
            circuit = of_file(path.stem)
            if circuit in self._owners.ids:
                self._add(circuit, self._fit(circuit, [path]))
            else:
                others.append(path)
        return others

    def _fit(self, circuit: str, jobs: list[Path]) -> list[Path]:
        """The jobs, without the inputs of a circuit that can calculate no witness."""
        inputs = next((path for path in jobs if path.suffix == ".json"), None)
        fault = None if inputs is None else self._known.no_input(circuit)
        if inputs is None or fault is None:
            return jobs
        self._unfit.setdefault(circuit, (inputs.parent, fault))
        return [path for path in jobs if path.suffix != ".json"]

    def _add_nested(self, circuit: str, places: Sequence[Path], searched: set[Path]) -> None:
        """Adds what circomkit writes: `INPUT/witness.wtns`."""
        nested = (
            place / "witness.wtns"
            for folder in places
            for place in _folders(folder)
            if place.resolve() not in searched and (place / "witness.wtns").exists()
        )
        found = sorted(nested, key=lambda path: naturally(path.parent.name))
        self._add(circuit, found, named_by_folder=True)

    def _refuse(self) -> None:
        have = {part.circuit for part in self.parts}
        for circuit, (place, fault) in self._unfit.items():
            if circuit not in have:
                raise SetupFault(fault.kind, f"{place}: {fault.message}")
        names = ", ".join(shown(circuit) for circuit in sorted(self._owners.ids)[:MOST_NAMED])
        names += ", …" if len(self._owners.ids) > MOST_NAMED else ""
        if not self.parts:
            hint = "".join(f"; rename {place} to {right}" for place, right in self.misnamed())
            raise SetupFault(
                Code.EMPTY_DIRECTORY,
                f"nothing to prove in {self._folder}: there are no jobs (.wtns, .json, .jsonl) in it, in its "
                f"inputs/ or witnesses/, or in a sub-folder named after a circuit ({names}){hint}",
            )
        if have == {None} and not any(isinstance(part, Lines) for part in self.parts):
            raise SetupFault(
                Code.UNKNOWN_CIRCUIT,
                f"nothing says which circuit the witnesses in {self._folder} are of; put them into a "
                f"sub-folder named after their circuit ({names})",
            )


def files(folder: Path, *endings: str) -> list[Path]:
    """The files of a folder whose names end so, in natural order. Raises SetupFault SOURCE_UNREADABLE."""
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.name.endswith(endings) and not e.name.startswith(".")]
    except OSError as error:
        raise SetupFault(Code.SOURCE_UNREADABLE, f"{folder} cannot be read: {error.strerror}") from None
    return [folder / name for name in sorted(names, key=naturally)]


def input_files(folder: Path) -> list[Path]:
    """JSON files that may hold inputs. Raises SetupFault SOURCE_UNREADABLE."""
    return [path for path in files(folder, ".json") if content_of(path) in (Content.INPUT, Content.ARRAY)]


def naturally(name: str) -> list[tuple[int, str]]:
    """The order in which people count: 2 before 10."""
    parts = re.split("([0-9]+)", name)
    return [(int(part), part) if part.isdecimal() and part.isascii() else (-1, part) for part in parts]


def _is_newer(inputs: Path, witness: Path) -> bool:
    """Whether inputs were written after their witness. A checkout writes all its files at about one time."""
    try:
        return inputs.stat().st_mtime > witness.stat().st_mtime + SAME_TIME
    except OSError:
        return False


def _with_job_folders(folder: Path, ids: set[str]) -> list[Path]:
    return [folder, *(folder / name for name in JOB_FOLDERS if name not in ids)]


def _named(folder: Path, ids: set[str]) -> list[str]:
    """The circuits that a sub-folder is named after."""
    return sorted({of_file(place.name) for place in _folders(folder)} & ids)


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, and the links to folders, without hidden ones."""
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if not e.name.startswith(".") and e.is_dir()]
    except OSError:
        return []  # whoever lists its files says why it cannot be read
    return [folder / name for name in sorted(names)]
