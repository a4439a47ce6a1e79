"""Jobs from folders, files and streams, in order, one at a time.

A stream is read as its jobs are taken. Nothing is loaded ahead.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.solvers import InputsAhead
from prover_cli.faults import Code, SetupFault
from prover_cli.intake.arrays import count
from prover_cli.intake.asked import Circuits as Known
from prover_cli.intake.contents import Content, content_of
from prover_cli.intake.folder import FolderJobs
from prover_cli.intake.ignored import Ignored
from prover_cli.intake.job_reader import JobReader
from prover_cli.intake.jobs import Job
from prover_cli.intake.lines import jsonl_stem
from prover_cli.intake.owners import Owners
from prover_cli.intake.parts import Lines, Listed, Part, Piped, Single, StandardInput
from prover_cli.intake.streams import Stopped
from prover_cli.intake.unfit import why_no_job
from prover_cli.regular_file import is_piped
from prover_cli.stop import Stop
from prover_cli.witness.source import WitnessSource

STDIN = "-"

FIRST_JOBS = 8
"""How many jobs of each source are looked through for the first ones of a circuit."""


def refuse_missing(names: Sequence[str]) -> None:
    """Raises SetupFault NO_SOURCE for the first source that does not exist."""
    for name in names:
        if name == STDIN:
            continue
        try:
            Path(name).lstat()
            Path(name).stat()
        except (FileNotFoundError, NotADirectoryError):
            if not os.path.lexists(name):
                raise SetupFault(Code.NO_SOURCE, f"source {name} does not exist") from None
            # A link that leads nowhere is a job that fails: its target may be there when its turn comes.
        except OSError as error:  # such as of links that lead in a circle
            raise SetupFault(Code.SOURCE_UNREADABLE, f"{name} cannot be read: {error.strerror}") from None


class Sources:
    """The jobs of a run.

    Raises SetupFault at once for a folder without any (EMPTY_DIRECTORY), and where there is nothing but files
    that cannot be jobs (NO_SOURCE, UNKNOWN_CIRCUIT, INPUT_UNSUPPORTED)."""

    def __init__(self, names: Sequence[str], circuits: Sequence[Circuit], known: Known, stop: Stop) -> None:
        self._owners = Owners(circuits)
        self._known = known
        self._stop = stop
        self._reader = JobReader(known, stop)
        self._parts: list[Part] = []
        self._arrays: dict[Path, int] = {}
        """The files that hold an array of inputs, and how many."""
        self.ignored = Ignored()
        for name in names:
            path = Path(name)
            if name == STDIN:
                self._parts.append(StandardInput())
            elif path.is_dir():
                self._add_folder(path)
            elif is_piped(path):
                self._parts.append(Piped(path))
            else:
                self._add_file(path)
        self._refuse_if_unfit()

    def _add_folder(self, folder: Path) -> None:
        found = FolderJobs(folder, self._owners, self._known)
        self._parts += found.parts
        self._arrays |= {path: count(path) for path in found.arrays}
        self.ignored.look_into(folder, found.files | found.expected)
        self.ignored.misnamed += found.misnamed()
        self.ignored.outdated += found.outdated
        self.ignored.unowned |= found.unowned

    def _add_file(self, path: Path) -> None:
        circuit = self._owners.of_file(path)
        if jsonl_stem(path) is not None:
            self._parts.append(Lines(path, circuit))
            return
        self._parts.append(Single(path, circuit))
        if path.suffix == ".json" and content_of(path) in (Content.ARRAY, Content.EMPTY_ARRAY):
            self._arrays[path] = count(path)

    def _refuse_if_unfit(self) -> None:
        """Raises SetupFault where all sources are files that cannot be jobs."""
        unfit = None
        for part in self._parts:
            if not isinstance(part, Single):
                return
            why = why_no_job(part.path, part.circuit, self._known)
            if why is None:
                return
            unfit = unfit or why
        if unfit is not None:
            raise unfit

    @property
    def paths(self) -> Iterator[Path]:
        """The files that are jobs, or that jobs are read from."""
        for part in self._parts:
            if isinstance(part, Listed):
                yield from part.paths
            elif not isinstance(part, StandardInput):
                yield part.path

    @property
    def total(self) -> int | None:
        """Number of jobs, or None where a stream is among the sources."""
        jobs = 0
        for part in self._parts:
            if isinstance(part, Listed):
                jobs += sum(self._arrays.get(path, 1) for path in part.paths)
            elif isinstance(part, Single):
                jobs += self._arrays.get(part.path, 1)
            else:
                return None
        return jobs

    @property
    def inputs(self) -> InputsAhead:
        """The circuits whose inputs are among the sources, and those whose inputs a stream may contain."""
        certain: set[str | None] = set()
        stream = False
        for part in self._parts:
            if isinstance(part, Listed):
                certain |= {part.circuit} if any(path.suffix == ".json" for path in part.paths) else set()
            elif isinstance(part, Single):
                certain |= {part.circuit} if part.path.suffix == ".json" else set()
            elif isinstance(part, Piped) and part.path.suffix == ".json":
                certain.add(self._owners.of_file(part.path))
            else:
                stream = True
        possible = self._owners.ids if stream else set()
        return InputsAhead(frozenset(name for name in certain if name is not None), frozenset(possible))

    @property
    def circuits(self) -> frozenset[str] | None:
        """The circuits that have jobs; None where that is not known before the jobs are read."""
        found = set()
        for part in self._parts:
            if not isinstance(part, Listed | Single):
                return None
            found.add(part.circuit)
        return None if self._arrays else frozenset(name for name in found if name is not None)

    def first_of(self, circuit: str) -> Iterator[WitnessSource]:
        """Where the witnesses of a circuit's first jobs come from. None of those in a stream, which can be
        read only once."""
        for part in self._parts:
            if isinstance(part, Listed | Single | Lines) and part.circuit in {None, circuit}:
                with suppress(Stopped):
                    for job in islice(self._jobs(part), FIRST_JOBS):
                        if job.circuit == circuit and job.witness is not None:
                            yield job.witness

    def __iter__(self) -> Iterator[Job]:
        for part in self._parts:
            if self._stop.draining:
                return
            try:
                yield from self._jobs(part)
            except Stopped:
                return

    def _jobs(self, part: Part) -> Iterator[Job]:
        if isinstance(part, Listed):
            for path in part.paths:
                yield from self._of_file(path, part.circuit, path.parent if part.named_by_folder else None)
        elif isinstance(part, Single) and part.path not in self._arrays:
            yield self._reader.of_named_file(part.path, part.circuit)
        elif isinstance(part, Single):
            yield from self._reader.array(part.path, part.circuit)
        elif isinstance(part, Lines):
            yield from self._reader.lines_of(part.path, part.circuit)
        elif isinstance(part, Piped):
            yield from self._reader.piped(part.path, self._owners.only)
        else:
            yield from self._reader.standard_input(self._owners.only)

    def _of_file(self, path: Path, circuit: str | None, folder: Path | None = None) -> Iterator[Job]:
        if path in self._arrays:
            return self._reader.array(path, circuit)
        return iter([self._reader.of_file(path, circuit, folder)])


def source_folders(names: Sequence[str]) -> list[Path]:
    """Where a key may lie: the folders among the sources, and those of the files, each once."""
    folders: dict[Path, None] = {}
    for name in names:
        if name != STDIN:
            path = Path(name)
            folders[path if path.is_dir() else path.parent] = None
    return list(folders)
