"""When a worker must be replaced: time limits, memory, missing heartbeats, abandoned jobs."""

from dataclasses import dataclass

from prover_cli.pool.channel import BEAT_SECONDS
from prover_cli.pool.ledger import Seat
from prover_cli.pool.tickets import Ended

SILENT_SECONDS = 30.0
"""Without a heartbeat. A worker sends one every few seconds from a separate thread, which proving does not
block. A process that is stopped, or hangs in the kernel, sends none."""

FROZEN_SECONDS = 2 * BEAT_SECONDS
"""Without a heartbeat. A worker that is heard from again after that long is assumed to have been frozen."""

OPENING_SECONDS = 120.0
"""Allowed for starting and opening a key, before the time limit of a job starts."""

ABANDONED_SECONDS = 1.0
"""How long an abandoned proof may continue. A worker that is ended is back in 0.1 s, but must reopen its
key."""


@dataclass(frozen=True)
class WorkerLimits:
    """A worker's limits. None means no limit."""

    timeout: float | None = None
    """Seconds from the start of proving."""
    memory: int | None = None
    """Private bytes planned for it. It is replaced if it has more between two jobs, and ended if it has more
    than twice as many during one."""


def time_is_up(seat: Seat, limits: WorkerLimits, now: float) -> str | None:
    """Why the seat's job has taken too long, or None if it has not."""
    if seat.ticket is None or limits.timeout is None:
        return None
    if seat.proving is not None and now - seat.proving > limits.timeout:
        return f"longer than {limits.timeout:g} s"
    if seat.proving is None and now - seat.handed > OPENING_SECONDS + limits.timeout:
        return f"not started after {now - seat.handed:.0f} s"
    return None


def time_left(seat: Seat, limits: WorkerLimits, now: float) -> float | None:
    """Seconds until `time_is_up` may return a reason."""
    if seat.ticket is None or limits.timeout is None:
        return None
    since = seat.proving + limits.timeout if seat.proving is not None else now + limits.timeout
    return max(0.0, since - now)


def abandoned(seat: Seat, now: float) -> str | None:
    """Why the seat's job need not be finished, or None if somebody may be waiting for it."""
    ticket = seat.ticket
    if ticket is None or not ticket.future.cancelled():
        return None
    if ticket.abandoned is None:
        ticket.abandoned = now
    return "its proof was cancelled" if now - ticket.abandoned > ABANDONED_SECONDS else None


def silence(heard: float, now: float) -> tuple[Ended, str] | None:
    """Whether to give up on a worker that was last heard from at `heard`."""
    if now - heard <= SILENT_SECONDS:
        return None
    return Ended.UNRESPONSIVE, f"no heartbeat for {now - heard:.0f} s"


def over_memory(private: int, limits: WorkerLimits, *, proving: bool) -> str | None:
    """Why a worker with this many private bytes must be replaced, or None if it may stay."""
    if limits.memory is None or private <= limits.memory * (2 if proving else 1):
        return None
    return f"it uses {private >> 20} MB of private memory, {limits.memory >> 20} MB were planned"
