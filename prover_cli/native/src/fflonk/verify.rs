//! The FFLONK verifier (section 7 of the paper), of one proof and of many together.
//!
//! It is stricter than snarkjs': evaluations, coordinates and public signals must be reduced, points in their group, and
//! `inv` the inverse that the verifier in Solidity needs.

use super::identities::{At, EVALUATIONS, Opening, Points, permutation_challenges};
use crate::arithmetic::curve::{Curve, Fault};
use crate::plonkish::openings::{self, Claim, Openings, VerificationKey, decoded, public_signals};
use crate::plonkish::transcript::Transcript;
use ark_ff::Field;

/// The points of a proof: C1, C2, W1, W2.
const POINTS: usize = 4;

/// The verifier of one key's proofs.
pub struct Verifier<C: Curve> {
    key: VerificationKey<C>,
}

impl<C: Curve> Verifier<C> {
    /// The points of `bytes` are C0, then X_2; see [`VerificationKey::read`].
    pub fn new(bytes: &[u8], public: usize, log: u32) -> Result<Self, (usize, Option<Fault>)> {
        VerificationKey::read(bytes, 1, public, log).map(|key| Self { key })
    }
}

impl<C: Curve> openings::Verifier<C> for Verifier<C> {
    fn openings(&self) -> &Openings<C> {
        &self.key.openings
    }

    fn claim(&self, proof: &[u8], public: &[u8]) -> Option<Claim<C>> {
        let ([c1, c2, w1, w2], numbers) = decoded::<C, POINTS, { EVALUATIONS + 1 }>(proof)?;
        let [evaluations @ .., inverse] = numbers;
        let VerificationKey { size, root, cosets, .. } = self.key;
        let points = Points { size, root, cosets };
        let public: Vec<C::Scalar> = public_signals(public, self.key.public)?;
        let challenges = permutation_challenges::<C>(self.key.openings.points()[0], &public, c1);
        let opening = Opening::new::<C>(challenges, c2, &points);
        let alpha = opening.alpha(&evaluations);
        let y: C::Scalar = Transcript::default().scalars(&[alpha]).points(&[w1]).challenge();
        let quotients = opening.quotients(&evaluations, &points, &public)?;
        let at = At::new(&opening, &evaluations, quotients, alpha, y)?;
        if at.to_be_inverted(&opening, &points, self.key.public) * inverse != C::Scalar::ONE {
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
