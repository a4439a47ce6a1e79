"""snarkjs' `verification_key.json` for PLONK."""

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
    number,
    parse_g1,
    parse_g2,
)
from prover_cli.systems import protocols

COMMITMENTS = ("Qm", "Ql", "Qr", "Qo", "Qc", "S1", "S2", "S3")
"""What a key commits to, in the order of the file, of the transcript, and of snarkjs' object."""


@dataclass(frozen=True)
class VerificationKey:
    """What a verifier needs to know about a circuit."""

    system: ClassVar[str] = "plonk"

    curve: Curve
    n_public: int
    power: int
    """The domain has 2^power points."""
    k1: int
    k2: int
    """What tells the positions of the second and the third wire from those of the first."""
    commitments: tuple[G1, ...]
    """As COMMITMENTS names them."""
    x2: G2
    """τ in G2."""

    def __repr__(self) -> str:
        signals = counted(self.n_public, "public signal")
        return f"<VerificationKey {self.system} over {self.curve.name}: {signals}>"

    @property
    def root(self) -> int:
        """The generator of the domain: 5^((r−1)/2^power). 5 is the non-residue that circom's tools use."""
        return pow(5, (self.curve.r - 1) >> self.power, self.curve.r)

    def to_json(self) -> dict[str, object]:
        """The object that snarkjs writes, with its fields in the same order."""
        return {
            "protocol": "plonk",
            "curve": self.curve.name,
            "nPublic": self.n_public,
            "power": self.power,
            "k1": str(self.k1),
            "k2": str(self.k2),
            **{name: format_g1(point) for name, point in zip(COMMITMENTS, self.commitments, strict=True)},
            "X_2": format_g2(self.x2),
            "w": str(self.root),
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
        if value.get("protocol") != "plonk":
            raise Fault(Code.PROOF_PROTOCOL, f"the key is for {value.get('protocol')!s:.40}, not plonk")
        curve = by_name(value.get("curve", "bn128"))
        power = number(value.get("power"), curve.r, "power")
        if power >= curve.two_adicity - 1:
            raise Fault(CODE, f"power: the field has no domain of 2^{power} points with its cosets")
        n_public = number(value.get("nPublic"), curve.r, "nPublic")
        if n_public > 1 << power:
            raise Fault(CODE, f"nPublic is larger than the domain of 2^{power} points")
        found = VerificationKey(
            curve,
            n_public,
            power,
            number(value.get("k1"), curve.r, "k1"),
            number(value.get("k2"), curve.r, "k2"),
            tuple(parse_g1(value.get(name), curve, name) for name in COMMITMENTS),
            parse_g2(value.get("X_2"), curve, "X_2"),
        )
        if "w" in value and number(value["w"], curve.r, "w") != found.root:
            raise Fault(CODE, f"w is not the root of unity of a domain of 2^{power} points")
        return found

    def to_bytes(self) -> bytes:
        """The commitments, X_2, k1, k2 as plain little-endian integers."""
        points = b"".join(g1_bytes(point, self.curve) for point in self.commitments)
        size = self.curve.n8r
        constants = self.k1.to_bytes(size, "little") + self.k2.to_bytes(size, "little")
        return points + g2_bytes(self.x2, self.curve) + constants
