"""The gates of a circuit, from its constraints, as snarkjs makes them (src/plonk_setup.js,
src/r1cs_constraint_processor.js).

A constraint A·B = C of linear combinations becomes one gate over three wires, and an addition for each term
that does not fit. A gate is qM·a·b + qL·a + qR·b + qO·c + qC = 0. Signal 0 stands for a wire that is not
used; the constant 1 is in qC. The first gates bind the public signals.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Combination = Sequence[tuple[int, int]]
"""Signals and their coefficients."""

Gate = tuple[tuple[int, int, int], tuple[int, int, int, int, int]]
"""The signals on wires a, b and c; qM, qL, qR, qO, qC."""

Addition = tuple[int, int, int, int]
"""Two signals and their coefficients: the sum is a further signal."""


@dataclass(frozen=True)
class Rules:
    """Where the setups of snarkjs differ."""

    keeps_zeros: bool
    """Whether terms with the coefficient 0 stay, so that a combination of them is not a constant."""
    fixed_rows: int
    """Points at the end of the domain that the permutation leaves where they are, and that gates cannot
    take."""


@dataclass
class Arithmetisation:
    """The gates of a circuit over the field of `prime`."""

    prime: int
    n_signals: int
    """With the sums so far."""
    rules: Rules
    gates: list[Gate] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)

    def add_constraint(self, a: Combination, b: Combination, c: Combination) -> None:
        """Appends the gates of A·B = C."""
        (k_a, a), (k_b, b), (k_c, c) = (self._apart(combination) for combination in (a, b, c))
        if (not a and k_a == 0) or (not b and k_b == 0):
            self._sum(c, k_c)
        elif not a or not b:
            # One of A and B is a constant: its multiple of the other, less C, is zero.
            factor, other = (k_a, b) if not a else (k_b, a)
            terms = {signal: factor * value % self.prime for signal, value in other}
            for signal, value in c:
                terms[signal] = (terms.get(signal, 0) - value) % self.prime
            self._sum(self._terms(terms), k_a * k_b - k_c)
        else:
            self._product(a, b, c, (k_a, k_b, k_c))

    def _sum(self, terms: Sequence[tuple[int, int]], constant: int) -> None:
        signals, coefficients = zip(*self._reduced(terms, 3), strict=True)
        self._gate(signals, (0, *coefficients, constant))

    def _product(
        self,
        a: Sequence[tuple[int, int]],
        b: Sequence[tuple[int, int]],
        c: Sequence[tuple[int, int]],
        constants: tuple[int, int, int],
    ) -> None:
        k_a, k_b, k_c = constants
        ((one, f),), ((other, g),), ((product, h),) = (self._reduced(part, 1) for part in (a, b, c))
        self._gate((one, other, product), (f * g, f * k_b, k_a * g, -h, k_a * k_b - k_c))

    def _apart(self, combination: Combination) -> tuple[int, list[tuple[int, int]]]:
        """The constant, and the other terms in the order of their signals."""
        sums: dict[int, int] = {}
        for signal, value in combination:
            sums[signal] = (sums.get(signal, 0) + value) % self.prime
        constant = sums.pop(0, 0)
        return constant, self._terms(sums)

    def _terms(self, sums: dict[int, int]) -> list[tuple[int, int]]:
        """In the order of their signals."""
        return sorted(term for term in sums.items() if term[1] or self.rules.keeps_zeros)

    def _reduced(self, terms: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
        """As many terms as asked for: sums of the first two are appended until few enough are left."""
        left = deque(terms)
        while len(left) > most:
            (one, f), (other, g) = left.popleft(), left.popleft()
            total = self.n_signals
            self.n_signals += 1
            self.additions.append((one, other, f, g))
            self._gate((one, other, total), (0, -f, -g, 1, 0))
            left.append((total, 1))
        return [*left, *[(0, 0)] * (most - len(left))]

    def _gate(self, signals: Sequence[int], selectors: Sequence[int]) -> None:
        a, b, c = signals
        m, left, right, out, constant = (value % self.prime for value in selectors)
        self.gates.append(((a, b, c), (m, left, right, out, constant)))


def arithmetise(
    constraints: Iterable[tuple[Combination, Combination, Combination]],
    n_signals: int,
    n_public: int,
    prime: int,
    rules: Rules,
) -> Arithmetisation:
    """The gates of a circuit."""
    made = Arithmetisation(prime, n_signals, rules)
    for signal in range(1, n_public + 1):
        made.gates.append(((signal, 0, 0), (0, 1, 0, 0, 0)))
    for a, b, c in constraints:
        made.add_constraint(a, b, c)
    return made


def permutation(gates: Sequence[Gate], size: int, rules: Rules) -> list[list[tuple[int, int]]]:
    """For each wire and each point of the domain, the wire and the point of the place before it with the same
    signal. The first place of a signal has its last one. Places are gone through gate by gate."""
    last: dict[int, tuple[int, int]] = {}
    first: dict[int, tuple[int, int]] = {}
    before = [[(wire, row) for row in range(size)] for wire in range(3)]
    for row in range(size - rules.fixed_rows):
        signals = gates[row][0] if row < len(gates) else (0, 0, 0)
        for wire, signal in enumerate(signals):
            if signal in last:
                before[wire][row] = last[signal]
            else:
                first[signal] = (wire, row)
            last[signal] = (wire, row)
    for signal, (wire, row) in first.items():
        before[wire][row] = last[signal]
    return before
