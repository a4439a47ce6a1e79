//! A polynomial as a key stores it: n coefficients, then its values at the 4n-th roots of unity, in Montgomery form.

use crate::arithmetic::field::{Scalar, Stored};
use crate::arithmetic::pointwise::Column;
use std::marker::PhantomData;

/// The values per coefficient: they are on a domain of four times the size.
pub const BLOWUP: usize = 4;

/// Borrowed field elements.
pub struct Values<'a, F> {
    bytes: &'a [u8],
    field: PhantomData<F>,
}

// Written out because a derive would require the marker type to be Copy as well.
impl<F> Clone for Values<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Values<'_, F> {}

impl<'a, F: Stored> Values<'a, F> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, field: PhantomData }
    }

    pub fn len(&self) -> usize {
        self.bytes.len() / F::SIZE
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub fn get(&self, index: usize) -> F {
        F::from_montgomery(&self.bytes[index * F::SIZE..])
    }

    /// Every `step`-th element from `first` on, for calculations in lanes.
    pub fn column(&self, first: usize, step: usize) -> Column<'a, F>
    where
        F: Scalar,
    {
        Column::stored(&self.bytes[first * F::SIZE..], step)
    }

    pub fn iter(self) -> impl ExactSizeIterator<Item = F> + 'a {
        self.bytes.chunks_exact(F::SIZE).map(F::from_montgomery)
    }

    /// The first element that is not reduced.
    pub fn first_unreduced(&self) -> Option<usize> {
        self.bytes.chunks_exact(F::SIZE).position(|image| !F::is_reduced(image))
    }
}

/// A stored polynomial over a domain of n points.
pub struct Stretched<'a, F> {
    /// n of them.
    pub coefficients: Values<'a, F>,
    /// 4n of them, at the powers of the 4n-th root.
    pub values: Values<'a, F>,
}

impl<F> Clone for Stretched<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Stretched<'_, F> {}

impl<'a, F: Stored> Stretched<'a, F> {
    /// The bytes of one over a domain of so many points; `None` if there are no such numbers.
    pub fn size(domain: usize) -> Option<usize> {
        domain.checked_mul((1 + BLOWUP) * F::SIZE)
    }

    /// Of a block that has the size.
    pub fn new(block: &'a [u8]) -> Self {
        let (coefficients, values) = block.split_at(block.len() / (1 + BLOWUP));
        Self { coefficients: Values::new(coefficients), values: Values::new(values) }
    }

    /// How many numbers are stored: coefficients and values.
    pub fn len(&self) -> usize {
        self.coefficients.len() + self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at the point `index` of the domain of n points.
    #[inline]
    pub fn on_domain(&self, index: usize) -> F {
        self.values.get(BLOWUP * index)
    }
}
