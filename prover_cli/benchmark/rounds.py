"""Rounds of proofs by several provers, in alternating order and on the same witnesses."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prover_cli.benchmark.players import Player


@dataclass(frozen=True)
class Measured:
    """Seconds of each counted proof of one prover."""

    name: str
    cpu: Sequence[float]
    """Empty where it is not measured."""
    wall: Sequence[float]

    @property
    def compared(self) -> Sequence[float]:
        """CPU seconds; where they are not measured, seconds."""
        return self.cpu or self.wall

    def ratio_to(self, other: "Measured") -> float:
        """Median over the rounds of this prover's time divided by the other's."""
        pairs = zip(self.compared, other.compared, strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)

    def to_json(self) -> dict[str, object]:
        times = {"cpu": self.cpu, "wall": self.wall} if self.cpu else {"wall": self.wall}
        found: dict[str, object] = {"name": self.name}
        for kind, seconds in times.items():
            found[f"{kind}_min"] = round(min(seconds), 9)
            found[f"{kind}_median"] = round(statistics.median(seconds), 9)
        return found


def compare(players: Sequence[Player], witnesses: Sequence[Path], rounds: int) -> list[Measured]:
    """Each prover makes one proof per round, after one that is not counted. The order is reversed in every
    other round. Raises SetupFault PEER_FAILED."""
    for player in players:
        player.prove(witnesses[0], counted=False)
    for number in range(rounds):
        for player in players if number % 2 == 0 else reversed(players):
            player.prove(witnesses[number % len(witnesses)], counted=True)
    return [Measured(player.name, player.cpu, player.wall) for player in players]
