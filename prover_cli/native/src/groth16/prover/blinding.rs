//! Blinding (zero knowledge) by re-randomisation, with one MSM fewer than the textbook.
//!
//! The textbook blinds while it proves: pi_a takes r·δ, pi_b takes s·δ, and pi_c then needs B once
//! more, over G1. Instead the proof is made with r = s = 0 and re-randomised:
//!
//! ```text
//! A = r1⁻¹·A0        B = r1·B0 + r1·r2·δ        C = C0 + r2·A0
//! ```
//!
//! with r1 uniform and not zero, r2 uniform. By Theorem 3 of Baghery, Kohlweiss, Siim, Volkhov,
//! "Another look at extraction and randomization of Groth's zk-SNARK" (ia.cr/2020/811), this is
//! distributed as a fresh proof. Why: r1⁻¹ makes A uniform among the points other than infinity; given
//! r1, r2 adds a uniform multiple of δ, so B is uniform whatever A is; and C is what the verification
//! equation leaves once A and B are fixed: e(A, B) = e(A0, B0)·e(A0, δ)^r2, so C must grow by r2·A0
//! (A0, not A). The equation has one solution, in this form as in the textbook's.

use super::{Proof, Unblinded};
use crate::arithmetic::curve::Curve;
use ark_ec::short_weierstrass::Affine;
use ark_ff::Field;

/// The two secrets of one proof. The caller takes them from the operating system's random source.
pub struct Blinding<F> {
    r1: F,
    r1_inverse: F,
    r2: F,
}

impl<F: Field> Blinding<F> {
    /// `None` if r1 is zero, because it must be invertible.
    pub fn new(r1: F, r2: F) -> Option<Self> {
        Some(Self { r1_inverse: r1.inverse()?, r1, r2 })
    }
}

/// Blinds a proof. Takes it by value, so that nothing of it is left behind.
pub(super) fn rerandomise<C: Curve>(
    delta2: Affine<C::G2>,
    proof: Unblinded<C>,
    blinding: &Blinding<C::Scalar>,
) -> Proof<C> {
    let Blinding { r1, r1_inverse, r2 } = blinding;
    let Unblinded { a, b, c } = proof;
    Unblinded::blinded(a * r1_inverse, (b + delta2 * r2) * r1, c + a * r2)
}
