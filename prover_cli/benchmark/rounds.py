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
    wall: Sequence[float]

    def ratio_to(self, other: "Measured") -> float:
        """Median over the rounds of this prover's CPU seconds divided by the other's."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.cpu, other.cpu, strict=True))

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "cpu_min": round(min(self.cpu), 9),
            "cpu_median": round(statistics.median(self.cpu), 9),
            "wall_min": round(min(self.wall), 9),
            "wall_median": round(statistics.median(self.wall), 9),
        }


def compare(players: Sequence[Player], witnesses: Sequence[Path], rounds: int) -> list[Measured]:
    """Each prover makes one proof per round, after one that is not counted. The order is reversed in every
    other round. Raises SetupFault PEER_FAILED."""
    for player in players:
        player.prove(witnesses[0], counted=False)
    for number in range(rounds):
        for player in players if number % 2 == 0 else reversed(players):
            player.prove(witnesses[number % len(witnesses)], counted=True)
    return [Measured(player.name, player.cpu, player.wall) for player in players]
