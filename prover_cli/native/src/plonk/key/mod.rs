//! PLONK keys as they lie in a mapped `.zkey`: borrowed sections, nothing copied. `check` looks at every entry, and
//! `tables` are multiples of the powers of τ, for keys that are used often.

mod check;
pub mod tables;

pub use check::{
    check_commitments, check_copies, check_gates, check_header, check_polynomial, check_powers,
};

use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::Stored;
use crate::formats::section::{Span, section};
use crate::plonkish::gates::Selectors;
use crate::plonkish::values::Stretched;
use crate::plonkish::wires::{Additions, Map};
use ark_ec::short_weierstrass::Affine;

/// The points of τ past the size of the domain: the blinded parts of the quotient need them.
pub const MORE_POWERS: usize = 6;

/// The commitments in the header: Qm, Ql, Qr, Qo, Qc, S1, S2, S3.
pub const COMMITMENTS: usize = 8;

/// Sizes and places that the parser of the file's structure found. The sections have the numbers of the format.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The sums of the additions among them.
    pub signals: usize,
    pub public: usize,
    pub domain: usize,
    pub additions: usize,
    pub gates: usize,
    /// k1, k2, the commitments, X_2.
    pub header: Span,
    pub additions_at: Span,
    /// Sections 4 to 6: the signals on the wires a, b and c.
    pub maps: [Span; 3],
    /// Sections 7 to 11: Qm, Ql, Qr, Qo, Qc.
    pub selectors: [Span; 5],
    /// Section 12.
    pub sigma: Span,
    /// Section 14.
    pub powers: Span,
}

impl Layout {
    /// The values that a witness has.
    pub fn witness(&self) -> usize {
        self.signals - self.additions
    }
}

/// The sections of one key.
pub struct Key<'a, C: Curve> {
    pub layout: Layout,
    /// What the positions of the second and the third wire are multiplied by.
    pub k1: C::Scalar,
    pub k2: C::Scalar,
    /// See [`COMMITMENTS`].
    pub commitments: Points<'a, C::G1>,
    pub x2: Affine<C::G2>,
    pub additions: Additions<'a>,
    pub maps: [Map<'a>; 3],
    pub selectors: Selectors<'a, C::Scalar>,
    pub sigma: [Stretched<'a, C::Scalar>; 3],
    pub powers: Points<'a, C::G1>,
}

impl<'a, C: Curve> Key<'a, C> {
    /// Borrows the sections. Their lengths are checked once more here, because every index relies on them. `Err` says
    /// which length is wrong.
    pub fn new(file: &'a [u8], layout: Layout) -> Result<Self, String> {
        let (g1, g2, scalar) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE, C::Scalar::SIZE);
        if layout.additions >= layout.signals
            || layout.public >= layout.witness()
            || layout.public > layout.gates
            || layout.gates > layout.domain
        {
            return Err("more public signals, additions or gates than there can be".into());
        }
        // Checked arithmetic: the sizes come from a header, and a product that wrapped around might be a section's length.
        let bytes =
            |count: usize, size: usize| count.checked_mul(size).ok_or("more entries than bytes");
        let header = section(file, layout.header, "2", Some(2 * scalar + COMMITMENTS * g1 + g2))?;
        let block = Stretched::<C::Scalar>::size(layout.domain).ok_or("more values than bytes")?;
        let selector = |index: usize| {
            let name = (7 + index).to_string();
            section(file, layout.selectors[index], &name, Some(block)).map(Stretched::new)
        };
        let map = |index: usize| {
            let name = (4 + index).to_string();
            section(file, layout.maps[index], &name, Some(bytes(layout.gates, 4)?)).map(Map::new)
        };
        let sigma = section(file, layout.sigma, "12", Some(bytes(block, 3)?))?;
        let sigma = |wire: usize| Stretched::new(&sigma[wire * block..(wire + 1) * block]);
        let powers = layout.domain.checked_add(MORE_POWERS).ok_or("more powers than bytes")?;
        let additions = bytes(layout.additions, Additions::size::<C::Scalar>())?;
        let (constants, points) = header.split_at(2 * scalar);
        Ok(Self {
            layout,
            k1: C::Scalar::from_montgomery(constants),
            k2: C::Scalar::from_montgomery(&constants[scalar..]),
            commitments: Points::new(&points[..COMMITMENTS * g1]),
            x2: Points::new(&points[COMMITMENTS * g1..]).get(0),
            additions: Additions::new(section(file, layout.additions_at, "3", Some(additions))?),
            maps: [map(0)?, map(1)?, map(2)?],
            selectors: Selectors {
                m: selector(0)?,
                l: selector(1)?,
                r: selector(2)?,
                o: selector(3)?,
                c: selector(4)?,
            },
            sigma: [sigma(0), sigma(1), sigma(2)],
            powers: Points::new(section(file, layout.powers, "14", Some(bytes(powers, g1)?))?),
        })
    }
}
