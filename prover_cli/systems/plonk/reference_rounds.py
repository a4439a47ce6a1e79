"""The five rounds of the prover (PLONK, section 8.3) in plain Python, without any shortcut: the quotient is
the numerator over Z_H at each point of a domain of eight times the size.
"""

from prover_cli.formats.points import G1
from prover_cli.formats.wtns import Witness
from prover_cli.systems.opened_key import Unsatisfied
from prover_cli.systems.plain_transforms import transform
from prover_cli.systems.plonk.blinding import Blinding
from prover_cli.systems.plonk.proof import Proof
from prover_cli.systems.plonk.reference import Polynomial, ReferenceKey
from prover_cli.systems.plonk.reference_challenges import challenge, evaluate, lagrange

WIDER = 8
"""The numerator has 4n + 6 coefficients."""


class Rounds:
    """One proof."""

    def __init__(
        self, key: ReferenceKey, witness: Witness, blinding: Blinding, cancel: bytearray | None
    ) -> None:
        self._key, self._cancel, self._b = key, cancel, (0, *blinding.factors)
        self._curve, self._r = key.layout.curve, key.layout.curve.r
        self._n, self._root = key.layout.domain_size, key.root
        self._columns = key.wires(witness)
        self._public = self._columns[0][: key.n_public]

    def _interpolated(self, values: list[int], *blinding: int) -> Polynomial:
        """Through values on the domain, plus a multiple of Z_H."""
        r, n = self._r, self._n
        inverse = pow(n, -1, r)
        polynomial = [c * inverse % r for c in transform(values, pow(self._root, -1, r), r)]
        polynomial += blinding
        for place, factor in enumerate(blinding):
            polynomial[place] = (polynomial[place] - factor) % r
        return polynomial

    def _commit(self, polynomial: Polynomial) -> G1:
        return self._key.commit(polynomial, self._cancel)

    def proof(self) -> Proof:
        """Raises Unsatisfied and JobFault CANCELLED."""
        b, curve, key = self._b, self._curve, self._key
        polynomials = [
            self._interpolated(column, *factors)
            for column, factors in zip(self._columns, ((b[2], b[1]), (b[4], b[3]), (b[6], b[5])), strict=True)
        ]
        wires = [self._commit(polynomial) for polynomial in polynomials]
        fixed = key.verification_key.commitments
        beta = challenge(curve, *fixed, *self._public, *wires)
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
        opened: Polynomial = [0] * len(linear)
        power = 1
        terms = [linear, *at_xi]
        for polynomial, value in zip(terms, [0, *evaluations[:5]], strict=True):
            for place, coefficient in enumerate(polynomial):
                opened[place] = (opened[place] + power * coefficient) % self._r
            opened[0] = (opened[0] - power * value) % self._r
            power = power * v % self._r
        shifted = [(z[0] - evaluations[5]) % self._r, *z[1:]]
        openings = [self._divided(opened, xi), self._divided(shifted, xi * self._root % self._r)]
        points = (*wires, committed_z, *committed, *(self._commit(opening) for opening in openings))
        return Proof(curve, points, tuple(evaluations))

    def _grand_product(self, beta: int, gamma: int) -> list[int]:
        """z on the domain. Raises Unsatisfied if it does not close."""
        r, key = self._r, self._key
        sigma = [transform(polynomial, self._root, r) for polynomial in key.polynomials[5:]]
        cosets = (1, key.verification_key.k1, key.verification_key.k2)
        values, position = [1], 1
        for row in range(self._n):
            value = values[-1]
            for wire in range(3):
                shifted = self._columns[wire][row] + gamma
                value = value * (shifted + beta * cosets[wire] * position) % r
                value = value * pow(shifted + beta * sigma[wire][row], -1, r) % r
            values.append(value)
            position = position * self._root % r
        if values.pop() != 1:
            raise Unsatisfied
        return values

    def _quotient(
        self, polynomials: list[Polynomial], z: Polynomial, beta: int, gamma: int, alpha: int
    ) -> Polynomial:
        """Raises Unsatisfied if Z_H does not divide the numerator."""
        r, n, key = self._r, self._n, self._key
        size = WIDER * n
        # A coset that no power of two leads back to the domain from: 5 is no square.
        shift = 5
        root = pow(shift, (r - 1) // size, r)

        def on_coset(polynomial: Polynomial) -> list[int]:
            factor, shifted = 1, [0] * size
            for place, coefficient in enumerate(polynomial):
                shifted[place] = coefficient * factor % r
                factor = factor * shift % r
            return transform(shifted, root, r)

        public = self._interpolated([-value for value in self._public] + [0] * (n - len(self._public)))
        first = self._interpolated([1] + [0] * (n - 1))
        given = [*key.polynomials, *polynomials, z, public, first]
        qm, ql, qr, qo, qc, s1, s2, s3, a, b, c, z_values, pi, l1 = (on_coset(one) for one in given)
        k1, k2 = key.verification_key.k1, key.verification_key.k2
        values, x = [], shift
        for i in range(size):
            gate = qm[i] * a[i] * b[i] + ql[i] * a[i] + qr[i] * b[i] + qo[i] * c[i] + qc[i] + pi[i]
            identity = (a[i] + beta * x + gamma) * (b[i] + beta * k1 * x + gamma) % r
            identity = identity * (c[i] + beta * k2 * x + gamma) % r * z_values[i]
            permuted = (a[i] + beta * s1[i] + gamma) * (b[i] + beta * s2[i] + gamma) % r
            permuted = permuted * (c[i] + beta * s3[i] + gamma) % r * z_values[(i + WIDER) % size]
            start = (z_values[i] - 1) * l1[i]
            numerator = gate + alpha * (identity - permuted) + alpha * alpha * start
            values.append(numerator * pow(pow(x, n, r) - 1, -1, r) % r)
            x = x * root % r
        inverse, back, quotient = pow(size, -1, r), pow(shift, -1, r), []
        for coefficient in transform(values, pow(root, -1, r), r):
            quotient.append(coefficient * inverse % r)
            inverse = inverse * back % r
        if any(quotient[3 * n + 6 :]):
            raise Unsatisfied
        return quotient[: 3 * n + 6]

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
        k1, k2 = key.verification_key.k1, key.verification_key.k2
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
        total = [0] * max(len(polynomial) for _, polynomial in terms)
        for factor, polynomial in terms:
            for place, coefficient in enumerate(polynomial):
                total[place] = (total[place] + factor * coefficient) % r
        return total

    def _divided(self, polynomial: Polynomial, root: int) -> Polynomial:
        """By X − root, which must divide it. Raises Unsatisfied if it does not."""
        quotient, carry = [], 0
        for coefficient in reversed(polynomial):
            quotient.append(carry)
            carry = (carry * root + coefficient) % self._r
        if carry:
            raise Unsatisfied
        return quotient[:0:-1]
