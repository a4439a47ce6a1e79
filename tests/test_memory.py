"""Memory that holds: how many proofs run at a time follows what there is."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from conftest import SAMPLES, command, needs_native, wait_for
from hypothesis import given
from hypothesis import strategies as st

from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool import WorkerPool, watch
from prover_cli.pool.admission import FLOOR, PAUSE_SECONDS, Admission
from prover_cli.pool.job import CircuitFile, ProveJob
from prover_cli.pool.memory import Room
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.witness.source import WitnessSource

MB = 1 << 20
MEMBERSHIP = SAMPLES / "membership"


def admission(workers: int = 4) -> Admission:
    return Admission(workers, memory=1000 * MB, a_proof=100 * MB)


def test_no_more_begin_than_there_is_room_for() -> None:
    for available, most in [(0, 1), (150 * MB, 1), (300 * MB, 2), (10_000 * MB, 4)]:
        asked = admission()
        asked.begin(available)
        assert asked.most == most


def test_fewer_run_while_memory_is_short_down_to_one_and_more_when_it_is_back() -> None:
    asked = admission()
    asked.begin(1000 * MB)
    now, seen = 0.0, []
    for available in [10 * MB] * 10 + [120 * MB] * 10 + [900 * MB] * 300:
        now += 0.5
        asked.observe(available, asked.most, now)
        seen.append(asked.most)
    assert seen[:2] == [4, 3], "one look alone may have met a moment's peak"
    assert set(seen[10:20]) == {min(seen)} == {1}, "not one more where there is no room for it"
    assert seen[-1] == 4
    steps = [after - before for before, after in pairwise(seen)]
    assert set(steps) <= {-1, 0, 1}


def test_what_a_proof_takes_is_learnt_from_those_that_run() -> None:
    asked = Admission(4, memory=1000 * MB, a_proof=2000 * MB)
    asked.begin(900 * MB)
    assert asked.most == 1
    asked.saw(50 * MB)
    for second in range(1, 9):
        asked.observe(900 * MB, 1, second * PAUSE_SECONDS)
    assert asked.most == 4


def test_a_job_that_the_system_killed_is_excused_unless_it_was_alone() -> None:
    asked = admission()
    asked.begin(1000 * MB)
    assert asked.killed(4, 1.0)
    assert asked.most == 3
    assert asked.killed(2, 2.0)
    assert asked.most == 1
    assert not asked.killed(1, 3.0)
    assert asked.most == 1


@given(st.lists(st.tuples(st.integers(0, 2000 * MB), st.integers(0, 4), st.booleans())))
def test_at_least_one_and_at_most_all_may_run(looks: list[tuple[int, int, bool]]) -> None:
    asked = admission()
    asked.begin(500 * MB)
    lows = [False]
    for second, (available, running, killed) in enumerate(looks):
        if killed:
            asked.killed(running, second)
        asked.observe(available, running, second)
        assert 1 <= asked.most <= 4
        lows.append(available < max(FLOOR, 20 * MB))
        assert asked.short == all(lows[-2:])


@pytest.mark.parametrize("version", [1, 2])
def test_reclaimable_cache_is_not_use_and_the_tightest_group_counts(tmp_path: Path, version: int) -> None:
    proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    root = cgroup / "memory" if version == 1 else cgroup
    group = root / "outer" / "inner"
    group.mkdir(parents=True)
    line = "4:memory:/outer/inner" if version == 1 else "0::/outer/inner"
    (proc / "self" / "cgroup").write_text(line + "\n")
    (proc / "vmstat").write_text("oom_kill 5\nother 3\n")
    names = {1: ("memory.limit_in_bytes", "memory.usage_in_bytes"), 2: ("memory.max", "memory.current")}
    prefix = "total_" if version == 1 else ""
    for folder, limit, used in ((group, 300, 250), (group.parent, 900, 250)):
        (folder / names[version][0]).write_text(f"{limit * MB}\n")
        (folder / names[version][1]).write_text(f"{used * MB}\n")
        stat = f"{prefix}inactive_file {60 * MB}\n{prefix}active_file {40 * MB}\nanon 7\n"
        (folder / "memory.stat").write_text(stat)
    kills = {1: ("memory.oom_control", "under_oom 0\noom_kill 2\n"), 2: ("memory.events", "oom_kill 2\n")}
    (group / kills[version][0]).write_text(kills[version][1])
    room = Room(proc, cgroup)
    assert room.available() == min(150 * MB, psutil.virtual_memory().available)
    assert room.oom_kills() == 0
    (proc / "vmstat").write_text("oom_kill 7\nother 3\n")
    (group / kills[version][0]).write_text(kills[version][1].replace("oom_kill 2", "oom_kill 4"))
    assert room.oom_kills() == 2, "the same two, counted twice"
    (group / kills[version][0]).write_text(kills[version][1].replace("oom_kill 2", "oom_kill 5"))
    assert room.oom_kills() == 3


def test_a_mapped_file_is_nobodys_own_memory(tmp_path: Path) -> None:
    """Also where one process alone has touched it."""
    path = tmp_path / "large"
    path.write_bytes(bytes(64 * MB))
    own = subprocess.run(
        [sys.executable, "-c", MAPPING, str(path)], capture_output=True, text=True, check=True
    ).stdout.split()
    before, mapped, held = (int(number) for number in own)
    assert mapped - before < 8 * MB
    assert 60 * MB < held - mapped < 80 * MB


MAPPING = """
import mmap, os, sys
from prover_cli.pool.memory import sample
print(sample(os.getpid())[0])
with open(sys.argv[1], "rb") as file:
    data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
sum(data[at] for at in range(0, len(data), 4096))
print(sample(os.getpid())[0])
held = bytearray(os.urandom(1 << 20) * 64)
print(sample(os.getpid())[0])
"""


class NarrowRoom(Room):
    """As much as the test says."""

    def __init__(self) -> None:
        self.bytes, self.kills = 10_000 * MB, 0

    def available(self) -> int:
        return self.bytes

    def oom_kills(self) -> int:
        return self.kills


@needs_native
def test_a_pool_short_of_memory_goes_on_one_by_one_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr("prover_cli.pool.admission.PAUSE_SECONDS", 0.05)
    path = MEMBERSHIP / "circuit.zkey"
    status = path.stat()
    circuit = CircuitFile("membership", str(path), status.st_size, status.st_mtime_ns)
    room, heard = NarrowRoom(), list[PoolEvent]()

    def job(number: int) -> ProveJob:
        witness = WitnessSource(path=str(MEMBERSHIP / "witnesses" / f"{number % 8:04}.wtns"))
        return ProveJob(str(number), "membership", witness)

    futures: list[Future[Outcome]] = []
    enough = threading.Event()

    def feed() -> None:
        """There is always work, however fast it is done."""
        while not enough.is_set():
            futures.append(pool.execute(job(len(futures))))

    with WorkerPool([circuit], 2, max_queue=8, room=room, listener=heard.append) as pool:
        feeding = threading.Thread(target=feed)
        feeding.start()
        try:
            wait_for(lambda: sum(f.done() for f in futures) > 4)
            room.bytes = 1 * MB
            wait_for(lambda: pool.most_at_a_time == 1)
            wait_for(lambda: sum(r.job_id is not None for r in pool.running()) <= 1)
            # The worker that has nothing to do gives its memory back.
            wait_for(lambda: any(event.reason == "recycled" for event in heard))
            done = sum(f.done() for f in futures)
            wait_for(lambda: sum(f.done() for f in futures) > done + 2)
            room.bytes = 10_000 * MB
            wait_for(lambda: pool.most_at_a_time == 2)
        finally:
            enough.set()
            feeding.join(300)
        assert all(future.result(300).verified for future in futures)
    assert {event.kind for event in heard} >= {"fewer", "more"}
    assert all(future.result().attempts == 1 for future in futures)


@needs_native
def test_workers_that_the_kernel_kills_at_once_are_all_excused() -> None:
    """The first death is seen when the kernel has counted both."""
    path = MEMBERSHIP / "circuit.zkey"
    status = path.stat()
    circuit = CircuitFile("membership", str(path), status.st_size, status.st_mtime_ns)
    room, heard = NarrowRoom(), list[PoolEvent]()
    witness = WitnessSource(path=str(MEMBERSHIP / "witnesses" / "0000.wtns"))
    with WorkerPool([circuit], 2, room=room, listener=heard.append) as pool:
        first = [pool.execute(ProveJob(str(number), "membership", witness)) for number in range(8)]
        assert all(future.result(300).verified for future in first)
        assert sum(event.kind == "started" for event in heard) == 2
        pids = {event.pid for event in heard if event.kind == "started"}
        room.kills = len(pids)
        for pid in pids:
            assert pid is not None
            psutil.Process(pid).kill()
        wait_for(lambda: sum(event.lost for event in heard) == 2)
        assert pool.execute(ProveJob("a", "membership", witness)).result(300).verified
    assert [event.reason for event in heard if event.lost] == ["memory", "memory"]


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A memory cgroup of our own; skipped where the system gives none."""
    lines = Path("/proc/self/cgroup").read_text().splitlines() if Path("/proc/self/cgroup").exists() else []
    fields = dict(line.split(":", 2)[1:] for line in lines)
    if "memory" in fields:
        parent, name = Path("/sys/fs/cgroup/memory") / fields["memory"].lstrip("/"), "memory.limit_in_bytes"
    else:
        parent, name = Path("/sys/fs/cgroup") / fields.get("", "").lstrip("/"), "memory.max"
    group = parent / f"prove-batch-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        pytest.skip("needs the right to make a cgroup")
    try:
        if not (group / name).exists():
            pytest.skip("needs the memory controller")
        yield group / name
    finally:
        wait_for(lambda: not (group / "cgroup.procs").read_text().strip())
        group.rmdir()


@needs_native
def test_a_run_in_a_group_of_half_the_memory_it_would_like_finishes(
    small_group: Path, tmp_path: Path
) -> None:
    """Real pressure: the plan is told that a worker takes nothing, four start, and the kernel kills."""
    from prover_cli.benchmark.generated import generate

    generate(16, "bits", tmp_path / "circuit", threads=2, progress=lambda step: None)
    folder = tmp_path / "witnesses"
    folder.mkdir()
    witness = tmp_path / "circuit" / "witnesses" / "0000.wtns"
    for number in range(12):
        (folder / f"{number:02}.wtns").symlink_to(witness)
    limit = 150 * MB
    small_group.write_text(str(limit))
    script = 'echo $$ > "$0" && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, str(small_group.parent / "cgroup.procs"), command("prove-batch"), str(folder),
         "--key", str(next((tmp_path / "circuit").glob("*.zkey"))), "--workers", "4",
         "--memory-per-proof", "1MB", "--prepare", "never", "--log-format", "json", "--summary", "s.json"],
        capture_output=True, cwd=tmp_path, timeout=600, check=False,
    )  # fmt: skip
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 0, json.dumps([event for event in events if "proved" not in event["event"]])
    assert json.loads((tmp_path / "s.json").read_text())["jobs"]["proved"] == 12
    assert any(event["event"] == "admission_fewer" for event in events), "it was short indeed"
