//! Commitments to polynomials: Σ f_k·τ^k·G over powers of an unknown τ (A. Kate, G. M. Zaverucha, I. Goldberg,
//! "Constant-size commitments to polynomials and their applications", ASIACRYPT 2010).

use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::{Canonical, canonical};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{Bases, Kernels, Rows, kernels, pack};
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::Affine;
use rayon::prelude::*;

/// The powers of τ in rows, packed once for all commitments of a proof.
pub struct Powers<C: Curve> {
    kernels: Kernels<C::G1>,
    words: Vec<u64>,
    count: usize,
}

impl<C: Curve> Powers<C> {
    /// Of points none of which is the point at infinity, as a key stores them.
    pub fn new(points: Points<'_, C::G1>, cpu: Cpu) -> Self {
        let kernels = kernels::<C::G1>(cpu);
        Self {
            kernels,
            words: pack(kernels, points.len(), |index| points.get(index)),
            count: points.len(),
        }
    }

    /// The commitment to a polynomial. Panics if there are more coefficients than powers.
    pub fn commit(&self, coefficients: &[C::Scalar]) -> Affine<C::G1> {
        assert!(coefficients.len() <= self.count, "a power for each coefficient");
        let scalars: Vec<Canonical> =
            coefficients.par_iter().map(|scalar| canonical(*scalar)).collect();
        let rows = Rows::of_words(&self.words, self.kernels.row_words());
        let bases = Bases { kernels: self.kernels, rows, count: scalars.len(), apart: None };
        bases.product(|index| scalars[index]).into_affine()
    }
}
