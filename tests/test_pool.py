"""The pool resolves every future, whatever becomes of its workers."""

import os
import pickle
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from calculators import HANGS, endless_circuit
from conftest import SAMPLES, alive, needs_native, wait_for

from prover_cli.faults import JobFault, MachineFault
from prover_cli.formats.curves import BN254
from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool import QueueFull, WorkerPool
from prover_cli.pool.balance import PATIENCE, LeastLoaded, RoundRobin, SlotLoad, Waiting, Work
from prover_cli.pool.job import CircuitFile, ProveJob, WorkerSetup
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.registry import verifier_for
from prover_cli.witness.source import WitnessSource

pytestmark = needs_native


def circuit(name: str) -> CircuitFile:
    path = SAMPLES / name / "circuit.zkey"
    status = path.stat()
    return CircuitFile(name, str(path), status.st_size, status.st_mtime_ns)


def job(number: int, name: str = "membership") -> ProveJob:
    path = SAMPLES / name / "witnesses" / f"{number % 8:04}.wtns"
    return ProveJob(f"{name}-{number}", name, WitnessSource(path=str(path)))


@pytest.fixture(params=["processes", "threads"])
def strategy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_job_is_proved_and_verifies(strategy: str) -> None:
    from conftest import mapped

    names = ("quartic", "membership", "quartic-bls12381")
    with WorkerPool([circuit(name) for name in names], 2, strategy=strategy) as pool:
        futures = [(name, pool.execute(job(i, name))) for i in range(4) for name in names]
        for name, future in futures:
            outcome = future.result(timeout=600)
            key = mapped(SAMPLES / name).verification_key
            size = key.curve.n8r
            signals = tuple(
                int.from_bytes(outcome.public[i : i + size], "little")
                for i in range(0, len(outcome.public), size)
            )
            assert verifier_for(key).verify(Proof.from_bytes(outcome.proof, key.curve), signals)
    assert sum(s.proofs for s in pool.statistics) == 12
    assert all(s.proofs for s in pool.statistics), "both workers had work"


def test_a_failed_job_rejects_only_its_own_future(strategy: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.wtns"
    bad.write_bytes(b"wtns")
    with WorkerPool([circuit("quartic")], 1, strategy=strategy) as pool:
        good = pool.execute(job(0, "quartic"))
        broken = pool.execute(ProveJob("bad", "quartic", WitnessSource(path=str(bad))))
        missing = pool.execute(ProveJob("none", "quartic", WitnessSource(path=str(tmp_path / "none.wtns"))))
        after = pool.execute(job(1, "quartic"))
        assert good.result(300).verified
        with pytest.raises(JobFault) as caught:
            broken.result(300)
        assert caught.value.code == "WITNESS_TRUNCATED"
        with pytest.raises(JobFault) as caught:
            missing.result(300)
        assert caught.value.code == "WITNESS_UNREADABLE"
        assert after.result(300).verified
    assert pool.statistics[0].failures == 2
    assert pool.statistics[0].restarts == 0


def test_a_killed_worker_loses_no_job() -> None:
    with WorkerPool([circuit("membership")], 2, max_queue=40, retries=3) as pool:
        futures = [pool.execute(job(i)) for i in range(24)]
        killed: set[int] = set()

        def victim() -> int | None:
            # The pool may still show one whose death it has not seen.
            running = (r.pid for r in pool.running() if r.job_id and r.pid not in killed)
            return next(filter(None, running), None)

        def more_than(done: int) -> bool:
            return sum(f.done() for f in futures) > done

        for _ in range(3):
            done = sum(f.done() for f in futures)
            wait_for(partial(more_than, done))
            while (pid := victim()) is None:
                assert not all(f.done() for f in futures)
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        assert all(future.result(300).verified for future in futures)
        assert sum(s.restarts for s in pool.statistics) >= 3
        assert sum(s.proofs for s in pool.statistics) == 24


def test_a_worker_killed_between_two_jobs_is_replaced() -> None:
    with WorkerPool([circuit("quartic")], 1) as pool:
        assert pool.execute(job(0, "quartic")).result(300).verified
        pid = pool.statistics[0].pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: pool.statistics[0].restarts == 1)
        assert pool.execute(job(1, "quartic")).result(300).verified
        assert pool.statistics[0].pid != pid


def test_a_job_that_kills_its_workers_is_reported_as_such(tmp_path: Path) -> None:
    """The calculation of its witness never ends, and its worker is killed once it has been seen at it."""
    begun: list[int] = []

    def listener(event: PoolEvent) -> None:
        if event.kind == "opened" and event.circuit == "endless" and event.pid:
            begun.append(event.pid)

    circuits = [circuit("membership"), endless_circuit(tmp_path)]

    def tried(times: int) -> bool:
        return len(begun) == times

    with WorkerPool(circuits, 2, retries=1, max_queue=20, listener=listener) as pool:
        doomed = pool.execute(ProveJob("doomed", "endless", HANGS))
        others = [pool.execute(job(i)) for i in range(6)]
        for tries in (1, 2):
            wait_for(partial(tried, tries))
            os.kill(begun[-1], signal.SIGKILL)
        with pytest.raises(JobFault) as caught:
            doomed.result(300)
        assert caught.value.code == "WORKER_CRASHED"
        assert "2 times" in caught.value.message
        assert all(future.result(300).verified for future in others)


def test_workers_that_cannot_start_end_the_run_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from prover_cli.pool.slot import ProcessSlot

    def refuse(self: ProcessSlot) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(ProcessSlot, "start", refuse)
    with WorkerPool([circuit("quartic")], 2) as pool:
        future = pool.execute(job(0, "quartic"))
        with pytest.raises(MachineFault) as caught:
            future.result(300)
        assert caught.value.code == "NO_WORKER"
        with pytest.raises(MachineFault):
            pool.execute(job(1, "quartic"))
    assert sum(s.restarts for s in pool.statistics) == 8, "four tries for each of two"


def test_a_worker_that_cannot_make_its_engine_says_why() -> None:
    """As with a damaged install: the first job tells, in words, not in a traceback."""
    setup = WorkerSetup("native", (), 1, True, b"", None)
    done = subprocess.run(
        [sys.executable, "-c", STARTING], input=pickle.dumps(setup), capture_output=True, check=True
    )
    assert done.stdout.startswith(b"NO_WORKER no worker can start")
    assert done.stderr == b""


STARTING = """
import pickle, sys
sys.modules["prover_cli._native"] = None
from prover_cli.faults import MachineFault
from prover_cli.pool import worker
setup = pickle.loads(sys.stdin.buffer.read())
worker.start_process(setup)
try:
    worker.prove_in_process([None], 0)
except MachineFault as fault:
    print(fault.code, fault.message)
"""


def test_the_queue_is_bounded_and_refuses_or_waits() -> None:
    with WorkerPool([circuit("membership")], 1, max_queue=2) as pool:
        futures = [pool.execute(job(i)) for i in range(3)]
        assert pool.queued == 2
        with pytest.raises(QueueFull):
            pool.execute(job(3), block=False)
        waited = pool.execute(job(3))
        assert any(future.done() for future in futures), "it waited for room"
        assert waited.result(300).verified


def test_shutdown_at_once_cancels_what_waits_and_leaves_no_process() -> None:
    pool = WorkerPool([circuit("membership")], 2, max_queue=20)
    futures = [pool.execute(job(i)) for i in range(12)]
    wait_for(lambda: any(future.done() for future in futures))
    pids = [s.pid for s in pool.statistics if s.pid]
    pool.shutdown(drain=False)
    assert all(future.done() for future in futures)
    assert any(future.cancelled() for future in futures)
    wait_for(lambda: not any(alive(pid) for pid in pids))
    with pytest.raises(RuntimeError):
        pool.execute(job(0))


def test_shutdown_drains(strategy: str) -> None:
    pool = WorkerPool([circuit("quartic")], 2, strategy=strategy, max_queue=20)
    futures = [pool.execute(job(i, "quartic")) for i in range(10)]
    pool.shutdown()
    pool.shutdown()
    assert all(future.result(300).verified for future in futures)


@pytest.mark.parametrize("drain", [True, False])
def test_shutdown_leaves_no_thread_of_an_executor(drain: bool) -> None:
    """One that still closes while the program ends makes CPython print a traceback."""
    for _ in range(3):
        pool = WorkerPool([circuit("quartic")], 2, preload=True)
        pool.execute(job(0, "quartic")).result(300)
        pool.shutdown(drain=drain)
        left = [thread for thread in threading.enumerate() if "Executor" in type(thread).__name__]
        assert not left


def test_a_result_too_large_for_the_pipe_comes_whole(tmp_path: Path) -> None:
    from prover_cli.pool.parcel import PIPE_LIMIT, unwrap, wrap

    large = Outcome("groth16", b"p" * 256, os.urandom(PIPE_LIMIT + 1), True, 0.1, 0.1, "d")
    wrapped = wrap(large, str(tmp_path))
    assert wrapped.public == b""
    assert unwrap(wrapped) == large
    assert not list(tmp_path.iterdir())
    small = Outcome("groth16", b"p" * 256, b"s" * BN254.n8r, True, 0.1, 0.1, "d")
    assert wrap(small, str(tmp_path)) is small


def test_a_key_that_changes_during_the_run_fails_its_jobs_only(tmp_path: Path) -> None:
    copied = tmp_path / "quartic.zkey"
    copied.write_bytes((SAMPLES / "quartic" / "circuit.zkey").read_bytes())
    status = copied.stat()
    changing = CircuitFile("changing", str(copied), status.st_size, status.st_mtime_ns)
    with copied.open("ab") as file:
        file.write(b"x")
    with WorkerPool([circuit("quartic"), changing], 1) as pool:
        source = WitnessSource(path=str(SAMPLES / "quartic/witnesses/0000.wtns"))
        with pytest.raises(JobFault) as caught:
            pool.execute(ProveJob("a", "changing", source)).result(300)
        assert caught.value.code == "KEY_CHANGED"
        assert pool.execute(job(0, "quartic")).result(300).verified


def loads(*busy: float) -> list[SlotLoad]:
    return [SlotLoad(i, seconds, frozenset()) for i, seconds in enumerate(busy)]


def waiting(*circuits: str, seconds: float = 1.0) -> list[Waiting]:
    return [Waiting(circuit, seconds) for circuit in circuits]


def test_least_loaded_takes_the_slot_that_worked_least() -> None:
    assert LeastLoaded().choose(loads(3.0, 1.0, 2.0), waiting("c"), False) == (1, 0)
    warm = [SlotLoad(0, 1.0, frozenset()), SlotLoad(1, 5.0, frozenset({"c"}))]
    assert LeastLoaded().choose(warm, waiting("c"), False) == (1, 0)


def test_a_worker_prefers_a_circuit_that_it_has_open_but_nobody_waits_for_ever() -> None:
    warm = [SlotLoad(0, 1.0, frozenset({"b"}))]
    assert LeastLoaded().choose(warm, waiting("a", "b"), False) == (0, 1)
    passed = [Waiting("a", 1.0, passed_over=PATIENCE), Waiting("b", 1.0)]
    assert LeastLoaded().choose(warm, passed, False) == (0, 0)


def test_at_the_end_the_longest_goes_first() -> None:
    last = [Waiting("a", 1.0), Waiting("b", 9.0), Waiting("b", 9.0), Waiting("c", 2.0)]
    assert LeastLoaded().choose(loads(0, 0), last, True) == (0, 1)
    assert RoundRobin().choose(loads(0, 0), last, True) == (0, 0)


def test_expected_work_goes_by_history_and_before_that_by_the_keys_size() -> None:
    work = Work({"small": 1000, "large": 30_000, "other": 2000})
    assert work.expected("large") == pytest.approx(30 * work.expected("small"))
    for _ in range(50):
        work.took("small", 0.1)
    assert work.expected("small") == pytest.approx(0.1)
    assert work.expected("other") == pytest.approx(0.2)


def test_round_robin_takes_slots_in_turn() -> None:
    balancer = RoundRobin()
    one = waiting("c")
    assert [balancer.choose(loads(0, 0, 0), one, False)[0] for _ in range(4)] == [0, 1, 2, 0]
    apart = [SlotLoad(0, 0, frozenset()), SlotLoad(2, 0, frozenset())]
    assert balancer.choose(apart, one, False) == (2, 0)
    assert balancer.choose([SlotLoad(0, 0, frozenset())], one, False) == (0, 0)


@pytest.mark.parametrize("balance", ["least-loaded", "round-robin"])
def test_both_balancers_prove_everything(balance: str) -> None:
    with WorkerPool([circuit("quartic")], 2, balance=balance) as pool:
        assert all(f.result(300).verified for f in [pool.execute(job(i, "quartic")) for i in range(8)])
    assert min(s.proofs for s in pool.statistics) >= 1
