"""From inputs to witnesses: the protocol that workers, queue and commands use, whatever the implementation.

A solver with several lanes calculates that many witnesses in about the time of one. circom's own code, run by
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
    """A calculated witness."""

    witness: Witness
    reduced: str | None
    """The first input that was not below the prime. None if there was none."""


class Solves(Protocol):
    """What a solver says of its circuit."""

    @property
    def curve(self) -> Curve:
        """The curve of its witnesses."""
        ...

    @property
    def count(self) -> int:
        """Number of values in a witness."""
        ...


class Solver(Solves, Protocol):
    """A solver for one circuit. Not thread-safe."""

    @property
    def lanes(self) -> int:
        """Witnesses that are calculated at a time."""
        ...

    def solve(self, inputs: Sequence[Given]) -> Sequence[Solved | JobFault]:
        """A witness or a fault for each of the inputs, in order. The faults are INPUT_…, ASSERT_FAILED,
        WITNESS_TIMEOUT, WITNESS_MEMORY, WITNESS_CRASHED. A fault in one does not affect the others."""
        ...
