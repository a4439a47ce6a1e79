"""Jobs from directories, files and streams, in order, one at a time.

A directory is listed (names only) and sorted; a stream is read as it is taken. Nothing is loaded ahead.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover_cli.batch.jobs import Job
from prover_cli.batch.jsonl import parse_line
from prover_cli.batch.lines import BadLine, jsonl_stem, read_lines
from prover_cli.circuits.finding import Circuit
from prover_cli.errors import JobFault, SetupFault
from prover_cli.jobs.asked import Circuits as Known
from prover_cli.jobs.asked import refuse_input
from prover_cli.pool.job import WitnessSource
from prover_cli.stop import Stop

STDIN = "-"

NO_INPUTS = {
    "proof.json",
    "public.json",
    "verification_key.json",
    "summary.json",
    "run.json",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
}
"""JSON files that lie in such folders and are something else: snarkjs', ours, and those of Node projects."""


def refuse_missing(names: Sequence[str]) -> None:
    """Raises SetupFault NO_SOURCE for the first source that does not exist."""
    for name in names:
        path = Path(name)
        if name != STDIN and not path.exists() and not path.is_symlink():
            raise SetupFault("NO_SOURCE", f"source {name} does not exist")


@dataclass(frozen=True)
class _Listed:
    """A directory's witness files, by circuit."""

    circuit: str | None
    paths: list[Path]


class Sources:
    """The jobs of a run. Raises SetupFault at once for a folder without any: EMPTY_DIRECTORY."""

    def __init__(self, names: Sequence[str], circuits: Sequence[Circuit], known: Known, stop: Stop) -> None:
        self._circuits = circuits
        self._only = circuits[0].id if len(circuits) == 1 else None
        self._known = known
        self._stop = stop
        self._parts: list[_Listed | Path | None] = []
        for name in names:
            path = Path(name)
            if name == STDIN:
                self._parts.append(None)
            elif path.is_dir():
                self._parts += self._list(path)
            else:
                self._parts.append(path)

    @property
    def total(self) -> int | None:
        """Number of jobs, or None where a stream is among the sources."""
        count = 0
        for part in self._parts:
            if isinstance(part, _Listed):
                count += len(part.paths)
            elif part is None or jsonl_stem(part) is not None:
                return None
            else:
                count += 1
        return count

    def __iter__(self) -> Iterator[Job]:
        for part in self._parts:
            if self._stop.draining:
                return
            if part is None:
                yield from self._stream(0, "", Path())
            elif isinstance(part, _Listed):
                yield from (self._file(path, part.circuit) for path in part.paths)
            elif (stem := jsonl_stem(part)) is not None:
                yield from self._jsonl(part, stem)
            else:
                yield self._file(part, self._only)

    def _list(self, folder: Path) -> list[_Listed]:
        ids = {circuit.id for circuit in self._circuits}
        own = self._only or (folder.resolve().name if folder.resolve().name in ids else None)
        found = [self._listed(own, folder)]
        found += [self._listed(name, folder / name) for name in sorted(ids) if (folder / name).is_dir()]
        if not any(listed.paths for listed in found):
            hint = "a source is a folder with .wtns files (or sub-folders named after the circuits)"
            if input_files(folder) and own is not None:
                hint = f"it has .json files, but {self._known.why_no_input(own)}"
            raise SetupFault("EMPTY_DIRECTORY", f"no witness in {folder}; {hint}")
        return found

    def _listed(self, circuit: str | None, folder: Path) -> _Listed:
        """Witnesses, and inputs where the circuit can calculate theirs; of two with one name the witness."""
        paths = _files(folder, ".wtns")
        if circuit is not None and self._known.why_no_input(circuit) is None:
            there = {path.stem for path in paths}
            paths = sorted([*paths, *(path for path in input_files(folder) if path.stem not in there)])
        return _Listed(circuit, paths)

    def _file(self, path: Path, circuit: str | None) -> Job:
        if circuit is None:
            fault = JobFault(
                "UNKNOWN_CIRCUIT",
                f"{path}: there are several circuits; put it in a sub-folder named after its own",
            )
            return Job(path.stem, "", fault=fault)
        if path.suffix == ".json":
            try:
                refuse_input(circuit, str(path), self._known)
            except JobFault as fault:
                return Job(path.stem, circuit, fault=fault)
            return Job(path.stem, circuit, WitnessSource(path=str(path), is_input=True))
        return Job(path.stem, circuit, WitnessSource(path=str(path)))

    def _jsonl(self, path: Path, stem: str) -> Iterator[Job]:
        try:
            handle = os.open(path, os.O_RDONLY)
        except OSError as error:
            fault = JobFault("SOURCE_UNREADABLE", f"{path} cannot be read: {error.strerror}")
            yield Job(stem, self._only or "", fault=fault)
            return
        try:
            yield from self._stream(handle, f"{stem}-", path.parent)
        finally:
            os.close(handle)

    def _stream(self, handle: int, prefix: str, base: Path) -> Iterator[Job]:
        for number, line in enumerate(read_lines(handle, self._stop), start=1):
            if isinstance(line, BadLine):
                yield Job(f"{prefix}{number:06}", self._only or "", fault=line.at(number))
            elif line.strip():
                yield parse_line(
                    line,
                    number,
                    prefix=prefix,
                    base=base,
                    only_circuit=self._only,
                    circuits=self._known,
                )


def input_files(folder: Path) -> list[Path]:
    """JSON files that are not known to be something else."""
    return [
        path
        for path in _files(folder, ".json")
        if path.name not in NO_INPUTS and not path.name.endswith((".proof.json", ".public.json"))
    ]


def _files(folder: Path, suffix: str) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if e.name.endswith(suffix) and not e.name.startswith("."))
    except OSError as error:
        raise SetupFault("SOURCE_UNREADABLE", f"{folder} cannot be read: {error.strerror}") from None
    return [folder / name for name in names]
