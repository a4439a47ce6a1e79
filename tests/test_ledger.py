"""The pool's bookkeeping against a model: whatever happens, in whatever order, each job has one end."""

from concurrent.futures import Future

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.balance import LeastLoaded, RoundRobin
from prover_cli.pool.job import ProveJob
from prover_cli.pool.ledger import (
    START_TRIES,
    Handed,
    Ledger,
    Seat,
    Settled,
)
from prover_cli.pool.retry_policy import OF_THE_JOB
from prover_cli.pool.tickets import Ended, Ticket
from prover_cli.witness.source import WitnessSource

WORKERS, RETRIES, MAX_QUEUE, MAX_PROOFS = 3, 2, 4, 3
OUTCOME = Outcome("groth16", b"", b"", True, 0.5, 0.25, "d")
SEAT = st.integers(0, WORKERS - 1)


class PoolMachine(RuleBasedStateMachine):
    """Jobs are handed out, answered, lost, timed out, cancelled; workers start, fail to, and are replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger: Ledger
        self.now = 0.0
        self.open: list[Ticket] = []
        """Submitted and without an end."""
        self.ended: list[Ticket] = []
        self.proved = self.refused = self.crashed = self.restarts = 0
        self.failed_starts, self.rests = [0] * WORKERS, [0.0] * WORKERS
        self.handed: list[Handed] = []
        """All that were ever handed out, stale ones too."""

    @initialize(
        least_loaded=st.booleans(),
        capacity=st.sampled_from([1, 1, 2, 3, 4]),
        lots=st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 4)),
    )
    def build(self, least_loaded: bool, capacity: int, lots: dict[str, int]) -> None:
        self.capacity, self.lots = capacity, lots
        self.ledger = Ledger(
            WORKERS,
            LeastLoaded() if least_loaded else RoundRobin(),
            max_queue=MAX_QUEUE,
            retries=RETRIES,
            max_proofs=MAX_PROOFS,
            capacity=capacity,
            lots=lots,
        )

    def end(self, ticket: Ticket) -> None:
        """A job's end: it had none before."""
        assert ticket in self.open
        self.open.remove(ticket)
        self.ended.append(ticket)

    @rule(circuits=st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4))
    def submit(self, circuits: list[str]) -> None:
        for circuit in circuits:
            self.submit_one(circuit)

    def submit_one(self, circuit: str) -> None:
        full = self.ledger.full(self.now)
        self.end_dropped()
        if full or self.ledger.all_closed:
            return
        waiting = self.ledger.waiting
        assert waiting < MAX_QUEUE or (
            not self.ledger.queue and any(s.idle(self.now) for s in self.ledger.seats)
        )
        ticket = Ticket(ProveJob(str(len(self.ended)), circuit, WitnessSource(data=b"")), Future())
        self.open.append(ticket)
        self.ledger.submit(ticket)

    @rule(most=st.integers(1, WORKERS))
    def dispatch(self, most: int) -> None:
        """As the pool does: until nothing more can be handed out."""
        handed = len(self.handed) - 1
        while handed < len(self.handed):
            handed = len(self.handed)
            self.hand_out(most)

    def hand_out(self, most: int) -> None:
        running, queued = self.ledger.running, list(self.ledger.queue)
        places = min(most - running, sum(seat.idle(self.now) for seat in self.ledger.seats))
        handed = self.ledger.hand_out(self.now, most)
        self.end_dropped()
        if handed is None:
            return
        assert running < most
        tickets = handed.lot.tickets
        assert not any(ticket.future.cancelled() for ticket in tickets)
        assert len({ticket.job.circuit for ticket in tickets}) == 1
        assert [ticket for ticket in queued if ticket in tickets] == list(tickets), "in their order"
        assert len(tickets) <= min(self.capacity, self.lots.get(tickets[0].job.circuit, self.capacity))
        assert len(tickets) == 1 or not any(ticket.alone for ticket in tickets)
        left = [ticket for ticket in queued if not ticket.future.cancelled()]
        assert len(tickets) <= max(1, len(left) // places), "spread before they are gathered"
        assert not handed.seat.closed
        assert self.now >= self.rests[handed.seat.index]
        self.handed.append(handed)

    def end_dropped(self) -> None:
        for ticket in [t for t in self.open if t.future.cancelled() and not self.has(t)]:
            self.end(ticket)

    def has(self, ticket: Ticket) -> bool:
        return ticket in self.ledger.queue or any(ticket in self.left(seat) for seat in self.ledger.seats)

    @staticmethod
    def left(seat: Seat) -> list[Ticket]:
        """The jobs of a seat that have no answer."""
        return seat.lot.left if seat.lot is not None else []

    @rule(data=st.data())
    @precondition(lambda self: self.handed)
    def begin(self, data: st.DataObject) -> None:
        handed = data.draw(st.sampled_from(self.handed))
        self.ledger.proving(handed.seat, handed.turn, self.now)

    @rule(data=st.data(), fine=st.booleans())
    @precondition(lambda self: self.handed)
    def answer(self, data: st.DataObject, fine: bool) -> None:
        """An answer of any time: stale ones must change nothing."""
        handed = data.draw(st.sampled_from(self.handed))
        place = data.draw(st.integers(0, len(handed.lot.tickets) - 1))
        ticket = handed.lot.tickets[place]
        fresh = handed.seat.turn == handed.turn and ticket in self.left(handed.seat)
        last = fresh and len(self.left(handed.seat)) == 1
        answered = self.ledger.answered(handed.seat, handed.turn, place, OUTCOME if fine else None, self.now)
        assert (answered is not None) == fresh
        if answered is not None:
            assert answered.ticket is ticket
            assert (handed.seat.turn != handed.turn) == last == (handed.seat.lot is None)
            self.end(ticket)
            self.failed_starts[handed.seat.index] = 0
            self.proved += fine
            self.refused += not fine

    @rule(
        seat=SEAT,
        behind=st.sampled_from([0, 0, 0, 1, 2]),
        why=st.sampled_from(list(Ended)),
        came_up=st.sampled_from([True, True, True, False]),
        excused=st.sampled_from([False, False, False, True]),
    )
    def worker_ends(self, seat: int, behind: int, why: Ended, came_up: bool, excused: bool) -> None:
        place = self.ledger.seats[seat]
        if place.closed:
            return
        before, left = place.ticket, list(self.left(place))
        tried = {id(ticket): (ticket.attempts, len(ticket.ends)) for ticket in left}
        settled = self.ledger.ended(
            place, place.turn - behind, why, why.value, came_up=came_up, now=self.now, excused=excused
        )
        assert (settled is None) == (behind > 0)
        if settled is None:
            assert place.ticket is before
            return
        self.restarts += 1
        suspected = came_up and not excused
        known = len(left) == 1 or why in OF_THE_JOB
        for ticket in left[1:]:
            self.check_innocent(settled, ticket, tried[id(ticket)], alone=suspected and not known)
        if before is not None and suspected and not known:
            self.check_innocent(settled, before, tried[id(before)], alone=True)
            assert settled.failed is None
        else:
            attempts = tried[id(before)][0] if before is not None else 0
            self.check_settled(settled, before, counted=suspected, tried=attempts)
        for ticket in settled.stranded:
            self.end(ticket)
        if came_up:
            self.failed_starts[seat] = 0
        elif why is not Ended.RECYCLED:
            self.failed_starts[seat] += 1
            self.rests[seat] = self.now + 0.2 * 4 ** (self.failed_starts[seat] - 1)
            assert place.closed == (self.failed_starts[seat] == START_TRIES)

    @rule(seat=SEAT, times=st.integers(1, RETRIES + 2), why=st.sampled_from(list(Ended)))
    def workers_end_in_a_row(self, seat: int, times: int, why: Ended) -> None:
        for _ in range(times):
            self.worker_ends(seat, 0, why, came_up=True, excused=False)
            self.dispatch(WORKERS)

    @rule(chance=st.integers(0, 9))
    def no_worker_starts_any_more(self, chance: int) -> None:
        if chance == 0:
            for _ in range(START_TRIES):
                for seat in range(WORKERS):
                    self.worker_ends(seat, 0, Ended.DIED, came_up=False, excused=False)

    def check_settled(self, settled: Settled, before: Ticket | None, *, counted: bool, tried: int) -> None:
        assert settled.ticket is before
        if settled.failed is not None:
            ticket, fault = settled.failed
            assert ticket is before
            assert counted
            assert ticket.attempts == RETRIES + 1 == len(ticket.ends)
            assert fault.code in {"WORKER_CRASHED", "TIMEOUT"}
            assert (fault.code == "TIMEOUT") == all(why is Ended.TIMED_OUT for why, _ in ticket.ends)
            self.end(ticket)
            self.crashed += 1
        elif before is not None and before.future.cancelled():
            assert not self.has(before), "nobody waits for it: not tried again"
            self.end(before)
        elif before is not None:
            assert before.attempts == (tried if counted else tried - 1)
            assert before.attempts <= RETRIES
            stranded = settled.stranded and before in settled.stranded
            assert stranded or self.ledger.queue[0] is before, "tried again before all others"
        assert bool(settled.stranded) <= self.ledger.all_closed

    def check_innocent(
        self, settled: Settled, ticket: Ticket, tried: tuple[int, int], *, alone: bool
    ) -> None:
        """A job of a lot that is not known to have ended its worker: nothing counts against it."""
        if ticket.future.cancelled():
            assert not self.has(ticket)
            self.end(ticket)
            return
        assert (ticket.attempts + 1, len(ticket.ends)) == tried
        assert ticket.alone or not alone, "the next time it goes alone, which finds the culprit"
        assert ticket in settled.stranded or ticket in self.ledger.queue

    @rule(data=st.data())
    @precondition(lambda self: self.ledger.queue)
    def caller_cancels(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(list(self.ledger.queue))).future.cancel()

    @rule(seat=SEAT)
    def caller_leaves(self, seat: int) -> None:
        for ticket in self.left(self.ledger.seats[seat])[-1:]:
            ticket.future.cancel()

    @rule(seconds=st.floats(0.01, 5))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def close(self) -> None:
        self.ledger.closing = True

    @invariant()
    def every_open_job_is_in_one_place(self) -> None:
        places = [*self.ledger.queue, *(t for seat in self.ledger.seats for t in self.left(seat))]
        assert len(places) == len(set(map(id, places)))
        assert {id(t) for t in places} == {id(t) for t in self.open}
        assert all(seat.ticket is None for seat in self.ledger.seats if seat.closed)

    @invariant()
    def jobs_that_nobody_is_at_wait(self) -> None:
        begun = sum(seat.ticket is not None for seat in self.ledger.seats)
        unwanted = sum(t.future.cancelled() for seat in self.ledger.seats for t in self.left(seat)[1:])
        assert self.ledger.waiting == len(self.open) - begun - unwanted
        assert self.ledger.running == begun

    @invariant()
    def a_worker_is_due_after_its_proofs(self) -> None:
        for seat in self.ledger.seats:
            assert (seat.proofs >= MAX_PROOFS and seat.lot is None) == (seat.due is not None)
            assert seat.proofs + len(self.left(seat)) <= MAX_PROOFS

    @invariant()
    def statistics_agree(self) -> None:
        counted = [seat.statistics for seat in self.ledger.seats]
        assert sum(s.proofs for s in counted) == self.proved == sum(len(s.durations) for s in counted)
        assert sum(s.failures for s in counted) == self.refused + self.crashed
        assert sum(s.restarts for s in counted) == self.restarts
        assert all(sum(s.restart_reasons.values()) == s.restarts for s in counted)

    def teardown(self) -> None:
        left = self.ledger.give_up(self.now)
        assert {id(t) for t in left} == {id(t) for t in self.open}
        assert not self.ledger.busy


PoolMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=80)
TestPool = PoolMachine.TestCase
