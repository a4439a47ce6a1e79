"""Where results go: two files a proof, or one JSON line a job.

A file is written beside its place, flushed and renamed: a reader sees all of it or none, whatever is
killed. Flushed to the system, not to the disk: a proof can be made again, so power cuts are not paid for.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from prover_cli.batch.output_check import cannot_write_into, check_circuit_folders, check_fixtures
from prover_cli.counting import counted
from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.snarkjs import format_public, snarkjs_text
from prover_cli.formats.targets import ENDINGS, Target
from prover_cli.names import of_file, shown, to_file
from prover_cli.outcomes.records import Proved, Record
from prover_cli.outcomes.result import encode, result_json
from prover_cli.regular_file import read_regular
from prover_cli.report.summary import Compared
from prover_cli.systems.protocols import Proof
from prover_cli.systems.registry import system_named
from prover_cli.writing import FULL, write_all, write_failed

PROOF, PUBLIC = ".proof.json", ".public.json"
MOST_NAMED = 3
WRITTEN = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
ALL_ENDINGS = (PROOF, PUBLIC, *(ending for endings in ENDINGS.values() for ending in endings))


class OutputClosed(Exception):
    """The reader of standard output went away."""


class Sink(Protocol):
    """Takes finished jobs in the order in which they are to appear."""

    def write(self, record: Record) -> JobFault | None:
        """Why the job has failed all the same; None where it has not.

        Raises MachineFault (DISK_FULL, OUTPUT_NOT_WRITABLE), OutputClosed."""
        ...


class ResultFolder:
    """Of results: `ID.proof.json`, `ID.public.json` and what the target adds, in a sub-folder a circuit where
    there are several."""

    def __init__(self, folder: Path, circuits: list[str], target: Target) -> None:
        self.folder = folder
        self.target = target
        self._several = len(circuits) > 1

    def folder_of(self, circuit: str) -> Path:
        """Where the files of its results lie."""
        return self.folder / to_file(circuit) if self._several else self.folder

    def path(self, circuit: str, identifier: str, ending: str) -> Path:
        """Where a file of a result lies."""
        return self.folder_of(circuit) / to_file(f"{identifier}{ending}")

    def holds(self, circuit: str, identifier: str, proof: Proof, signals: tuple[int, ...]) -> bool:
        """Whether what the target adds is there, of this very proof. Raises OSError."""
        added = system_named(proof.system).export_files(self.target, proof, signals).items()
        return all(read_regular(self.path(circuit, identifier, ending)) == data for ending, data in added)


class FileSink(ResultFolder):
    """Writes into a folder."""

    def __init__(self, folder: Path, circuits: list[str], target: Target) -> None:
        """Raises SetupFault OUTPUT_NOT_WRITABLE, BAD_ID, MachineFault DISK_FULL."""
        super().__init__(folder, circuits, target)
        check_circuit_folders(circuits)
        self._folders: dict[str, _Folder] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".{os.getpid()}.part"
            probe.touch()
            probe.unlink()
        except OSError as error:
            if error.errno in FULL:
                raise write_failed(folder, error) from None
            is_file = isinstance(error, FileExistsError)
            why = "it is not a folder" if is_file else error.strerror or str(error)
            raise cannot_write_into(folder, why) from None

    def write(self, record: Record) -> None:
        """Places the files, the proof last, and removes what an earlier run left under this id."""
        if record.skipped or not (record.proved or record.attempted):
            return
        files = {} if record.proved is None else result_files(record.proved, self.target)
        folder = self._opened(record.circuit)
        for ending in folder.endings:
            if ending not in files:
                # Of another witness, or of another proof.
                with suppress(OSError):
                    self.path(record.circuit, record.id, ending).unlink()
        for ending, text in files.items():
            self._place(folder.name, to_file(f"{record.id}{ending}"), text)

    def _opened(self, circuit: str) -> "_Folder":
        if circuit not in self._folders:
            path = self.folder_of(circuit)
            try:
                path.mkdir(exist_ok=True)
                self._folders[circuit] = _Folder(str(path), _endings_in(path))
            except OSError as error:
                raise write_failed(path, error) from None
        return self._folders[circuit]

    def _place(self, folder: str, name: str, text: bytes) -> None:
        # Texts and numbers, not paths and files: twice a proof, they take a third of the time. One name a
        # process: the run writes from one thread, so nobody else has it.
        path, part = f"{folder}/{name}", f"{folder}/.{name}.{os.getpid()}.part"
        try:
            handle = os.open(part, WRITTEN, 0o666)
            try:
                write_all(handle, text)
            finally:
                os.close(handle)
            os.replace(part, path)  # noqa: PTH105  (texts, as said above)
        except OSError as error:
            with suppress(OSError):
                os.unlink(part)  # noqa: PTH108  (texts, as said above)
            raise write_failed(Path(path), error) from None


@dataclass(frozen=True)
class _Folder:
    """Where the files of a circuit's results lie."""

    name: str
    endings: tuple[str, ...]
    """Those that names of files had when the run began. Under any other there is nothing to remove."""


def _endings_in(folder: Path) -> tuple[str, ...]:
    missing = list(ALL_ENDINGS)
    with os.scandir(folder) as entries:
        for entry in entries:
            missing = [ending for ending in missing if not entry.name.endswith(ending)]
            if not missing:
                break
    return tuple(ending for ending in ALL_ENDINGS if ending not in missing)


class FixtureSink(ResultFolder):
    """Compares with what lies in a folder, byte for byte, and writes nothing."""

    def __init__(self, folder: Path, circuits: list[str], target: Target) -> None:
        """Raises SetupFault NO_FIXTURES."""
        check_fixtures(folder)
        super().__init__(folder, circuits, target)
        self.compared = Compared()
        self._met: set[Path] = set()

    def write(self, record: Record) -> JobFault | None:
        """What is different, if anything is."""
        self._met.add(self.path(record.circuit, record.id, PROOF))
        if record.proved is None:
            return None
        different = []
        for ending, made in result_files(record.proved, self.target).items():
            path = self.path(record.circuit, record.id, ending)
            try:
                if read_regular(path) != made:
                    different.append(path)
            except OSError:
                self.compared.missing += 1
                return JobFault(Code.FIXTURE_MISSING, f"{path} is missing; make it with the same --seed")
        if not different:
            self.compared.same += 1
            return None
        signals = self.path(record.circuit, record.id, PUBLIC)
        if signals in different:
            self.compared.other_signals += 1
            why = "its public signals differ: the input or the circuit changed"
        else:
            self.compared.other_proof += 1
            why = "its public signals are the same: it was made with another seed, key or version"
        return JobFault(Code.FIXTURE_DIFFERS, f"{different[0]} differs; {why}")

    def orphans(self) -> Iterator[str]:
        """What to say of fixtures that no job of the run makes."""
        found = sorted({*self.folder.glob(f"*{PROOF}"), *self.folder.glob(f"*/*{PROOF}")} - self._met)
        self.compared.orphans = len(found)
        if found:
            named = ", ".join(shown(of_file(path), 200) for path in found[:MOST_NAMED])
            more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
            yield f"{counted(len(found), 'fixture has', 'fixtures have')} no job anymore: {named}{more}"


class LineSink:
    """One JSON line a job, flushed line by line."""

    def __init__(self, out: int, target: Target, path: Path | None = None) -> None:
        """`out` is the handle of a stream; `path` is where it leads, None for standard output."""
        self._out = out
        self._path = path
        self._target = target
        self._is_stale = path is not None

    def begin(self) -> None:
        """Removes what an earlier run left in the file."""
        if self._is_stale:
            self._is_stale = False
            with suppress(OSError):  # a pipe or a device holds nothing
                os.ftruncate(self._out, 0)

    def write(self, record: Record) -> None:
        """Writes the line."""
        self.begin()
        line = result_json(record)
        if self._target != "snarkjs" and record.proved is not None:
            proved = record.proved
            system = system_named(proved.proof.system)
            line[self._target] = system.export_json(self._target, proved.proof, proved.public_signals)
        try:
            write_all(self._out, encode(line) + b"\n")
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as error:
            raise write_failed(self._path, error) from None


@contextmanager
def lines_file(path: Path) -> Iterator[int]:
    """A file of JSON lines. What it held is kept until the first result, so that a run which does not begin
    costs no earlier results. Raises SetupFault OUTPUT_NOT_WRITABLE, MachineFault DISK_FULL."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        out = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    except OSError as error:
        if error.errno in FULL:
            raise write_failed(path, error) from None
        raise SetupFault(
            Code.OUTPUT_NOT_WRITABLE,
            f"cannot write {path}: {error.strerror or error}; choose another file with -o",
        ) from None
    try:
        yield out
    except SetupFault:
        if is_new:
            with suppress(OSError):
                path.unlink()
        raise
    finally:
        os.close(out)


def result_files(proved: Proved, target: Target) -> dict[str, bytes]:
    """Contents by ending: the proof, whose being there tells that a result is whole, is the last."""
    proof = proved.proof.to_json()
    if not proved.verified:
        proof["verified"] = False  # one that nobody checked says so
    return {
        PUBLIC: snarkjs_text(format_public(proved.public_signals)),
        **system_named(proved.proof.system).export_files(target, proved.proof, proved.public_signals),
        PROOF: snarkjs_text(proof),
    }
