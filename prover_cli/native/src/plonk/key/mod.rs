//! PLONK keys as they lie in a mapped `.zkey`. `check` looks at what they have besides their circuit.

mod check;

pub use check::{check_commitments, check_header, check_section};

use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::Stored;
use crate::plonkish::circuit::{Circuit, Format, Layout};
use ark_ec::short_weierstrass::Affine;

/// The powers of τ past the size of the domain: the blinded parts of the quotient need them.
pub const MORE_POWERS: usize = 6;

/// The commitments in the header: Qm, Ql, Qr, Qo, Qc, S1, S2, S3.
pub const COMMITMENTS: usize = 8;

/// The sections of the format that snarkjs gave to PLONK's keys.
pub const FORMAT: Format =
    Format { selectors: [7, 8, 9, 10, 11], sigma: [12, 12, 12], powers: 14, apart: 0 };

/// The sections of one key.
pub struct Key<'a, C: Curve> {
    pub circuit: Circuit<'a, C>,
    /// See [`COMMITMENTS`].
    pub commitments: Points<'a, C::G1>,
    pub x2: Affine<C::G2>,
}

impl<'a, C: Curve> Key<'a, C> {
    /// Borrows the sections. `Err` says which length is wrong.
    pub fn new(file: &'a [u8], layout: Layout) -> Result<Self, String> {
        let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
        let constants = 2 * C::Scalar::SIZE;
        let header = constants + COMMITMENTS * g1 + g2;
        let powers = layout.domain.checked_add(MORE_POWERS);
        let circuit = Circuit::new(file, layout, FORMAT, header, powers)?;
        let points = &circuit.header[constants..];
        Ok(Self {
            commitments: Points::new(&points[..COMMITMENTS * g1]),
            x2: Points::new(&points[COMMITMENTS * g1..]).get(0),
            circuit,
        })
    }
}
