"""Compressed points: x, with flags in the bits that the prime leaves free: which of the two y, or infinity.

The larger y is the one with y > −y as integers; in G2, (c1, c0) are compared. There are two encodings:

`big`: big-endian, c1 before c0, flags in the first byte. Three bits on BLS12-381, as defined by Zcash and
adopted by arkworks and gnark (ark-bls12-381, curves/util.rs); two bits on BN254 (gnark-crypto,
ecc/bn254/marshal.go).
`little`: little-endian, c0 before c1, flags in the last byte (ark-serialize, flags.rs, SWFlags).
"""

from collections.abc import Callable

from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1, G2

Compress = Callable[[G1 | G2, Curve], bytes]


def big(point: G1 | G2, curve: Curve) -> bytes:
    """n8q bytes for a point of G1, twice as many for one of G2."""
    x, larger = _halves(point, curve)
    three_bits = 8 * curve.n8q - curve.q.bit_length() >= 3
    if x is None:
        flags = 0b110 if three_bits else 0b010
    else:
        flags = (0b101 if larger else 0b100) if three_bits else (0b110 if larger else 0b100)
    data = bytearray(b"".join(c.to_bytes(curve.n8q, "big") for c in reversed(x or _zero(point))))
    data[0] |= flags << 5
    return bytes(data)


def little(point: G1 | G2, curve: Curve) -> bytes:
    """The same, in arkworks' own layout, which uses two free bits."""
    x, larger = _halves(point, curve)
    data = bytearray(b"".join(c.to_bytes(curve.n8q, "little") for c in x or _zero(point)))
    data[-1] |= 1 << 6 if x is None else int(larger) << 7
    return bytes(data)


def _halves(point: G1 | G2, curve: Curve) -> tuple[tuple[int, ...] | None, bool]:
    """The coefficients of x (None for infinity), and whether y is the larger one."""
    x, y = (c if isinstance(c, tuple) else (c,) for c in point)
    if not any(x) and not any(y):
        return None, False
    other = tuple(-c % curve.q for c in y)
    return x, y[::-1] > other[::-1]


def _zero(point: G1 | G2) -> tuple[int, ...]:
    return (0, 0) if isinstance(point[0], tuple) else (0,)
