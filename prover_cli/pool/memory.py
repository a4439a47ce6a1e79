"""Actual memory use: what a process has to itself, and how much is left.

Resident memory is misleading because it counts the mapped key once per worker. So are "private" pages: if
only one process has touched a mapping, all of its pages are private. What counts is anonymous memory. Page
cache that the kernel can reclaim does not count as used. Sources: the kernel's proc.rst (smaps_rollup),
cgroup-v2.rst (memory.current, memory.stat, memory.events) and cgroup-v1.
"""

from pathlib import Path

import psutil

from prover_cli.pool.limits import V1_UNLIMITED, groups


def sample(pid: int) -> tuple[int, int]:
    """A process's private bytes and its proportional set size. Zeros if it is gone or this is unknown."""
    rollup = _fields(Path(f"/proc/{pid}/smaps_rollup"))
    if rollup:
        # Dirty pages may belong to a file just written. Anonymous ones may be shared since a fork.
        own = min(rollup.get("Private_Dirty", 0), rollup.get("Anonymous", 1 << 60))
        own += rollup.get("Private_Hugetlb", 0) + rollup.get("Swap", 0)
        return (own, rollup.get("Pss", 0))
    try:
        info = psutil.Process(pid).memory_full_info()
    except (psutil.Error, OSError):
        return (0, 0)
    private = int(info.uss)
    return (private, int(getattr(info, "pss", private)))


class Room:
    """The memory that this process and its children can still use."""

    def __init__(self, proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> None:
        self._proc = proc
        self._groups = list(dict.fromkeys(groups(proc, cgroup)))
        self._kills_before = self._kill_counts()

    def available(self) -> int:
        """Bytes available on the machine or in the tightest cgroup."""
        left = [int(psutil.virtual_memory().available)]
        for folder in self._groups:
            for most, used, prefix in (
                ("memory.max", "memory.current", ""),
                ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
            ):
                limit, usage = _number(folder / most), _number(folder / used)
                if limit is not None and usage is not None and limit < V1_UNLIMITED:
                    stat = _fields(folder / "memory.stat")
                    cache = stat.get(f"{prefix}inactive_file", 0) + stat.get(f"{prefix}active_file", 0)
                    left.append(limit - max(0, usage - cache))
        return max(0, min(left))

    def oom_kills(self) -> int:
        """Number of processes that the kernel has killed since this was made because memory ran out, here and
        elsewhere on the machine. It counts a kill in several places; the largest count has them all."""
        counts = self._kill_counts()
        return max(count - before for count, before in zip(counts, self._kills_before, strict=True))

    def _kill_counts(self) -> list[int]:
        """The machine's counter, and those of the groups."""
        counts = [_fields(self._proc / "vmstat").get("oom_kill", 0)]
        for folder in self._groups:
            for name in ("memory.events", "memory.oom_control"):
                counts.append(_fields(folder / name).get("oom_kill", 0))
        return counts


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _fields(path: Path) -> dict[str, int]:
    """Parses lines with a name and a number. "name:   12 kB" is converted to bytes."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    fields = (line.split() for line in lines)
    return {
        name.rstrip(":"): int(number) << (10 if unit == ["kB"] else 0)
        for name, number, *unit in (f for f in fields if len(f) >= 2)
        if number.isdigit()
    }
