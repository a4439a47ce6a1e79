"""A PLONK proof: snarkjs' `proof.json`."""

from typing import Any, Self

from prover_cli.formats.points import format_g1, number, parse_g1
from prover_cli.systems.plonkish import proof

POINTS = ("A", "B", "C", "Z", "T1", "T2", "T3", "Wxi", "Wxiw")
"""Commitments, in the order of the rounds."""

EVALUATIONS = ("eval_a", "eval_b", "eval_c", "eval_s1", "eval_s2", "eval_zw")
"""Values at ξ, the last at ξ·ω."""


class Proof(proof.Proof):
    """Nine points of G1 and six scalars, as POINTS and EVALUATIONS name them."""

    system = "plonk"
    point_names = POINTS
    evaluation_names = EVALUATIONS

    def to_json(self) -> dict[str, Any]:
        return {
            **{name: format_g1(point) for name, point in zip(POINTS, self.points, strict=True)},
            **{name: str(value) for name, value in zip(EVALUATIONS, self.evaluations, strict=True)},
            "protocol": "plonk",
            "curve": self.curve.name,
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        given, curve = proof.curve_of(value, "plonk", "A, B, C and others")
        return cls(
            curve,
            tuple(parse_g1(given.get(name), curve, name) for name in POINTS),
            tuple(number(given.get(name), curve.r, name) for name in EVALUATIONS),
        )
