//! Commitments to polynomials: Σ f_k·τ^k·G over powers of an unknown τ (A. Kate, G. M. Zaverucha, I. Goldberg,
//! "Constant-size commitments to polynomials and their applications", ASIACRYPT 2010).

use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::{Canonical, canonical};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{Bases, Kernels, Rows, kernels, pack};
use crate::prepared::Mapped;
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::Affine;
use rayon::prelude::*;

/// The powers of τ in rows.
pub enum Powers<'a, C: Curve> {
    /// Packed once for all commitments of a proof.
    Packed { kernels: Kernels<C::G1>, words: Vec<u64>, count: usize },
    /// Prepared, with their multiples.
    Prepared(Bases<'a, C::G1>),
}

impl<'a, C: Curve> Powers<'a, C> {
    /// Of points none of which is the point at infinity, as a key stores them.
    pub fn new(points: Points<'_, C::G1>, cpu: Cpu) -> Self {
        let kernels = kernels::<C::G1>(cpu);
        let words = pack(kernels, points.len(), |index| points.get(index));
        Self::Packed { kernels, words, count: points.len() }
    }

    /// From a table of all of them, in their order.
    pub fn prepared(table: &Mapped<'a>, cpu: Cpu) -> Self {
        Self::Prepared(table.bases(cpu))
    }

    fn bases(&self) -> Bases<'_, C::G1> {
        match self {
            Self::Packed { kernels, words, count } => Bases {
                kernels: *kernels,
                rows: Rows::of_words(words, kernels.row_words()),
                count: *count,
                apart: None,
            },
            Self::Prepared(bases) => Bases {
                kernels: bases.kernels,
                rows: bases.rows,
                count: bases.count,
                apart: bases.apart,
            },
        }
    }

    /// The commitment to a polynomial. Panics if there are more coefficients than powers.
    pub fn commit(&self, coefficients: &[C::Scalar]) -> Affine<C::G1> {
        let bases = self.bases();
        assert!(coefficients.len() <= bases.count, "a power for each coefficient");
        let scalars: Vec<Canonical> =
            coefficients.par_iter().map(|scalar| canonical(*scalar)).collect();
        // The multiples of a base lie `count` rows apart, so those past the coefficients stay, with scalars of zero.
        bases.product(|index| scalars.get(index).copied().unwrap_or_default()).into_affine()
    }
}
