"""This user's prepared keys: `prepared/` in the cache folder, one file per key and kind of arithmetic."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from prover_cli import cache_room
from prover_cli.cache_folder import cache_folder
from prover_cli.prepared.tables import VERSION, Damaged, Description, describe

SIZE_LIMIT = 10 << 30
"""Bytes of all prepared keys together. Above this, the least recently used are deleted."""

_NAME = re.compile(r"[0-9a-f]{64}\.v\d+\.\w+\.tables")


def folder() -> Path:
    return cache_folder() / "prepared"


def path_of(sha256: str, rows: str) -> Path:
    """The path for the tables of a key, whether or not they exist."""
    return folder() / f"{sha256}.v{VERSION}.{rows}.tables"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lets only one process at a time build or remove this file. Others wait, and then find the result.

    Raises OSError if the cache folder is not writable.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        yield


@dataclass(frozen=True)
class Stored:
    """One prepared key in the folder."""

    path: Path
    size: int
    last_used: float
    description: Description | None
    """None if the file is damaged or has a different version."""


def stored() -> list[Stored]:
    """All prepared keys, most recently used first."""
    found = []
    for path in folder().glob("*.tables"):
        if not _NAME.fullmatch(path.name):
            continue
        try:
            status = path.stat()
        except OSError:
            continue
        try:
            description = describe(path)
        except (Damaged, OSError):
            description = None
        found.append(Stored(path, status.st_size, status.st_atime, description))
    return sorted(found, key=lambda one: one.last_used, reverse=True)


def remove(path: Path) -> None:
    """Removes a file. A process that has it mapped can use it until it ends."""
    with suppress(OSError):
        path.unlink()
    with suppress(OSError):
        path.with_suffix(".lock").unlink()


def make_room(needed: int, keep: Path) -> None:
    """Removes the least recently used until there is room for `needed` more bytes within the limit."""
    others = [one for one in stored() if one.path != keep]
    cache_room.make_room(others, needed, SIZE_LIMIT, lambda one: remove(one.path))


def remove_leftovers() -> int:
    """Removes unfinished files left by processes that died. Returns how many there were."""
    leftovers = [path for path in folder().glob(".*.part") if time.time() - path.stat().st_mtime > 3600]
    for path in leftovers:
        with suppress(OSError):
            path.unlink()
    return len(leftovers)
