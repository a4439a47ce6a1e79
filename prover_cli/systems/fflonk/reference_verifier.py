"""The verifier (FFLONK, section 7) with py_ecc's pairing. snarkjs' own does not look at `inv`, which its
contract needs; here it must be right."""

from prover_cli.systems.fflonk.proof import Proof
from prover_cli.systems.fflonk.reference_openings import Place, denominators, remainders
from prover_cli.systems.fflonk.verification_key import VerificationKey
from prover_cli.systems.plain_groups import Point
from prover_cli.systems.plonkish import reference_verifier
from prover_cli.systems.plonkish.reference_challenges import challenge, evaluate, lagrange


class ReferenceVerifier(reference_verifier.ReferenceVerifier[VerificationKey, Proof]):
    """Raises SetupFault VKEY_CORRUPT if a point of the key is invalid."""

    proof_type = Proof

    def __init__(self, key: VerificationKey) -> None:
        super().__init__(key, [("C0", key.c0)])

    def holds(self, proof: Proof, points: list[Point], public_signals: tuple[int, ...]) -> bool:
        key, curve, r = self._key, self._key.curve, self._key.curve.r
        n, root = 1 << key.power, key.root
        *evaluations, inverse = proof.evaluations
        beta = challenge(curve, key.c0, *public_signals, proof.points[0])
        gamma = challenge(curve, beta)
        place = Place.drawn(curve, root, gamma, proof.points[1])
        alpha = challenge(curve, place.seed, *evaluations)
        y = challenge(curve, alpha, proof.points[2])
        if inverse * denominators(place, y, n, root, key.n_public, r) % r != 1:
            return False
        quotients = self._quotients(place.xi, evaluations, public_signals, beta, gamma)
        rest = remainders(place, evaluations, quotients, r)
        m0, m1, m2 = place.vanishing(y, r)
        q1, q2 = alpha * m0 * pow(m1, -1, r) % r, alpha * alpha * m0 * pow(m2, -1, r) % r
        value = evaluate(rest.r0, y, r) + q1 * evaluate(rest.r1, y, r) + q2 * evaluate(rest.r2, y, r)
        c1, c2, w1, w2 = points
        (c0,) = self._fixed
        terms = [(1, c0), (q1, c1), (q2, c2), (-value, self._group.module.G1), (-m0, w1), (y, w2)]
        return self.pair(w2, terms)

    def _quotients(
        self, xi: int, evaluations: list[int], public_signals: tuple[int, ...], beta: int, gamma: int
    ) -> tuple[int, int, int]:
        """T0, T1 and T2 at ξ, as the gates and the grand product demand."""
        key, r, n = self._key, self._key.curve.r, 1 << self._key.power
        ql, qr, qm, qo, qc, s1, s2, s3, a, b, c, z, zw, _, _ = evaluations
        over_z_h = pow(pow(xi, n, r) - 1, -1, r)
        bound = -sum(signal * lagrange(i, xi, n, key.root, r) for i, signal in enumerate(public_signals))
        gate = ql * a + qr * b + qm * a * b + qo * c + qc + bound
        start = (z - 1) * lagrange(0, xi, n, key.root, r)
        identity = (a + beta * xi + gamma) * (b + beta * key.k1 * xi + gamma)
        identity = identity * (c + beta * key.k2 * xi + gamma) * z
        permuted = (a + beta * s1 + gamma) * (b + beta * s2 + gamma) * (c + beta * s3 + gamma) * zw
        return gate * over_z_h % r, start * over_z_h % r, (identity - permuted) * over_z_h % r
