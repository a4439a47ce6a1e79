"""A `.ptau` with a known τ, for `snarkjs … setup` in tests and measurements: a ceremony by snarkjs of the
sizes that PLONK and FFLONK need takes hours. Never for use: anyone who reads this file can forge proofs.

    python tests/powers_of_tau.py 14 out.ptau [bn128|bls12381]

The format is snarkjs' (src/powersoftau_utils.js, src/powersoftau_preparephase2.js), prepared for phase 2.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prover_cli.formats.curves import Curve, by_name
from prover_cli.systems.insecure_setup import TAU, lagrange_at, powers, primes, secret, write_sections


def write_ptau(path: Path, power: int, curve: Curve, *, threads: int = 1) -> None:
    """Powers up to 2^power, and their Lagrange forms."""
    from prover_cli import _native

    r = curve.r
    tau, alpha, beta = (secret(number, r) for number in (TAU, 13, 17))
    first = powers(tau, (2 << power) - 1, r)

    def points(group: int, scalars: Iterable[int]) -> bytes:
        plain = b"".join(scalar.to_bytes(curve.n8r, "little") for scalar in scalars)
        return _native.generator_multiples(curve.name, group, plain, threads)

    def times(factor: int) -> list[int]:
        return [factor * value % r for value in first[: 1 << power]]

    def lagrange(group: int, factor: int, most: int) -> Iterator[bytes]:
        for log in range(most + 1):
            root = pow(5, (r - 1) >> log, r)
            yield points(group, (factor * value % r for value in lagrange_at(tau, root, 1 << log, r)))

    def head() -> bytes:
        size = curve.n8q.to_bytes(4, "little") + curve.q.to_bytes(curve.n8q, "little")
        return size + 2 * power.to_bytes(4, "little")

    assert primes(curve).startswith(head()[:-8]), "the base field's prime comes first"
    sections: list[tuple[int, Callable[[], Iterable[bytes]]]] = [
        (1, lambda: [head()]),
        (2, lambda: [points(1, first)]),
        (3, lambda: [points(2, first[: 1 << power])]),
        (4, lambda: [points(1, times(alpha))]),
        (5, lambda: [points(1, times(beta))]),
        (6, lambda: [points(2, [beta])]),
        (7, lambda: [bytes(4)]),
        (12, lambda: lagrange(1, 1, power + 1)),
        (13, lambda: lagrange(2, 1, power)),
        (14, lambda: lagrange(1, alpha, power)),
        (15, lambda: lagrange(1, beta, power)),
    ]
    write_sections(path, b"ptau", sections, lambda _: None)


if __name__ == "__main__":
    wanted = by_name(sys.argv[3] if len(sys.argv) > 3 else "bn128")
    write_ptau(Path(sys.argv[2]), int(sys.argv[1]), wanted, threads=2)
