"""The groups of both curves in plain Python: py_ecc, for the reference engines and for values that are
exported but not used in proofs."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Any

from prover_cli.faults import Code, JobFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1, G2

Point = Any
"""A projective point of py_ecc, which has no types: a tuple of three field elements."""

TERMS = 512
"""How many terms of a sum are held at a time."""


def terms_of(
    factors: Iterable[int], point: Callable[[int], Point], cancel: bytearray | None
) -> Iterator[tuple[int, Point]]:
    """Each factor that is not zero, with the point of its index. Raises JobFault CANCELLED once there is a
    nonzero byte in `cancel`."""
    for index, factor in enumerate(factors):
        if cancel and cancel[0]:
            raise JobFault(Code.CANCELLED, "cancelled")
        if factor:
            yield factor, point(index)


def _py_ecc(name: str) -> ModuleType:
    """A module of py_ecc. Importing it raises the process's recursion limit to 100 000, at which deeply
    nested JSON overflows the stack instead of being refused. py_ecc itself recurses 400 deep, once a bit."""
    before = sys.getrecursionlimit()
    module = import_module(f"py_ecc.{name}")
    sys.setrecursionlimit(before)
    return module


class Group:
    """py_ecc's functions for one curve, with affine integers as input and output."""

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        self.module = _py_ecc("optimized_bn128" if curve.name == "bn128" else "optimized_bls12_381")

    def g1(self, point: G1) -> Point:
        if point == (0, 0):
            return self.module.Z1
        return (self.module.FQ(point[0]), self.module.FQ(point[1]), self.module.FQ.one())

    def g2(self, point: G2) -> Point:
        if point == ((0, 0), (0, 0)):
            return self.module.Z2
        fq2 = self.module.FQ2
        return (fq2(point[0]), fq2(point[1]), fq2.one())

    def affine_g1(self, point: Point) -> G1:
        if self.module.is_inf(point):
            return (0, 0)
        x, y = self.module.normalize(point)
        return (int(x), int(y))

    def affine_g2(self, point: Point) -> G2:
        if self.module.is_inf(point):
            return ((0, 0), (0, 0))
        x, y = self.module.normalize(point)
        return (
            (int(x.coeffs[0]), int(x.coeffs[1])),
            (int(y.coeffs[0]), int(y.coeffs[1])),
        )

    def add(self, left: Point, right: Point) -> Point:
        return self.module.add(left, right)

    def multiply(self, point: Point, scalar: int) -> Point:
        return self.module.multiply(point, scalar)

    def combination(self, terms: Iterable[tuple[int, Point]], zero: Point) -> Point:
        """Σ factor · point, of factors that are not negative. `zero` is the group's point at infinity."""
        total, left = zero, iter(terms)
        while some := list(islice(left, TERMS)):
            total = self.module.add(total, self._combination(some, zero))
        return total

    def _combination(self, terms: Sequence[tuple[int, Point]], zero: Point) -> Point:
        """The bucket method (Pippenger). With 512 terms of the length of a scalar it takes an eighth of the
        time that multiplying each point takes."""
        add, double = self.module.add, self.module.double
        width = max(1, len(terms).bit_length() - 3)
        total = zero
        longest = max(factor.bit_length() for factor, _ in terms)
        for start in reversed(range(0, longest, width)):
            buckets = [zero] * (1 << width)
            for factor, point in terms:
                digit = factor >> start & (1 << width) - 1
                if digit:
                    buckets[digit] = add(buckets[digit], point)
            for _ in range(width):
                total = double(total)
            # Σ d · bucket_d is the sum of Σ_(d ≥ k) bucket_d for all k from 1.
            above = zero
            for bucket in reversed(buckets[1:]):
                above = add(above, bucket)
                total = add(total, above)
        return total

    def fault(self, point: Point, b: Any) -> str | None:
        """What is wrong with a point of the group with constant b, or None."""
        if self.module.is_inf(point):
            return None
        if not self.module.is_on_curve(point, b):
            return "the point is not on its curve"
        if self.curve.name == "bn128" and b is self.module.b:
            return None  # the cofactor is 1: there are no other points
        if not self.module.is_inf(self.module.multiply(point, self.curve.r)):
            return "the point is not in the subgroup of prime order"
        return None

    def pairings_cancel(self, *pairs: tuple[Point, Point]) -> bool:
        """Whether the product of the pairings is 1, each of a point of G2 and one of G1. One final
        exponentiation does for all of them: py_ecc's takes longer than its Miller loop, twice over BN254 and
        eight times over BLS12-381."""
        product = self.module.FQ12.one()
        for in_g2, in_g1 in pairs:
            product *= self.module.pairing(in_g2, in_g1, final_exponentiate=False)
        return bool(self.module.final_exponentiate(product) == self.module.FQ12.one())
