"""What the verifiers of both systems do around their equation, with py_ecc's pairing."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from prover_cli.formats.points import G1
from prover_cli.systems import protocols
from prover_cli.systems.plain_groups import Group, Point
from prover_cli.systems.plain_verifier import PlainVerifier, require_points
from prover_cli.systems.plonkish.proof import Proof
from prover_cli.systems.plonkish.verification_key import VerificationKey
from prover_cli.systems.public_signals import signal_bytes

V = TypeVar("V", bound=VerificationKey)
P = TypeVar("P", bound=Proof)


class ReferenceVerifier(PlainVerifier, Generic[V, P]):
    """Raises SetupFault VKEY_CORRUPT if a point of the key is invalid."""

    proof_type: type[P]

    def __init__(self, key: V, points: Sequence[tuple[str, G1]]) -> None:
        """`points` are the key's in G1, by name."""
        self._key = key
        self._group = group = Group(key.curve)
        self._fixed = [group.g1(point) for _, point in points]
        self._x2 = group.g2(key.x2)
        named = [(name, group.g1(point), group.module.b) for name, point in points]
        require_points(group, [*named, ("X_2", self._x2, group.module.b2)], finite=("X_2",))

    def verify(self, proof: protocols.Proof, public_signals: tuple[int, ...]) -> bool:
        """Whether the proof is valid."""
        key, group, curve = self._key, self._group, self._key.curve
        if not isinstance(proof, self.proof_type) or proof.curve is not curve:
            return False
        if signal_bytes(public_signals, key.n_public, curve) is None:
            return False
        if any(not 0 <= value < curve.r for value in proof.evaluations):
            return False
        points = [group.g1(point) for point in proof.points]
        if any(group.fault(point, group.module.b) for point in points):
            return False
        return self.holds(proof, points, public_signals)

    @abstractmethod
    def holds(self, proof: P, points: list[Point], public_signals: tuple[int, ...]) -> bool:
        """Whether the equation holds. `points` are the proof's, in their group."""

    def pair(self, left: Point, terms: Sequence[tuple[int, Point]]) -> bool:
        """Whether e(left, τ·G2) = e(Σ factor · point, G2)."""
        group = self._group
        reduced = ((factor % group.curve.r, point) for factor, point in terms)
        right = group.combination(reduced, group.module.Z1)
        return group.pairings_cancel((self._x2, left), (group.module.G2, group.module.neg(right)))
