//! Batch verification of many proofs under one key: a random linear combination of their equations.
//!
//! With ρ_i of 128 random bits, Π e(ρ_i·A_i, B_i) = e(Σρ_i·α, β) · e(Σρ_i·X_i, γ) · e(Σρ_i·C_i, δ), X_i being the
//! public signals bound to IC. If every equation holds, so does this one. If one fails, this one holds with probability
//! 2^-128 over the ρ (the small exponents test of M. Bellare, J. Garay, T. Rabin, "Fast batch verification for modular
//! exponentiation and digital signatures", EUROCRYPT 1998; all points are checked to be in their groups of prime
//! order). It saves a final exponentiation and two Miller loops per proof. If it fails, halving the batch finds the
//! culprits.

use super::{Claim, Verifier};
use crate::arithmetic::curve::Curve;
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{One, Zero};
use rayon::prelude::*;

/// Proofs whose Miller loops one thread does together: arkworks shares the squarings among them.
const CHUNK: usize = 16;

/// A claim and its random factor.
pub(in crate::groth16) type Weighted<C> = (Claim<C>, <C as Curve>::Scalar);

/// Whether each claim is valid. A claim that is `None` was malformed. `factors` are random, one for each claim.
pub fn verify_all<C: Curve>(
    verifier: &Verifier<C>,
    claims: Vec<Option<Claim<C>>>,
    factors: Vec<C::Scalar>,
) -> Vec<bool> {
    assert_eq!(claims.len(), factors.len(), "a factor for each claim");
    let mut holds = vec![false; claims.len()];
    let (places, weighted): (Vec<usize>, Vec<Weighted<C>>) = (claims.into_iter().zip(factors))
        .enumerate()
        .filter_map(|(place, (claim, factor))| Some((place, (claim?, factor))))
        .unzip();
    let mut found = vec![false; weighted.len()];
    halve(verifier, &weighted, &mut found);
    for (place, found) in places.into_iter().zip(found) {
        holds[place] = found;
    }
    holds
}

fn halve<C: Curve>(verifier: &Verifier<C>, claims: &[Weighted<C>], holds: &mut [bool]) {
    if let [(claim, _)] = claims {
        holds[0] = verifier.holds(claim);
    } else if claims.is_empty() || combination_holds(verifier, claims) {
        holds.fill(true);
    } else {
        let middle = claims.len() / 2;
        let (low, high) = holds.split_at_mut(middle);
        halve(verifier, &claims[..middle], low);
        halve(verifier, &claims[middle..], high);
    }
}

pub(in crate::groth16) fn combination_holds<C: Curve>(
    verifier: &Verifier<C>,
    claims: &[Weighted<C>],
) -> bool {
    let factors: Vec<C::Scalar> = claims.iter().map(|(_, factor)| *factor).collect();
    let sum: C::Scalar = factors.iter().sum();
    // Σ_i ρ_i·(IC_0 + Σ_j x_ij·IC_j): one scalar a point of IC.
    let mut scalars = vec![C::Scalar::zero(); verifier.ic.len()];
    scalars[0] = sum;
    for (claim, factor) in claims {
        for (scalar, signal) in scalars[1..].iter_mut().zip(&claim.signals) {
            *scalar += *factor * signal;
        }
    }
    let product = |points: &[_], scalars: &[_]| {
        <<C as Curve>::Pairing as Pairing>::G1::msm(points, scalars).expect("equal lengths")
    };
    let bound = product(&verifier.ic, &scalars);
    let c = product(&claims.iter().map(|(claim, _)| claim.c).collect::<Vec<_>>(), &factors);
    let fixed = C::Pairing::multi_miller_loop(
        [-(verifier.alpha * sum), bound, c]
            .map(|point| <C::Pairing as Pairing>::G1Prepared::from(point.into_affine())),
        [verifier.beta.clone(), verifier.minus_gamma.clone(), verifier.minus_delta.clone()],
    );
    let loops = claims
        .par_chunks(CHUNK)
        .map(|claims| {
            let a = claims.iter().map(|(claim, factor)| (claim.a * factor).into_affine());
            let b = claims.iter().map(|(claim, _)| claim.b);
            C::Pairing::multi_miller_loop(
                a.map(<C::Pairing as Pairing>::G1Prepared::from),
                b.map(<C::Pairing as Pairing>::G2Prepared::from),
            )
            .0
        })
        .product::<<C::Pairing as Pairing>::TargetField>();
    let all = MillerLoopOutput::<C::Pairing>(loops * fixed.0);
    C::Pairing::final_exponentiation(all).is_some_and(|result| result.0.is_one())
}
