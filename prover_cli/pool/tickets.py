"""Jobs on their way through the pool, alone or in lots, and the ways in which their workers end."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum

from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.job import ProveJob


class Ended(Enum):
    """Why a worker ended; the value is the reason in statistics and metrics."""

    DIED = "died"
    TIMED_OUT = "timeout"
    OVER_MEMORY = "memory"
    UNRESPONSIVE = "unresponsive"
    RECYCLED = "recycled"
    ABANDONED = "abandoned"


@dataclass(eq=False)
class Ticket:
    """A job on its way, with the future that its caller holds."""

    job: ProveJob
    future: "Future[Outcome]"
    attempts: int = 0
    ends: list[tuple[Ended, str]] = field(default_factory=list)
    """How each try ended that did not answer."""
    passed_over: int = 0
    """How often a later job went first."""
    abandoned: float | None = None
    """When it was first seen that nobody waits for it any more."""
    alone: bool = False
    """Whether it goes in no lot: it was in one whose worker ended, and nobody knows which job did it."""


@dataclass(eq=False)
class Lot:
    """Jobs of one circuit that a worker has."""

    tickets: tuple[Ticket, ...]
    """In the order in which they are done."""
    left: list[Ticket]
    """Those without an answer; the first is being done."""
