"""Jobs from directories, files and streams, in order, one at a time.

A directory is listed (names only) and sorted; a stream is read as it is taken. Nothing is loaded ahead.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.solvers import InputsAhead
from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.formats.wtns import MAGIC as WITNESS_MAGIC
from prover_cli.intake.arrays import count, elements, is_array
from prover_cli.intake.asked import Circuits as Known
from prover_cli.intake.asked import refuse_input
from prover_cli.intake.ignored import Ignored, holds_jobs, is_no_input
from prover_cli.intake.jobs import Job
from prover_cli.intake.jsonl import parse_line, parse_object
from prover_cli.intake.lines import BadLine, jsonl_stem, read_lines
from prover_cli.intake.streams import Stopped, TooLong, chunks, first_bytes, gathered
from prover_cli.intake.unfit import no_input, why_no_job
from prover_cli.names import as_text, is_text, of_file, shown, stem, to_file
from prover_cli.regular_file import is_piped, read_regular
from prover_cli.stop import Stop
from prover_cli.witness.source import WitnessSource

STDIN = "-"
FIRST_LINE = f"{1:06}"
OBJECT_BELOW = re.compile(rb"\{[ \t]*\r?\n")
"""How JSON over several lines begins; of JSON lines none ends after its first brace."""

MOST_NAMED = 3
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
    """A directory's files of jobs, by circuit."""

    circuit: str | None
    paths: list[Path]
    named_by_folder: bool = False
    """Whether each is a `witness.wtns` in a folder with its input's name, as circomkit writes them."""


class Sources:
    """The jobs of a run.

    Raises SetupFault at once for a folder without any (EMPTY_DIRECTORY), and where there is nothing but files
    that can be none (NO_SOURCE, INPUT_UNSUPPORTED)."""

    def __init__(self, names: Sequence[str], circuits: Sequence[Circuit], known: Known, stop: Stop) -> None:
        self._ids = {circuit.id for circuit in circuits}
        self._only = circuits[0].id if len(circuits) == 1 else None
        self._by_place: dict[Path, list[str]] = {}
        for circuit in circuits:
            self._by_place.setdefault(circuit.key.resolve().parent, []).append(circuit.id)
        self._known = known
        self._stop = stop
        self._parts: list[_Listed | _Piped | Path | None] = []
        self.ignored = Ignored()
        for name in names:
            path = Path(name)
            if name == STDIN:
                self._parts.append(None)
            elif path.is_dir():
                self._parts += self._list(path)
            else:
                self._parts.append(_Piped(path) if is_piped(path) else path)
        named = (path for part in self._parts if isinstance(part, Path) for path in [part])
        listed = (path for part in self._parts if isinstance(part, _Listed) for path in part.paths)
        self._arrays = {
            path: count(path) for path in chain(named, listed) if path.suffix == ".json" and is_array(path)
        }
        """The files that hold an array of inputs, and how many."""
        self._refuse_if_unfit()

    def _refuse_if_unfit(self) -> None:
        """Raises SetupFault where all sources are files that can be no jobs."""
        unfit = None
        for part in self._parts:
            if not isinstance(part, Path) or jsonl_stem(part) is not None:
                return
            why = why_no_job(part, self._circuit_of(part), self._known)
            if why is None:
                return
            unfit = unfit or why
        if unfit is not None:
            raise unfit

    @property
    def total(self) -> int | None:
        """Number of jobs, or None where a stream is among the sources."""
        jobs = 0
        for part in self._parts:
            if isinstance(part, _Listed):
                jobs += sum(self._arrays.get(path, 1) for path in part.paths)
            elif isinstance(part, Path) and jsonl_stem(part) is None:
                jobs += self._arrays.get(part, 1)
            else:
                return None
        return jobs

    @property
    def inputs(self) -> InputsAhead:
        """The circuits whose inputs are among the sources, and those whose inputs a stream may contain."""
        certain: set[str | None] = set()
        stream = False
        for part in self._parts:
            if isinstance(part, _Listed):
                certain |= {part.circuit} if any(path.suffix == ".json" for path in part.paths) else set()
            elif part is not None and _path_of(part).suffix == ".json":
                certain.add(self._circuit_of(_path_of(part)))
            else:
                stream |= part is None or isinstance(part, _Piped) or jsonl_stem(part) is not None
        possible = self._ids if stream else set()
        return InputsAhead(frozenset(name for name in certain if name is not None), frozenset(possible))

    @property
    def circuits(self) -> frozenset[str] | None:
        """The circuits that have jobs; None where that is not known before the jobs are read."""
        found: set[str | None] = set()
        for part in self._parts:
            if isinstance(part, _Listed):
                found |= {part.circuit} if part.paths else set()
            elif isinstance(part, Path) and jsonl_stem(part) is None:
                found.add(self._circuit_of(part))
            else:
                return None
        return None if self._arrays else frozenset(name for name in found if name is not None)

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
            yield from self._standard_input()
        elif isinstance(part, _Listed):
            for path in part.paths:
                if path in self._arrays:
                    yield from self._array(path, part.circuit)
                else:
                    yield self._file(path, part.circuit, path.parent if part.named_by_folder else None)
        elif isinstance(part, _Piped):
            yield from self._piped(part.path)
        elif (name := jsonl_stem(part)) is not None:
            yield from self._jsonl(part, name)
        elif part in self._arrays:
            yield from self._array(part, self._circuit_of(part))
        elif part.suffix == ".json" and is_no_input(part):
            yield Job(
                as_text(stem(part)), self._only or "", fault=JobFault(Code.INPUT_CORRUPT, no_input(part))
            )
        else:
            yield self._file(part, self._circuit_of(part))

    def _array(self, path: Path, circuit: str | None) -> Iterator[Job]:
        """The jobs of a file that holds an array of inputs."""
        try:
            data = read_regular(path)
        except OSError as error:
            yield self._unreadable(path, error)
        else:
            yield from self._elements(data, path, as_text(stem(path)), circuit)

    def _elements(self, data: bytes, path: Path, name: str, circuit: str | None) -> Iterator[Job]:
        number = 0
        try:
            for text in elements(data, path):
                yield parse_object(
                    text,
                    f"{name}-{number}",
                    f"element {number} of {path}",
                    base=path.parent,
                    only_circuit=circuit,
                    circuits=self._known,
                )
                number += 1
        except JobFault as fault:
            yield Job(f"{name}-{number}", circuit or "", fault=fault)

    def _list(self, folder: Path) -> list[_Listed | Path]:
        name = of_file(folder.resolve().name)
        own = self._only or (name if name in self._ids else self._beside(folder))
        found = self._of(own, folder) if own is not None else self._by_name(folder)
        below = {circuit: folder / to_file(circuit) for circuit in sorted(self._ids)}
        for circuit, place in below.items():
            found += self._of(circuit, place) if place.is_dir() else []
        lines = [path for path in _files(folder, ".jsonl") + _files(folder, ".jsonl.gz") if holds_jobs(path)]
        if not lines and not any(listed.paths for listed in found):
            names = ", ".join(shown(circuit) for circuit in sorted(self._ids)[:MOST_NAMED])
            more = ", …" if len(self._ids) > MOST_NAMED else ""
            raise SetupFault(
                Code.EMPTY_DIRECTORY,
                f"no witness in {folder}; a source is a folder with .wtns or .json files, or with "
                f"sub-folders named after the circuits ({names}{more})",
            )
        jobs = {path for listed in found for path in listed.paths} | set(lines)
        self.ignored.look_into(folder, jobs)
        return [*found, *lines]

    def _of(self, circuit: str, folder: Path) -> list[_Listed]:
        """What a folder has for a circuit: files, and folders of one witness."""
        if circuit in self._by_place.get(folder.resolve(), []):
            # The circuit's own folder, with its files: of its two folders of jobs, witnesses come first.
            places = [place for name in ("witnesses", "inputs") if (place := folder / name).is_dir()]
            listed = self._listed(circuit, folder, *places)
        else:
            listed = self._listed(circuit, folder)
        nested = (
            path for path in folder.glob("*/witness.wtns") if of_file(path.parent.name) not in self._ids
        )
        single = sorted(nested, key=lambda path: _naturally(path.parent.name))
        fault = self._known.no_input(circuit)
        if fault is not None and not listed.paths and not single and input_files(folder):
            raise SetupFault(fault.kind, f"no witness in {folder}; it has .json files, but {fault.message}")
        return [listed, _Listed(circuit, single, named_by_folder=True)]

    def _by_name(self, folder: Path) -> list[_Listed]:
        """The files of a folder without a circuit of its own: one that is named like a circuit is its."""
        witnesses = _files(folder, ".wtns")
        files = {stem(path): path for path in [*input_files(folder), *witnesses]}
        named = []
        for circuit in sorted(files.keys() & self._ids):
            path = files[circuit]
            if path.suffix != ".json" or self._known.no_input(circuit) is None:
                named.append(_Listed(circuit, [path]))
        taken = {path for listed in named for path in listed.paths}
        return [_Listed(None, [path for path in witnesses if path not in taken]), *named]

    def _circuit_of(self, path: Path) -> str | None:
        """The circuit of a file: the only one, the one it is named after, or beside whose key it lies."""
        name = stem(path)
        return self._only or (name if name in self._ids else self._beside(path.parent))

    def _beside(self, folder: Path) -> str | None:
        """The circuit whose key lies in a folder, or in the one above; None where several do."""
        for place in (folder.resolve(), folder.resolve().parent):
            here = self._by_place.get(place, [])
            if here:
                return here[0] if len(here) == 1 else None
        return None

    def _listed(self, circuit: str, *folders: Path) -> _Listed:
        """Witnesses, and inputs where the circuit can calculate theirs; of two with one name the witness."""
        paths = [path for folder in folders for path in _files(folder, ".wtns")]
        if self._known.no_input(circuit) is None:
            there = {path.stem for path in paths}
            inputs = (path for folder in folders for path in input_files(folder))
            paths = [*paths, *(path for path in inputs if path.stem not in there)]
        return _Listed(circuit, sorted(paths, key=lambda path: _naturally(path.name)))

    def _file(self, path: Path, circuit: str | None, folder: Path | None = None) -> Job:
        """The job of a file that a worker is to read; it has the name of `folder`, where there is one."""
        source = WitnessSource(path=str(path), is_input=path.suffix == ".json")
        return self._job(path, circuit, source, None if folder is None else of_file(folder.name))

    def _job(self, path: Path, circuit: str | None, witness: WitnessSource, name: str | None = None) -> Job:
        """A job with the name of a file; at fault where it can have none or nobody knows its circuit."""
        identifier = stem(path) if name is None else name
        try:
            if not is_text(identifier):
                raise JobFault(
                    Code.BAD_ID, f'the name of "{shown(of_file(path), 200)}" is not UTF-8; rename the file'
                )
            if circuit is None:
                raise JobFault(
                    Code.UNKNOWN_CIRCUIT,
                    f"{path}: there are several circuits; name it after its own, or put it in a sub-folder "
                    "with that name",
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

    def _standard_input(self) -> Iterator[Job]:
        """Lines; or a whole witness, known by its first bytes, or one object over several lines, as `jq`
        writes it. Either has the id of a first line."""
        stream = chunks(0, self._stop)
        first = first_bytes(stream, len(WITNESS_MAGIC))
        whole = chain([first], stream)
        is_witness = first.startswith(WITNESS_MAGIC)
        if not is_witness and not OBJECT_BELOW.match(first):
            yield from self._lines(whole, "", Path())
            return
        try:
            data = gathered(whole, LARGEST_PIPED)
        except TooLong:
            fault = JobFault(
                Code.WITNESS_TOO_LARGE,
                f"standard input holds one job of more than {LARGEST_PIPED >> 20} MB; give it as a file",
            )
            yield Job(FIRST_LINE, self._only or "", fault=fault)
            return
        if is_witness:
            yield self._job(Path("standard input"), self._only, WitnessSource(data=data), FIRST_LINE)
        else:
            yield self._of_line(data, 1, "", Path())

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
                yield self._of_line(line, number, prefix, base)

    def _of_line(self, line: bytes, number: int, prefix: str, base: Path) -> Job:
        return parse_line(
            line, number, prefix=prefix, base=base, only_circuit=self._only, circuits=self._known
        )


def _path_of(part: _Piped | Path) -> Path:
    return part.path if isinstance(part, _Piped) else part


def input_files(folder: Path) -> list[Path]:
    """JSON files that are not known to be something else."""
    return [path for path in _files(folder, ".json") if not is_no_input(path)]


def _files(folder: Path, suffix: str) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.name.endswith(suffix) and not e.name.startswith(".")]
    except OSError as error:
        raise SetupFault(Code.SOURCE_UNREADABLE, f"{folder} cannot be read: {error.strerror}") from None
    return [folder / name for name in sorted(names, key=_naturally)]


def _naturally(name: str) -> list[tuple[int, str]]:
    """The order in which people count: 2 before 10."""
    parts = re.split("([0-9]+)", name)
    return [(int(part), part) if part.isdecimal() and part.isascii() else (-1, part) for part in parts]


def source_folders(names: Sequence[str]) -> list[Path]:
    """Where a key may lie: the folders among the sources, and those of the files."""
    folders = []
    for name in names:
        if name != "-":
            path = Path(name)
            folders.append(path if path.is_dir() else path.parent)
    return folders
