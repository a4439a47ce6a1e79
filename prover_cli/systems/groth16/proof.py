"""A Groth16 proof: snarkjs' `proof.json`, and its encoding as bytes."""

from dataclasses import dataclass
from typing import Any, ClassVar

from prover_cli.faults import Code, Fault
from prover_cli.formats.curves import Curve, by_name
from prover_cli.formats.points import (
    CODE,
    G1,
    G2,
    format_g1,
    format_g2,
    g1_bytes,
    g2_bytes,
    parse_g1,
    parse_g2,
)


@dataclass(frozen=True)
class Proof:
    """A Groth16 proof: pi_a and pi_c in G1, pi_b in G2."""

    system: ClassVar[str] = "groth16"

    curve: Curve
    a: G1
    b: G2
    c: G1

    def __repr__(self) -> str:
        return f"<Proof {self.system} over {self.curve.name}>"

    def to_json(self) -> dict[str, Any]:
        """The object that snarkjs writes."""
        return {
            "pi_a": format_g1(self.a),
            "pi_b": format_g2(self.b),
            "pi_c": format_g1(self.c),
            "protocol": "groth16",
            "curve": self.curve.name,
        }

    @staticmethod
    def from_json(value: object) -> "Proof":
        """Raises Fault JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
        if not isinstance(value, dict):
            raise Fault(CODE, "a proof must be a JSON object with pi_a, pi_b and pi_c")
        if value.get("protocol", "groth16") != "groth16":
            raise Fault(Code.PROOF_PROTOCOL, f"the proof is for {value['protocol']!s:.40}, not groth16")
        curve = by_name(value.get("curve", "bn128"))
        return Proof(
            curve,
            parse_g1(value.get("pi_a"), curve, "pi_a"),
            parse_g2(value.get("pi_b"), curve, "pi_b"),
            parse_g1(value.get("pi_c"), curve, "pi_c"),
        )

    def to_bytes(self) -> bytes:
        """A, B, C as plain little-endian coordinates: 8 × n8q bytes."""
        return g1_bytes(self.a, self.curve) + g2_bytes(self.b, self.curve) + g1_bytes(self.c, self.curve)

    @staticmethod
    def from_bytes(data: bytes, curve: Curve) -> "Proof":
        """The inverse of `to_bytes`, for the native engine's own output."""
        n = curve.n8q
        c = [int.from_bytes(data[i : i + n], "little") for i in range(0, 8 * n, n)]
        return Proof(curve, (c[0], c[1]), ((c[2], c[3]), (c[4], c[5])), (c[6], c[7]))
