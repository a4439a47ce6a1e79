"""Groth16 keys with a known setup, for benchmarks: see `systems.insecure_setup`."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prover_cli.formats.curves import Curve
from prover_cli.systems.insecure_setup import (
    TAU,
    Circuit,
    Progress,
    inverses,
    lagrange_at,
    powers,
    primes,
    secret,
    write_sections,
)


class _Setup:
    """The scalars of the points of a key (Groth 2016, §3.2), from secrets that are not secret."""

    def __init__(self, circuit: Circuit, log: int, curve: Curve) -> None:
        r = curve.r
        self.r, self.size = r, 1 << log
        self.alpha, self.beta, self.delta, tau = (secret(x, r) for x in (13, 17, 19, TAU))
        size = self.size
        # 5 is the non-residue that circom's tools use.
        coset = pow(5, (r - 1) >> (log + 1), r)
        root = coset * coset % r
        lagrange = lagrange_at(tau, root, size, r)
        count = len(circuit.witness)
        self.u, self.v, w = [0] * count, [0] * count, [0] * count
        for rows, sums in ((circuit.a, self.u), (circuit.b, self.v), (circuit.c, w)):
            for value, row in zip(lagrange, rows, strict=False):
                for signal, coefficient in row:
                    sums[signal] = (sums[signal] + value * coefficient) % r
        # Rows that bind the public signals.
        for signal in range(circuit.public + 1):
            self.u[signal] = (self.u[signal] + lagrange[len(circuit.a) + signal]) % r
        bound = [(self.beta * u + self.alpha * v + w) % r for u, v, w in zip(self.u, self.v, w, strict=True)]
        inverse_delta = pow(self.delta, -1, r)
        self.ic = bound[: circuit.public + 1]
        self.c = [value * inverse_delta % r for value in bound[circuit.public + 1 :]]
        # H in the Lagrange basis of the coset, over delta: ω·x_i·(τ^n + 1)·Z(τ) / (2n·δ·(τ − ω·x_i)).
        points = powers(root, size, r)
        denominators = inverses([(tau - point * coset) * self.delta * 2 * size % r for point in points], r)
        factor = coset * (pow(tau, 2 * size, r) - 1) % r
        self.h = [d * point * factor % r for d, point in zip(denominators, points, strict=True)]


def write_insecure_key(
    circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Progress
) -> None:
    """A key over a domain of 2^log points."""
    from prover_cli import _native

    r, n8r = curve.r, curve.n8r
    setup = _Setup(circuit, log, curve)

    def points(group: int, scalars: list[int]) -> bytes:
        plain = b"".join(scalar.to_bytes(n8r, "little") for scalar in scalars)
        return _native.generator_multiples(curve.name, group, plain, threads)

    def coefficients() -> Iterator[bytes]:
        square = pow(2, 16 * n8r, r)  # coefficients are stored times R²
        entries = [
            (matrix, number, signal, value)
            for number, rows in enumerate(zip(circuit.a, circuit.b, strict=True))
            for matrix, row in enumerate(rows)
            for signal, value in row
        ]
        entries += [(0, len(circuit.a) + signal, signal, 1) for signal in range(circuit.public + 1)]
        yield len(entries).to_bytes(4, "little")
        for matrix, number, signal, value in entries:
            yield b"".join(part.to_bytes(4, "little") for part in (matrix, number, signal))
            yield (value * square % r).to_bytes(n8r, "little")

    def head() -> Iterator[bytes]:
        yield primes(curve)
        for number in (len(circuit.witness), circuit.public, setup.size):
            yield number.to_bytes(4, "little")
        alpha, beta, delta = setup.alpha, setup.beta, setup.delta
        yield points(1, [alpha, beta]) + points(2, [beta, 1]) + points(1, [delta]) + points(2, [delta])

    sections: list[tuple[int, Callable[[], Iterable[bytes]]]] = [
        (1, lambda: [(1).to_bytes(4, "little")]),
        (2, head),
        (3, lambda: [points(1, setup.ic)]),
        (4, coefficients),
        (5, lambda: [points(1, setup.u)]),
        (6, lambda: [points(1, setup.v)]),
        (7, lambda: [points(2, setup.v)]),
        (8, lambda: [points(1, setup.c)]),
        (9, lambda: [points(1, setup.h)]),
        (10, lambda: [bytes(68)]),
    ]
    write_sections(path, b"zkey", sections, progress)
