"""Room in the cache folder: within a limit for each kind of file, the least recently used are deleted."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar


class Sized(Protocol):
    """What the cache keeps under one name."""

    @property
    def size(self) -> int: ...


Entry = TypeVar("Entry", bound=Sized)


def mark_used(path: Path) -> None:
    """Records the time of use, as the time of access. The modification time is kept, because workers compare
    it."""
    with suppress(OSError):
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))


def make_room(entries: Sequence[Entry], needed: int, limit: int, remove: Callable[[Entry], None]) -> None:
    """Removes entries until there is room for `needed` more bytes within the limit, the last ones first."""
    kept = list(entries)
    while kept and sum(one.size for one in kept) + needed > limit:
        remove(kept.pop())
