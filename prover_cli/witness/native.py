"""A circuit's own program: several witnesses at once, without running its WebAssembly.

What the program cannot do, circom's own code does: a witness that fails an assert is calculated again for the
message, and so is one that leaves the ground the program was compiled for. The first witness of a circuit and
one in a thousand after it are compared with those of circom's code, whatever comes of their proofs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from prover_cli import _native
from prover_cli.faults import JobFault
from prover_cli.formats.curves import Curve, by_name
from prover_cli.formats.sym import main_signals
from prover_cli.formats.wtns import Witness
from prover_cli.witness.programs import open_program
from prover_cli.witness.signals import Signals
from prover_cli.witness.solver import Given, Solved, Solver
from prover_cli.witness.source import ProgramFile
from prover_cli.witness.taking import Taker

COMPARED_EVERY = 1000
"""Of so many witnesses one is compared."""


@dataclass(frozen=True, repr=False)
class Flattened:
    """The inputs of one witness, as a program takes them."""

    values: bytes
    """Little-endian integers below the prime, 32 bytes each."""
    reduced: str | None
    """The first input that was not below the prime."""


class NativeSolver:
    """A `Solver` over a program. Not thread-safe."""

    def __init__(
        self,
        program: _native.WitnessProgram,
        symbols: Signals,
        exact: Callable[[], Solver],
        *,
        strict: bool = False,
        wrong: Callable[[], None] = lambda: None,
        compared_every: int | None = COMPARED_EVERY,
    ) -> None:
        """`exact` opens circom's own calculator when it is needed. `wrong` is called if a witness differs
        from what it calculates: from then on it calculates all."""
        self._program = program
        self._exact = exact
        self._wrong = wrong
        self._is_wrong = False
        self._count = 0
        self._compared_every = compared_every
        sizes = {digest: size for digest, _, size in program.inputs}
        self._begins = {digest: begin for digest, begin, _ in program.inputs}
        self._curve = by_name(program.curve or "")
        self._taker = Taker(
            self._curve, symbols, lambda digest: sizes.get(digest, 0), program.input_count, strict=strict
        )

    @property
    def lanes(self) -> int:
        """Witnesses that are calculated at a time."""
        return self._program.lanes

    @property
    def curve(self) -> Curve:
        """The curve of its witnesses."""
        return self._curve

    @property
    def count(self) -> int:
        """Number of values in a witness."""
        return self._program.count

    def solve(self, inputs: Sequence[Given]) -> Sequence[Solved | JobFault]:
        """See `Solver`."""
        found = self.attempt(inputs)
        return [one or self.exactly(given) for one, given in zip(found, inputs, strict=True)]

    def attempt(self, inputs: Sequence[Given]) -> Sequence[Solved | JobFault | None]:
        """The same, but None for witnesses that circom's own code must calculate."""
        found: list[Solved | JobFault | None] = [None] * len(inputs)
        if self._is_wrong:
            return found
        taken: dict[int, Flattened] = {}
        for place, given in enumerate(inputs):
            try:
                flat = self.flatten(given)
            except JobFault as fault:
                found[place] = fault
                continue
            if flat is not None:
                taken[place] = flat
        solved = self.calculate([one.values for one in taken.values()])
        for (place, one), values in zip(taken.items(), solved, strict=True):
            if values is not None:
                found[place] = Solved(Witness(self._curve, values, 0), one.reduced)
        for place in taken:
            mine = found[place]
            if isinstance(mine, Solved) and self._is_compared():
                theirs = self.exactly(inputs[place])
                found[place] = theirs
                if isinstance(theirs, JobFault) or theirs.witness.values != mine.witness.values:
                    self._is_wrong = True
                    self._wrong()
                    return [one if isinstance(one, JobFault) else None for one in found]
        return found

    def flatten(self, given: Given) -> Flattened | None:
        """The values of all inputs as the program takes them. None if some are given twice, as by a bus and
        one of its fields, while others are missing: circom's code says so. Raises JobFault INPUT_…"""
        taken = self._taker.take(given.values, given.where)
        signals = sorted(taken.signals, key=lambda signal: self._begins[signal.hash])
        ends = accumulate((len(signal.values) for signal in signals), initial=0)
        if any(self._begins[signal.hash] != end for signal, end in zip(signals, ends, strict=False)):
            return None
        size = self._curve.n8r
        values = (value.to_bytes(size, "little") for signal in signals for value in signal.values)
        return Flattened(b"".join(values), taken.reduced)

    def calculate(self, inputs: Sequence[bytes]) -> Sequence[bytes | None]:
        """Witnesses as the program calculates them, from the values of all inputs of each. None for those
        that fail."""
        return self._program.solve(list(inputs))

    def exactly(self, given: Given) -> Solved | JobFault:
        """The witness as circom's own code calculates it."""
        (solved,) = self._exact().solve([given])
        return solved

    def _is_compared(self) -> bool:
        self._count += 1
        every = self._compared_every
        return every is not None and self._count % every == 1


def open_native(
    file: ProgramFile | None,
    symbols: Path | None,
    exact: Callable[[], Solver],
    *,
    strict: bool = False,
    wrong: Callable[[], None] = lambda: None,
) -> NativeSolver | None:
    """A solver over the program in a file; None if there is none that can be used."""
    program = open_program(file) if file is not None else None
    if program is None:
        return None
    names = Signals(main_signals(symbols) if symbols is not None else None)
    return NativeSolver(program, names, exact, strict=strict, wrong=wrong)
