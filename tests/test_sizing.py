"""The optimal-workers formula, and what the machine may really use."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran
from hypothesis import given
from hypothesis import strategies as st

from prover_cli import optimal_workers
from prover_cli.pool.limits import machine_limits
from prover_cli.pool.sizing import plan_workers

GB = 1024


@pytest.mark.parametrize(
    ("memory_gb", "proof_gb", "reserved", "available"),
    [(8, 2, 2, 3), (16, 2, 5, 6), (32, 4, 6, 7), (64, 4, 13, 14)],
)
def test_the_table_of_common_machines(memory_gb: int, proof_gb: int, reserved: int, available: int) -> None:
    with_reserve = plan_workers(memory_gb * GB, 128, memory_per_proof_mb=proof_gb * GB)
    assert with_reserve.memory_limit == with_reserve.workers == reserved
    without = plan_workers(memory_gb * GB, 128, memory_per_proof_mb=proof_gb * GB, reserve_memory_mb=0)
    assert without.memory_limit == available


@given(
    st.floats(1, 1e7), st.integers(1, 512), st.floats(1, 1e5), st.floats(0, 1e4), st.floats(0, 1e5),
    st.integers(0, 16),
)  # fmt: skip
def test_the_formula_holds_everywhere(
    memory: float, cpus: int, proof: float, overhead: float, reserve: float, cores: int
) -> None:
    sizing = plan_workers(
        memory, cpus, memory_per_proof_mb=proof, overhead_mb=overhead, reserve_memory_mb=reserve,
        reserve_cores=cores,
    )  # fmt: skip
    assert sizing.workers >= 1
    assert sizing.workers == max(1, min((memory - reserve) // (proof + overhead), cpus - cores))
    assert sizing.binding in {"memory", "cpus", "minimum"}
    more = plan_workers(
        memory * 2, cpus, memory_per_proof_mb=proof, overhead_mb=overhead, reserve_memory_mb=reserve,
        reserve_cores=cores,
    )  # fmt: skip
    assert more.workers >= sizing.workers


def test_the_python_interface_is_the_formula() -> None:
    assert optimal_workers(16 * GB, 8) == 5
    assert optimal_workers(16 * GB, 4) == 2
    assert optimal_workers(1 * GB, 1) == 1


def fake_machine(tmp_path: Path, group: str, files: dict[str, str]) -> tuple[Path, Path]:
    proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(group)
    for name, text in files.items():
        (cgroup / name).parent.mkdir(parents=True, exist_ok=True)
        (cgroup / name).write_text(text)
    return proc, cgroup


@pytest.mark.parametrize(
    ("group", "files", "memory", "cpus"),
    [
        ("0::/app\n", {"app/memory.max": "1073741824", "app/cpu.max": "100000 100000"}, 1 << 30, 1),
        ("0::/app\n", {"app/memory.max": "max", "memory.max": "536870912"}, 1 << 29, None),
        ("0::/\n", {"memory.max": "536870912", "cpu.max": "50000 100000"}, 1 << 29, 1),
        ("0::/host/only\n", {"memory.max": "268435456"}, 1 << 28, None),
        (
            "5:memory:/job\n4:cpu,cpuacct:/job\n",
            {
                "memory/job/memory.limit_in_bytes": "402653184",
                "cpu,cpuacct/job/cpu.cfs_quota_us": "100000",
                "cpu,cpuacct/job/cpu.cfs_period_us": "100000",
            },
            402653184,
            1,
        ),
        ("5:memory:/job\n", {"memory/job/memory.limit_in_bytes": "9223372036854771712"}, None, None),
    ],
)  # fmt: skip
def test_cgroup_limits_count(
    tmp_path: Path, group: str, files: dict[str, str], memory: int | None, cpus: int | None
) -> None:
    limits = machine_limits(*fake_machine(tmp_path, group, files))
    free = machine_limits(*fake_machine(tmp_path / "free", "", {}))
    assert limits.memory_bytes == (memory or free.memory_bytes)
    assert limits.cpus == (cpus or free.cpus)
    assert ("cgroup" in limits.memory_source) == (memory is not None)


def test_affinity_counts(run: Callable[..., Ran], tmp_path: Path) -> None:
    import os
    import shutil
    import subprocess

    from conftest import command

    if not hasattr(os, "sched_getaffinity") or shutil.which("taskset") is None:
        pytest.skip("needs CPU affinity and taskset")
    one = str(min(os.sched_getaffinity(0)))
    done = subprocess.run(
        ["taskset", "-c", one, command("prove-batch"), "doctor", "--json"],
        capture_output=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["cpus"] == 1


def test_plan_answers_for_another_machine(run: Callable[..., Ran]) -> None:
    ran = run("prove-batch", "plan", "--memory", "16GB", "--cpus", "8", "--memory-per-proof", "2GB", "--json")
    assert ran.code == 0
    answer = json.loads(ran.out)
    assert (answer["workers"], answer["memory_limit"], answer["cpu_limit"], answer["binding"]) == (
        5,
        5,
        6,
        "memory",
    )
    shown = run("prove-batch", "plan", "--memory", "8GB", "--cpus", "64").out
    assert "limited by memory" in shown
    assert "64 GB" in shown


@pytest.mark.parametrize("size", ["12", "twelve", "-3GB", "1QB", ""])
def test_sizes_without_sense_are_refused(run: Callable[..., Ran], size: str) -> None:
    ran = run("prove-batch", "plan", f"--memory={size}")
    assert ran.code == 2
    assert "BAD_SIZE" in ran.err
