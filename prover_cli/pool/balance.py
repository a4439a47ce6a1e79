"""Which idle slot takes the next job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class SlotLoad:
    """What a balancer may look at."""

    index: int
    busy_seconds: float
    """Time spent proving so far."""
    started: bool
    """Whether its worker runs already."""
    circuits: frozenset[str]
    """Circuits that its worker has open."""


class Balancer(Protocol):
    """Chooses among idle slots; there is always at least one."""

    def choose(self, idle: Sequence[SlotLoad], circuit: str) -> int:
        """Index of the slot that takes a job of `circuit`."""
        ...


class LeastLoaded:
    """The slot that worked least, so that work evens out when jobs differ in size; where several are
    as good, one whose worker runs and has the circuit open."""

    def choose(self, idle: Sequence[SlotLoad], circuit: str) -> int:
        return min(
            idle,
            key=lambda slot: (slot.busy_seconds, not slot.started, circuit not in slot.circuits, slot.index),
        ).index


class RoundRobin:
    """Slots in turn: the idle one that comes next after the last chosen."""

    def __init__(self) -> None:
        self._last = -1

    def choose(self, idle: Sequence[SlotLoad], circuit: str) -> int:
        after = [slot.index for slot in idle if slot.index > self._last]
        self._last = min(after) if after else min(slot.index for slot in idle)
        return self._last


def balancer(name: str) -> Balancer:
    """`least-loaded` or `round-robin`."""
    known: dict[str, type[Balancer]] = {"least-loaded": LeastLoaded, "round-robin": RoundRobin}
    return known[name]()
