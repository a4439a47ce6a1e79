"""Memory that workers keep between proofs, and give back when they are idle."""

import platform
import subprocess
import sys
import threading
import time

import pytest
from conftest import needs_native

from prover_cli.kept_memory import KeptMemory

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
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs the allocator of glibc")
def test_freed_memory_stays_until_it_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    before, kept, after = map(int, done.stdout.split())
    assert 200 <= kept - before < 300, "it stays, and is taken again by any thread"
    assert after - before < 100


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
