"""Memory that workers keep between proofs, and give back when they are idle."""

import platform
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import needs_native

from prover_cli.kept_memory import KeptMemory

needs_glibc = pytest.mark.skipif(
    # `mallopt` is its own: with another allocator KeptMemory does nothing, so there is nothing to measure.
    platform.libc_ver()[0] != "glibc",
    reason="needs the allocator of glibc",
)

HELD = """
import mmap
import threading
from pathlib import Path
from prover_cli import _native
from prover_cli.kept_memory import KeptMemory

def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE >> 20

def freed():
    held = bytearray(200 << 20)
    held[::4096] = b"1" * len(held[::4096])
    del held
    return megabytes()

before = megabytes()
KeptMemory()
threads = [threading.Thread(target=freed) for _ in range(2)]
for thread in threads:
    thread.start()
    thread.join()
kept = freed()
_native.give_back_memory()
print(before, kept, megabytes())
"""


@needs_native
@needs_glibc
def test_freed_memory_stays_until_it_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    before, kept, after = map(int, done.stdout.split())
    assert 200 <= kept - before < 300, "it stays, and is taken again by any thread"
    assert after - before < 100


ADVISED = """
import resource
import sys
from pathlib import Path
from prover_cli import _native
from prover_cli.kept_memory import KeptMemory

def megabytes():
    size = found = 0
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if line.startswith("Size:"):
            size = int(line.split()[1])
        elif line.startswith("VmFlags:") and "hg" in line.split():
            found += size
    return found >> 10

if sys.argv[1] == "limited":
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, resource.RLIM_INFINITY))
KeptMemory()
first = megabytes()
held = bytearray(64 << 20)
del held
_native.give_back_memory()
print(first, megabytes())
"""


@needs_native
@needs_glibc
@pytest.mark.parametrize(("limits", "least", "most"), [("none", 1000, 1030), ("limited", 0, 0)])
def test_large_pages_are_asked_for_unless_addresses_are_counted(limits: str, least: int, most: int) -> None:
    large = Path("/sys/kernel/mm/transparent_hugepage").exists()
    if not large or Path("/proc/sys/vm/overcommit_memory").read_text().strip() == "2":
        least = most = 0
    done = subprocess.run([sys.executable, "-c", ADVISED, limits], capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert least <= before <= most
    assert least <= after <= most, "as much when the memory was given back"


def test_memory_is_given_back_when_nothing_is_proved_and_not_before() -> None:
    given: list[float] = []
    back = threading.Event()

    def give_back() -> None:
        given.append(time.monotonic())
        back.set()

    memory = KeptMemory(0.2, give_back)
    assert not back.wait(0.5), "nothing was proved yet"
    for _ in range(2):
        with memory.used():
            assert not back.wait(0.5), "it is in use"
        with memory.used():  # at once
            pass
        ended = time.monotonic()
        assert back.wait(60)
        assert given[-1] - ended >= 0.2
        back.clear()
    assert not back.wait(0.5), "once is enough"
    assert len(given) == 2
