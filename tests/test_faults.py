"""Every way for a worker to end: its slot is replaced alone, its job tried again, no future left open."""

import contextlib
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import psutil
import pytest
from calculators import HANGS, endless_circuit
from conftest import SAMPLES, alive, needs_native, wait_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prover_cli.faults import Code, Fault, JobFault, MachineFault
from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool import (
    QueueFull,
    WorkerPool,
    health,
    ledger,
    watch,
)
from prover_cli.pool.forkserver import start_method
from prover_cli.pool.job import CircuitFile, ProveJob
from prover_cli.pool.job import CircuitFile as Circuit
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.pool.slot import Tell
from prover_cli.witness.source import WitnessSource

MEMBERSHIP = SAMPLES / "membership"


def circuit(name: str = "membership") -> CircuitFile:
    path = SAMPLES / name / "circuit.zkey"
    status = path.stat()
    return Circuit(name, str(path), status.st_size, status.st_mtime_ns)


def job(number: int) -> ProveJob:
    path = MEMBERSHIP / "witnesses" / f"{number % 8:04}.wtns"
    return ProveJob(f"m{number}", "membership", WitnessSource(path=str(path)))


# ---- slots that do as they are told


class ToldProcess:
    """A process that is a pipe: it has ended when the other end is closed."""

    def __init__(self) -> None:
        self.sentinel, self._alive = os.pipe()
        self.exitcode: int | None = None
        self.pid = os.getpid()

    def end(self, code: int) -> None:
        if self.exitcode is None:
            self.exitcode = code
            os.close(self._alive)


PROVED = Outcome("groth16", b"p", b"s", True, 0.001, 0.001, "d")


@dataclass
class ToldSlot:
    """Does with each start and each job what comes next in its script; works well when that is used up."""

    script: deque[str] = field(default_factory=deque)
    started: bool = False
    ready: bool = False
    unserved: bool = False
    process: Any = None
    """A ToldProcess while there is one."""
    events: Connection | None = None
    _hung: list[Future[Outcome]] = field(default_factory=list)

    @property
    def pid(self) -> int | None:
        return None if self.process is None else self.process.pid

    def next(self, *kinds: str) -> str:
        return self.script.popleft() if self.script and self.script[0] in kinds else ""

    def start(self) -> None:
        kind = self.next("refuses", "dies-starting")
        if kind == "refuses":
            raise OSError(12, "Cannot allocate memory")
        self.process = ToldProcess()
        self.started = True
        self.ready = kind != "dies-starting"
        if kind:
            self.process.end(-9)

    def submit(self, jobs: Sequence[ProveJob], turn: int, tell: Tell) -> "Future[Outcome]":
        """The script tells what becomes of a lot's last job; those before it are proved, or die with it."""
        answer: Future[Outcome] = Future()
        if not (self.script and self.script[0].startswith("dies")):
            for place in range(len(jobs) - 1):
                tell(place, PROVED)
        process = self.process
        assert process is not None
        kind = self.next(*JOBS)
        if process.exitcode is not None:
            return answer  # dead already: the executor never answers
        if kind == "refused":
            process.end(1)
            raise RuntimeError("cannot schedule new futures")
        if kind in ("dies", "dies-silent"):
            process.end(-9)
            if kind == "dies":
                answer.cancel()
        elif kind == "hangs":
            self._hung.append(answer)
        elif kind == "answers-late":
            threading.Timer(0.02, lambda: self.answer(answer)).start()
        elif kind == "fails":
            answer.set_exception(JobFault(Code.WITNESS_CORRUPT, "told so"))
        else:
            self.answer(answer)
            if kind == "dies-after":
                process.end(0)
        return answer

    @staticmethod
    def answer(future: "Future[Outcome]") -> None:
        if not future.done():
            future.set_result(PROVED)

    def stop(self, *, kill: bool) -> None:
        self.started = self.ready = False
        if self.process is not None:
            self.process.end(-9)
        for late in self._hung:
            # The answer of a worker that was given up comes all the same: it must change nothing.
            self.answer(late)
        self._hung.clear()

    def join(self, deadline: float) -> None:
        pass


JOBS = ("fails", "dies", "dies-silent", "hangs", "answers-late", "dies-after", "refused")
KINDS = ["refuses", "dies-starting", *JOBS]


@given(
    scripts=st.lists(st.lists(st.sampled_from(KINDS), max_size=8), min_size=1, max_size=3),
    jobs=st.integers(1, 8),
    retries=st.integers(0, 3),
    timed=st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_future_is_left_open_whatever_workers_do(
    scripts: list[list[str]], jobs: int, retries: int, timed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a time limit nothing hangs, and a death that the executor keeps to itself must be seen."""
    monkeypatch.setattr(ledger, "FIRST_REST_SECONDS", 0.002)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.02)
    slots = [ToldSlot(deque(kind for kind in script if timed or kind != "hangs")) for script in scripts]
    timeout = 0.03 if timed else None
    resolved: list[int] = []

    def resolve(number: int, _: object) -> None:
        resolved.append(number)

    with WorkerPool(
        [circuit()], len(slots), slots=slots, retries=retries, timeout=timeout, max_queue=jobs
    ) as pool:
        futures = []
        for number in range(jobs):
            with contextlib.suppress(MachineFault):  # no worker is left
                futures.append(pool.execute(job(number)))
                futures[-1].add_done_callback(partial(resolve, number))
        done, left = wait(futures, timeout=300)
        assert not left
    assert len(resolved) == len(futures), "each once"
    errors = [future.exception() for future in done]
    assert all(error is None or isinstance(error, Fault) for error in errors)
    codes = {error.code for error in errors if isinstance(error, Fault)}
    assert codes <= {"WITNESS_CORRUPT", "WORKER_CRASHED", "TIMEOUT", "NO_WORKER"}
    counted = pool.statistics
    assert sum(s.proofs for s in counted) == sum(error is None for error in errors)
    assert not any(slot.started for slot in slots)


# ---- real workers


@needs_native
def test_a_hang_costs_its_job_only_and_is_told_as_such(tmp_path: Path) -> None:
    heard: list[PoolEvent] = []
    circuits = [circuit("quartic"), endless_circuit(tmp_path)]
    with WorkerPool(circuits, 2, retries=1, max_queue=20, timeout=3.0, listener=heard.append) as pool:
        doomed = pool.execute(ProveJob("doomed", "endless", HANGS))
        witness = WitnessSource(path=str(SAMPLES / "quartic" / "witnesses" / "0000.wtns"))
        others = [pool.execute(ProveJob(f"q{i}", "quartic", witness)) for i in range(8)]
        with pytest.raises(JobFault) as caught:
            doomed.result(300)
        assert caught.value.code == "TIMEOUT"
        assert "2 times (try 1: longer than 3 s; try 2:" in caught.value.message
        assert all(future.result(300).verified for future in others)
    assert sum(s.restart_reasons.get("timeout", 0) for s in pool.statistics) == 2
    assert [event.job for event in heard if event.kind == "ended"] == ["doomed", "doomed"]


@needs_native
def test_the_time_limit_does_not_count_the_opening_of_the_key() -> None:
    """Starting a worker takes longer than this limit, and the first proof of membership does not."""
    with WorkerPool([circuit()], 1, timeout=5.0, retries=0, preload=True) as pool:
        assert pool.execute(job(0)).result(300).verified


@needs_native
def test_a_thread_gives_its_proof_up_between_two_steps() -> None:
    from prover_cli.formats.wtns import parse_witness
    from prover_cli.systems.groth16.blinding import Blinding
    from prover_cli.systems.groth16.mapped import MappedKey
    from prover_cli.systems.groth16.native import NativeKey
    from prover_cli.systems.groth16.reference import ReferenceKey

    mapped = MappedKey(SAMPLES / "quartic" / "circuit.zkey")
    witness = parse_witness((SAMPLES / "quartic" / "witnesses" / "0000.wtns").read_bytes(), "w")
    for key in (NativeKey(mapped), ReferenceKey(mapped)):
        with pytest.raises(JobFault) as caught:
            key.prove(witness, Blinding(3, 5), 1, bytearray(b"\x01"))
        assert caught.value.code == "CANCELLED"
        assert key.prove(witness, Blinding(3, 5), 1, bytearray(1))
    with WorkerPool([circuit()], 1, strategy="threads", timeout=0.0001, retries=0) as pool:
        with pytest.raises(JobFault) as caught:
            pool.execute(job(0)).result(300)
        assert caught.value.code == "TIMEOUT"


@needs_native
def test_a_worker_that_gives_no_sign_of_life_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "SILENT_SECONDS", 12.0)  # one sign of life in five seconds
    with WorkerPool([circuit()], 1, retries=1) as pool:
        assert pool.execute(job(0)).result(300).verified
        pid = pool.statistics[0].pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
        assert pool.execute(job(1)).result(300).verified
        assert pool.statistics[0].restart_reasons == {"unresponsive": 1}
        wait_for(lambda: not alive(pid))


@needs_native
def test_workers_are_recycled_between_jobs() -> None:
    with WorkerPool([circuit()], 2, max_proofs_per_worker=3, retries=0, max_queue=30) as pool:
        futures = [pool.execute(job(i)) for i in range(20)]
        assert all(future.result(300).attempts == 1 for future in futures)
    restarts = sum(s.restart_reasons.get("recycled", 0) for s in pool.statistics)
    assert restarts == sum(s.restarts for s in pool.statistics)
    assert 4 <= restarts <= 6
    assert sum(s.proofs for s in pool.statistics) == 20 == sum(len(s.durations) for s in pool.statistics)


@needs_native
def test_a_worker_over_its_memory_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.05)
    with WorkerPool([endless_circuit(tmp_path)], 1, memory_limit=1 << 20, retries=0) as pool:
        with pytest.raises(JobFault) as caught:
            pool.execute(ProveJob("large", "endless", HANGS)).result(300)
        assert caught.value.code == "WORKER_CRASHED"
        assert "MB of private memory, 1 MB were planned" in caught.value.message
        assert pool.statistics[0].restart_reasons == {"memory": 1}


@needs_native
def test_preloaded_workers_have_every_circuit_open_before_the_first_job() -> None:
    heard: list[PoolEvent] = []
    names = ("quartic", "membership")
    with WorkerPool([circuit(name) for name in names], 2, preload=True, listener=heard.append) as pool:
        wait_for(lambda: sum(event.kind == "opened" for event in heard) == 4)
        assert pool.execute(job(0)).result(300).verified
    assert {(n.worker, n.circuit) for n in heard if n.kind == "opened"} == {
        (worker, name) for worker in (0, 1) for name in names
    }


@needs_native
@pytest.mark.parametrize("moment", ["starting", "opening", "proving", "sending"])
def test_a_worker_killed_at_any_moment_loses_nothing(moment: str) -> None:
    """Killed as soon as it is seen at this moment; the other slot is never touched."""
    heard: list[PoolEvent] = []
    seen = threading.Event()
    events = {"starting": "started", "opening": "opened"}

    def listener(event: PoolEvent) -> None:
        heard.append(event)
        if event.kind == events.get(moment) and event.worker == 0 and event.pid and not seen.is_set():
            seen.set()
            os.kill(event.pid, signal.SIGKILL)

    with WorkerPool([circuit()], 2, retries=3, max_queue=40, listener=listener) as pool:
        futures = [pool.execute(job(i)) for i in range(16)]
        if moment == "proving":
            kill_when(lambda: next((r.pid for r in pool.running() if r.worker == 0 and r.job_id), None))
        if moment == "sending":
            wait_for(lambda: any(future.done() for future in futures))
            kill_when(lambda: pool.statistics[0].pid)
        outcomes = [future.result(300) for future in futures]
        assert all(outcome.verified for outcome in outcomes)
    first, second = pool.statistics
    assert first.restarts >= 1
    assert second.restarts == 0
    assert first.proofs + second.proofs == 16


@needs_native
@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV])
def test_an_abort_takes_the_slot_only_and_the_reason_is_kept(number: int) -> None:
    """As native code that aborts, or touches what it must not, would end its process."""
    heard: list[PoolEvent] = []
    with WorkerPool([circuit()], 2, retries=1, max_queue=20, listener=heard.append) as pool:
        futures = [pool.execute(job(i)) for i in range(8)]
        kill_when(lambda: next((r.pid for r in pool.running() if r.worker == 0 and r.job_id), None), number)
        assert all(future.result(300).verified for future in futures)
    (end,) = [event for event in heard if event.kind == "ended"]
    assert (end.worker, end.reason) == (0, "died")
    assert end.detail == f"the worker was killed by {signal.Signals(number).name}"


@needs_native
@pytest.mark.skipif(start_method() != "forkserver", reason="there is no fork server here")
def test_the_fork_server_may_die_too() -> None:
    """All workers are lost with it, and come back with another."""
    with WorkerPool([circuit()], 2, retries=2, max_queue=40) as pool:
        futures = [pool.execute(job(i)) for i in range(24)]
        wait_for(lambda: sum(future.done() for future in futures) > 4)
        worker = psutil.Process(pool.statistics[0].pid)
        server = worker.parent()
        assert server is not None
        server.kill()
        assert all(future.result(300).verified for future in futures)
    assert sum(s.proofs for s in pool.statistics) == 24


def test_the_watch_goes_on_after_a_defect_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(ledger, "FIRST_REST_SECONDS", 0.002)
    looks = iter(range(3))
    real = watch.Watch._look

    def broken(self: watch.Watch) -> None:
        if next(looks, None) is not None:
            raise ZeroDivisionError
        real(self)

    heard: list[PoolEvent] = []
    monkeypatch.setattr(watch.Watch, "_look", broken)
    slot = ToldSlot(deque(["dies-silent", "refuses", "dies"]))
    with WorkerPool([circuit()], 1, slots=[slot], retries=3, listener=heard.append) as pool:
        assert pool.execute(job(0)).result(300).verified
    assert [n.detail for n in heard if n.kind == "defect"] == [
        "ZeroDivisionError in the watch over the workers"
    ] * 3


def test_a_listener_that_raises_is_switched_off_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []

    def listener(event: PoolEvent) -> None:
        heard.append(event.kind)
        raise KeyError(event.kind)

    slot = ToldSlot(deque(["dies-silent"]))
    with WorkerPool([circuit()], 1, slots=[slot], retries=3, listener=listener) as pool:
        assert pool.execute(job(0)).result(300).verified
    assert heard == ["started"]
    assert [record.getMessage() for record in caplog.records] == [
        "the listener to the pool is switched off: unexpected KeyError at listener:"
        f"{listener.__code__.co_firstlineno + 2}; please report this; the run continues"
    ]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.skipif(start_method() != "forkserver", reason="needs a pool of processes")
@needs_native
def test_an_executor_whose_own_thread_dies_leaves_no_job_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the system starts no further thread: `ulimit -u`, or `-v`."""
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.02)
    real, fails = vars(Queue)["_start_thread"], iter(range(2))

    def start(self: "Queue[Any]") -> None:
        if next(fails, None) is not None:
            raise RuntimeError("can't start new thread")
        real(self)

    monkeypatch.setattr(Queue, "_start_thread", start)
    heard: list[PoolEvent] = []
    with WorkerPool([circuit()], 2, retries=0, listener=heard.append) as pool:
        futures = [pool.execute(job(i)) for i in range(4)]
        assert all(future.result(300).verified for future in futures)
    ends = [event.detail for event in heard if event.kind == "ended"]
    assert ends == [watch.UNSERVED] * 2


def test_cancelled_jobs_do_not_hold_up_the_end() -> None:
    slot = ToldSlot(deque(["hangs"]))
    with WorkerPool([circuit()], 1, slots=[slot], retries=0, timeout=0.3, max_queue=5) as pool:
        hung = pool.execute(job(0))
        left = [pool.execute(job(i)) for i in range(1, 4)]
        assert all(future.cancel() for future in left)
    assert isinstance(hung.exception(), JobFault)
    assert all(future.cancelled() for future in left)


def test_a_proof_that_nobody_waits_for_gives_its_worker_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ABANDONED_SECONDS", 0.1)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.02)
    slot = ToldSlot(deque(["hangs"]))
    with WorkerPool([circuit()], 1, slots=[slot], retries=3, max_queue=1) as pool:
        hung, waits = pool.execute(job(0)), pool.execute(job(1))
        with pytest.raises(QueueFull):
            pool.execute(job(2), block=False)
        assert waits.cancel()
        follows = pool.execute(job(3), block=False)  # what was cancelled takes no room
        assert hung.cancel()
        assert follows.result(300).verified
        (worker,) = pool.statistics
    assert worker.restart_reasons == {"abandoned": 1}
    assert (worker.proofs, worker.failures) == (1, 0)


def kill_when(find: Callable[[], int | None], number: int = signal.SIGKILL) -> None:
    wait_for(lambda: find() is not None)
    pid = find()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid or 0, number)


@needs_native
def test_a_replaced_worker_is_back_and_the_other_never_pauses() -> None:
    with WorkerPool([circuit()], 2, retries=3, max_queue=80) as pool:
        futures = [pool.execute(job(i)) for i in range(60)]
        wait_for(lambda: all(s.proofs >= 2 for s in pool.statistics))
        pid, proofs = pool.statistics[0].pid, pool.statistics[0].proofs
        assert pid
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: pool.statistics[0].proofs > proofs)
        for future in futures:
            future.result(300)
    assert pool.statistics[1].restarts == 0
