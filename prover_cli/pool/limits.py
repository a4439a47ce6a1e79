"""What this process may actually use: cgroup limits and CPU affinity, not just what the host has.

Sources: the kernel's cgroup-v2.rst (memory.max, cpu.max) and cgroup-v1 (memory.limit_in_bytes,
cpu.cfs_quota_us). A limit applies to a group and everything below it, so every ancestor is checked.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prover_cli.counting import counted
from prover_cli.faults import Code, MachineFault

V1_UNLIMITED = 1 << 60
"""cgroup v1 writes "no limit" as a number near 2^63."""

THREADS = 6
"""Threads of the main process, whatever the number of workers."""

THREADS_A_WORKER = 3
"""Two transfer jobs and answers, a third shuts a worker down."""

USUAL_STACK = 8 << 20
"""Bytes of a thread's stack if there is no limit."""

SLACK = 64 << 20
"""Bytes for data and modules loaded later. Workers have the same limit, and need less."""


@dataclass(frozen=True)
class MachineLimits:
    """Memory in bytes and whole cores, each with the source of the number."""

    memory_bytes: int
    memory_source: str
    cpus: int
    cpu_source: str

    @property
    def memory_mb(self) -> float:
        return self.memory_bytes / (1 << 20)


def machine_limits(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> MachineLimits:
    """The lowest of the host's resources and all limits."""
    import psutil

    memory = [(int(psutil.virtual_memory().total), "memory of the machine")]
    cpus = [(os.cpu_count() or 1, "cores of the machine")]
    if hasattr(os, "sched_getaffinity"):
        cpus.append((len(os.sched_getaffinity(0)), "CPU affinity"))
    for folder in groups(proc, cgroup):
        memory += [(n, f"cgroup ({folder})") for n in _memory_limits(folder)]
        cpus += [(n, f"cgroup ({folder})") for n in _cpu_limits(folder)]
    least_memory = min(memory, key=lambda pair: pair[0])
    least_cpus = min(cpus, key=lambda pair: pair[0])
    return MachineLimits(*least_memory, *least_cpus)


def check_address_space(workers: int) -> None:
    """Checks that the main process's threads and pipes fit into the address space limit (`ulimit -v`). If
    they do not, a thread can die before its first line, and `Thread.start` then waits forever (CPython 3.11).

    Raises MachineFault OUT_OF_MEMORY."""
    import psutil

    if not hasattr(psutil, "RLIMIT_AS"):
        return
    process = psutil.Process()
    most, stack = process.rlimit(psutil.RLIMIT_AS)[0], process.rlimit(psutil.RLIMIT_STACK)[0]
    if most == psutil.RLIM_INFINITY:
        return
    stack = USUAL_STACK if stack == psutil.RLIM_INFINITY else stack
    wanted = process.memory_info().vms + SLACK + stack * (THREADS + THREADS_A_WORKER * workers)
    if wanted > most:
        raise MachineFault(
            Code.OUT_OF_MEMORY,
            f"the address space is limited to {most >> 20} MB (ulimit -v), but a run with "
            f"{counted(workers, 'worker')} needs {wanted >> 20} MB, mostly for thread stacks; raise the "
            "limit, lower the stack size (ulimit -s), or use fewer --workers",
        )


def groups(proc: Path, cgroup: Path) -> Iterator[Path]:
    """The folders of this process's groups and of their ancestors, v2 and v1."""
    lines: list[str] = []
    with suppress(OSError):
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    for line in lines:
        _, controllers, path = line.split(":", 2)
        roots = [cgroup] if not controllers else [cgroup / controllers, cgroup / "unified"]
        roots += [cgroup / name for name in controllers.split(",") if name]
        for root in roots:
            folder = root / path.lstrip("/")
            # In a container the path may be the host's. The mounted root is then this process's group.
            for candidate in (folder, *folder.parents):
                if candidate.is_dir() and candidate.is_relative_to(root):
                    yield candidate


def _number(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _memory_limits(folder: Path) -> Iterator[int]:
    for name in ("memory.max", "memory.high", "memory.limit_in_bytes"):
        text = _number(folder / name)
        if text.isdigit() and 0 < int(text) < V1_UNLIMITED:
            yield int(text)


def _cpu_limits(folder: Path) -> Iterator[int]:
    fields = _number(folder / "cpu.max").split()
    quota = _number(folder / "cpu.cfs_quota_us")
    period = _number(folder / "cpu.cfs_period_us")
    if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
        quota, period = fields
    if quota.isdigit() and period.isdigit() and int(period):
        yield max(1, int(quota) // int(period))
