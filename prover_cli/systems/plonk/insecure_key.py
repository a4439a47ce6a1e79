"""PLONK keys with a known τ, for benchmarks, section by section as `snarkjs plonk setup` writes them: see
`systems.insecure_setup`."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prover_cli.formats.curves import Curve
from prover_cli.systems.insecure_setup import (
    TAU,
    Circuit,
    Progress,
    lagrange_at,
    powers,
    primes,
    secret,
    write_sections,
)
from prover_cli.systems.plonk.arithmetisation import arithmetise, permutation
from prover_cli.systems.plonk.layout import MORE_POWERS

K1, K2 = 2, 3


class _Setup:
    """The values of the polynomials on the domain."""

    def __init__(self, circuit: Circuit, size: int, curve: Curve) -> None:
        r = curve.r
        self.made = arithmetise(
            zip(circuit.a, circuit.b, circuit.c, strict=True), len(circuit.witness), circuit.public, r
        )
        assert len(self.made.gates) <= size, "the domain is too small for the circuit"
        self.root = pow(5, (r - 1) // size, r)
        points = powers(self.root, size, r)
        cosets = (1, K1, K2)
        unused = [0] * (size - len(self.made.gates))
        self.selectors = [[gate[1][i] for gate in self.made.gates] + unused for i in range(5)]
        self.sigma = [
            [cosets[wire] * points[row] % r for wire, row in places]
            for places in permutation(self.made.gates, size)
        ]


def write_insecure_key(
    circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Progress
) -> None:
    """A key over a domain of 2^log points."""
    from prover_cli import _native

    r, n8r, size = curve.r, curve.n8r, 1 << log
    setup, tau = _Setup(circuit, size, curve), secret(TAU, r)
    gates, additions = setup.made.gates, setup.made.additions
    lagrange = lagrange_at(tau, setup.root, size, r)

    def plain(numbers: Iterable[int]) -> bytes:
        return b"".join(number.to_bytes(n8r, "little") for number in numbers)

    def stored(numbers: Iterable[int]) -> bytes:
        return plain((number << (8 * n8r)) % r for number in numbers)

    def points(group: int, scalars: list[int]) -> bytes:
        return _native.generator_multiples(curve.name, group, plain(scalars), threads)

    def words(*numbers: int) -> bytes:
        return b"".join(number.to_bytes(4, "little") for number in numbers)

    def polynomial(values: list[int]) -> bytes:
        return _native.interpolated(curve.name, plain(values), threads)

    def head() -> Iterator[bytes]:
        yield primes(curve)
        yield words(setup.made.n_signals, circuit.public, size, len(additions), len(gates))
        yield stored([K1, K2])
        committed = [
            sum(value * weight for value, weight in zip(values, lagrange, strict=True)) % r
            for values in (*setup.selectors, *setup.sigma)
        ]
        yield points(1, committed) + points(2, [tau])

    def sums() -> Iterator[bytes]:
        for one, other, f, g in additions:
            yield words(one, other) + stored([f, g])

    def starts() -> Iterator[bytes]:
        """The Lagrange polynomials of the public signals, one at least."""
        for row in range(max(1, circuit.public)):
            yield polynomial([int(row == other) for other in range(size)])

    sections: list[tuple[int, Callable[[], Iterable[bytes]]]] = [
        (3, sums),
        *((4 + i, lambda i=i: [words(*(gate[0][i] for gate in gates))]) for i in range(3)),
        *((7 + i, lambda i=i: [polynomial(setup.selectors[i])]) for i in range(5)),
        (12, lambda: [polynomial(values) for values in setup.sigma]),
        (13, starts),
        (14, lambda: [points(1, powers(tau, size + MORE_POWERS, r))]),
        (1, lambda: [words(2)]),
        (2, head),
    ]
    write_sections(path, b"zkey", sections, progress)
