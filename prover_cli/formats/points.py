"""Points and numbers as snarkjs writes them in JSON: decimal strings, projective with z = 1.

Everything that snarkjs reads is accepted: also hex strings with 0x, whole numbers, and points with only two
coordinates.
"""

import re
from collections.abc import Sequence

from prover_cli.faults import Code, Fault
from prover_cli.formats.curves import Curve

G1 = tuple[int, int]
"""x, y as plain integers. (0, 0), which satisfies neither curve's equation, stands for infinity."""
G2 = tuple[tuple[int, int], tuple[int, int]]
"""x, y, each (c0, c1)."""

CODE = Code.JSON_CORRUPT

_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]+", re.ASCII)


def number(value: object, bound: int, what: str) -> int:
    """A number from 0 up to but not including `bound`. Raises Fault JSON_CORRUPT."""
    if isinstance(value, int) and not isinstance(value, bool):
        result = value
    elif isinstance(value, str) and len(value) <= 200 and _NUMBER.fullmatch(value):
        result = int(value, 16 if value[:2] in ("0x", "0X") else 10)
    else:
        raise Fault(CODE, f"{what} is not a string of digits, or of 0x and hex digits")
    if result < 0:
        raise Fault(CODE, f"{what} is negative")
    if result >= bound:
        raise Fault(CODE, f"{what} is not below the field's prime")
    return result


def _list(value: object, length: int, what: str, last: object = None) -> Sequence[object]:
    """A list of this length. If one element is missing, `last` is appended."""
    if isinstance(value, list) and last is not None and len(value) == length - 1:
        return [*value, last]
    if not isinstance(value, list) or len(value) != length:
        few = "" if last is None else f"{length - 1} or "
        raise Fault(CODE, f"{what} is not a list of {few}{length}")
    return value


def parse_g1(value: object, curve: Curve, what: str) -> G1:
    """A point of G1 on its curve. Raises Fault JSON_CORRUPT."""
    x, y, z = (number(c, curve.q, f"{what}[{i}]") for i, c in enumerate(_list(value, 3, what, "1")))
    if z == 0:
        return (0, 0)
    if z != 1:
        raise Fault(CODE, f"{what} is not affine (its third coordinate is not 1)")
    if (y * y - x * x * x - curve.b) % curve.q:
        raise Fault(CODE, f"{what} is not on the curve")
    return (x, y)


def parse_g2(value: object, curve: Curve, what: str) -> G2:
    """A point of G2 on its curve. The verifier checks its subgroup. Raises Fault JSON_CORRUPT."""
    coordinates = []
    for i, pair in enumerate(_list(value, 3, what, ["1", "0"])):
        c0, c1 = _list(pair, 2, f"{what}[{i}]")
        coordinates.append((number(c0, curve.q, f"{what}[{i}][0]"), number(c1, curve.q, f"{what}[{i}][1]")))
    x, y, z = coordinates
    if z == (0, 0):
        return ((0, 0), (0, 0))
    if z != (1, 0):
        raise Fault(CODE, f"{what} is not affine (its third coordinate is not 1)")
    left = _times(y, y, curve.q)
    right = _times(_times(x, x, curve.q), x, curve.q)
    if any((a - b - c) % curve.q for a, b, c in zip(left, right, curve.b2, strict=True)):
        raise Fault(CODE, f"{what} is not on the curve")
    return (x, y)


def _times(a: tuple[int, int], b: tuple[int, int], q: int) -> tuple[int, int]:
    return ((a[0] * b[0] - a[1] * b[1]) % q, (a[0] * b[1] + a[1] * b[0]) % q)


def format_g1(point: G1) -> list[str]:
    """snarkjs' three strings. Infinity is 0, 1, 0."""
    return ["0", "1", "0"] if point == (0, 0) else [str(point[0]), str(point[1]), "1"]


def format_g2(point: G2) -> list[list[str]]:
    """snarkjs' three pairs."""
    if point == ((0, 0), (0, 0)):
        return [["0", "0"], ["1", "0"], ["0", "0"]]
    return [[str(c) for c in point[0]], [str(c) for c in point[1]], ["1", "0"]]


def g1_bytes(point: G1, curve: Curve) -> bytes:
    """x, y as plain little-endian integers, as the native engine expects them."""
    return b"".join(c.to_bytes(curve.n8q, "little") for c in point)


def g2_bytes(point: G2, curve: Curve) -> bytes:
    """x.c0, x.c1, y.c0, y.c1 as plain little-endian integers."""
    return g1_bytes(point[0], curve) + g1_bytes(point[1], curve)
