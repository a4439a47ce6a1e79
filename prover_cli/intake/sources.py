"""Jobs from directories, files and streams, in order, one at a time.

A directory is listed (names only) and sorted; a stream is read as it is taken. Nothing is loaded ahead.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from prover_cli.circuits.finding import Circuit
from prover_cli.circuits.solvers import InputsAhead
from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.formats.wtns import MAGIC as WITNESS_MAGIC
from prover_cli.intake.asked import Circuits as Known
from prover_cli.intake.asked import refuse_input
from prover_cli.intake.jobs import Job
from prover_cli.intake.jsonl import parse_line
from prover_cli.intake.lines import BadLine, jsonl_stem, read_lines
from prover_cli.intake.streams import Stopped, TooLong, chunks, first_bytes, gathered
from prover_cli.names import as_text, is_text, of_file, shown, stem, to_file
from prover_cli.regular_file import is_piped
from prover_cli.stop import Stop
from prover_cli.witness.source import WitnessSource

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

LARGEST_PIPED = 1 << 30
"""Bytes of a witness or an input that comes through a pipe and so is held in memory; 32 million signals."""


def refuse_missing(names: Sequence[str]) -> None:
    """Raises SetupFault NO_SOURCE for the first source that does not exist."""
    for name in names:
        if name == STDIN:
            continue
        try:
            Path(name).lstat()
        except (FileNotFoundError, NotADirectoryError):
            raise SetupFault(Code.NO_SOURCE, f"source {name} does not exist") from None
        except OSError as error:
            raise SetupFault(Code.SOURCE_UNREADABLE, f"{name} cannot be read: {error.strerror}") from None


@dataclass(frozen=True)
class _Piped:
    """A source that is read here, as a stream."""

    path: Path


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
        self._parts: list[_Listed | _Piped | Path | None] = []
        for name in names:
            path = Path(name)
            if name == STDIN:
                self._parts.append(None)
            elif path.is_dir():
                self._parts += self._list(path)
            else:
                self._parts.append(_Piped(path) if is_piped(path) else path)

    @property
    def total(self) -> int | None:
        """Number of jobs, or None where a stream is among the sources."""
        count = 0
        for part in self._parts:
            if isinstance(part, _Listed):
                count += len(part.paths)
            elif part is None or isinstance(part, _Piped) or jsonl_stem(part) is not None:
                return None
            else:
                count += 1
        return count

    @property
    def inputs(self) -> InputsAhead:
        """The circuits whose inputs are among the sources, and those whose inputs a stream may contain."""
        certain: set[str | None] = set()
        stream = False
        for part in self._parts:
            if isinstance(part, _Listed):
                certain |= {part.circuit} if any(path.suffix == ".json" for path in part.paths) else set()
            elif part is not None and _path_of(part).suffix == ".json":
                certain.add(self._only)
            else:
                stream |= part is None or isinstance(part, _Piped) or jsonl_stem(part) is not None
        possible = {circuit.id for circuit in self._circuits} if stream else set()
        return InputsAhead(frozenset(name for name in certain if name is not None), frozenset(possible))

    def __iter__(self) -> Iterator[Job]:
        for part in self._parts:
            if self._stop.draining:
                return
            try:
                yield from self._jobs(part)
            except Stopped:
                return

    def _jobs(self, part: "_Listed | _Piped | Path | None") -> Iterator[Job]:
        if part is None:
            yield from self._lines(chunks(0, self._stop), "", Path())
        elif isinstance(part, _Listed):
            yield from (self._file(path, part.circuit) for path in part.paths)
        elif isinstance(part, _Piped):
            yield from self._piped(part.path)
        elif (name := jsonl_stem(part)) is not None:
            yield from self._jsonl(part, name)
        else:
            yield self._file(part, self._only)

    def _list(self, folder: Path) -> list[_Listed]:
        ids = {circuit.id for circuit in self._circuits}
        name = of_file(folder.resolve().name)
        own = self._only or (name if name in ids else None)
        found = [self._listed(own, folder)]
        below = {circuit: folder / to_file(circuit) for circuit in sorted(ids)}
        found += [self._listed(circuit, place) for circuit, place in below.items() if place.is_dir()]
        if not any(listed.paths for listed in found):
            hint = "a source is a folder with .wtns files (or sub-folders named after the circuits)"
            if input_files(folder) and own is not None:
                hint = f"it has .json files, but {self._known.no_input(own)}"
            raise SetupFault(Code.EMPTY_DIRECTORY, f"no witness in {folder}; {hint}")
        return found

    def _listed(self, circuit: str | None, folder: Path) -> _Listed:
        """Witnesses, and inputs where the circuit can calculate theirs; of two with one name the witness."""
        paths = _files(folder, ".wtns")
        if circuit is not None and self._known.no_input(circuit) is None:
            there = {path.stem for path in paths}
            paths = sorted([*paths, *(path for path in input_files(folder) if path.stem not in there)])
        return _Listed(circuit, paths)

    def _file(self, path: Path, circuit: str | None) -> Job:
        """The job of a file that a worker is to read."""
        return self._job(path, circuit, WitnessSource(path=str(path), is_input=path.suffix == ".json"))

    def _job(self, path: Path, circuit: str | None, witness: WitnessSource) -> Job:
        """A job with the name of a file; at fault where it can have none or nobody knows its circuit."""
        identifier = stem(path)
        try:
            if not is_text(identifier):
                raise JobFault(
                    Code.BAD_ID, f'the name of "{shown(of_file(path), 200)}" is not UTF-8; rename the file'
                )
            if circuit is None:
                raise JobFault(
                    Code.UNKNOWN_CIRCUIT,
                    f"{path}: there are several circuits; put it in a sub-folder named after its own",
                )
            if witness.is_input:
                refuse_input(circuit, str(path), self._known)
        except Fault as fault:
            return Job(as_text(identifier), circuit or "", fault=fault)
        return Job(identifier, circuit, witness)

    def _piped(self, path: Path) -> Iterator[Job]:
        """What comes through a pipe: a whole witness, known by its first bytes, a whole input, known by the
        pipe's name, or lines. Workers get it as bytes, for the pipe is this process' alone."""
        try:
            stream = chunks(path, self._stop)
            first = first_bytes(stream, len(WITNESS_MAGIC))
            whole = chain([first], stream)
            is_input = path.suffix == ".json"
            if is_input or path.suffix == ".wtns" or first.startswith(WITNESS_MAGIC):
                source = WitnessSource(data=gathered(whole, LARGEST_PIPED), is_input=is_input)
                yield self._job(path, self._only, source)
            else:
                name = jsonl_stem(path)
                yield from self._lines(whole, f"{stem(path) if name is None else name}-", path.parent)
        except OSError as error:
            yield self._unreadable(path, error)
        except TooLong:
            fault = JobFault(
                Code.WITNESS_TOO_LARGE, f"{path} holds more than {LARGEST_PIPED >> 20} MB; give it as a file"
            )
            yield Job(as_text(stem(path)), self._only or "", fault=fault)

    def _jsonl(self, path: Path, name: str) -> Iterator[Job]:
        try:
            yield from self._lines(chunks(path, self._stop), f"{name}-", path.parent)
        except OSError as error:
            yield self._unreadable(path, error)

    def _unreadable(self, path: Path, error: OSError) -> Job:
        fault = JobFault(Code.SOURCE_UNREADABLE, f"{path} cannot be read: {error.strerror or error}")
        return Job(as_text(stem(path)), self._only or "", fault=fault)

    def _lines(self, stream: Iterator[bytes], prefix: str, base: Path) -> Iterator[Job]:
        for number, line in enumerate(read_lines(stream), start=1):
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


def _path_of(part: _Piped | Path) -> Path:
    return part.path if isinstance(part, _Piped) else part


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
        raise SetupFault(Code.SOURCE_UNREADABLE, f"{folder} cannot be read: {error.strerror}") from None
    return [folder / name for name in names]


def source_folders(names: Sequence[str]) -> list[Path]:
    """Where a key may lie: the folders among the sources, and those of the files."""
    folders = []
    for name in names:
        if name != "-":
            path = Path(name)
            folders.append(path if path.is_dir() else path.parent)
    return folders
