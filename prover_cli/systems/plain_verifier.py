"""What the reference engine's verifiers of all systems have in common."""

from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Sequence
from typing import Any

from prover_cli.faults import Code, SetupFault
from prover_cli.systems.plain_groups import Group, Point
from prover_cli.systems.protocols import Proof


class PlainVerifier(ABC):
    """See `protocols.Verifier`."""

    @abstractmethod
    def verify(self, proof: Proof, public_signals: tuple[int, ...]) -> bool:
        """Whether the proof is valid."""

    def verify_all(self, claims: Sequence[tuple[Proof, tuple[int, ...]]], threads: int) -> list[bool]:
        """One by one: the reference takes no shortcuts."""
        return [self.verify(proof, signals) for proof, signals in claims]


def require_points(group: Group, points: Iterable[tuple[str, Point, Any]], finite: Container[str]) -> None:
    """Raises SetupFault VKEY_CORRUPT if a point of a verification key is not in its group, or one of `finite`
    is at infinity. Points come with their names and their group's constant b."""
    for name, point, b in points:
        reason = group.fault(point, b)
        if not reason and name in finite and group.module.is_inf(point):
            reason = "the point is at infinity"
        if reason:
            raise SetupFault(Code.VKEY_CORRUPT, f"verification key, {name}: {reason}")
