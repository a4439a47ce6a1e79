//! The PLONK verifier (section 8.4 of the paper), of one proof and of many together.
//!
//! It is stricter than snarkjs': evaluations, coordinates and public signals must be reduced, and points in their group.

use crate::arithmetic::curve::{Curve, Fault};
use crate::arithmetic::ntt::root_of_unity;
use crate::plonkish::lagrange::{lagrange_first, public_evaluation};
use crate::plonkish::openings::{self, Claim, KeyPoints, Openings, decoded, public_signals};
use crate::plonkish::transcript::Transcript;
use ark_ec::short_weierstrass::Affine;
use ark_ff::Field;

/// The points of a verification key in G1: Qm, Ql, Qr, Qo, Qc, S1, S2, S3.
const FIXED: usize = 8;

/// The points of a proof: A, B, C, Z, T1, T2, T3, W_ξ, W_ξω.
const POINTS: usize = 9;

/// Its evaluations: a, b, c, s1, s2 at ξ, and z at ξω.
const EVALUATIONS: usize = 6;

/// A verification key: its points checked, its sizes known.
pub struct Verifier<C: Curve> {
    openings: Openings<C>,
    cosets: [C::Scalar; 2],
    public: usize,
    size: usize,
    root: C::Scalar,
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
        &self.openings
    }

    fn claim(&self, proof: &[u8], public: &[u8]) -> Option<Claim<C>> {
        let (points, evaluations) = decoded::<C, POINTS, EVALUATIONS>(proof)?;
        self.equation(&points, &evaluations, &public_signals(public, self.public)?)
    }
}

impl<C: Curve> Verifier<C> {
    /// `bytes`: the points, then X_2, as canonical coordinates, then k1 and k2. A fault comes with the index of its point
    /// (X_2 is 8). `None` in its place stands for a size that is wrong, or a constant that is not reduced.
    pub fn new(bytes: &[u8], public: usize, log: u32) -> Result<Self, (usize, Option<Fault>)> {
        let unusable = (FIXED + 1, None);
        let root = root_of_unity(log).filter(|_| log < usize::BITS).ok_or(unusable)?;
        if public > 1 << log {
            return Err(unusable);
        }
        let KeyPoints { points, x2, cosets } = KeyPoints::<C>::read(bytes, FIXED)?;
        Ok(Self { openings: Openings::new(&points, x2), cosets, public, size: 1 << log, root })
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
            draw().points(self.openings.points()).scalars(public).points(&points[..3]).challenge();
        let gamma: C::Scalar = draw().scalars(&[beta]).challenge();
        let alpha: C::Scalar = draw().scalars(&[beta, gamma]).points(&points[3..4]).challenge();
        let xi: C::Scalar = draw().scalars(&[alpha]).points(&points[4..7]).challenge();
        let v: C::Scalar = draw().scalars(&[xi]).scalars(evaluations).challenge();
        let u: C::Scalar = draw().points(&points[7..]).challenge();

        let power = xi.pow([self.size as u64]);
        let first = lagrange_first(self.size, xi, power)?;
        let bound = public_evaluation(self.root, self.size, public, xi, power)?;
        let challenges = Challenges { beta, gamma, alpha, xi };
        let (z_factor, s3_factor, constant) =
            challenges.linear_factors(self.cosets, evaluations, first);
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
            u * xi * self.root,
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
