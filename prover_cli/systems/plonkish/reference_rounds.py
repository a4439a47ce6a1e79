"""What the rounds of both provers do, in plain Python and without any shortcut: quotients are formed at each
point of a coset of eight times the size of the domain.
"""

from typing import Any

from prover_cli.formats.points import G1
from prover_cli.formats.wtns import Witness
from prover_cli.systems.opened_key import Unsatisfied
from prover_cli.systems.plain_transforms import transform
from prover_cli.systems.plonkish.reference import Polynomial, ReferenceKey

WIDER = 8
"""The numerators have up to 4n + 6 coefficients."""

SHIFT = 5
"""Makes a coset that no power of two leads back to the domain from: 5 is no square."""


class Rounds:
    """One proof."""

    def __init__(self, key: ReferenceKey[Any, Any], witness: Witness, cancel: bytearray | None) -> None:
        self._key, self._cancel = key, cancel
        self._curve, self._r = key.layout.curve, key.layout.curve.r
        self._n, self._root = key.layout.domain_size, key.root
        self._coset_root = pow(SHIFT, (self._r - 1) // (WIDER * self._n), self._r)
        self._coset = [SHIFT]
        for _ in range(WIDER * self._n - 1):
            self._coset.append(self._coset[-1] * self._coset_root % self._r)
        self._cosets = (1, key.mapped.verification_key.k1, key.mapped.verification_key.k2)
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

    def _grand_product(self, beta: int, gamma: int) -> list[int]:
        """z on the domain. Raises Unsatisfied if it does not come back to 1."""
        r, key = self._r, self._key
        sigma = [transform(polynomial, self._root, r) for polynomial in key.polynomials[5:]]
        values, position = [1], 1
        for row in range(self._n):
            value = values[-1]
            for wire in range(3):
                shifted = self._columns[wire][row] + gamma
                value = value * (shifted + beta * self._cosets[wire] * position) % r
                value = value * pow(shifted + beta * sigma[wire][row], -1, r) % r
            values.append(value)
            position = position * self._root % r
        if values.pop() != 1:
            raise Unsatisfied
        return values

    def _numerators(
        self, wires: list[Polynomial], z: Polynomial, beta: int, gamma: int
    ) -> tuple[list[int], list[int], list[int]]:
        """On the coset, what Z_H divides: the gates' equation, z = 1 at the start, and the step of the grand
        product from each point to the next."""
        r, n, size = self._r, self._n, WIDER * self._n
        public = self._interpolated([-value for value in self._public] + [0] * (n - len(self._public)))
        first = self._interpolated([1] + [0] * (n - 1))
        given = [*self._key.polynomials, *wires, z, public, first]
        qm, ql, qr, qo, qc, s1, s2, s3, a, b, c, z_values, pi, l1 = (self._on_coset(one) for one in given)
        _, k1, k2 = self._cosets
        gates, starts, steps = [], [], []
        for i, x in enumerate(self._coset):
            gate = qm[i] * a[i] * b[i] + ql[i] * a[i] + qr[i] * b[i] + qo[i] * c[i] + qc[i] + pi[i]
            identity = (a[i] + beta * x + gamma) * (b[i] + beta * k1 * x + gamma) % r
            identity = identity * (c[i] + beta * k2 * x + gamma) % r * z_values[i]
            permuted = (a[i] + beta * s1[i] + gamma) * (b[i] + beta * s2[i] + gamma) % r
            permuted = permuted * (c[i] + beta * s3[i] + gamma) % r * z_values[(i + WIDER) % size]
            gates.append(gate)
            starts.append((z_values[i] - 1) * l1[i])
            steps.append(identity - permuted)
        return gates, starts, steps

    def _over_z_h(self, numerator: list[int], length: int) -> Polynomial:
        """The quotient of values on the coset. Raises Unsatisfied if Z_H does not divide them, which leaves
        more coefficients than `length`."""
        r, n, size = self._r, self._n, WIDER * self._n
        values = [
            value * pow(pow(x, n, r) - 1, -1, r) % r for value, x in zip(numerator, self._coset, strict=True)
        ]
        inverse, back, quotient = pow(size, -1, r), pow(SHIFT, -1, r), []
        for coefficient in transform(values, pow(self._coset_root, -1, r), r):
            quotient.append(coefficient * inverse % r)
            inverse = inverse * back % r
        if any(quotient[length:]):
            raise Unsatisfied
        return quotient[:length]

    def _on_coset(self, polynomial: Polynomial) -> list[int]:
        factor, shifted = 1, [0] * (WIDER * self._n)
        for place, coefficient in enumerate(polynomial):
            shifted[place] = coefficient * factor % self._r
            factor = factor * SHIFT % self._r
        return transform(shifted, self._coset_root, self._r)

    def _sum(self, terms: list[tuple[int, Polynomial]]) -> Polynomial:
        """Σ factor · polynomial."""
        total = [0] * max(len(polynomial) for _, polynomial in terms)
        for factor, polynomial in terms:
            for place, coefficient in enumerate(polynomial):
                total[place] = (total[place] + factor * coefficient) % self._r
        return total

    def _divided(self, polynomial: Polynomial, value: int, degree: int = 1) -> Polynomial:
        """By X^degree − value, which must divide it. Raises Unsatisfied if it does not."""
        quotient = [0] * len(polynomial)
        for place in range(len(polynomial) - 1, -1, -1):
            carry = (polynomial[place] + value * quotient[place]) % self._r
            if place >= degree:
                quotient[place - degree] = carry
            elif carry:
                raise Unsatisfied
        return quotient[:-degree]
