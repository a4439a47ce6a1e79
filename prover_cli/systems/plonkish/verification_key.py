"""Verification keys of gates: what snarkjs' `verification_key.json` has for both systems."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from prover_cli.counting import counted
from prover_cli.faults import Code, Fault
from prover_cli.formats.curves import Curve, by_name
from prover_cli.formats.points import CODE, G2, number
from prover_cli.systems import protocols


@dataclass(frozen=True, repr=False)
class VerificationKey(ABC):
    """What a verifier needs to know about a circuit."""

    system: ClassVar[str]

    curve: Curve
    n_public: int
    power: int
    """The domain has 2^power points."""
    k1: int
    k2: int
    """What tells the positions of the second and the third wire from those of the first."""
    x2: G2
    """τ in G2."""

    def __repr__(self) -> str:
        signals = counted(self.n_public, "public signal")
        return f"<VerificationKey {self.system} over {self.curve.name}: {signals}>"

    @property
    def root(self) -> int:
        """The generator of the domain: 5^((r−1)/2^power). 5 is the non-residue that circom's tools use."""
        return pow(5, (self.curve.r - 1) >> self.power, self.curve.r)

    @abstractmethod
    def to_json(self) -> dict[str, object]:
        """The object that snarkjs writes, with its fields in the same order."""

    @classmethod
    @abstractmethod
    def from_json(cls, value: object) -> Self:
        """Raises Fault JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""

    @abstractmethod
    def to_bytes(self) -> bytes:
        """As the extension takes it."""

    def constants(self) -> bytes:
        """k1, k2 as plain little-endian integers."""
        size = self.curve.n8r
        return self.k1.to_bytes(size, "little") + self.k2.to_bytes(size, "little")

    def differences(self, other: protocols.VerificationKey) -> list[str]:
        """The fields of snarkjs' object that differ between the two."""
        if not isinstance(other, type(self)):
            return ["protocol"]
        mine, theirs = self.to_json(), other.to_json()
        return [name for name, value in mine.items() if theirs[name] != value]

    def _sizes(self) -> dict[str, object]:
        """The first fields of snarkjs' object."""
        return {
            "protocol": self.system,
            "curve": self.curve.name,
            "nPublic": self.n_public,
            "power": self.power,
            "k1": str(self.k1),
            "k2": str(self.k2),
        }


def parse_sizes(value: object, system: str) -> tuple[Mapping[str, Any], Curve, int, int, int, int]:
    """The object, and the values of its first fields: curve, nPublic, power, k1, k2.

    Raises Fault JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL.
    """
    if not isinstance(value, dict):
        raise Fault(CODE, "a verification key must be a JSON object")
    if value.get("protocol") != system:
        raise Fault(Code.PROOF_PROTOCOL, f"the key is for {value.get('protocol')!s:.40}, not {system}")
    curve = by_name(value.get("curve", "bn128"))
    power = number(value.get("power"), curve.r, "power")
    if power >= curve.two_adicity - 1:
        raise Fault(CODE, f"power: the field has no domain of 2^{power} points with its cosets")
    n_public = number(value.get("nPublic"), curve.r, "nPublic")
    if n_public > 1 << power:
        raise Fault(CODE, f"nPublic is larger than the domain of 2^{power} points")
    k1, k2 = (number(value.get(name), curve.r, name) for name in ("k1", "k2"))
    return value, curve, n_public, power, k1, k2


def require_roots(given: Mapping[str, Any], roots: Mapping[str, int], curve: Curve, power: int) -> None:
    """Raises Fault JSON_CORRUPT unless the roots of unity in an object are these. They may be missing."""
    for name, root in roots.items():
        if name in given and number(given[name], curve.r, name) != root:
            raise Fault(CODE, f"{name} is not the root of unity of a domain of 2^{power} points")
