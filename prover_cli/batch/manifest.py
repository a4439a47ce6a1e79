"""`manifest.jsonl`: one line a finished job, append-only. What `--resume` goes by.

A line holds id, circuit, SHA-256 of the key, a keyed digest of the witness (a plain hash would confirm a
guess of it) and of the seed, whether the proof was verified, outcome and times.
"""

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import orjson

from prover_cli.faults import Code, SetupFault
from prover_cli.outcomes.records import Record
from prover_cli.outcomes.result import encode
from prover_cli.regular_file import append_regular, open_regular, read_regular
from prover_cli.writing import write_all, write_atomically, write_failed

NAME = "manifest.jsonl"


@dataclass(frozen=True)
class Entry:
    """What the manifest says of a job that was proved."""

    key_sha256: str
    witness_digest: str
    verified: bool = True
    seed: str | None = None
    """The mark of the seed; None where there was none."""


def seed_mark(seed: str | None, secret: bytes) -> str | None:
    """What tells seeds apart in a manifest and does not tell them; None for none."""
    if seed is None:
        return None
    data = seed.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, key=secret[:64], digest_size=16).hexdigest()


class Manifest:
    """Appends to the manifest of an output folder."""

    def __init__(self, folder: Path, key_digests: dict[str, str], seed: str | None = None) -> None:
        """`seed` is the mark of the run's seed."""
        self._path = folder / NAME
        self._seed = seed
        self._own: set[tuple[str, str]] = set()
        """Circuit and id of what a run with a seed has done."""
        self._key_digests = key_digests
        try:
            self._file = append_regular(self._path)
            _end_torn_line(self._path, self._file)
        except OSError as error:
            raise write_failed(self._path, error) from None

    def append(self, record: Record) -> None:
        """Writes the line of a finished job. Raises MachineFault."""
        line: dict[str, object] = {
            "id": record.id,
            "circuit": record.circuit,
            "outcome": record.outcome,
            "key_sha256": self._key_digests.get(record.circuit),
            "finished": round(time.time(), 3),
        }
        if self._seed is not None:
            line["seed"] = self._seed
            self._own.add((record.circuit, record.id))
        if record.proved is not None:
            line["witness_hmac"] = record.proved.witness_digest
            line["verified"] = record.proved.verified
            line["worker"] = record.proved.worker
            line["seconds"] = round(record.proved.seconds, 6)
            line["attempts"] = record.proved.attempts
        if record.fault is not None:
            line["code"] = record.fault.code
        try:
            write_all(self._file.fileno(), encode(line) + b"\n")
        except OSError as error:
            raise write_failed(self._path, error) from None

    def close(self) -> None:
        self._file.close()

    def forget_own(self) -> None:
        """Leaves nothing of a run with a seed, nor of an earlier part of it: what others wrote stays."""
        self.close()
        with suppress(OSError):
            lines = read_regular(self._path).splitlines(keepends=True)
            others = [line for line in lines if not self._is_own(line)]
            if others:
                write_atomically(self._path, b"".join(others), mode=0o644)
            else:
                self._path.unlink()

    def _is_own(self, line: bytes) -> bool:
        try:
            value = orjson.loads(line)
            return value.get("seed") == self._seed or (value["circuit"], value["id"]) in self._own
        except (ValueError, KeyError, TypeError, AttributeError):
            return False


def _end_torn_line(path: Path, file: IO[bytes]) -> None:
    """A run that was killed may have left half a line: it stays, but alone on its line."""
    if path.stat().st_size:
        with path.open("rb") as tail:
            tail.seek(-1, 2)
            if tail.read(1) != b"\n":
                write_all(file.fileno(), b"\n")


def load_manifest(folder: Path) -> dict[tuple[str, str], Entry]:
    """The last word on each (circuit, id) that was proved; torn and foreign lines are passed over.

    Raises SetupFault MANIFEST_UNREADABLE."""
    path = folder / NAME
    try:
        with open_regular(path) as file:
            return _entries(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SetupFault(
            Code.MANIFEST_UNREADABLE,
            f"--resume needs {path}, which cannot be read: {error.strerror or error}",
        ) from None


def _entries(file: BinaryIO) -> dict[tuple[str, str], Entry]:
    entries: dict[tuple[str, str], Entry] = {}
    for line in file:
        try:
            value = orjson.loads(line)
            name = (str(value["circuit"]), str(value["id"]))
            if value["outcome"] == "proved":
                entries[name] = Entry(
                    str(value["key_sha256"]),
                    str(value["witness_hmac"]),
                    value.get("verified") is True,
                    value.get("seed"),
                )
            elif value["outcome"] == "failed":
                entries.pop(name, None)
        except (ValueError, KeyError, TypeError):
            continue
    return entries
