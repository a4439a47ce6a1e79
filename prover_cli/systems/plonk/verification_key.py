"""snarkjs' `verification_key.json` for PLONK."""

from dataclasses import dataclass
from typing import ClassVar, Self

from prover_cli.formats.points import (
    G1,
    format_g1,
    format_g2,
    g1_bytes,
    g2_bytes,
    parse_g1,
    parse_g2,
)
from prover_cli.systems.plonkish import verification_key

COMMITMENTS = ("Qm", "Ql", "Qr", "Qo", "Qc", "S1", "S2", "S3")
"""What a key commits to, in the order of the file, of the transcript, and of snarkjs' object."""


@dataclass(frozen=True, repr=False)
class VerificationKey(verification_key.VerificationKey):
    """What a verifier needs to know about a circuit."""

    system: ClassVar[str] = "plonk"

    commitments: tuple[G1, ...]
    """As COMMITMENTS names them."""

    def to_json(self) -> dict[str, object]:
        return {
            **self._sizes(),
            **{name: format_g1(point) for name, point in zip(COMMITMENTS, self.commitments, strict=True)},
            "X_2": format_g2(self.x2),
            "w": str(self.root),
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        given, curve, n_public, power, k1, k2 = verification_key.parse_sizes(value, "plonk")
        found = cls(
            curve,
            n_public,
            power,
            k1,
            k2,
            parse_g2(given.get("X_2"), curve, "X_2"),
            tuple(parse_g1(given.get(name), curve, name) for name in COMMITMENTS),
        )
        verification_key.require_roots(given, {"w": found.root}, curve, power)
        return found

    def to_bytes(self) -> bytes:
        """The commitments, X_2, k1, k2 as plain little-endian integers."""
        points = b"".join(g1_bytes(point, self.curve) for point in self.commitments)
        return points + g2_bytes(self.x2, self.curve) + self.constants()
