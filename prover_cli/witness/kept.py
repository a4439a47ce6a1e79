"""What is kept of calculators: `calculators/` in the cache folder, a few files for each `.wasm`, by its hash.

They are compiled code and programs, and facts about the circuit. None of them holds anything of an input.
"""

import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prover_cli import cache_room
from prover_cli.cache_folder import cache_folder

SIZE_LIMIT = 2 << 30
"""Bytes of all calculators together. Above this, the least recently used are deleted."""


def folder() -> Path:
    return cache_folder() / "calculators"


def path_of(sha256: str, rest: str) -> Path:
    """The path of a file about the `.wasm` with this hash, whether or not it exists."""
    return folder() / f"{sha256}-{rest}"


@dataclass(frozen=True)
class Kept:
    """All that is kept of one calculator."""

    sha256: str
    paths: tuple[Path, ...]
    size: int
    last_used: float

    @property
    def program(self) -> Path | None:
        """The newest of its programs; those of other versions of this package are never used again."""
        found = [path for path in self.paths if path.suffix == ".program"]
        return max(found, key=_modified, default=None)


def kept() -> list[Kept]:
    """All calculators, the most recently used first."""
    of: dict[str, list[tuple[Path, os.stat_result]]] = defaultdict(list)
    for path in folder().glob("*-*.*"):
        sha256 = path.name.partition("-")[0]
        with suppress(OSError):
            if len(sha256) == 64:
                of[sha256].append((path, path.stat()))
    found = [
        Kept(
            sha256,
            tuple(path for path, _ in files),
            sum(status.st_size for _, status in files),
            max(status.st_atime for _, status in files),
        )
        for sha256, files in of.items()
    ]
    return sorted(found, key=lambda one: one.last_used, reverse=True)


def remove(one: Kept) -> None:
    """Removes all that is kept of a calculator. A process that has it open can use it until it ends."""
    for path in one.paths:
        with suppress(OSError):
            path.unlink()


def make_room(needed: int, keep: Path) -> None:
    """Removes the least recently used until there is room for `needed` more bytes within the limit."""
    others = [one for one in kept() if one.sha256 != keep.name.partition("-")[0]]
    cache_room.make_room(others, needed, SIZE_LIMIT, remove)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0
