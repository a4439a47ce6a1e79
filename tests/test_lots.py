"""Jobs that a worker gets several at a time: each has its own answer, its own limits and its own blame."""

import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from calculators import HANGS, endless_circuit
from conftest import SAMPLES, needs_native, wait_for

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.formats.curves import BLS12_381
from prover_cli.formats.wtns import numbers
from prover_cli.kept_memory import KeptMemory
from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool import WorkerPool
from prover_cli.pool import worker as worker_module
from prover_cli.pool.balance import LeastLoaded
from prover_cli.pool.channel import WorkerChannel, messages
from prover_cli.pool.job import CircuitFile, ProveJob, WorkerSetup
from prover_cli.pool.ledger import Ledger
from prover_cli.pool.parcel import PIPE_LIMIT
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.pool.tickets import Ended, Ticket
from prover_cli.pool.worker import Worker
from prover_cli.systems.checked_prover import CheckedProver
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.groth16.native import NativeKey
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.registry import verifier_for
from prover_cli.witness.source import WitnessSource

pytestmark = needs_native

GOOD = WitnessSource(path=str(SAMPLES / "membership" / "witnesses" / "0000.wtns"))


def job(name: str, witness: WitnessSource = GOOD) -> ProveJob:
    return ProveJob(name, "endless", witness)


@contextmanager
def one_worker(tmp_path: Path, **more: object) -> Iterator[WorkerPool]:
    # With a time limit each result is sent when it is made, however short the proofs are.
    options = {"capacity": 4, "max_queue": 32, "retries": 0, "timeout": 10_000.0} | more
    pool = WorkerPool([endless_circuit(tmp_path / "endless")], 1, **options)  # type: ignore[arg-type]  # (a mapping of mixed values)
    try:
        yield pool
    finally:
        pool.shutdown(drain=False)


def lot(pool: WorkerPool, *jobs: ProveJob) -> "list[Future[Outcome]]":
    """The jobs in one lot: they wait together while the worker is at another, which is done on return."""
    before = pool.execute(job("before"))
    futures = [pool.execute(one) for one in jobs]
    assert before.result(300).verified
    return futures


def is_at(pool: WorkerPool, name: str) -> bool:
    return any(worker.job_id == name for worker in pool.running())


class Poison:
    """Kills each worker that is at a job, once it has opened the circuit: before that no job is at fault."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._opened: set[int | None] = set()
        self.killed: set[int] = set()
        self._over = threading.Event()

    def listener(self, event: PoolEvent) -> None:
        if event.kind == "opened":
            self._opened.add(event.pid)

    @contextmanager
    def taken_by(self, pool: WorkerPool) -> Iterator[None]:
        thread = threading.Thread(target=self._kill, args=(pool,))
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _kill(self, pool: WorkerPool) -> None:
        while not self._over.wait(0.01):
            for worker in pool.running():
                pid = worker.pid
                if worker.job_id == self._name and pid in self._opened and pid not in self.killed and pid:
                    self.killed.add(pid)
                    psutil.Process(pid).kill()


def test_a_job_that_ends_its_worker_fails_alone(tmp_path: Path) -> None:
    poison = Poison("bad")
    with one_worker(tmp_path, listener=poison.listener) as pool, poison.taken_by(pool):
        first, bad, *others = lot(pool, job("first"), job("bad", HANGS), job("third"), job("last"))
        with pytest.raises(JobFault) as raised:
            bad.result(300)
        outcomes = [future.result(300) for future in (first, *others)]
        assert raised.value.kind is Code.WORKER_CRASHED
        assert "once" in raised.value.message, "the time in the lot counts for nobody"
        assert [outcome.attempts for outcome in outcomes] == [1, 1, 1]
        assert len(poison.killed) == 2, "in the lot, and then alone"


def test_each_result_leaves_its_worker_when_it_is_made(tmp_path: Path) -> None:
    with one_worker(tmp_path) as pool:
        first, _, third = lot(pool, job("first"), job("endless", HANGS), job("third"))
        assert first.result(300).verified
        wait_for(lambda: is_at(pool, "endless"))
        assert not third.done()
        assert pool.queued == 1, "the third waits, in the lot"


def test_jobs_of_a_lot_that_are_not_begun_wait_in_every_count(tmp_path: Path) -> None:
    with one_worker(tmp_path, max_queue=3) as pool:
        lot(pool, job("endless", HANGS), job("b"), job("c"))
        wait_for(lambda: is_at(pool, "endless"))
        assert (pool.queued, [worker.job_id for worker in pool.running()]) == (2, ["endless"])
        pool.execute(job("d"), block=False)
        with pytest.raises(Exception, match=r"the queue is full \(3 jobs waiting\)"):
            pool.execute(job("e"), block=False)


def test_a_time_limit_is_the_jobs_own(tmp_path: Path) -> None:
    with one_worker(tmp_path, timeout=3.0) as pool:
        first, slow, last = lot(pool, job("first"), job("slow", HANGS), job("last"))
        with pytest.raises(JobFault) as raised:
            slow.result(300)
        assert raised.value.kind is Code.TIMEOUT
        assert [first.result(300).attempts, last.result(300).attempts] == [1, 1]
        assert pool.statistics[0].restart_reasons == {"timeout": 1}


def test_a_job_that_nobody_waits_for_any_more_costs_the_others_nothing(tmp_path: Path) -> None:
    with one_worker(tmp_path) as pool:
        endless, unwanted, last = lot(pool, job("endless", HANGS), job("unwanted"), job("last"))
        wait_for(lambda: is_at(pool, "endless"))
        assert unwanted.cancel() and endless.cancel()
        assert last.result(300).attempts == 1
        with pytest.raises(CancelledError):
            unwanted.result(300)
        assert pool.statistics[0].restart_reasons == {"abandoned": 1}


def test_a_bad_witness_costs_no_other_of_its_lot(tmp_path: Path) -> None:
    bad = WitnessSource(data=b"no witness")
    with one_worker(tmp_path) as pool:
        first, wrong, last = lot(pool, job("first"), job("wrong", bad), job("last"))
        with pytest.raises(JobFault):
            wrong.result(300)
        assert first.result(300).verified and last.result(300).verified
        counted = pool.statistics[0]
        assert (counted.proofs, counted.failures, len(counted.durations)) == (3, 1, 3)


def test_threads_take_lots_too(tmp_path: Path) -> None:
    with one_worker(tmp_path, strategy="threads") as pool:
        first, wrong, last = lot(pool, job("first"), job("wrong", WitnessSource(data=b"")), job("last"))
        assert first.result(300).verified and last.result(300).verified
        assert wrong.exception(300) is not None


def test_workers_killed_again_and_again_lose_nothing(tmp_path: Path) -> None:
    circuit = endless_circuit(tmp_path / "endless")
    with WorkerPool([circuit], 2, capacity=3, max_queue=60, retries=9) as pool:
        futures = [pool.execute(job(str(i))) for i in range(60)]
        for done in range(5, 60, 8):
            wait_for(lambda done=done: sum(future.done() for future in futures) >= done)  # type: ignore[misc]  # (a lambda's default)
            pids = [worker.pid for worker in pool.running() if worker.pid is not None and worker.job_id]
            if pids and psutil.pid_exists(pids[0]):
                psutil.Process(pids[0]).kill()
        assert all(future.result(300).verified for future in futures)
        assert sum(worker.proofs for worker in pool.statistics) == 60, "each was counted once"


def no_engine(*_: object) -> None:
    """In the place of a worker's start: it has no engine then, and says so to each job."""


def test_a_worker_that_cannot_begin_fails_every_job_of_its_lot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no job's own fault is no answer to the last job alone: the others would wait for ever."""
    monkeypatch.setattr(worker_module, "start_process", no_engine)
    with one_worker(tmp_path) as pool:
        futures = [pool.execute(job(str(number))) for number in range(6)]
        kinds = {fault.kind for future in futures if isinstance(fault := future.exception(300), Fault)}
        assert kinds == {Code.NO_WORKER} and len(futures) == 6


# ---- the ledger


def ledger(seats: int, capacity: int, jobs: list[str]) -> Ledger:
    made = Ledger(seats, LeastLoaded(), max_queue=99, retries=0, capacity=capacity)
    for number, circuit in enumerate(jobs):
        made.submit(Ticket(ProveJob(str(number), circuit, GOOD), Future()))
    return made


def sizes(made: Ledger, most: int = 99) -> list[int]:
    found = []
    while (handed := made.hand_out(0.0, most)) is not None:
        found.append(len(handed.lot.tickets))
    return found


def test_jobs_are_spread_before_they_are_gathered() -> None:
    assert sizes(ledger(8, 8, ["a"] * 16)) == [2] * 8
    assert sizes(ledger(8, 8, ["a"] * 5)) == [1] * 5
    assert sizes(ledger(2, 4, ["a"] * 16)) == [4, 4]
    assert sizes(ledger(8, 8, ["a"] * 16), most=2) == [8, 8], "only two may run at a time"
    assert sizes(ledger(2, 1, ["a"] * 16)) == [1, 1]


def test_a_seat_that_comes_free_leaves_its_share_to_those_that_will() -> None:
    made = ledger(8, 8, ["a"] * 8)
    assert sizes(made) == [1] * 8
    for number in range(16):
        made.submit(Ticket(ProveJob(f"later {number}", "a", GOOD), Future()))
    found = []
    for seat in made.seats:  # one by one
        made.answered(seat, seat.turn, 0, None, 1.0)
        handed = made.hand_out(1.0, 99)
        assert handed is not None
        found.append(len(handed.lot.tickets))
    assert found == [2] * 8


def test_a_worker_that_is_gone_gets_no_further_job() -> None:
    made = ledger(2, 1, ["a"] * 4)
    assert sizes(made) == [1, 1]
    seat = made.seats[0]
    seat.leaving = True
    made.answered(seat, seat.turn, 0, None, 1.0)
    assert made.hand_out(1.0, 99) is None
    made.ended(seat, seat.turn, Ended.DIED, "killed", came_up=True, now=1.0)
    handed = made.hand_out(9.0, 99)
    assert handed is not None and handed.lot.tickets[0].attempts == 1


def test_a_lot_is_of_one_circuit() -> None:
    made = ledger(1, 4, ["a", "b", "a", "b", "a"])
    handed = made.hand_out(0.0, 9)
    assert handed is not None
    assert [ticket.job.id for ticket in handed.lot.tickets] == ["0", "2", "4"]
    assert [ticket.job.id for ticket in made.queue] == ["1", "3"]


def test_who_ended_a_worker_is_found_by_going_alone() -> None:
    made = ledger(1, 4, ["a"] * 3)
    handed = made.hand_out(0.0, 9)
    assert handed is not None
    settled = made.ended(handed.seat, handed.turn, Ended.DIED, "killed", came_up=True, now=1.0)
    assert settled is not None and settled.failed is None
    assert [(ticket.job.id, ticket.alone, ticket.attempts) for ticket in made.queue] == [
        (name, True, 0) for name in "012"
    ]
    assert sizes(made) == [1]


# ---- the pipe


@pytest.mark.parametrize("place", [0, 1 << 20])
def test_the_largest_result_crosses_the_pipe_whole(place: int) -> None:
    from multiprocessing import Pipe

    largest = Outcome(
        "a system with a long name", bytes(8 * BLS12_381.n8q), bytes(PIPE_LIMIT), True, 1e9 + 0.1, 1e9 + 0.1,
        "f" * 64, reduced="w" * 200, defect=True,
    )  # fmt: skip
    theirs, ours = Pipe(duplex=False)
    channel = WorkerChannel(ours)
    channel.turn = 1 << 40
    told = JobFault(Code.INPUT_VALUE, "ß" * 5000)
    channel.answered([(place, largest), (place, told)])
    wait_for(theirs.poll)
    first, second = [message for message in messages(theirs) if message.kind == b"r"]
    assert (first.number, list(first.results)) == (1 << 40, [(place, largest)])
    ((at, fault),) = second.results
    assert at == place and isinstance(fault, JobFault)
    assert fault.kind is Code.INPUT_VALUE and fault.message.startswith("ßß") and fault.message.endswith("…")
    ours.close()


QUICK = [WitnessSource(path=str(SAMPLES / "quartic" / "witnesses" / f"{i:04}.wtns")) for i in range(8)]
JOBS = [ProveJob(str(place), "a", source) for place, source in enumerate(QUICK)]


def quick_worker(folder: Path, monkeypatch: pytest.MonkeyPatch, **more: object) -> Worker:
    """A worker that has proved one job of the circuit `a`, in no time, whatever the machine."""
    folder.mkdir(exist_ok=True)
    key = shutil.copy(SAMPLES / "quartic" / "circuit.zkey", folder)
    options: dict[str, Any] = {"verify": True, "scratch": None} | more
    circuits = (CircuitFile.of("a", str(key)),)
    worker = Worker(WorkerSetup("native", circuits, 1, digest_secret=b"secret", **options))
    monkeypatch.setattr(worker_module, "TOGETHER_SECONDS", 1e9)
    monkeypatch.setattr(worker_module, "PART_SECONDS", 1e9)
    assert worker.prove(ProveJob("before", "a", QUICK[0])).proof
    return worker


def together(worker: Worker, jobs: Sequence[ProveJob]) -> list[Outcome | Fault]:
    assert worker.goes_together(jobs)
    return [result for part in worker.prove_together(jobs) for result in part]


def spoilt(folder: Path) -> WitnessSource:
    """A witness that breaks a constraint."""
    data = bytearray(Path(str(QUICK[0].path)).read_bytes())
    data[-32] ^= 1
    (folder / "spoilt.wtns").write_bytes(data)
    return WitnessSource(path=str(folder / "spoilt.wtns"))


def test_short_proofs_of_a_lot_are_verified_together_and_blamed_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = quick_worker(tmp_path / "key", monkeypatch)
    claimed: list[int] = []
    are_valid = CheckedProver.are_valid

    def counted(self: CheckedProver[Any], claims: Any, threads: int = 1) -> list[bool]:
        claimed.append(len(claims))
        return are_valid(self, claims, threads)

    monkeypatch.setattr(CheckedProver, "are_valid", counted)
    sources = [*QUICK[:3], spoilt(tmp_path), WitnessSource(path=str(tmp_path / "none.wtns")), *QUICK[3:]]
    jobs = [ProveJob(str(place), "a", source) for place, source in enumerate(sources)]
    results = together(worker, jobs)
    assert claimed == [9], "all that could be made, at once"
    faults = {place: result.kind for place, result in enumerate(results) if isinstance(result, Fault)}
    assert faults == {3: Code.WITNESS_UNSATISFIED, 4: Code.WITNESS_UNREADABLE}
    made = [result for result in results if isinstance(result, Outcome)]
    assert len(made) == 8 and all(outcome.verified and outcome.seconds > 0 for outcome in made)
    assert not any(outcome.defect for outcome in made)
    key = MappedKey(tmp_path / "key" / "circuit.zkey")
    proof = Proof.from_bytes(made[-1].proof, key.layout.curve)
    signals = tuple(numbers(made[-1].public, 32))
    assert verifier_for(key.verification_key, "reference").verify(proof, signals)
    assert len({outcome.witness_digest for outcome in made}) == 8


def test_where_verifying_together_fails_each_proof_is_verified_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = quick_worker(tmp_path / "key", monkeypatch)
    are_valid = CheckedProver.are_valid

    def alone(self: CheckedProver[Any], claims: Any, threads: int = 1) -> list[bool]:
        if len(claims) > 1:
            raise ValueError("a defect of ours")
        return are_valid(self, claims, threads)

    monkeypatch.setattr(CheckedProver, "are_valid", alone)
    results = together(worker, JOBS)
    assert [isinstance(one, Outcome) and one.verified and not one.defect for one in results] == [True] * 8


def test_an_invalid_proof_of_our_own_making_is_reported_from_a_lot_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = quick_worker(tmp_path / "key", monkeypatch)
    prove, made = NativeKey.prove, 0

    def wrong_once(self: NativeKey, *words: Any, **more: Any) -> Proof:
        nonlocal made
        made += 1
        proof = prove(self, *words, **more)
        return replace(proof, c=proof.a) if made == 2 else proof

    monkeypatch.setattr(NativeKey, "prove", wrong_once)
    results = together(worker, JOBS[:4])
    assert [isinstance(one, Outcome) and one.verified for one in results] == [True] * 4
    assert [isinstance(one, Outcome) and one.defect for one in results] == [False, True, False, False]


def test_a_result_that_cannot_be_sent_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = quick_worker(tmp_path / "key", monkeypatch, scratch=str(tmp_path))
    wrapped = 0

    def full_once(outcome: Outcome, scratch: str) -> Outcome:
        nonlocal wrapped
        wrapped += 1
        if wrapped == 2:
            raise OSError(28, "No space left on device")
        return outcome

    monkeypatch.setattr(worker_module, "wrap", full_once)
    results = together(worker, JOBS[:4])
    assert [isinstance(one, Outcome) for one in results] == [True, False, True, True]


def test_what_is_not_verified_is_not_and_a_changed_key_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = quick_worker(tmp_path / "key", monkeypatch, verify=False)
    assert not worker.goes_together(JOBS[:1])
    results = together(worker, JOBS)
    assert [isinstance(result, Outcome) and result.verified for result in results] == [False] * 8
    with (tmp_path / "key" / "circuit.zkey").open("ab") as file:
        file.write(b"x")
    results = together(worker, JOBS)
    assert [isinstance(one, Fault) and one.kind for one in results] == [Code.KEY_CHANGED] * 8


def test_a_lot_that_takes_long_is_sent_in_parts_and_the_next_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = quick_worker(tmp_path / "key", monkeypatch)
    monkeypatch.setattr(worker_module, "PART_SECONDS", 0.0)
    assert [len(part) for part in worker.prove_together(JOBS)] == [1] * 8
    monkeypatch.setattr(worker_module, "TOGETHER_SECONDS", 1e-9)
    assert not worker.goes_together(JOBS), "the last ones took longer"


def test_inputs_that_are_yet_to_be_calculated_are_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A calculator may hang, and then it is the job of the moment that is ended."""
    worker = quick_worker(tmp_path / "key", monkeypatch)
    assert not worker.goes_together([JOBS[0], ProveJob("b", "a", HANGS)])


@pytest.mark.parametrize("count", [1, 5])
def test_the_last_result_of_a_lot_is_returned_and_the_others_are_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    from multiprocessing import Pipe

    theirs, ours = Pipe(duplex=False)
    monkeypatch.setattr(worker_module, "_worker", quick_worker(tmp_path / "key", monkeypatch))
    monkeypatch.setattr(worker_module, "_channel", WorkerChannel(ours))
    monkeypatch.setattr(worker_module, "_memory", KeptMemory(give_back=lambda: None))
    sources = [*QUICK[: count - 1], spoilt(tmp_path)]
    jobs = [ProveJob(str(place), "a", source) for place, source in enumerate(sources)]
    with pytest.raises(JobFault, match="breaks a constraint"):
        worker_module.prove_in_process(jobs, 7)
    sent = [message for message in messages(theirs) if message.kind == b"r"]
    places = [place for message in sent for place, _ in message.results]
    assert places == [*range(count - 1)]
    assert all(message.number == 7 for message in sent)
    ours.close()


def test_with_a_time_limit_each_job_of_a_lot_is_timed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = quick_worker(tmp_path / "key", monkeypatch, timed=True)
    assert not worker.goes_together([ProveJob(str(i), "a", QUICK[i]) for i in range(2)])


def test_results_share_messages_as_far_as_they_fit() -> None:
    from multiprocessing import Pipe

    theirs, ours = Pipe(duplex=False)
    channel = WorkerChannel(ours)
    outcome = Outcome("groth16", bytes(256), bytes(64), True, 0.1, 0.1, "f" * 64)
    channel.answered((place, outcome) for place in range(16))
    wait_for(theirs.poll)
    sent = [message for message in messages(theirs) if message.kind == b"r"]
    assert [place for message in sent for place, _ in message.results] == list(range(16))
    assert 1 < len(sent) < 6
    ours.close()
