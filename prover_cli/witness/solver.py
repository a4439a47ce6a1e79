"""From inputs to witnesses, whatever calculates them: the protocol that workers, queue and commands know.

A solver of several lanes calculates so many witnesses in about the time of one. circom's own code, run by
wasmtime, has one lane; see `calculator`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from prover_cli.faults import JobFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import Witness


@dataclass(frozen=True, repr=False)
class Given:
    """The inputs of one witness, parsed."""

    values: Mapping[str, Any]
    """Names to numbers and nested arrays; see `inputs`."""
    where: str
    """What messages call them."""


@dataclass(frozen=True, repr=False)
class Solved:
    """A witness, and where the first input was that was not below the prime; None where there was none."""

    witness: Witness
    reduced: str | None


class Solver(Protocol):
    """Of one circuit. Not for several threads at once."""

    lanes: int
    """Witnesses that are calculated at a time."""

    @property
    def curve(self) -> Curve:
        """What its witnesses are over."""
        ...

    @property
    def count(self) -> int:
        """Values of a witness."""
        ...

    def solve(self, inputs: Sequence[Given]) -> Sequence[Solved | JobFault]:
        """A witness or a fault for each of the inputs, in their order: INPUT_…, ASSERT_FAILED,
        WITNESS_TIMEOUT, WITNESS_MEMORY, WITNESS_CRASHED. What is wrong with one costs no other."""
        ...
