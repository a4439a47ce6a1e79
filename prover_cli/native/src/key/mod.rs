//! A proving key as it lies in a mapped `.zkey`: borrowed sections, nothing copied.

mod check;
mod fold;
pub mod r1cs;
pub mod tables;

pub use check::{check_coefficients, check_points, KeyFault};
pub use fold::{fold, matches};

use crate::curve::{Curve, Points};
use crate::field::{Plain, Stored};
use ark_ec::short_weierstrass::Affine;
use std::marker::PhantomData;

/// Where a section's data lies in the file: offset and length in bytes.
pub type Span = (usize, usize);

/// What the parser of the file's structure found; ids as in the format (4 coefficients, 5 A, 7 B2,
/// 8 C, 9 H).
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
    pub b2: Span,
    pub c: Span,
    pub h: Span,
}

/// One entry of section 4.
pub struct Coefficient<F> {
    pub matrix: u32,
    pub constraint: usize,
    pub signal: usize,
    /// Carries R²; see [`crate::field::Scalar::times_plain`].
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
    /// Bases of the private signals; of all signals where the key is [folded](Self::folded).
    pub c: Points<'a, C::G1>,
    pub h: Points<'a, C::G1>,
    coefficients: &'a [u8],
    curve: PhantomData<C>,
}

fn section<'a>(
    file: &'a [u8],
    span: Span,
    name: &str,
    wanted: Option<usize>,
) -> Result<&'a [u8], String> {
    let (from, length) = span;
    if wanted.is_some_and(|wanted| wanted != length) {
        return Err(format!("section {name} has {length} bytes"));
    }
    from.checked_add(length)
        .and_then(|to| file.get(from..to))
        .ok_or_else(|| format!("section {name} ends past the file"))
}

impl<'a, C: Curve> Key<'a, C> {
    /// Bytes of an entry of section 4: matrix, constraint, signal, value.
    pub const COEFFICIENT: usize = 12 + C::Scalar::SIZE;

    /// Borrows the sections. Lengths are checked once more here, for every index below relies on them.
    pub fn new(file: &'a [u8], layout: Layout) -> Result<Self, String> {
        let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
        let (n, private) = (
            layout.variables,
            layout
                .variables
                .checked_sub(layout.public + 1)
                .ok_or("more public signals than signals")?,
        );
        let points = section(file, layout.header_points, "2", Some(3 * g1 + 3 * g2))?;
        let coefficients = section(file, layout.coefficients, "4", None)?;
        if coefficients.len() % Self::COEFFICIENT != 0 {
            return Err("section 4 is no whole number of entries".into());
        }
        Ok(Self {
            layout,
            alpha1: Points::new(points).get(0),
            beta2: Points::new(&points[2 * g1..]).get(0),
            delta2: Points::new(&points[3 * g1 + 2 * g2..]).get(0),
            a: Points::new(section(file, layout.a, "5", Some(n * g1))?),
            b2: Points::new(section(file, layout.b2, "7", Some(n * g2))?),
            c: Points::new(section(file, layout.c, "8", Some(private * g1))?),
            h: Points::new(section(file, layout.h, "9", Some(layout.domain * g1))?),
            coefficients,
            curve: PhantomData,
        })
    }

    /// The same key with the bases that [`fold`] made in the place of C.
    pub fn folded(self, bases: &'a [u8]) -> Result<Self, String> {
        let c = Points::new(bases);
        if bases.len() != self.layout.variables * Points::<C::G1>::SIZE {
            return Err("there is no folded base for each signal".into());
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

/// The witness as plain scalars. `Err` holds the index of the first value that is not below the prime.
pub fn read_witness<C: Curve>(bytes: &[u8]) -> Result<Vec<Plain>, usize> {
    let mut values = Vec::with_capacity(bytes.len() / C::Scalar::SIZE);
    for (index, image) in bytes.chunks_exact(C::Scalar::SIZE).enumerate() {
        if !C::Scalar::is_reduced(image) {
            return Err(index);
        }
        let mut limbs = [0; 4];
        for (limb, chunk) in limbs.iter_mut().zip(image.chunks_exact(8)) {
            *limb = u64::from_le_bytes(chunk.try_into().expect("chunks of eight bytes"));
        }
        values.push(limbs);
    }
    Ok(values)
}
