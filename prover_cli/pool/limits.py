"""What this process may really use: cgroup limits and CPU affinity, not what the host has.

Sources: the kernel's cgroup-v2.rst (memory.max, cpu.max) and cgroup-v1 (memory.limit_in_bytes,
cpu.cfs_quota_us); a limit holds for a group and all below it, so every ancestor is looked at.
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
"""Of the main process, whatever the number of workers."""

THREADS_A_WORKER = 3
"""Two carry jobs and answers, a third ends a worker."""

USUAL_STACK = 8 << 20
"""Bytes of a thread's stack where nothing limits it."""

SLACK = 64 << 20
"""Bytes for what is read and imported later. Workers have the same limit, and take less."""


@dataclass(frozen=True)
class MachineLimits:
    """Memory in bytes and whole cores, each with where the number comes from."""

    memory_bytes: int
    memory_source: str
    cpus: int
    cpu_source: str

    @property
    def memory_mb(self) -> float:
        return self.memory_bytes / (1 << 20)


def machine_limits(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> MachineLimits:
    """The tightest of what the host has and what was granted."""
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
    """Whether threads and pipes of the main process fit into what may be mapped (`ulimit -v`). Where they do
    not, a thread may die between its start and its first line, which whoever starts it waits for (CPython
    3.11, `Thread.start`).

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
            f"the address space of a process is limited to {most >> 20} MB (ulimit -v), and a run with "
            f"{counted(workers, 'worker')} takes {wanted >> 20} MB of it, mostly for the stacks of its "
            "threads; raise the limit, lower that of a stack (ulimit -s), or give fewer --workers",
        )


def groups(proc: Path, cgroup: Path) -> Iterator[Path]:
    """The folders of this process' groups and of their ancestors, v2 and v1."""
    lines: list[str] = []
    with suppress(OSError):
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    for line in lines:
        _, controllers, path = line.split(":", 2)
        roots = [cgroup] if not controllers else [cgroup / controllers, cgroup / "unified"]
        roots += [cgroup / name for name in controllers.split(",") if name]
        for root in roots:
            folder = root / path.lstrip("/")
            # Inside a container the path may be the host's: what is mounted as root is then ours.
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
