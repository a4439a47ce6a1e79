"""Rounds of proofs by two provers in alternating order, on the same witnesses."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from prover_cli.errors import SetupFault


@dataclass(frozen=True)
class Measured:
    """Seconds of each counted proof of one prover."""

    name: str
    cpu: Sequence[float]
    wall: Sequence[float]

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "cpu_min": round(min(self.cpu), 6),
            "cpu_median": round(statistics.median(self.cpu), 6),
            "wall_min": round(min(self.wall), 6),
            "wall_median": round(statistics.median(self.wall), 6),
        }


class _Player:
    """A contestant's process."""

    def __init__(self, name: str, key: Path) -> None:
        self.name = name
        # One thread a proof for everyone: arkworks' parallel feature listens to this.
        environment = os.environ | {"RAYON_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "prover_cli.benchmark.contestant", name, str(key)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self.cpu: list[float] = []
        self.wall: list[float] = []
        answer = self._answer()
        if "error" in answer:
            raise SetupFault("NO_PEER", f"{name} is not there ({answer['error']}); pip install {name}")

    def _pipe(self, pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None, "both pipes were asked for"
        return pipe

    def _answer(self) -> dict[str, float]:
        line = self._pipe(self._process.stdout).readline()
        if not line:
            raise SetupFault("PEER_FAILED", f"{self.name} ended with exit code {self._process.wait()}")
        answer: dict[str, float] = json.loads(line)
        return answer

    def prove(self, witness: Path, *, counted: bool) -> None:
        pipe = self._pipe(self._process.stdin)
        pipe.write(f"{witness}\n".encode())
        pipe.flush()
        took = self._answer()
        if counted:
            self.cpu.append(took["cpu"])
            self.wall.append(took["wall"])

    def __enter__(self) -> "_Player":
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe(self._process.stdin).close()
        self._process.wait()
        self._pipe(self._process.stdout).close()


def compare(key: Path, witnesses: Sequence[Path], names: Sequence[str], rounds: int) -> list[Measured]:
    """Each prover makes one proof a round, after one that is not counted; the order turns round by
    round. Raises SetupFault: NO_PEER, PEER_FAILED."""
    with ExitStack() as stack:
        players = [stack.enter_context(_Player(name, key)) for name in names]
        for player in players:
            player.prove(witnesses[0], counted=False)
        for number in range(rounds):
            for player in players if number % 2 == 0 else reversed(players):
                player.prove(witnesses[number % len(witnesses)], counted=True)
        return [Measured(player.name, player.cpu, player.wall) for player in players]
