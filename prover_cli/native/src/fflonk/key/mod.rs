//! FFLONK keys as they lie in a mapped `.zkey`. `check` looks at what they have besides their circuit.

mod check;

pub use check::{check_header, check_interleaved, check_section};

use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::Stored;
use crate::formats::section::{Span, section};
use crate::plonkish::circuit::{Circuit, Format, Layout};
use crate::plonkish::values::{Stretched, Values};
use ark_ec::short_weierstrass::Affine;

/// The sections of the format that snarkjs gave to FFLONK's keys. Two points of the domain have no gates: the values on
/// their wires blind the polynomials.
pub const FORMAT: Format =
    Format { selectors: [9, 7, 8, 10, 11], sigma: [12, 13, 14], powers: 16, apart: 2 };

/// The scalars with which the header begins: k1, k2, w3, w4, w8, wr.
pub const CONSTANTS: usize = 6;

/// The polynomials that C0 interleaves: Ql, Qr, Qo, Qm, Qc, S1, S2, S3.
pub const INTERLEAVED: usize = 8;

/// The powers of τ for a domain of so many points. `None` if there are no such numbers.
pub fn powers(domain: usize) -> Option<usize> {
    domain.checked_mul(9)?.checked_add(18)
}

/// The sections of one key.
pub struct Key<'a, C: Curve> {
    pub circuit: Circuit<'a, C>,
    pub x2: Affine<C::G2>,
    /// The commitment to C0.
    pub c0: Affine<C::G1>,
    /// Section 17: the coefficients of C0, 8n of them.
    pub interleaved: Values<'a, C::Scalar>,
}

impl<'a, C: Curve> Key<'a, C> {
    /// Borrows the sections. `Err` says which length is wrong.
    pub fn new(file: &'a [u8], layout: Layout, interleaved: Span) -> Result<Self, String> {
        let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
        let constants = CONSTANTS * C::Scalar::SIZE;
        let circuit = Circuit::new(file, layout, FORMAT, constants + g2 + g1, powers(layout.domain))?;
        let points = &circuit.header[constants..];
        let coefficients = layout.domain.checked_mul(INTERLEAVED * C::Scalar::SIZE);
        let coefficients = coefficients.ok_or("more coefficients than bytes")?;
        Ok(Self {
            x2: Points::new(&points[..g2]).get(0),
            c0: Points::new(&points[g2..]).get(0),
            interleaved: Values::new(section(file, interleaved, "17", Some(coefficients))?),
            circuit,
        })
    }

    /// The polynomials that C0 interleaves, in their order.
    pub fn polynomials(&self) -> [Stretched<'a, C::Scalar>; INTERLEAVED] {
        let (selectors, [s1, s2, s3]) = (self.circuit.selectors, self.circuit.sigma);
        [selectors.l, selectors.r, selectors.o, selectors.m, selectors.c, s1, s2, s3]
    }
}
