"""Proofs of points and evaluations, and their encoding as bytes."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from prover_cli.faults import Code, Fault
from prover_cli.formats.curves import Curve, by_name
from prover_cli.formats.points import CODE, G1, g1_bytes


@dataclass(frozen=True, repr=False)
class Proof(ABC):
    """Points of G1, and scalars."""

    system: ClassVar[str]
    point_names: ClassVar[tuple[str, ...]]
    evaluation_names: ClassVar[tuple[str, ...]]

    curve: Curve
    points: tuple[G1, ...]
    evaluations: tuple[int, ...]

    def __repr__(self) -> str:
        return f"<Proof {self.system} over {self.curve.name}>"

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The object that snarkjs writes."""

    @classmethod
    @abstractmethod
    def from_json(cls, value: object) -> Self:
        """Raises Fault JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""

    def to_bytes(self) -> bytes:
        """The points' coordinates, then the evaluations, as plain little-endian integers."""
        points = b"".join(g1_bytes(point, self.curve) for point in self.points)
        return points + b"".join(value.to_bytes(self.curve.n8r, "little") for value in self.evaluations)

    @classmethod
    def from_bytes(cls, data: bytes, curve: Curve) -> Self:
        """The inverse of `to_bytes`, for the engines' own output."""
        n, end = curve.n8q, len(cls.point_names) * curve.g1_size
        c = [int.from_bytes(data[i : i + n], "little") for i in range(0, end, n)]
        n = curve.n8r
        values = (int.from_bytes(data[i : i + n], "little") for i in range(end, len(data), n))
        return cls(curve, tuple(zip(c[::2], c[1::2], strict=True)), tuple(values))

    @property
    def numbers(self) -> list[int]:
        """Coordinates and evaluations, as snarkjs' contracts take them."""
        return [coordinate for point in self.points for coordinate in point] + list(self.evaluations)


def curve_of(value: object, system: str, parts: str) -> tuple[dict[str, Any], Curve]:
    """snarkjs' object, which has these `parts`, and its curve. Raises Fault JSON_CORRUPT, CURVE_UNKNOWN,
    PROOF_PROTOCOL."""
    if not isinstance(value, dict):
        raise Fault(CODE, f"a proof must be a JSON object with {parts}")
    if value.get("protocol") != system:
        raise Fault(Code.PROOF_PROTOCOL, f"the proof is for {value.get('protocol')!s:.40}, not {system}")
    return value, by_name(value.get("curve", "bn128"))
