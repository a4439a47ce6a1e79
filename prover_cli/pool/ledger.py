"""Who has which job: the pool's bookkeeping, without threads, processes or clocks.

Every change is a method. Times are passed in, and the consequences of a change are returned. Each time a seat
gets or loses a job, its turn is increased. An answer or a death from an earlier turn is stale and changes
nothing. So each job ends exactly once, whether an answer, a death or a time limit comes first.

A seat gets a lot: one job, or up to `capacity` jobs of one circuit. Its worker does them in order and answers
each. A job in a lot that has not been started counts as waiting, in every count and limit.
"""

from collections import deque
from collections.abc import Mapping, Sequence
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
"""Failed starts in a row after which a seat is closed. Otherwise a worker that cannot start would be replaced
forever."""

FIRST_REST_SECONDS = 0.2
"""Pause after the first failed start. It is four times as long after each further one: 0.2, 0.8, 3.2."""

STUCK = {Ended.TIMED_OUT, Ended.UNRESPONSIVE}
"""Ends of workers that made no progress. Their time with the job does not count as busy."""

LOOK_AHEAD = 64
"""Number of waiting jobs that a balancer sees."""


@dataclass(eq=False)
class Seat:
    """A slot of the pool, as the ledger sees it."""

    statistics: WorkerStatistics
    lot: Lot | None = None
    turn: int = 0
    handed: float = 0.0
    """When its job was handed out, or became the next in its lot."""
    proving: float | None = None
    """When its worker began to prove the job. None before that."""
    frozen: float = 0.0
    """Seconds during that job in which its worker was frozen, before it continued."""
    failed_starts: int = 0
    rests_until: float = 0.0
    closed: bool = False
    leaving: bool = False
    """Whether its worker is known to have ended, but this is not settled yet. No new job may be blamed."""
    due: str | None = None
    """Why its worker must be replaced before the next job, or None."""
    circuits: set[str] = field(default_factory=set)
    proofs: int = 0
    """Of its current worker."""
    expected_seconds: float = 0.0
    """Of all work assigned to it."""

    @property
    def index(self) -> int:
        return self.statistics.worker

    @property
    def ticket(self) -> Ticket | None:
        """The job that its worker is working on."""
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
    """Since it was handed out, or became the next in its lot."""


@dataclass(frozen=True)
class Settled:
    """The consequences of a worker's end."""

    ticket: Ticket | None
    """The job that it was working on."""
    failed: tuple[Ticket, JobFault] | None = None
    """The job that has used up its tries, and its fault."""
    stranded: tuple[Ticket, ...] = ()
    """Jobs that have no seat left to run on."""


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
        lots: Mapping[str, int] | None = None,
    ) -> None:
        """`capacity` is how many jobs a seat may have at a time, `lots` how many of circuits with fewer."""
        self.seats = [Seat(WorkerStatistics(i)) for i in range(workers)]
        self.queue: deque[Ticket] = deque()
        self.closing = False
        """Whether no more jobs will come."""
        self.start_failure = ""
        """Why the last worker failed to start."""
        self.max_queue = max_queue
        self._policy = RetryPolicy(retries)
        self._balancer = balancer
        self._work = work or Work({})
        self._max_proofs = max_proofs
        self._capacity = capacity
        self._lots = lots or {}

    # ---- what there is

    def full(self, now: float) -> bool:
        """Whether another job would exceed the limit of waiting jobs."""
        if not self.queue and any(seat.idle(now) for seat in self.seats):
            return False
        if self.waiting >= self.max_queue:
            self._drop_cancelled(len(self.queue))
        return self.waiting >= self.max_queue

    @property
    def waiting(self) -> int:
        """Jobs that have not been started: in the queue, or in a lot."""
        ahead = (ticket for seat in self.seats if seat.lot is not None for ticket in seat.lot.left[1:])
        return len(self.queue) + sum(not ticket.future.cancelled() for ticket in ahead)

    @property
    def busy(self) -> bool:
        return bool(self.queue) or self.running > 0

    @property
    def running(self) -> int:
        """Jobs in progress: one for each seat that has any."""
        return sum(seat.lot is not None for seat in self.seats)

    @property
    def all_closed(self) -> bool:
        return all(seat.closed for seat in self.seats)

    # ---- what happens

    def submit(self, ticket: Ticket) -> None:
        """Adds a new job to the queue."""
        self.queue.append(ticket)

    def hand_out(self, now: float, most_running: int) -> Handed | None:
        """Hands the next job to a seat, with more jobs of its circuit if the seat can take them and they are
        not better spread over others. None if there is no job, no idle seat, or too many are running."""
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
        most = min(self._most_of(seat), self._lots.get(waiting[position].circuit, self._capacity))
        places = self._gather(position, min(self._share(idle, most_running), most))
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
        """How many of the waiting jobs one seat may take. The others must be able to get as many, including
        the busy ones: they become free one by one, and the first must not take the work of all."""
        loads = [len(seat.lot.left) for seat in self.seats if seat.lot is not None]
        loads += [0] * min(len(idle), most_running - len(loads))
        share = 1
        while share < self._capacity and sum(max(0, share + 1 - load) for load in loads) <= len(self.queue):
            share += 1
        return share

    def _most_of(self, seat: Seat) -> int:
        """How many jobs the seat may have at a time."""
        left = self._capacity if self._max_proofs is None else self._max_proofs - seat.proofs
        return max(1, min(self._capacity, left))

    def _gather(self, first: int, most: int) -> list[int]:
        """Positions in the queue of the jobs that go together with the one at `first`, including itself. None
        may overtake a job that was already passed over PATIENCE times."""
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
        """Drops cancelled jobs among the first `most`."""
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
        """The seat's worker is heard from again after this many silent seconds, in which it did nothing."""
        if seat.ticket is not None:
            seat.frozen += min(silent, now - seat.handed)

    def answered(
        self, seat: Seat, turn: int, place: int, outcome: Outcome | None, now: float
    ) -> Answered | None:
        """The worker answered the job at a place in its lot. `outcome` is None if the job failed. Returns
        None if the turn has passed, or if that job was answered before."""
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
                seat.due = f"it has made {counted(seat.proofs, 'proof')}"
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
        """The seat's worker has ended, or must end. Returns None if the turn has passed. Its job goes to the
        front of the queue to be retried, or has failed. `came_up` is False if the worker never started.
        `excused` is True if the machine is to blame. Neither counts as a try. See `RetryPolicy`."""
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
        """Empties the queue and returns its jobs, which no worker has."""
        left = list(self.queue)
        self.queue.clear()
        return left

    def give_up(self, now: float) -> list[Ticket]:
        """Removes and returns all unfinished jobs. The time that workers spent on theirs counts as busy."""
        left = [*self.queue, *(ticket for seat in self.seats if seat.lot for ticket in seat.lot.left)]
        self.queue.clear()
        for seat in self.seats:
            if seat.lot is not None:
                seat.statistics.busy_seconds += now - seat.handed
            seat.lot, seat.proving = None, None
            seat.turn += 1
        return left


def no_worker(detail: str) -> MachineFault:
    """The fault of jobs that have no seat left to run on."""
    return MachineFault(
        Code.NO_WORKER,
        f"no workers left: each failed to start {START_TRIES} times in a row ({detail}); run "
        "`prove-batch doctor`, or try --workers 1",
    )
