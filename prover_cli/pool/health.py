"""When a worker is to be replaced: time limits, memory, silence, work that nobody wants any more."""

from dataclasses import dataclass

from prover_cli.pool.channel import BEAT_SECONDS
from prover_cli.pool.ledger import Seat
from prover_cli.pool.tickets import Ended

SILENT_SECONDS = 30.0
"""Without a heartbeat. A worker sends one every few seconds from a thread of its own, which proving does not
hold up; a process that is stopped or hangs in the kernel sends none."""

FROZEN_SECONDS = 2 * BEAT_SECONDS
"""Without a heartbeat, after which a worker that is heard of again is taken to have stood still."""

OPENING_SECONDS = 120.0
"""For starting and opening a key, before the time limit of a job begins to count."""

ABANDONED_SECONDS = 1.0
"""How long a proof may go on that nobody waits for any more: a worker that is ended instead is back in 0.1 s,
with its key to open."""


@dataclass(frozen=True)
class WorkerLimits:
    """What a worker may take. None: no limit."""

    timeout: float | None = None
    """Seconds from the start of proving."""
    memory: int | None = None
    """Private bytes that the plan gave it: more than that between two jobs and it is replaced, more than
    twice that during one and it is ended."""


def time_is_up(seat: Seat, limits: WorkerLimits, now: float) -> str | None:
    """Why the seat's job has taken too long; None where it has not."""
    if seat.ticket is None or limits.timeout is None:
        return None
    if seat.proving is not None and now - seat.proving > limits.timeout:
        return f"longer than {limits.timeout:g} s"
    if seat.proving is None and now - seat.handed > OPENING_SECONDS + limits.timeout:
        return f"not even begun after {now - seat.handed:.0f} s"
    return None


def time_left(seat: Seat, limits: WorkerLimits, now: float) -> float | None:
    """Seconds until `time_is_up` may have something to say."""
    if seat.ticket is None or limits.timeout is None:
        return None
    since = seat.proving + limits.timeout if seat.proving is not None else now + limits.timeout
    return max(0.0, since - now)


def abandoned(seat: Seat, now: float) -> str | None:
    """Why the seat's job need not be finished; None where somebody waits for it, or may."""
    ticket = seat.ticket
    if ticket is None or not ticket.future.cancelled():
        return None
    if ticket.abandoned is None:
        ticket.abandoned = now
    return "nobody waits for its proof" if now - ticket.abandoned > ABANDONED_SECONDS else None


def silence(heard: float, now: float) -> tuple[Ended, str] | None:
    """Whether a worker that was last heard at `heard` is given up."""
    if now - heard <= SILENT_SECONDS:
        return None
    return Ended.UNRESPONSIVE, f"no sign of life for {now - heard:.0f} s"


def over_memory(private: int, limits: WorkerLimits, *, proving: bool) -> str | None:
    """Why a worker with so many private bytes is to go; None where it may stay."""
    if limits.memory is None or private <= limits.memory * (2 if proving else 1):
        return None
    return f"{private >> 20} MB of its own, {limits.memory >> 20} MB planned"
