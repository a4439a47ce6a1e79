"""The plan of a fleet against a simulation with measured service times."""

import heapq
import json
import math
import random
from collections.abc import Callable

import pytest
from conftest import SAMPLES, Ran, needs_native
from hypothesis import given
from hypothesis import strategies as st

from prover_cli.pool import WorkerPool
from prover_cli.pool.job import CircuitFile, ProveJob
from prover_cli.queue.planning import OVERHEAD_SECONDS, Demand, erlang_c, plan_fleet
from prover_cli.witness.source import WitnessSource

MEMBERSHIP = SAMPLES / "membership"
Runner = Callable[..., Ran]


def simulate(times: list[float], rate: float, slots: int, jobs: int) -> tuple[float, float, list[int]]:
    """Random arrivals, served in turn: utilization, mean wait, and how many waited as each came."""
    chance = random.Random(1917)
    free = [0.0] * slots
    now, busy, waited, depths = 0.0, 0.0, 0.0, []
    begins: list[float] = []
    """Of jobs that still wait."""
    for _ in range(jobs):
        now += chance.expovariate(rate)
        while begins and begins[0] <= now:
            heapq.heappop(begins)
        depths.append(len(begins))
        takes = chance.choice(times) + OVERHEAD_SECONDS
        begin = max(now, heapq.heappop(free))
        heapq.heappush(free, begin + takes)
        if begin > now:
            heapq.heappush(begins, begin)
        waited += begin - now
        busy += takes
    return busy / (slots * now), waited / jobs, sorted(depths)


@needs_native
def test_a_simulation_with_measured_times_stays_within_the_plan() -> None:
    status = (MEMBERSHIP / "circuit.zkey").stat()
    file = CircuitFile("m", str(MEMBERSHIP / "circuit.zkey"), status.st_size, status.st_mtime_ns)
    witness = WitnessSource(path=str(MEMBERSHIP / "witnesses" / "0000.wtns"))
    with WorkerPool([file], 1, max_queue=30) as pool:
        futures = [pool.execute(ProveJob(str(i), "m", witness)) for i in range(30)]
        times = [future.result().seconds for future in futures]
    mean = sum(times) / len(times)
    for per_hour, slots in ((20_000, 2), (200_000, 7), (2_000_000, 30)):
        plan = plan_fleet(Demand(per_hour, mean, 41_184, 3), slots)
        utilization, wait, depths = simulate(times, per_hour / 3600, plan.slots, 60_000)
        assert utilization == pytest.approx(plan.utilization, rel=0.05)
        assert utilization <= 0.82
        assert depths[len(depths) * 99 // 100] <= plan.queue_depth + 1
        assert wait <= plan.mean_wait_seconds * 1.1 + 1e-4
        if plan.machines > 1:
            fewer = simulate(times, per_hour / 3600, plan.slots - slots, 20_000)[0]
            assert fewer > 0.78, "one machine less is too few"


def test_erlangs_c_is_that_of_the_tables() -> None:
    """M/M/1 waits with chance ρ; for two slots it is 2ρ²/(1+ρ)."""
    for load in (0.1, 0.5, 0.9):
        assert erlang_c(1, load) == pytest.approx(load)
        assert erlang_c(2, 2 * load) == pytest.approx(2 * load**2 / (1 + load))
    assert erlang_c(10, 7) == pytest.approx(0.2217, abs=1e-4)
    assert 0 < erlang_c(5000, 4900) < 1


@given(
    st.floats(1, 1e7),
    st.floats(0.001, 1000),
    st.integers(1, 126),
    st.integers(0, 10**9),
    st.integers(0, 1000),
)
def test_no_plan_is_absurd(per_hour: float, seconds: float, slots: int, witness: int, public: int) -> None:
    demand = Demand(per_hour, seconds, witness, public)
    if per_hour * seconds / slots > 1e7:
        return
    plan = plan_fleet(demand, slots, price=2.0)
    assert plan.utilization <= 0.8 + 1e-9
    assert plan.machines == 1 or plan.utilization * plan.machines / (plan.machines - 1) > 0.8 - 1e-9
    assert plan.queue_depth >= 0
    assert plan.redis_bytes > 0
    assert plan.price_per_hour == 2.0 * plan.machines
    assert math.isfinite(plan.network_bytes_per_second)
    assert (
        plan_fleet(Demand(per_hour, seconds, witness, public, inline=False), slots).redis_bytes
        <= plan.redis_bytes
    )


@needs_native
def test_the_command_measures_and_answers(run: Runner) -> None:
    witness = MEMBERSHIP / "witnesses" / "0000.wtns"
    options = [
        "--fleet", "--proofs-per-hour", "500000", "--key", MEMBERSHIP / "circuit.zkey", "--witness", witness,
        "--memory", "16GB", "--cpus", "8", "--price", "0.5",
    ]  # fmt: skip
    told = json.loads(run("prove-batch", "plan", *options, "--json").out)
    assert told["slots_per_machine"] == 6
    assert told["machines"] >= 1
    assert told["price_per_hour"] == pytest.approx(0.5 * told["machines"])
    shown = run("prove-batch", "plan", *options)
    assert (shown.code, "machines" in shown.out, "exceeded 1% of the time" in shown.out) == (0, True, True)
    assert "[NO_SECONDS]" in run("prove-batch", "plan", *options[:5]).err
    assert "[OPTIONS_CONFLICT]" in run("prove-batch", "plan", "--fleet").err
    assert "[BAD_NUMBER]" in run("prove-batch", "plan", *options[:5], "--seconds-per-proof", "-1").err
    bad = witness.with_name("none.wtns")
    assert "[WITNESS_UNREADABLE]" in run("prove-batch", "plan", *options[:5], "--witness", bad).err
