//! The Groth16 verifier: e(A, B) = e(α, β) · e(Σ public_i·IC_i, γ) · e(C, δ).
//!
//! J. Groth, "On the size of pairing-based non-interactive arguments" (EUROCRYPT 2016, ia.cr/2016/260), section 3.2.

pub(super) mod batch;

pub use batch::verify_all;

use crate::arithmetic::curve::{Curve, Fault, Points};
use crate::arithmetic::field::Stored;
use ark_ec::pairing::{Pairing, PairingOutput};
use ark_ec::short_weierstrass::Affine;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;

/// The claim that a proof is valid for these public signals.
pub struct Claim<C: Curve> {
    a: Affine<C::G1>,
    b: Affine<C::G2>,
    c: Affine<C::G1>,
    signals: Vec<C::Scalar>,
}

/// Whether two points, as canonical coordinates, are the same multiple of their groups' generators: e(P, g₂) = e(g₁, Q).
/// They are not if one is outside of its group.
pub fn same_scalar<C: Curve>(in_g1: &[u8], in_g2: &[u8]) -> bool {
    if in_g1.len() != Points::<C::G1>::SIZE || in_g2.len() != Points::<C::G2>::SIZE {
        return false;
    }
    let (p, q) = (Points::<C::G1>::from_canonical(in_g1), Points::<C::G2>::from_canonical(in_g2));
    let (Ok(p), Ok(q)) = (p, q) else { return false };
    C::Pairing::multi_pairing([p, -Affine::generator()], [Affine::generator(), q]).is_zero()
}

/// A verification key with what does not depend on the proof computed once.
pub struct Verifier<C: Curve> {
    alpha: Affine<C::G1>,
    beta: <C::Pairing as Pairing>::G2Prepared,
    alpha_beta: PairingOutput<C::Pairing>,
    minus_gamma: <C::Pairing as Pairing>::G2Prepared,
    minus_delta: <C::Pairing as Pairing>::G2Prepared,
    ic: Vec<Affine<C::G1>>,
}

impl<C: Curve> Verifier<C> {
    /// `bytes`: alpha, beta, gamma, delta, then IC, as canonical coordinates.
    /// A fault comes with the index of its point (alpha is 0, the first of IC is 4).
    pub fn new(bytes: &[u8]) -> Result<Self, (usize, Fault)> {
        let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
        let second = |index: usize| {
            Points::<C::G2>::from_canonical(&bytes[g1 + index * g2..])
                .map_err(|fault| (index + 1, fault))
        };
        let alpha = Points::<C::G1>::from_canonical(bytes).map_err(|fault| (0, fault))?;
        let (beta, gamma, delta) = (second(0)?, second(1)?, second(2)?);
        // Such a key would accept proofs that anybody can make.
        let at_infinity = [alpha.is_zero(), beta.is_zero(), gamma.is_zero(), delta.is_zero()];
        if let Some(index) = at_infinity.iter().position(|&is| is) {
            return Err((index, Fault::AtInfinity));
        }
        let ic = bytes[g1 + 3 * g2..]
            .chunks_exact(g1)
            .enumerate()
            .map(|(i, image)| Points::<C::G1>::from_canonical(image).map_err(|fault| (i + 4, fault)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            alpha,
            beta: beta.into(),
            alpha_beta: C::Pairing::pairing(alpha, beta),
            minus_gamma: (-gamma).into(),
            minus_delta: (-delta).into(),
            ic,
        })
    }

    /// Whether the proof (A, B, C as canonical coordinates) is valid for the public signals. It is not if a point is
    /// off its curve or subgroup, if a signal is not reduced, or if there are too few or too many signals.
    pub fn verify(&self, proof: &[u8], public: &[u8]) -> bool {
        self.claim(proof, public).is_some_and(|claim| self.holds(&claim))
    }

    /// Decodes a proof and its public signals; `None` if they are malformed.
    pub fn claim(&self, proof: &[u8], public: &[u8]) -> Option<Claim<C>> {
        let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
        if proof.len() != 2 * g1 + g2 || public.len() != (self.ic.len() - 1) * C::Scalar::SIZE {
            return None;
        }
        Some(Claim {
            a: Points::<C::G1>::from_canonical(proof).ok()?,
            b: Points::<C::G2>::from_canonical(&proof[g1..]).ok()?,
            c: Points::<C::G1>::from_canonical(&proof[g1 + g2..]).ok()?,
            signals: public
                .chunks_exact(C::Scalar::SIZE)
                .map(C::Scalar::from_canonical)
                .collect::<Option<Vec<_>>>()?,
        })
    }

    fn holds(&self, claim: &Claim<C>) -> bool {
        let bound = self.bind(&claim.signals);
        let product = C::Pairing::multi_pairing(
            [claim.a, bound.into_affine(), claim.c].map(<C::Pairing as Pairing>::G1Prepared::from),
            [claim.b.into(), self.minus_gamma.clone(), self.minus_delta.clone()],
        );
        product == self.alpha_beta
    }

    /// IC_0 + Σ public_i · IC_i.
    fn bind(&self, signals: &[C::Scalar]) -> <C::Pairing as Pairing>::G1 {
        let mut sum: <C::Pairing as Pairing>::G1 = self.ic[0].into();
        for (point, signal) in self.ic[1..].iter().zip(signals) {
            sum += *point * signal;
        }
        sum
    }
}
