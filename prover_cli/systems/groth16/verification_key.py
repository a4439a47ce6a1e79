"""snarkjs' `verification_key.json`."""

from dataclasses import dataclass
from typing import ClassVar

from prover_cli.counting import counted
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
from prover_cli.systems import protocols


@dataclass(frozen=True)
class VerificationKey:
    """What a verifier needs to know about a circuit."""

    system: ClassVar[str] = "groth16"

    curve: Curve
    alpha1: G1
    beta2: G2
    gamma2: G2
    delta2: G2
    ic: tuple[G1, ...]
    """n_public + 1 points."""

    def __repr__(self) -> str:
        signals = counted(self.n_public, "public signal")
        return f"<VerificationKey {self.system} over {self.curve.name}: {signals}>"

    @property
    def n_public(self) -> int:
        return len(self.ic) - 1

    def to_json(self, alphabeta: object = None) -> dict[str, object]:
        """The object that snarkjs writes, with its fields in the same order. `alphabeta` is
        `vk_alphabeta_12`, a value in the target group that no verifier needs (snarkjs' own recomputes it).
        None leaves it out.
        """
        paired = {} if alphabeta is None else {"vk_alphabeta_12": alphabeta}
        return {
            "protocol": "groth16",
            "curve": self.curve.name,
            "nPublic": self.n_public,
            "vk_alpha_1": format_g1(self.alpha1),
            "vk_beta_2": format_g2(self.beta2),
            "vk_gamma_2": format_g2(self.gamma2),
            "vk_delta_2": format_g2(self.delta2),
            **paired,
            "IC": [format_g1(point) for point in self.ic],
        }

    def differences(self, other: protocols.VerificationKey) -> list[str]:
        """The fields of snarkjs' object that differ between the two."""
        if not isinstance(other, VerificationKey):
            return ["protocol"]
        mine, theirs = self.to_json(), other.to_json()
        return [name for name, value in mine.items() if theirs[name] != value]

    @staticmethod
    def from_json(value: object) -> "VerificationKey":
        """Raises Fault JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
        if not isinstance(value, dict):
            raise Fault(CODE, "a verification key must be a JSON object")
        if value.get("protocol", "groth16") != "groth16":
            raise Fault(Code.PROOF_PROTOCOL, f"the key is for {value['protocol']!s:.40}, not groth16")
        curve = by_name(value.get("curve", "bn128"))
        ic = value.get("IC")
        if not isinstance(ic, list) or not ic:
            raise Fault(CODE, "IC is not a list of points")
        if str(value.get("nPublic", len(ic) - 1)) != str(len(ic) - 1):
            raise Fault(CODE, f"nPublic does not match the {len(ic)} points of IC")
        return VerificationKey(
            curve,
            parse_g1(value.get("vk_alpha_1"), curve, "vk_alpha_1"),
            parse_g2(value.get("vk_beta_2"), curve, "vk_beta_2"),
            parse_g2(value.get("vk_gamma_2"), curve, "vk_gamma_2"),
            parse_g2(value.get("vk_delta_2"), curve, "vk_delta_2"),
            tuple(parse_g1(point, curve, f"IC[{i}]") for i, point in enumerate(ic)),
        )

    def to_bytes(self) -> bytes:
        """alpha, beta, gamma, delta, IC as plain little-endian coordinates."""
        return b"".join(
            [
                g1_bytes(self.alpha1, self.curve),
                *(g2_bytes(p, self.curve) for p in (self.beta2, self.gamma2, self.delta2)),
                *(g1_bytes(p, self.curve) for p in self.ic),
            ]
        )
