//! Proving keys as they lie in a mapped `.zkey`: borrowed sections, nothing copied.
//!
//! `check` looks at every entry, `fold` folds the matrix C into its bases, and `tables` are multiples of the bases, for
//! keys that are used often.

mod check;
mod fold;
pub mod tables;

pub use check::check_coefficients;
pub use fold::{fold, matches};

use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::Stored;
use crate::formats::section::{Span, section};
use ark_ec::short_weierstrass::Affine;
use std::marker::PhantomData;

/// Sizes and places that the parser of the file's structure found. The sections have the numbers of the format: 4 for
/// the coefficients, 5 for A, 6 for B over G1, 7 for B over G2, 8 for C, 9 for H.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub variables: usize,
    pub public: usize,
    pub domain: usize,
    /// alpha1, beta1, beta2, gamma2, delta1, delta2.
    pub header_points: Span,
    /// The entries of section 4, without its count.
    pub coefficients: Span,
    pub a: Span,
    /// Checked, but not used: proofs are blinded without it.
    pub b1: Span,
    pub b2: Span,
    pub c: Span,
    pub h: Span,
}

/// One entry of section 4: a coefficient of the matrix A (0) or B (1).
pub struct Coefficient<F> {
    pub matrix: u32,
    pub constraint: usize,
    pub signal: usize,
    /// Carries R²; see [`crate::arithmetic::field::Scalar::times_canonical`].
    pub value: F,
}

/// The sections of one key.
pub struct Key<'a, C: Curve> {
    pub layout: Layout,
    pub alpha1: Affine<C::G1>,
    pub beta2: Affine<C::G2>,
    pub delta2: Affine<C::G2>,
    pub a: Points<'a, C::G1>,
    pub b2: Points<'a, C::G2>,
    /// The bases of the private signals, or of all signals if the key is [folded](Self::folded).
    pub c: Points<'a, C::G1>,
    pub h: Points<'a, C::G1>,
    coefficients: &'a [u8],
    curve: PhantomData<C>,
}

impl<'a, C: Curve> Key<'a, C> {
    /// The bytes of an entry of section 4: matrix, constraint, signal, value.
    pub const COEFFICIENT: usize = 12 + C::Scalar::SIZE;

    /// Borrows the sections. Their lengths are checked once more here, because every index below relies on them. `Err`
    /// says which length is wrong.
    pub fn new(file: &'a [u8], layout: Layout) -> Result<Self, String> {
        let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
        // Checked arithmetic: the sizes come from a header, and a product that wrapped around might be a section's length.
        let n = layout.variables;
        let private = (layout.public.checked_add(1).and_then(|first| n.checked_sub(first)))
            .ok_or("more public signals than signals")?;
        let bytes = |count: usize, size: usize| {
            count.checked_mul(size).ok_or("more points than there can be bytes")
        };
        let points = section(file, layout.header_points, "2", Some(3 * g1 + 3 * g2))?;
        let coefficients = section(file, layout.coefficients, "4", None)?;
        if coefficients.len() % Self::COEFFICIENT != 0 {
            return Err("section 4 is not a whole number of entries".into());
        }
        Ok(Self {
            layout,
            alpha1: Points::new(points).get(0),
            beta2: Points::new(&points[2 * g1..]).get(0),
            delta2: Points::new(&points[3 * g1 + 2 * g2..]).get(0),
            a: Points::new(section(file, layout.a, "5", Some(bytes(n, g1)?))?),
            b2: Points::new(section(file, layout.b2, "7", Some(bytes(n, g2)?))?),
            c: Points::new(section(file, layout.c, "8", Some(bytes(private, g1)?))?),
            h: Points::new(section(file, layout.h, "9", Some(bytes(layout.domain, g1)?))?),
            coefficients,
            curve: PhantomData,
        })
    }

    /// The same key with the bases that [`fold`] made in place of C. `Err` if they are not one for each signal.
    pub fn folded(self, bases: &'a [u8]) -> Result<Self, String> {
        let c = Points::new(bases);
        if Some(bases.len()) != self.layout.variables.checked_mul(Points::<C::G1>::SIZE) {
            return Err("the number of folded bases differs from the number of signals".into());
        }
        Ok(Self { c, ..self })
    }

    /// The entries of the matrices A and B.
    pub fn coefficients(&self) -> impl Iterator<Item = Coefficient<C::Scalar>> + 'a {
        self.coefficients.chunks_exact(Self::COEFFICIENT).map(|entry| {
            let word =
                |at: usize| u32::from_le_bytes(entry[at..at + 4].try_into().expect("four bytes"));
            Coefficient {
                matrix: word(0),
                constraint: word(4) as usize,
                signal: word(8) as usize,
                value: C::Scalar::from_montgomery(&entry[12..]),
            }
        })
    }
}
