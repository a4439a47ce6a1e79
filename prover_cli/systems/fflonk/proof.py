"""An FFLONK proof: snarkjs' `proof.json`."""

from typing import Any, Self

from prover_cli.faults import Fault
from prover_cli.formats.points import CODE, format_g1, number, parse_g1
from prover_cli.systems.fflonk.verification_key import require_curve
from prover_cli.systems.plonkish import proof

POINTS = ("C1", "C2", "W1", "W2")
"""Commitments, in the order of the rounds."""

EVALUATIONS = (
    *("ql", "qr", "qm", "qo", "qc", "s1", "s2", "s3", "a", "b", "c", "z"),
    *("zw", "t1w", "t2w", "inv"),
)
"""Values at ξ, then those of z, T1 and T2 at ξ·ω. The last is not a value: it is the inverse of the product
of all that a verifier divides by."""


class Proof(proof.Proof):
    """Four points of G1 and 16 scalars, as POINTS and EVALUATIONS name them."""

    system = "fflonk"
    point_names = POINTS
    evaluation_names = EVALUATIONS

    def to_json(self) -> dict[str, Any]:
        named = zip(EVALUATIONS, self.evaluations, strict=True)
        return {
            "polynomials": {name: format_g1(point) for name, point in zip(POINTS, self.points, strict=True)},
            "evaluations": {name: str(value) for name, value in named},
            "protocol": "fflonk",
            "curve": self.curve.name,
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        given, curve = proof.curve_of(value, "fflonk", "polynomials and evaluations")
        require_curve(curve, "the proof")
        points, values = (_part(given, name) for name in ("polynomials", "evaluations"))
        return cls(
            curve,
            tuple(parse_g1(points.get(name), curve, name) for name in POINTS),
            tuple(number(values.get(name), curve.r, name) for name in EVALUATIONS),
        )


def _part(given: dict[str, Any], name: str) -> dict[str, Any]:
    part = given.get(name)
    if not isinstance(part, dict):
        raise Fault(CODE, f"{name} is not a JSON object")
    return part
