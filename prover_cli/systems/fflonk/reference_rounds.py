"""The five rounds of snarkjs' prover (src/fflonk_prove.js; FFLONK, section 7) in plain Python: see
`plonkish.reference_rounds`."""

from prover_cli.formats.wtns import Witness
from prover_cli.systems.fflonk.blinding import Blinding
from prover_cli.systems.fflonk.layout import INTERLEAVED
from prover_cli.systems.fflonk.proof import Proof
from prover_cli.systems.fflonk.reference import ReferenceKey
from prover_cli.systems.fflonk.reference_openings import Place, Remainders, denominators, remainders
from prover_cli.systems.plonkish import reference_rounds
from prover_cli.systems.plonkish.reference import Polynomial
from prover_cli.systems.plonkish.reference_challenges import challenge, evaluate


def _interleaved(parts: list[Polynomial]) -> Polynomial:
    """Σ X^i·part_i(X^k), for k parts."""
    length = max(len(part) for part in parts)
    padded = [part + [0] * (length - len(part)) for part in parts]
    return [part[place] for place in range(length) for part in padded]


class Rounds(reference_rounds.Rounds):
    """One proof."""

    def __init__(
        self, key: ReferenceKey, witness: Witness, blinding: Blinding, cancel: bytearray | None
    ) -> None:
        super().__init__(key, witness, cancel)
        self._b = (0, *blinding.factors)
        self._c0 = key.mapped.verification_key.c0
        # snarkjs writes the secrets' Montgomery forms among plain values.
        factor = 1 << (8 * self._curve.n8r)
        for wire, column in enumerate(self._columns):
            column[-2:] = [secret * factor % self._r for secret in self._b[2 * wire + 1 : 2 * wire + 3]]

    def proof(self) -> Proof:
        """Raises Unsatisfied and JobFault CANCELLED."""
        b, curve, r, n = self._b, self._curve, self._r, self._n
        wires = [self._interpolated(column) for column in self._columns]
        fixed = self._key.polynomials
        # The gates' equation does not depend on z and the challenges.
        t0 = self._over_z_h(self._numerators(wires, [0], 0, 0)[0], 2 * n - 2)
        c1 = _interleaved([*wires, t0])
        committed_c1 = self._commit(c1)
        beta = challenge(curve, self._c0, *self._public, committed_c1)
        gamma = challenge(curve, beta)
        z = self._interpolated(self._grand_product(beta, gamma), b[9], b[8], b[7])
        _, starts, steps = self._numerators(wires, z, beta, gamma)
        t1, t2 = self._over_z_h(starts, n + 2), self._over_z_h(steps, 3 * n)
        c2 = _interleaved([z, t1, t2])
        committed_c2 = self._commit(c2)
        place = Place.drawn(curve, self._root, gamma, committed_c2)
        qm, ql, qr, qo, qc, *sigma = fixed
        evaluations = [evaluate(one, place.xi, r) for one in (ql, qr, qm, qo, qc, *sigma, *wires, z)]
        evaluations += [evaluate(one, place.next, r) for one in (z, t1, t2)]
        alpha = challenge(curve, place.seed, *evaluations)
        at_xi = (evaluate(t0, place.xi, r), evaluate(t1, place.xi, r), evaluate(t2, place.xi, r))
        rest = remainders(place, evaluations, at_xi, r)
        c0 = _interleaved([fixed[index] for index in INTERLEAVED])
        w1 = self._first_opening([c0, c1, c2], rest, place, alpha)
        committed_w1 = self._commit(w1)
        y = challenge(curve, alpha, committed_w1)
        w2 = self._second_opening([c0, c1, c2], rest, place, alpha, y, w1)
        points = (committed_c1, committed_c2, committed_w1, self._commit(w2))
        product = denominators(place, y, n, self._root, len(self._public), r)
        return Proof(curve, points, (*evaluations, pow(product, -1, r)))

    def _first_opening(
        self, combined: list[Polynomial], rest: Remainders, place: Place, alpha: int
    ) -> Polynomial:
        """F: the quotients by the polynomials that vanish where C0, C1 and C2 are opened, mixed by α."""
        c0, c1, c2 = (
            self._sum([(1, polynomial), (-1, remainder)])
            for polynomial, remainder in zip(combined, (rest.r0, rest.r1, rest.r2), strict=True)
        )
        return self._sum(
            [
                (1, self._divided(c0, place.xi, 8)),
                (alpha, self._divided(c1, place.xi, 4)),
                (alpha * alpha, self._divided(self._divided(c2, place.xi, 3), place.next, 3)),
            ]
        )

    def _second_opening(
        self,
        combined: list[Polynomial],
        rest: Remainders,
        place: Place,
        alpha: int,
        y: int,
        w1: Polynomial,
    ) -> Polynomial:
        """L / (m1·m2·(X − y)), where L vanishes at y."""
        r = self._r
        m0, m1, m2 = place.vanishing(y, r)
        factors = (m1 * m2, alpha * m0 * m2, alpha * alpha * m0 * m1)
        values = (evaluate(remainder, y, r) for remainder in (rest.r0, rest.r1, rest.r2))
        constant = -sum(factor * value for factor, value in zip(factors, values, strict=True))
        terms = list(zip(factors, combined, strict=True))
        opened = self._sum([*terms, (1, [constant]), (-m0 * m1 * m2, w1)])
        return self._sum([(pow(m1 * m2, -1, r), self._divided(opened, y))])
