"""Keys of gates with a known τ, for benchmarks, section by section as snarkjs' setups write them: see
`systems.insecure_setup`."""

from collections.abc import Callable, Iterable, Iterator

from prover_cli.formats.curves import Curve
from prover_cli.systems.insecure_setup import Circuit, powers
from prover_cli.systems.plonkish.arithmetisation import Rules, arithmetise, permutation

K1, K2 = 2, 3

Sections = list[tuple[int, Callable[[], Iterable[bytes]]]]
"""Numbers, and what makes the contents."""


class Setup:
    """The gates of a circuit over a domain, and the sections that depend on them alone."""

    def __init__(self, circuit: Circuit, size: int, curve: Curve, rules: Rules, threads: int) -> None:
        r = curve.r
        constraints = zip(circuit.a, circuit.b, circuit.c, strict=True)
        self.made = arithmetise(constraints, len(circuit.witness), circuit.public, r, rules)
        assert len(self.made.gates) <= size - rules.fixed_rows, "the domain is too small for the circuit"
        self._circuit, self._size, self._curve, self._threads = circuit, size, curve, threads
        self.root = pow(5, (r - 1) // size, r)
        points = powers(self.root, size, r)
        cosets = (1, K1, K2)
        unused = [0] * (size - len(self.made.gates))
        self.selectors = [[gate[1][i] for gate in self.made.gates] + unused for i in range(5)]
        """The values on the domain of qM, qL, qR, qO, qC."""
        self.sigma = [
            [cosets[wire] * points[row] % r for wire, row in places]
            for places in permutation(self.made.gates, size, rules)
        ]
        """Those of the permutation's polynomials."""

    def stored(self, numbers: Iterable[int]) -> bytes:
        """Scalars in Montgomery form."""
        return self._plain((number << (8 * self._curve.n8r)) % self._curve.r for number in numbers)

    def _plain(self, numbers: Iterable[int]) -> bytes:
        return b"".join(number.to_bytes(self._curve.n8r, "little") for number in numbers)

    def points(self, group: int, scalars: list[int]) -> bytes:
        """Multiples of the generator."""
        from prover_cli import _native

        return _native.generator_multiples(self._curve.name, group, self._plain(scalars), self._threads)

    def polynomial(self, values: list[int]) -> bytes:
        """Coefficients, then the values on the larger domain."""
        from prover_cli import _native

        return _native.interpolated(self._curve.name, self._plain(values), self._threads)

    def counts(self) -> bytes:
        """The sizes in the header."""
        gates, additions = len(self.made.gates), len(self.made.additions)
        return words(self.made.n_signals, self._circuit.public, self._size, additions, gates)

    def committed(self, values: list[int], lagrange: list[int]) -> int:
        """A polynomial at the point where the Lagrange polynomials have these values."""
        return sum(value * weight for value, weight in zip(values, lagrange, strict=True)) % self._curve.r

    def sections(self, selectors: tuple[int, ...]) -> Sections:
        """Sections 3 to 11: additions, maps and selectors, of which qM, qL, qR, qO, qC have these numbers."""
        numbered = sorted(zip(selectors, self.selectors, strict=True))
        return [
            (3, self._sums),
            *((4 + i, lambda i=i: [words(*(gate[0][i] for gate in self.made.gates))]) for i in range(3)),
            *((number, lambda values=values: [self.polynomial(values)]) for number, values in numbered),
        ]

    def _sums(self) -> Iterator[bytes]:
        for one, other, f, g in self.made.additions:
            yield words(one, other) + self.stored([f, g])

    def starts(self) -> Iterator[bytes]:
        """The Lagrange polynomials of the public signals, one at least."""
        for row in range(max(1, self._circuit.public)):
            yield self.polynomial([int(row == other) for other in range(self._size)])


def words(*numbers: int) -> bytes:
    """Of four bytes each."""
    return b"".join(number.to_bytes(4, "little") for number in numbers)
