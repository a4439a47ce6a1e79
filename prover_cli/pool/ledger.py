"""Who has which job: the pool's bookkeeping, without threads, processes or clocks.

Every change is a method; times come in as arguments, and what follows from a change comes out. Each time a
seat gets or loses a job, its turn goes up: an answer or a death that belongs to an earlier turn is stale and
changes nothing. That is what makes a job's end unique, whichever of answer, death and time limit comes first.

A seat gets a lot: one job, or up to `capacity` of one circuit, which its worker does in their order with an
answer for each. A job of a lot that is not begun still waits, in every count and limit.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from prover_cli.counting import counted
from prover_cli.faults import Code, JobFault, MachineFault
from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.balance import PATIENCE, Balancer, SlotLoad, Waiting, Work
from prover_cli.pool.retry_policy import RetryPolicy
from prover_cli.pool.statistics import WorkerStatistics
from prover_cli.pool.tickets import Ended, Lot, Ticket

START_TRIES = 4
"""Failed starts in a row after which a seat is closed: a worker that cannot come up would be replaced for
ever."""

FIRST_REST_SECONDS = 0.2
"""After the first failed start; four times as long after each further one: 0.2, 0.8, 3.2."""

STUCK = {Ended.TIMED_OUT, Ended.UNRESPONSIVE}
"""Why workers are replaced that were getting nowhere: their time with the job is not called busy."""

LOOK_AHEAD = 64
"""Waiting jobs that a balancer is shown."""


@dataclass(eq=False)
class Seat:
    """A slot of the pool, as the ledger knows it."""

    statistics: WorkerStatistics
    lot: Lot | None = None
    turn: int = 0
    handed: float = 0.0
    """When its job was handed out, or came next in its lot."""
    proving: float | None = None
    """When its worker began to prove the job; None before."""
    frozen: float = 0.0
    """Seconds of that job in which its worker gave no sign of life, and went on."""
    failed_starts: int = 0
    rests_until: float = 0.0
    closed: bool = False
    leaving: bool = False
    """Whether its worker was seen to have ended, and is not settled yet: no job is to be blamed for that."""
    due: str | None = None
    """Why its worker is to be replaced before the next job; None where it is not."""
    circuits: set[str] = field(default_factory=set)
    proofs: int = 0
    """Of the worker that it has now."""
    expected_seconds: float = 0.0
    """Of all the work that it was given."""

    @property
    def index(self) -> int:
        return self.statistics.worker

    @property
    def ticket(self) -> Ticket | None:
        """The job that its worker is at."""
        return self.lot.left[0] if self.lot is not None else None

    def idle(self, now: float) -> bool:
        """Whether it can take a job."""
        return (
            self.lot is None
            and not self.closed
            and not self.leaving
            and self.due is None
            and now >= self.rests_until
        )


@dataclass(frozen=True)
class Handed:
    """A lot handed to a seat."""

    seat: Seat
    lot: Lot
    turn: int


@dataclass(frozen=True)
class Answered:
    """A job that its worker answered."""

    ticket: Ticket
    seconds: float
    """Since it was handed out, or came next in its lot."""


@dataclass(frozen=True)
class Settled:
    """What follows from a worker's end."""

    ticket: Ticket | None
    """The job that it was at."""
    failed: tuple[Ticket, JobFault] | None = None
    """The job whose tries are used up, and its fault."""
    stranded: tuple[Ticket, ...] = ()
    """Jobs that no seat is left for."""


class Ledger:
    """The seats and the queue. Not thread-safe: the pool holds its lock."""

    def __init__(
        self,
        workers: int,
        balancer: Balancer,
        *,
        max_queue: int,
        retries: int,
        work: Work | None = None,
        max_proofs: int | None = None,
        capacity: int = 1,
    ) -> None:
        self.seats = [Seat(WorkerStatistics(i)) for i in range(workers)]
        self.queue: deque[Ticket] = deque()
        self.closing = False
        """Whether no more jobs will come."""
        self.start_failure = ""
        """How the last worker failed to start."""
        self.max_queue = max_queue
        self._policy = RetryPolicy(retries)
        self._balancer = balancer
        self._work = work or Work({})
        self._max_proofs = max_proofs
        self._capacity = capacity

    # ---- what there is

    def full(self, now: float) -> bool:
        """Whether a further job would have to wait beyond the limit."""
        if not self.queue and any(seat.idle(now) for seat in self.seats):
            return False
        if self.waiting >= self.max_queue:
            self._drop_cancelled(len(self.queue))
        return self.waiting >= self.max_queue

    @property
    def waiting(self) -> int:
        """Jobs that nobody is at: in the queue, or in a lot and not begun."""
        ahead = (ticket for seat in self.seats if seat.lot is not None for ticket in seat.lot.left[1:])
        return len(self.queue) + sum(not ticket.future.cancelled() for ticket in ahead)

    @property
    def busy(self) -> bool:
        return bool(self.queue) or self.running > 0

    @property
    def running(self) -> int:
        """Jobs that a worker is at: one for each seat that has any."""
        return sum(seat.lot is not None for seat in self.seats)

    @property
    def all_closed(self) -> bool:
        return all(seat.closed for seat in self.seats)

    # ---- what happens

    def submit(self, ticket: Ticket) -> None:
        """A new job waits."""
        self.queue.append(ticket)

    def hand_out(self, now: float, most_running: int) -> Handed | None:
        """The next job to the seat that is to have it, with others of its circuit where the seat takes more
        and they are not better spread; None where job, seat or permission is missing."""
        self._drop_cancelled(LOOK_AHEAD)
        idle = [seat for seat in self.seats if seat.idle(now)]
        if not self.queue or not idle or self.running >= most_running:
            return None
        waiting = [
            Waiting(t.job.circuit, self._work.expected(t.job.circuit), t.passed_over)
            for t in islice(self.queue, LOOK_AHEAD)
        ]
        loads = [SlotLoad(s.index, s.expected_seconds, frozenset(s.circuits)) for s in idle]
        index, position = self._balancer.choose(loads, waiting, self.closing)
        seat = self.seats[index]
        places = self._gather(position, min(self._share(idle, most_running), self._most_of(seat)))
        taken = [self.queue[place] for place in places]
        for place, earlier in enumerate(islice(self.queue, places[-1])):
            earlier.passed_over += place not in places
        for place in reversed(places):
            del self.queue[place]
        seat.lot, seat.handed, seat.proving, seat.frozen = Lot(tuple(taken), taken), now, None, 0.0
        seat.expected_seconds += len(taken) * waiting[position].expected_seconds
        seat.turn += 1
        for ticket in taken:
            ticket.attempts += 1
        return Handed(seat, seat.lot, seat.turn)

    def _share(self, idle: Sequence[Seat], most_running: int) -> int:
        """Jobs of those that wait that one seat may have. The others are to have as many, the busy ones too:
        they come free one by one, and the first of them must not take what would keep all of them at work."""
        loads = [len(seat.lot.left) for seat in self.seats if seat.lot is not None]
        loads += [0] * min(len(idle), most_running - len(loads))
        share = 1
        while share < self._capacity and sum(max(0, share + 1 - load) for load in loads) <= len(self.queue):
            share += 1
        return share

    def _most_of(self, seat: Seat) -> int:
        """Jobs that the seat may have at a time."""
        left = self._capacity if self._max_proofs is None else self._max_proofs - seat.proofs
        return max(1, min(self._capacity, left))

    def _gather(self, first: int, most: int) -> list[int]:
        """Places in the queue of the jobs that go with the one at `first`, itself included. None goes ahead
        of a job that was passed over often enough."""
        chosen = self.queue[first]
        places = [first]
        if chosen.alone:
            return places
        for place, ticket in enumerate(islice(self.queue, LOOK_AHEAD)):
            if len(places) >= most:
                break
            if place <= first:
                continue
            if ticket.job.circuit == chosen.job.circuit and not ticket.alone:
                places.append(place)
            elif ticket.passed_over >= PATIENCE:
                break
        return places

    def _drop_cancelled(self, most: int) -> None:
        """Jobs that nobody waits for any more, among the first `most`."""
        for ticket in [t for t in islice(self.queue, most) if t.future.cancelled()]:
            self.queue.remove(ticket)
            ticket.future.set_running_or_notify_cancel()

    def proving(self, seat: Seat, turn: int, now: float) -> None:
        """The seat's worker has opened the circuit and begins to prove."""
        ticket = seat.ticket
        if seat.turn == turn and ticket is not None:
            seat.proving = now
            seat.circuits.add(ticket.job.circuit)

    def thawed(self, seat: Seat, silent: float, now: float) -> None:
        """The seat's worker is heard of again after so many seconds: it did nothing meanwhile."""
        if seat.ticket is not None:
            seat.frozen += min(silent, now - seat.handed)

    def answered(
        self, seat: Seat, turn: int, place: int, outcome: Outcome | None, now: float
    ) -> Answered | None:
        """The worker answered for the job at a place of its lot, with an outcome or with a fault of the job;
        None where the turn has passed, or that job was answered before."""
        lot = seat.lot
        if seat.turn != turn or lot is None or lot.tickets[place] not in lot.left:
            return None
        ticket = lot.tickets[place]
        took = now - seat.handed
        lot.left = [other for other in lot.left if other is not ticket]
        frozen = min(seat.frozen, took)
        seat.handed, seat.proving, seat.frozen = now, None, 0.0
        seat.failed_starts = 0
        seat.circuits.add(ticket.job.circuit)
        seat.proofs += 1
        figures = seat.statistics
        figures.busy_seconds += took - frozen
        figures.stuck_seconds += frozen
        if outcome is None:
            figures.failures += 1
        else:
            figures.proved(outcome.seconds, outcome.cpu_seconds)
            self._work.took(ticket.job.circuit, outcome.seconds)
        if not lot.left:
            seat.lot = None
            seat.turn += 1
            if self._max_proofs is not None and seat.proofs >= self._max_proofs:
                seat.due = f"made its {counted(seat.proofs, 'proof')}"
        return Answered(ticket, took)

    def ended(
        self,
        seat: Seat,
        turn: int,
        why: Ended,
        detail: str,
        *,
        came_up: bool,
        now: float,
        excused: bool = False,
    ) -> Settled | None:
        """The seat's worker is no more, or is to be no more; None where the turn has passed. The job is tried
        again, first in the queue, or has failed. `came_up` is False where the worker never ran, and `excused`
        true where the machine took it: neither is counted as a try. See `RetryPolicy`."""
        if seat.turn != turn:
            return None
        ticket, lot = seat.ticket, seat.lot
        seat.lot, seat.proving = None, None
        seat.turn += 1
        seat.due, seat.proofs, seat.leaving = None, 0, False
        seat.circuits.clear()
        figures = seat.statistics
        figures.restarts += 1
        figures.restart_reasons[why.value] = figures.restart_reasons.get(why.value, 0) + 1
        if came_up:
            seat.failed_starts = 0
        elif why is not Ended.RECYCLED:
            self.start_failure = detail
            seat.failed_starts += 1
            seat.rests_until = now + FIRST_REST_SECONDS * 4 ** (seat.failed_starts - 1)
            seat.closed = seat.failed_starts >= START_TRIES
        failed: tuple[Ticket, JobFault] | None = None
        if ticket is not None and lot is not None:
            if why in STUCK:
                figures.stuck_seconds += now - seat.handed
            else:
                figures.busy_seconds += now - seat.handed
            self._policy.charge(lot, why, detail, suspected=came_up and not excused)
            for other in reversed(lot.left):
                fault = self._policy.fault(other)
                if other.future.cancelled():
                    other.future.set_running_or_notify_cancel()
                elif fault is not None:
                    figures.failures += 1
                    failed = (other, fault)
                else:
                    self.queue.appendleft(other)
        stranded: tuple[Ticket, ...] = ()
        if self.all_closed:
            stranded = tuple(self.queue)
            self.queue.clear()
        return Settled(ticket, failed, stranded)

    def give_back(self) -> list[Ticket]:
        """The jobs that no worker has; none of them waits any more."""
        left = list(self.queue)
        self.queue.clear()
        return left

    def give_up(self, now: float) -> list[Ticket]:
        """All jobs that are not done; none is left. Workers were busy with theirs."""
        left = [*self.queue, *(ticket for seat in self.seats if seat.lot for ticket in seat.lot.left)]
        self.queue.clear()
        for seat in self.seats:
            if seat.lot is not None:
                seat.statistics.busy_seconds += now - seat.handed
            seat.lot, seat.proving = None, None
            seat.turn += 1
        return left


def no_worker(detail: str) -> MachineFault:
    """What jobs end with when no seat is left."""
    return MachineFault(
        Code.NO_WORKER,
        f"no worker is left: each failed to start {START_TRIES} times in a row ({detail}); see "
        "`prove-batch doctor`, and try --workers 1",
    )
