//! The FFLONK verifier (section 7 of the paper), of one proof and of many together.
//!
//! It is stricter than snarkjs': evaluations, coordinates and public signals must be reduced, points in their group, and
//! `inv` the inverse that the verifier in Solidity needs.

use super::identities::{At, EVALUATIONS, Opening, Points, permutation_challenges};
use crate::arithmetic::curve::{Curve, Fault};
use crate::arithmetic::ntt::root_of_unity;
use crate::plonkish::openings::{self, Claim, KeyPoints, Openings, decoded, public_signals};
use crate::plonkish::transcript::Transcript;
use ark_ff::Field;

/// The points of a proof: C1, C2, W1, W2.
const POINTS: usize = 4;

/// A verification key: its points checked, its sizes known.
pub struct Verifier<C: Curve> {
    openings: Openings<C>,
    points: Points<C::Scalar>,
    public: usize,
}

impl<C: Curve> Verifier<C> {
    /// `bytes`: C0, then X_2, as canonical coordinates, then k1 and k2. A fault comes with the index of its point (X_2 is
    /// 1). `None` in its place stands for a size that is wrong, or a constant that is not reduced.
    pub fn new(bytes: &[u8], public: usize, log: u32) -> Result<Self, (usize, Option<Fault>)> {
        let unusable = (2, None);
        let root = root_of_unity(log).filter(|_| log < usize::BITS).ok_or(unusable)?;
        if public > 1 << log {
            return Err(unusable);
        }
        let KeyPoints { points, x2, cosets } = KeyPoints::<C>::read(bytes, 1)?;
        let openings = Openings::new(&points, x2);
        Ok(Self { openings, points: Points { size: 1 << log, root, cosets }, public })
    }
}

impl<C: Curve> openings::Verifier<C> for Verifier<C> {
    fn openings(&self) -> &Openings<C> {
        &self.openings
    }

    fn claim(&self, proof: &[u8], public: &[u8]) -> Option<Claim<C>> {
        let ([c1, c2, w1, w2], numbers) = decoded::<C, POINTS, { EVALUATIONS + 1 }>(proof)?;
        let [evaluations @ .., inverse] = numbers;
        let public: Vec<C::Scalar> = public_signals(public, self.public)?;
        let challenges = permutation_challenges::<C>(self.openings.points()[0], &public, c1);
        let opening = Opening::new::<C>(challenges, c2, &self.points);
        let alpha = opening.alpha(&evaluations);
        let y: C::Scalar = Transcript::default().scalars(&[alpha]).points(&[w1]).challenge();
        let quotients = opening.quotients(&evaluations, &self.points, &public)?;
        let at = At::new(&opening, &evaluations, quotients, alpha, y)?;
        if at.to_be_inverted(&opening, &self.points, self.public) * inverse != C::Scalar::ONE {
            return None;
        }
        let [first, second, third] = at.factors;
        Some(Claim {
            left: vec![(C::Scalar::ONE, w2)],
            right: vec![(second, c1), (third, c2), (-at.divisors[0], w1), (y, w2)],
            shared: vec![first, -at.sum_left()],
        })
    }
}
