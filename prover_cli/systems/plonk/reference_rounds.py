"""The five rounds of the prover (PLONK, section 8.3) in plain Python: see `plonkish.reference_rounds`."""

from prover_cli.formats.wtns import Witness
from prover_cli.systems.plonk.blinding import Blinding
from prover_cli.systems.plonk.proof import Proof
from prover_cli.systems.plonk.reference import ReferenceKey
from prover_cli.systems.plonkish import reference_rounds
from prover_cli.systems.plonkish.reference import Polynomial
from prover_cli.systems.plonkish.reference_challenges import challenge, evaluate, lagrange


class Rounds(reference_rounds.Rounds):
    """One proof."""

    def __init__(
        self, key: ReferenceKey, witness: Witness, blinding: Blinding, cancel: bytearray | None
    ) -> None:
        super().__init__(key, witness, cancel)
        self._b = (0, *blinding.factors)
        self._fixed = key.mapped.verification_key.commitments

    def proof(self) -> Proof:
        """Raises Unsatisfied and JobFault CANCELLED."""
        b, curve, key = self._b, self._curve, self._key
        polynomials = [
            self._interpolated(column, *factors)
            for column, factors in zip(self._columns, ((b[2], b[1]), (b[4], b[3]), (b[6], b[5])), strict=True)
        ]
        wires = [self._commit(polynomial) for polynomial in polynomials]
        beta = challenge(curve, *self._fixed, *self._public, *wires)
        gamma = challenge(curve, beta)
        z = self._interpolated(self._grand_product(beta, gamma), b[9], b[8], b[7])
        committed_z = self._commit(z)
        alpha = challenge(curve, beta, gamma, committed_z)
        quotient = self._quotient(polynomials, z, beta, gamma, alpha)
        n = self._n
        t1, t2, t3 = quotient[:n], quotient[n : 2 * n], quotient[2 * n :]
        t1, t2 = [*t1, b[10]], [t2[0] - b[10], *t2[1:], b[11]]
        t3 = [t3[0] - b[11], *t3[1:]]
        parts = [[c % self._r for c in part] for part in (t1, t2, t3)]
        committed = [self._commit(part) for part in parts]
        xi = challenge(curve, alpha, *committed)
        at_xi = [*polynomials, key.polynomials[5], key.polynomials[6]]
        evaluations = [evaluate(polynomial, xi, self._r) for polynomial in at_xi]
        evaluations.append(evaluate(z, xi * self._root % self._r, self._r))
        v = challenge(curve, xi, *evaluations)
        linear = self._linearisation(parts, z, xi, evaluations, (beta, gamma, alpha))
        values = [0, *evaluations[:5]]
        value = sum(pow(v, i, self._r) * value for i, value in enumerate(values))
        terms = [(pow(v, i, self._r), polynomial) for i, polynomial in enumerate([linear, *at_xi])]
        opened = self._sum([*terms, (-1, [value])])
        shifted = [(z[0] - evaluations[5]) % self._r, *z[1:]]
        openings = [self._divided(opened, xi), self._divided(shifted, xi * self._root % self._r)]
        points = (*wires, committed_z, *committed, *(self._commit(opening) for opening in openings))
        return Proof(curve, points, tuple(evaluations))

    def _quotient(
        self, polynomials: list[Polynomial], z: Polynomial, beta: int, gamma: int, alpha: int
    ) -> Polynomial:
        """Raises Unsatisfied if Z_H does not divide the numerator."""
        numerators = zip(*self._numerators(polynomials, z, beta, gamma), strict=True)
        mixed = [gate + alpha * step + alpha * alpha * start for gate, start, step in numerators]
        return self._over_z_h(mixed, 3 * self._n + 6)

    def _linearisation(
        self,
        parts: list[Polynomial],
        z: Polynomial,
        xi: int,
        evaluations: list[int],
        challenges: tuple[int, int, int],
    ) -> Polynomial:
        """R(X), which is zero at ξ."""
        r, n, key = self._r, self._n, self._key
        beta, gamma, alpha = challenges
        a, b, c, s1, s2, zw = evaluations
        _, k1, k2 = self._cosets
        first = lagrange(0, xi, n, self._root, r)
        bound = -sum(
            value * lagrange(index, xi, n, self._root, r) for index, value in enumerate(self._public)
        )
        e3 = alpha * (a + beta * s1 + gamma) * (b + beta * s2 + gamma) * zw % r
        identity = (a + beta * xi + gamma) * (b + beta * k1 * xi + gamma) % r
        identity = alpha * identity * (c + beta * k2 * xi + gamma)
        power = pow(xi, n, r)
        qm, ql, qr, qo, qc, _, _, s3 = key.polynomials
        t1, t2, t3 = parts
        terms = [
            (a * b, qm), (a, ql), (b, qr), (c, qo), (1, qc),
            (identity + alpha * alpha * first, z), (-e3 * beta, s3),
            (1 - power, t1), ((1 - power) * power, t2), ((1 - power) * power * power, t3),
            (1, [bound - e3 * (c + gamma) - alpha * alpha * first]),
        ]  # fmt: skip
        return self._sum(terms)
