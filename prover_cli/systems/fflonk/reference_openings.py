"""What prover and verifier of the reference engine both derive from the challenges: where polynomials are
opened, and what their openings interpolate (FFLONK, sections 3 and 7)."""

from collections.abc import Sequence
from dataclasses import dataclass

from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1
from prover_cli.systems.plonkish.reference import Polynomial
from prover_cli.systems.plonkish.reference_challenges import challenge


@dataclass(frozen=True)
class Place:
    """ξ, and the next point of its coset, ξ·ω."""

    seed: int
    """ξ is its 24th power, and has roots of order 8, 4 and 3."""
    xi: int
    next: int

    @staticmethod
    def drawn(curve: Curve, root: int, gamma: int, c2: G1) -> "Place":
        """From the transcript up to C2."""
        seed = challenge(curve, gamma, c2)
        xi = pow(seed, 24, curve.r)
        return Place(seed, xi, xi * root % curve.r)

    def vanishing(self, y: int, r: int) -> tuple[int, int, int]:
        """At y, the polynomials that vanish where C0, C1 and C2 are opened."""
        return (
            (pow(y, 8, r) - self.xi) % r,
            (pow(y, 4, r) - self.xi) % r,
            (pow(y, 3, r) - self.xi) * (pow(y, 3, r) - self.next) % r,
        )


@dataclass(frozen=True)
class Remainders:
    """C0, C1 and C2 modulo the polynomials that vanish where they are opened. Coefficients."""

    r0: Polynomial
    r1: Polynomial
    r2: Polynomial


def remainders(
    place: Place, evaluations: Sequence[int], quotients: tuple[int, int, int], r: int
) -> Remainders:
    """From the proof's evaluations, and from T0, T1, T2 at ξ."""
    ql, qr, qm, qo, qc, s1, s2, s3, a, b, c, z, zw, t1w, t2w = evaluations
    t0, t1, t2 = quotients
    # The interpolation of two polynomials of degree 2 in X, one where X³ = ξ, the other where X³ = ξ·ω.
    scale = pow(place.xi - place.next, -1, r)
    low = [place.xi * v - place.next * u for u, v in ((z, zw), (t1, t1w), (t2, t2w))]
    high = [u - v for u, v in ((z, zw), (t1, t1w), (t2, t2w))]
    return Remainders(
        [ql, qr, qo, qm, qc, s1, s2, s3],
        [a, b, c, t0],
        [coefficient * scale % r for coefficient in (*low, *high)],
    )


def denominators(place: Place, y: int, n: int, root: int, n_public: int, r: int) -> int:
    """The product of all that snarkjs' contract divides by (getMontgomeryBatchedInverse in
    src/fflonk_prove.js): Z_H(ξ), the vanishing polynomials at y, the denominators of the Lagrange bases over
    the roots of ξ and ξ·ω, and those of L_i(ξ) for the public signals."""
    xi, following = place.xi, place.next
    m0, m1, m2 = place.vanishing(y, r)
    product = (pow(xi, n, r) - 1) * m1 * m2 % r
    product = product * pow(8, 8, r) * pow(xi, 7, r) * m0 % r
    product = product * pow(4, 4, r) * pow(xi, 3, r) * m1 % r
    product = product * -pow(27 * xi * following * pow(xi - following, 3, r), 2, r) * m2 % r
    for index in range(max(1, n_public)):
        product = product * n * (xi - pow(root, index, r)) % r
    return product
