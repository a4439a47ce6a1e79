//! The PLONK verifier (section 8.4 of the paper), of one proof and of many together.
//!
//! It is stricter than snarkjs': evaluations, coordinates and public signals must be reduced, and points in their group.

use crate::arithmetic::curve::{Curve, Fault};
use crate::plonkish::lagrange::{lagrange_first, public_evaluation};
use crate::plonkish::openings::{self, Claim, Openings, VerificationKey, decoded, public_signals};
use crate::plonkish::transcript::Transcript;
use ark_ec::short_weierstrass::Affine;
use ark_ff::Field;

/// The points of a verification key in G1: Qm, Ql, Qr, Qo, Qc, S1, S2, S3.
const FIXED: usize = 8;

/// The points of a proof: A, B, C, Z, T1, T2, T3, W_ξ, W_ξω.
const POINTS: usize = 9;

/// Its evaluations: a, b, c, s1, s2 at ξ, and z at ξω.
const EVALUATIONS: usize = 6;

/// The verifier of one key's proofs.
pub struct Verifier<C: Curve> {
    key: VerificationKey<C>,
}

/// Challenges that the prover's linearisation and the verifier share.
pub(super) struct Challenges<F> {
    pub beta: F,
    pub gamma: F,
    pub alpha: F,
    pub xi: F,
}

impl<F: Field> Challenges<F> {
    /// The factor of z, that of S3, and the constant, in the linearisation R. `first` is L_1(ξ).
    pub fn linear_factors(&self, [k1, k2]: [F; 2], evaluations: &[F; 6], first: F) -> (F, F, F) {
        let Self { beta, gamma, alpha, xi, .. } = self;
        let [a, b, c, s1, s2, zw] = *evaluations;
        let position = *beta * xi;
        let identity =
            (a + position + gamma) * (b + k1 * position + gamma) * (c + k2 * position + gamma);
        let permuted = *alpha * (a + *beta * s1 + gamma) * (b + *beta * s2 + gamma) * zw;
        let start = alpha.square() * first;
        (*alpha * identity + start, permuted * beta, permuted * (c + gamma) + start)
    }
}

impl<C: Curve> openings::Verifier<C> for Verifier<C> {
    fn openings(&self) -> &Openings<C> {
        &self.key.openings
    }

    fn claim(&self, proof: &[u8], public: &[u8]) -> Option<Claim<C>> {
        let (points, evaluations) = decoded::<C, POINTS, EVALUATIONS>(proof)?;
        self.equation(&points, &evaluations, &public_signals(public, self.key.public)?)
    }
}

impl<C: Curve> Verifier<C> {
    /// The points of `bytes` are those in G1, then X_2; see [`VerificationKey::read`].
    pub fn new(bytes: &[u8], public: usize, log: u32) -> Result<Self, (usize, Option<Fault>)> {
        VerificationKey::read(bytes, FIXED, public, log).map(|key| Self { key })
    }

    fn equation(
        &self,
        points: &[Affine<C::G1>; POINTS],
        evaluations: &[C::Scalar; EVALUATIONS],
        public: &[C::Scalar],
    ) -> Option<Claim<C>> {
        let [a, b, c, s1, s2, zw] = *evaluations;
        let draw = Transcript::default;
        let beta: C::Scalar =
            draw().points(self.key.openings.points()).scalars(public).points(&points[..3]).challenge();
        let gamma: C::Scalar = draw().scalars(&[beta]).challenge();
        let alpha: C::Scalar = draw().scalars(&[beta, gamma]).points(&points[3..4]).challenge();
        let xi: C::Scalar = draw().scalars(&[alpha]).points(&points[4..7]).challenge();
        let v: C::Scalar = draw().scalars(&[xi]).scalars(evaluations).challenge();
        let u: C::Scalar = draw().points(&points[7..]).challenge();

        let power = xi.pow([self.key.size as u64]);
        let first = lagrange_first(self.key.size, xi, power)?;
        let bound = public_evaluation(self.key.root, self.key.size, public, xi, power)?;
        let challenges = Challenges { beta, gamma, alpha, xi };
        let (z_factor, s3_factor, constant) =
            challenges.linear_factors(self.key.cosets, evaluations, first);
        let vanishing = C::Scalar::ONE - power;
        let powers_of_v: Vec<C::Scalar> =
            std::iter::successors(Some(v), |power| Some(*power * v)).take(5).collect();
        let opened: C::Scalar =
            [a, b, c, s1, s2].iter().zip(&powers_of_v).map(|(value, power)| *value * power).sum();
        let own = [
            powers_of_v[0],
            powers_of_v[1],
            powers_of_v[2],
            z_factor + u,
            vanishing,
            vanishing * power,
            vanishing * power.square(),
            xi,
            u * xi * self.key.root,
        ];
        Some(Claim {
            left: vec![(C::Scalar::ONE, points[7]), (u, points[8])],
            right: own.into_iter().zip(*points).collect(),
            shared: vec![
                a * b,
                a,
                b,
                c,
                C::Scalar::ONE,
                powers_of_v[3],
                powers_of_v[4],
                -s3_factor,
                bound - constant - opened - u * zw,
            ],
        })
    }
}
