"""Jobs on their way through the pool, alone or in lots, and the ways in which workers can end."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum

from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.job import ProveJob


class Ended(Enum):
    """Why a worker ended. The value is the reason given in statistics and metrics."""

    DIED = "died"
    TIMED_OUT = "timeout"
    OVER_MEMORY = "memory"
    UNRESPONSIVE = "unresponsive"
    RECYCLED = "recycled"
    ABANDONED = "abandoned"


@dataclass(eq=False)
class Ticket:
    """A job in the pool, with the future that its caller has."""

    job: ProveJob
    future: "Future[Outcome]"
    attempts: int = 0
    ends: list[tuple[Ended, str]] = field(default_factory=list)
    """How each try without an answer ended."""
    passed_over: int = 0
    """How often a later job went first."""
    abandoned: float | None = None
    """When it was first noticed that the job had been cancelled."""
    alone: bool = False
    """Whether it must run alone, because it was in a lot whose worker ended and the culprit is unknown."""


@dataclass(eq=False)
class Lot:
    """Jobs of one circuit that a worker has."""

    tickets: tuple[Ticket, ...]
    """In the order in which they run."""
    left: list[Ticket]
    """Those without an answer. The first is running."""
