"""snarkjs' `verification_key.json` for FFLONK."""

from dataclasses import dataclass
from typing import ClassVar, Self

from prover_cli.faults import Code, Fault
from prover_cli.formats.curves import BN254, Curve
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


def roots(curve: Curve, power: int) -> dict[str, int]:
    """The roots of unity that a key over a domain of 2^power points names: the domain's generator w, those of
    order 3, 4 and 8, and wr, the cube root of w in the domain."""
    r = curve.r
    w = pow(5, (r - 1) >> power, r)
    return {
        "w": w,
        "w3": pow(5, 2 * (r - 1) // 3, r),
        "w4": pow(5, (r - 1) // 4, r),
        "w8": pow(5, (r - 1) // 8, r),
        "wr": pow(w, pow(3, -1, 1 << power), r),
    }


@dataclass(frozen=True, repr=False)
class VerificationKey(verification_key.VerificationKey):
    """What a verifier needs to know about a circuit."""

    system: ClassVar[str] = "fflonk"

    c0: G1
    """The commitment to the selectors and the permutation, interleaved."""

    @property
    def roots(self) -> dict[str, int]:
        """w, w3, w4, w8, wr."""
        return roots(self.curve, self.power)

    def to_json(self) -> dict[str, object]:
        return {
            **self._sizes(),
            **{name: str(root) for name, root in self.roots.items()},
            "X_2": format_g2(self.x2),
            "C0": format_g1(self.c0),
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        given, curve, n_public, power, k1, k2 = verification_key.parse_sizes(value, "fflonk")
        require_curve(curve, "the key")
        found = cls(
            curve,
            n_public,
            power,
            k1,
            k2,
            parse_g2(given.get("X_2"), curve, "X_2"),
            parse_g1(given.get("C0"), curve, "C0"),
        )
        verification_key.require_roots(given, found.roots, curve, power)
        return found

    def to_bytes(self) -> bytes:
        """C0, X_2, k1, k2 as plain little-endian integers."""
        return g1_bytes(self.c0, self.curve) + g2_bytes(self.x2, self.curve) + self.constants()


def require_curve(curve: Curve, what: str) -> None:
    """Raises Fault CURVE_UNKNOWN unless FFLONK works over a curve. snarkjs' setup ends without an error over
    others, but its roots of unity are those of bn128, so nothing proves with such keys."""
    if curve is not BN254:
        raise Fault(
            Code.CURVE_UNKNOWN, f"{what} is over {curve.name}, and FFLONK works over {BN254.name} only"
        )
