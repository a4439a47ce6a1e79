"""The verifier (PLONK, section 8.4) with py_ecc's pairing."""

from prover_cli.systems.plain_groups import Point
from prover_cli.systems.plonk.proof import Proof
from prover_cli.systems.plonk.verification_key import COMMITMENTS, VerificationKey
from prover_cli.systems.plonkish import reference_verifier
from prover_cli.systems.plonkish.reference_challenges import challenge, lagrange


class ReferenceVerifier(reference_verifier.ReferenceVerifier[VerificationKey, Proof]):
    """Raises SetupFault VKEY_CORRUPT if a point of the key is invalid."""

    proof_type = Proof

    def __init__(self, key: VerificationKey) -> None:
        super().__init__(key, list(zip(COMMITMENTS, key.commitments, strict=True)))

    def holds(self, proof: Proof, points: list[Point], public_signals: tuple[int, ...]) -> bool:
        key, group, curve = self._key, self._group, self._key.curve
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
        left = group.add(w_xi, group.multiply(w_xi_omega, u))
        return self.pair(left, terms)
