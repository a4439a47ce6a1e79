//! The circuit as a key has it: which signals are on the wires of each gate, the selectors, the permutation, and the
//! powers of τ. Borrowed from a mapped `.zkey`, nothing copied.

use super::gates::Selectors;
use super::values::Stretched;
use super::wires::{Additions, Map};
use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::{Canonical, Stored};
use crate::formats::EntryFault;
use crate::formats::section::{Span, section};

/// Sizes and places that the parser of the file's structure found.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The sums of the additions among them.
    pub signals: usize,
    pub public: usize,
    pub domain: usize,
    pub additions: usize,
    pub gates: usize,
    /// The constants and points of section 2.
    pub header: Span,
    pub additions_at: Span,
    /// The signals on the wires a, b and c.
    pub maps: [Span; 3],
    /// Qm, Ql, Qr, Qo, Qc.
    pub selectors: [Span; 5],
    /// S1, S2, S3.
    pub sigma: [Span; 3],
    pub powers: Span,
}

impl Layout {
    /// The values that a witness has.
    pub fn witness(&self) -> usize {
        self.signals - self.additions
    }
}

/// What the keys of one system have where. The additions are section 3 and the maps 4 to 6 in all.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The numbers of the sections of Qm, Ql, Qr, Qo, Qc.
    pub selectors: [u32; 5],
    /// Of S1, S2, S3, which may be one after the other in the same.
    pub sigma: [u32; 3],
    pub powers: u32,
    /// Points at the end of the domain that no gate has: the permutation takes them to themselves.
    pub apart: usize,
}

/// The sections of one key that describe its circuit.
pub struct Circuit<'a, C: Curve> {
    pub layout: Layout,
    pub format: Format,
    /// Of section 2, from k1 on.
    pub header: &'a [u8],
    /// k1, k2: what the positions of the second and the third wire are multiplied by.
    pub cosets: [C::Scalar; 2],
    pub additions: Additions<'a>,
    pub maps: [Map<'a>; 3],
    pub selectors: Selectors<'a, C::Scalar>,
    pub sigma: [Stretched<'a, C::Scalar>; 3],
    pub powers: Points<'a, C::G1>,
}

impl<'a, C: Curve> Circuit<'a, C> {
    /// Borrows the sections: so many bytes of the header, at least two scalars, and so many powers of τ. Their lengths are
    /// checked once more here, because every index relies on them. `Err` says which length is wrong.
    pub fn new(
        file: &'a [u8],
        layout: Layout,
        format: Format,
        header: usize,
        powers: Option<usize>,
    ) -> Result<Self, String> {
        if layout.additions >= layout.signals
            || layout.public >= layout.witness()
            || layout.public > layout.gates
            || layout.domain.checked_sub(format.apart).is_none_or(|most| layout.gates > most)
        {
            return Err("more public signals, additions or gates than there can be".into());
        }
        // Checked arithmetic: the sizes come from a header, and a product that wrapped around might be a section's length.
        let bytes =
            |count: usize, size: usize| count.checked_mul(size).ok_or("more entries than bytes");
        let block = Stretched::<C::Scalar>::size(layout.domain).ok_or("more values than bytes")?;
        let stretched = |span: Span, number: u32| {
            section(file, span, &number.to_string(), Some(block)).map(Stretched::new)
        };
        let selector = |index: usize| stretched(layout.selectors[index], format.selectors[index]);
        let sigma = |wire: usize| stretched(layout.sigma[wire], format.sigma[wire]);
        let map = |wire: usize| {
            let name = (4 + wire).to_string();
            section(file, layout.maps[wire], &name, Some(bytes(layout.gates, 4)?)).map(Map::new)
        };
        let additions = bytes(layout.additions, Additions::size::<C::Scalar>())?;
        let powers = bytes(powers.ok_or("more powers than bytes")?, Points::<C::G1>::SIZE)?;
        let header = section(file, layout.header, "2", Some(header))?;
        let constant = |index: usize| C::Scalar::from_montgomery(&header[index * C::Scalar::SIZE..]);
        Ok(Self {
            layout,
            format,
            header,
            cosets: [constant(0), constant(1)],
            additions: Additions::new(section(file, layout.additions_at, "3", Some(additions))?),
            maps: [map(0)?, map(1)?, map(2)?],
            selectors: Selectors {
                m: selector(0)?,
                l: selector(1)?,
                r: selector(2)?,
                o: selector(3)?,
                c: selector(4)?,
            },
            sigma: [sigma(0)?, sigma(1)?, sigma(2)?],
            powers: Points::new(section(
                file,
                layout.powers,
                &format.powers.to_string(),
                Some(powers),
            )?),
        })
    }

    /// The number of the first entry of a permutation polynomial in its section.
    pub fn first_of_sigma(&self, wire: usize) -> usize {
        let before = (0..wire).filter(|&other| self.format.sigma[other] == self.format.sigma[wire]);
        before.map(|other| self.sigma[other].len()).sum()
    }

    /// The values on the three wires at each point of the domain.
    pub fn columns(&self, witness: &[Canonical]) -> Result<[Vec<C::Scalar>; 3], EntryFault> {
        let signals: Vec<C::Scalar> = super::wires::signals(witness, self.additions)?;
        let column = |wire: usize| self.maps[wire].column(&signals, self.layout.domain);
        let (a, (b, c)) = rayon::join(|| column(0), || rayon::join(|| column(1), || column(2)));
        Ok([a?, b?, c?])
    }

    /// The first `most` gates that a witness breaks, in order.
    pub fn broken(&self, witness: &[Canonical], most: usize) -> Result<Vec<usize>, EntryFault> {
        let [a, b, c] = self.columns(witness)?;
        Ok(self.selectors.broken([&a, &b, &c], self.layout.public, most))
    }
}
