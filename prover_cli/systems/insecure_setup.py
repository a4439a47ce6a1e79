"""Keys for benchmarks, made with a known setup: for measuring, never for use. Anyone who reads this file can
forge proofs for them. Each system has an `insecure_key` that makes its own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover_cli.formats.curves import Curve

Row = list[tuple[int, int]]
"""Signals and their coefficients."""

PUBLIC = 1
"""Public signals, unless a circuit says otherwise."""

Progress = Callable[[str], None]

TAU = 11
"""What `secret` makes the secret of the powers of tau from."""


def secret(number: int, r: int) -> int:
    """Not a secret at all: anybody can make it."""
    return pow(number, 0x1234567, r)


@dataclass
class Circuit:
    """A constraint system with a witness that satisfies it. Signals: 1, the public ones, the others."""

    a: list[Row]
    b: list[Row]
    c: list[Row]
    witness: list[int]
    public: int = PUBLIC


def inverses(values: list[int], r: int) -> list[int]:
    """All inverses at once, by Montgomery's trick. No value may be zero."""
    product, before = 1, []
    for value in values:
        before.append(product)
        product = product * value % r
    inverse = pow(product, -1, r)
    inverted = [0] * len(values)
    for i in range(len(values) - 1, -1, -1):
        inverted[i] = inverse * before[i] % r
        inverse = inverse * values[i] % r
    return inverted


def powers(base: int, count: int, r: int) -> list[int]:
    """1, base, base², …"""
    found = [1]
    for _ in range(count - 1):
        found.append(found[-1] * base % r)
    return found


def lagrange_at(tau: int, root: int, size: int, r: int) -> list[int]:
    """The Lagrange polynomials of the domain of `size` powers of `root`, at τ."""
    points = powers(root, size, r)
    vanishing = (pow(tau, size, r) - 1) % r
    denominators = inverses([(tau - point) * size % r for point in points], r)
    return [d * point % r * vanishing % r for d, point in zip(denominators, points, strict=True)]


def _section(number: int, parts: Iterable[bytes]) -> Iterator[bytes]:
    body = b"".join(parts)
    yield number.to_bytes(4, "little") + len(body).to_bytes(8, "little")
    yield body


def write_sections(
    path: Path,
    magic: bytes,
    sections: Sequence[tuple[int, Callable[[], Iterable[bytes]]]],
    progress: Progress,
) -> None:
    """A container of version 1 with these sections, one made after the other."""
    with path.open("wb") as file:
        file.write(magic + (1).to_bytes(4, "little") + len(sections).to_bytes(4, "little"))
        for number, parts in sections:
            progress(f"section {number} of {len(sections)}")
            file.writelines(_section(number, parts()))


def primes(curve: Curve) -> bytes:
    """Both primes with their sizes, as headers begin."""
    sized = ((curve.q, curve.n8q), (curve.r, curve.n8r))
    return b"".join(size.to_bytes(4, "little") + prime.to_bytes(size, "little") for prime, size in sized)
