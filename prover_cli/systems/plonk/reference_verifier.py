"""The verifier (PLONK, section 8.4) with py_ecc's pairing."""

from collections.abc import Sequence

from prover_cli.faults import Code, SetupFault
from prover_cli.systems import protocols
from prover_cli.systems.plain_groups import Group
from prover_cli.systems.plonk.proof import Proof
from prover_cli.systems.plonk.reference_challenges import challenge, lagrange
from prover_cli.systems.plonk.verification_key import COMMITMENTS, VerificationKey
from prover_cli.systems.public_signals import signal_bytes


class ReferenceVerifier:
    """Raises SetupFault VKEY_CORRUPT if a point of the key is invalid."""

    def __init__(self, key: VerificationKey) -> None:
        self._key = key
        self._group = group = Group(key.curve)
        self._fixed = [group.g1(point) for point in key.commitments]
        self._x2 = group.g2(key.x2)
        named = [(name, point, group.module.b) for name, point in zip(COMMITMENTS, self._fixed, strict=True)]
        for name, point, b in [*named, ("X_2", self._x2, group.module.b2)]:
            reason = group.fault(point, b)
            if not reason and name == "X_2" and group.module.is_inf(point):
                reason = "the point is at infinity"
            if reason:
                raise SetupFault(Code.VKEY_CORRUPT, f"verification key, {name}: {reason}")

    def verify_all(
        self, claims: Sequence[tuple[protocols.Proof, tuple[int, ...]]], threads: int
    ) -> list[bool]:
        """One by one: the reference takes no shortcuts."""
        return [self.verify(proof, signals) for proof, signals in claims]

    def verify(self, proof: protocols.Proof, public_signals: tuple[int, ...]) -> bool:
        """Whether the proof is valid."""
        key, group, curve = self._key, self._group, self._key.curve
        if not isinstance(proof, Proof) or proof.curve is not curve:
            return False
        if signal_bytes(public_signals, key.n_public, curve) is None:
            return False
        points = [group.g1(point) for point in proof.points]
        if any(group.fault(point, group.module.b) for point in points):
            return False
        r, n, root = curve.r, 1 << key.power, key.root
        a, b, c, s1, s2, zw = proof.evaluations
        beta = challenge(curve, *key.commitments, *public_signals, *proof.points[:3])
        gamma = challenge(curve, beta)
        alpha = challenge(curve, beta, gamma, proof.points[3])
        xi = challenge(curve, alpha, *proof.points[4:7])
        v = challenge(curve, xi, *proof.evaluations)
        u = challenge(curve, *proof.points[7:])
        first = lagrange(0, xi, n, root, r)
        bound = -sum(signal * lagrange(i, xi, n, root, r) for i, signal in enumerate(public_signals))
        e3 = alpha * (a + beta * s1 + gamma) * (b + beta * s2 + gamma) * zw % r
        identity = (a + beta * xi + gamma) * (b + beta * key.k1 * xi + gamma) % r
        identity = alpha * identity * (c + beta * key.k2 * xi + gamma)
        constant = bound - alpha * alpha * first - e3 * (c + gamma)
        power = pow(xi, n, r)
        opened = sum(pow(v, i, r) * value for i, value in enumerate((a, b, c, s1, s2), 1))
        qm, ql, qr, qo, qc, fixed_s1, fixed_s2, fixed_s3 = self._fixed
        wire_a, wire_b, wire_c, z, t1, t2, t3, w_xi, w_xi_omega = points
        terms = [
            (a * b, qm), (a, ql), (b, qr), (c, qo), (1, qc),
            (identity + alpha * alpha * first + u, z), (-e3 * beta, fixed_s3),
            (1 - power, t1), ((1 - power) * power, t2), ((1 - power) * power * power, t3),
            (v, wire_a), (pow(v, 2, r), wire_b), (pow(v, 3, r), wire_c),
            (pow(v, 4, r), fixed_s1), (pow(v, 5, r), fixed_s2),
            (xi, w_xi), (u * xi * root, w_xi_omega),
            (constant - opened - u * zw, group.module.G1),
        ]  # fmt: skip
        right = group.module.Z1
        for factor, point in terms:
            right = group.add(right, group.multiply(point, factor % r))
        left = group.add(w_xi, group.multiply(w_xi_omega, u))
        pair = group.module.pairing
        return bool(pair(self._x2, left) == pair(group.module.G2, right))
