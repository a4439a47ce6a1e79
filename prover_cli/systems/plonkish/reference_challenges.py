"""The transcript in plain Python, and what prover and verifier of the reference engine share besides."""

from collections.abc import Sequence

from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1
from prover_cli.systems.plain_keccak import keccak256


def challenge(curve: Curve, *absorbed: int | G1) -> int:
    """Keccak-256 of scalars and points, big-endian, as a scalar."""
    parts = []
    for item in absorbed:
        if isinstance(item, int):
            parts.append(item.to_bytes(curve.n8r, "big"))
        else:
            parts += [coordinate.to_bytes(curve.n8q, "big") for coordinate in item]
    return int.from_bytes(keccak256(b"".join(parts)), "big") % curve.r


def evaluate(polynomial: Sequence[int], at: int, r: int) -> int:
    """The value at a point, by Horner's rule."""
    value = 0
    for coefficient in reversed(polynomial):
        value = (value * at + coefficient) % r
    return value


def lagrange(index: int, at: int, size: int, root: int, r: int) -> int:
    """L_(index+1) at a point outside the domain, which is 1 at root^index and 0 at its other points."""
    point = pow(root, index, r)
    return point * (pow(at, size, r) - 1) * pow(size * (at - point), -1, r) % r
