//! What prover and verifier calculate alike: the quotients at ξ from the evaluations, and what the interleaved polynomials
//! leave where they are opened.
//!
//! C0 = Ql(X⁸) + X·Qr(X⁸) + X²·Qo(X⁸) + X³·Qm(X⁸) + X⁴·Qc(X⁸) + X⁵·S1(X⁸) + X⁶·S2(X⁸) + X⁷·S3(X⁸),
//! C1 = a(X⁴) + X·b(X⁴) + X²·c(X⁴) + X³·T0(X⁴) and C2 = z(X³) + X·T1(X³) + X²·T2(X³) are opened at the roots of X⁸ − ξ,
//! of X⁴ − ξ, and of (X³ − ξ)(X³ − ξω): the polynomials that they leave, R0, R1 and R2, have the evaluations for
//! coefficients, but R2, which is made of two such.

use crate::arithmetic::curve::Curve;
use crate::plonkish::lagrange::public_evaluation;
use crate::plonkish::transcript::Transcript;
use ark_ec::short_weierstrass::Affine;
use ark_ff::{Field, PrimeField};

/// ql, qr, qm, qo, qc, s1, s2, s3, a, b, c, z at ξ, and z, T1, T2 at ξω. A proof also has `inv` after them.
pub const EVALUATIONS: usize = 15;

/// The evaluations but for `inv`, in the order of the transcript.
pub type Evaluations<F> = [F; EVALUATIONS];

/// Where polynomials are opened, and the challenges before that.
#[derive(Clone, Copy)]
pub struct Opening<F> {
    pub beta: F,
    pub gamma: F,
    pub xi: F,
    pub xi_omega: F,
    /// ξ^n.
    pub power: F,
    /// What ξ is a power of.
    seed: F,
}

/// The domain and the cosets of a key.
#[derive(Clone, Copy)]
pub struct Points<F> {
    pub size: usize,
    pub root: F,
    /// k1, k2.
    pub cosets: [F; 2],
}

/// β and γ.
pub fn permutation_challenges<C: Curve>(
    c0: Affine<C::G1>,
    public: &[C::Scalar],
    c1: Affine<C::G1>,
) -> [C::Scalar; 2] {
    let beta: C::Scalar = Transcript::default().points(&[c0]).scalars(public).points(&[c1]).challenge();
    [beta, Transcript::default().scalars(&[beta]).challenge()]
}

impl<F: PrimeField> Opening<F> {
    /// After the commitment to C2.
    pub fn new<C: Curve<Scalar = F>>(
        [beta, gamma]: [F; 2],
        c2: Affine<C::G1>,
        points: &Points<F>,
    ) -> Self
    where
        F: crate::arithmetic::field::Scalar,
    {
        let seed: F = Transcript::default().scalars(&[gamma]).points(&[c2]).challenge();
        // The roots of X³, X⁴ and X⁸ less ξ are powers of the seed, too.
        let xi = seed.pow([24]);
        Self { beta, gamma, xi, xi_omega: xi * points.root, power: xi.pow([points.size as u64]), seed }
    }

    /// α, which mixes the three that are opened.
    pub fn alpha(&self, evaluations: &Evaluations<F>) -> F
    where
        F: crate::arithmetic::field::Scalar,
    {
        Transcript::default().scalars(&[self.seed]).scalars(evaluations).challenge()
    }

    /// T0, T1 and T2 at ξ, as the gates, the start of z and the permutation make them. `None` where ξ is a point of the
    /// domain.
    pub fn quotients(
        &self,
        evaluations: &Evaluations<F>,
        points: &Points<F>,
        public: &[F],
    ) -> Option<[F; 3]> {
        let Self { beta, gamma, xi, power, .. } = *self;
        let [ql, qr, qm, qo, qc, s1, s2, s3, a, b, c, z, zw, ..] = *evaluations;
        let [k1, k2] = points.cosets;
        let one_over_vanishing = (power - F::ONE).inverse()?;
        let bound = public_evaluation(points.root, points.size, public, xi, power)?;
        let gates = ql * a + qr * b + qm * a * b + qo * c + qc + bound;
        let start = (z - F::ONE) * (F::from(points.size as u64) * (xi - F::ONE)).inverse()?;
        let position = beta * xi;
        let identity =
            (a + position + gamma) * (b + k1 * position + gamma) * (c + k2 * position + gamma) * z;
        let permuted = (a + beta * s1 + gamma) * (b + beta * s2 + gamma) * (c + beta * s3 + gamma) * zw;
        Some([gates * one_over_vanishing, start, (identity - permuted) * one_over_vanishing])
    }
}

/// What the three polynomials are at y, less what they leave there: their divisors m and the values of R0, R1, R2.
pub struct At<F> {
    pub divisors: [F; 3],
    pub left: [F; 3],
    /// The factors of the three in the last opening: 1, α·m0/m1, α²·m0/m2.
    pub factors: [F; 3],
}

impl<F: Field> At<F> {
    /// `None` where y is a root of a divisor, or ξ is 0.
    pub fn new(
        opening: &Opening<F>,
        evaluations: &Evaluations<F>,
        [t0, t1, t2]: [F; 3],
        alpha: F,
        y: F,
    ) -> Option<Self> {
        let [ql, qr, qm, qo, qc, s1, s2, s3, a, b, c, z, zw, t1w, t2w] = *evaluations;
        let Opening { xi, xi_omega, .. } = *opening;
        let at_y = |coefficients: &[F]| {
            coefficients.iter().rev().fold(F::ZERO, |sum, coefficient| sum * y + coefficient)
        };
        let cube = y.square() * y;
        let (here, next) = (cube - xi, cube - xi_omega);
        let divisors = [y.pow([8]) - xi, y.pow([4]) - xi, here * next];
        let [m0, m1, m2] = divisors;
        let between = (xi - xi_omega).inverse()?;
        let r2 = (at_y(&[z, t1, t2]) * next - at_y(&[zw, t1w, t2w]) * here) * between;
        let left = [at_y(&[ql, qr, qo, qm, qc, s1, s2, s3]), at_y(&[a, b, c, t0]), r2];
        let factors = [F::ONE, alpha * m0 * m1.inverse()?, alpha.square() * m0 * m2.inverse()?];
        Some(Self { divisors, left, factors })
    }

    /// Σ factor · left.
    pub fn sum_left(&self) -> F {
        self.factors.iter().zip(&self.left).map(|(factor, left)| *factor * left).sum()
    }

    /// The number whose inverse a proof carries for the verifier in Solidity, which would have to calculate all of these
    /// inverses: Z_H(ξ), the denominators of the Lagrange polynomials of the roots where C0, C1 and C2 are opened, each at
    /// y, m1, m2, and the denominators of the public signals' Lagrange polynomials at ξ, one at least.
    pub fn to_be_inverted(&self, opening: &Opening<F>, points: &Points<F>, public: usize) -> F {
        let Opening { xi, xi_omega, power, .. } = *opening;
        let [m0, m1, m2] = self.divisors;
        let number = |value: u64| F::from(value);
        let between = xi - xi_omega;
        let eighth = number(8).pow([8]) * xi.pow([7]) * m0;
        let fourth = number(4).pow([4]) * xi.pow([3]) * m1;
        let third = -number(27).square() * (xi * xi_omega).square() * between.pow([6]) * m2;
        let mut product = (power - F::ONE) * m1 * m2 * eighth * fourth * third;
        let mut point = F::ONE;
        for _ in 0..public.max(1) {
            product *= number(points.size as u64) * (xi - point);
            point *= points.root;
        }
        product
    }
}
