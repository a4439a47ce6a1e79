"""A PLONK proof: snarkjs' `proof.json`, and its encoding as bytes."""

from dataclasses import dataclass
from typing import Any, ClassVar

from prover_cli.faults import Code, Fault
from prover_cli.formats.curves import Curve, by_name
from prover_cli.formats.points import CODE, G1, format_g1, g1_bytes, number, parse_g1

POINTS = ("A", "B", "C", "Z", "T1", "T2", "T3", "Wxi", "Wxiw")
"""Commitments, in the order of the rounds."""

EVALUATIONS = ("eval_a", "eval_b", "eval_c", "eval_s1", "eval_s2", "eval_zw")
"""Values at ξ, the last at ξ·ω."""


@dataclass(frozen=True)
class Proof:
    """Nine points of G1 and six scalars, as POINTS and EVALUATIONS name them."""

    system: ClassVar[str] = "plonk"

    curve: Curve
    points: tuple[G1, ...]
    evaluations: tuple[int, ...]

    def __repr__(self) -> str:
        return f"<Proof {self.system} over {self.curve.name}>"

    def to_json(self) -> dict[str, Any]:
        """The object that snarkjs writes."""
        return {
            **{name: format_g1(point) for name, point in zip(POINTS, self.points, strict=True)},
            **{name: str(value) for name, value in zip(EVALUATIONS, self.evaluations, strict=True)},
            "protocol": "plonk",
            "curve": self.curve.name,
        }

    @staticmethod
    def from_json(value: object) -> "Proof":
        """Raises Fault JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
        if not isinstance(value, dict):
            raise Fault(CODE, "a proof must be a JSON object with A, B, C and others")
        if value.get("protocol") != "plonk":
            raise Fault(Code.PROOF_PROTOCOL, f"the proof is for {value.get('protocol')!s:.40}, not plonk")
        curve = by_name(value.get("curve", "bn128"))
        return Proof(
            curve,
            tuple(parse_g1(value.get(name), curve, name) for name in POINTS),
            tuple(number(value.get(name), curve.r, name) for name in EVALUATIONS),
        )

    def to_bytes(self) -> bytes:
        """The points' coordinates, then the evaluations, as plain little-endian integers."""
        points = b"".join(g1_bytes(point, self.curve) for point in self.points)
        return points + b"".join(value.to_bytes(self.curve.n8r, "little") for value in self.evaluations)

    @staticmethod
    def from_bytes(data: bytes, curve: Curve) -> "Proof":
        """The inverse of `to_bytes`, for the engines' own output."""
        n, end = curve.n8q, len(POINTS) * curve.g1_size
        c = [int.from_bytes(data[i : i + n], "little") for i in range(0, end, n)]
        n = curve.n8r
        values = (int.from_bytes(data[i : i + n], "little") for i in range(end, len(data), n))
        return Proof(curve, tuple(zip(c[::2], c[1::2], strict=True)), tuple(values))
