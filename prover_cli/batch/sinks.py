"""Where results go: two files a proof, or one JSON line a job.

A file is written beside its place, flushed and renamed: a reader sees all of it or none, whatever is
killed. Flushed to the system, not to the disk: a proof can be made again, so power cuts are not paid for.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from prover_cli.errors import JobFault, MachineFault, SetupFault
from prover_cli.formats.proof import format_public, snarkjs_text
from prover_cli.jobs.records import Proved, Record
from prover_cli.jobs.result import encode, result_json

FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class OutputClosed(Exception):
    """The reader of standard output went away."""


class Sink(Protocol):
    """Takes finished jobs in the order in which they are to appear."""

    def write(self, record: Record) -> JobFault | None:
        """Why the job has failed all the same; None where it has not.

        Raises MachineFault (DISK_FULL, OUTPUT_NOT_WRITABLE), OutputClosed."""
        ...


def write_failed(path: Path, error: OSError) -> MachineFault:
    """The fault for a write that the machine refused."""
    if error.errno in FULL:
        return MachineFault(
            "DISK_FULL",
            f"no room to write {path}; what is done is on disk: make room and go on with --resume",
        )
    return MachineFault("OUTPUT_NOT_WRITABLE", f"cannot write {path}: {error.strerror or error}")


class FileSink:
    """`ID.proof.json` and `ID.public.json` in a folder, in a sub-folder a circuit where there are
    several."""

    def __init__(self, folder: Path, circuits: list[str]) -> None:
        self.folder = folder
        self._several = len(circuits) > 1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".{os.getpid()}.part"
            probe.touch()
            probe.unlink()
        except OSError as error:
            if error.errno in FULL:
                raise write_failed(folder, error) from None
            raise SetupFault(
                "OUTPUT_NOT_WRITABLE",
                f"cannot write into {folder}: {error.strerror or error}; choose another with -o DIR",
            ) from None

    def paths(self, circuit: str, identifier: str) -> tuple[Path, Path]:
        """The proof's and the public signals' file."""
        folder = self.folder / circuit if self._several else self.folder
        return folder / f"{identifier}.proof.json", folder / f"{identifier}.public.json"

    def write(self, record: Record) -> None:
        """Places both files, or removes those of an earlier run."""
        if record.skipped or not (record.proved or record.attempted):
            return
        proof_path, public_path = self.paths(record.circuit, record.id)
        if record.proved is None:
            # What an earlier run proved under this id is not of this witness.
            for path in (proof_path, public_path):
                with suppress(OSError):
                    path.unlink()
            return
        self._place(public_path, snarkjs_text(format_public(record.proved.public_signals)))
        self._place(proof_path, snarkjs_text(proof_json(record.proved)))

    def _place(self, path: Path, text: bytes) -> None:
        # One name a process: the run writes from one thread, so nobody else has it.
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            if self._several:
                path.parent.mkdir(exist_ok=True)
            part.write_bytes(text)
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise write_failed(path, error) from None


class FixtureSink:
    """Compares with what lies in a folder, byte for byte, and writes nothing."""

    def __init__(self, folder: Path, circuits: list[str]) -> None:
        """Raises SetupFault NO_FIXTURES."""
        if not folder.is_dir():
            raise SetupFault(
                "NO_FIXTURES", f"--check-fixtures {folder} is no folder; make it with -o and --seed"
            )
        self._folder = folder
        self._several = len(circuits) > 1

    def write(self, record: Record) -> JobFault | None:
        """What is different, if anything is."""
        if record.proved is None:
            return None
        folder = self._folder / record.circuit if self._several else self._folder
        made = {"proof": proof_json(record.proved), "public": format_public(record.proved.public_signals)}
        for kind, value in made.items():
            path = folder / f"{record.id}.{kind}.json"
            try:
                same = path.read_bytes() == snarkjs_text(value)
            except OSError:
                return JobFault("FIXTURE_MISSING", f"there is no {path}; make it with the same --seed")
            if not same:
                return JobFault(
                    "FIXTURE_DIFFERS", f"{path} is another: of another seed, key, witness or version"
                )
        return None


class LineSink:
    """One JSON line a job, flushed line by line."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def write(self, record: Record) -> None:
        """Writes the line."""
        line = result_json(record)
        try:
            self._out.write(encode(line) + b"\n")
            self._out.flush()
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as error:
            raise write_failed(Path("standard output"), error) from None


def proof_json(proved: Proved) -> dict[str, object]:
    """snarkjs' object; a proof that nobody checked says so."""
    return proved.proof.to_json() | ({} if proved.verified else {"verified": False})
