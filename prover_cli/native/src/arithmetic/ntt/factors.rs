//! Coset FFT factors: scale · s^i for each coefficient i, with s the coset's shift, from two tables of √n entries.
//!
//! With place p = b·L + r, s^p = s^r · (s^L)^b. In bit-reversed order the digits change roles: the coefficient at
//! place p has the index rev(r)·B + rev(b), so its factor is (s^B)^rev(r) · s^rev(b). Either way it is a product of
//! an entry for r and one for b, and costs one multiplication more than a whole table would, of which each domain
//! would need four.

use super::order::bit_reverse;
use super::roots::geometric;
use crate::arithmetic::lanes::{Lanes, pack_slice, splat};
use ark_ff::{Field, PrimeField};

/// A factor for each place, as `low[place mod L] · high[place / L]`.
pub struct Factors<V> {
    /// Neighbours in lanes, as the values are.
    low: Vec<V>,
    /// The same factor in every lane. Empty if there is nothing to multiply `low` by.
    high: Vec<V>,
}

impl<V: Lanes> Factors<V>
where
    V::Field: PrimeField,
{
    /// `scale` · `shift`^i for the coefficients i < size, in natural or in bit-reversed order.
    #[inline(always)]
    pub fn new(
        features: V::Features,
        size: usize,
        scale: V::Field,
        shift: V::Field,
        bit_reversed: bool,
    ) -> Self {
        let lows = low_size(size);
        let highs = size / lows;
        let (low_base, high_base) = if bit_reversed {
            (shift.pow([highs as u64]), shift)
        } else {
            (shift, shift.pow([lows as u64]))
        };
        let mut low = geometric(scale, low_base, lows);
        let mut high = geometric(V::Field::ONE, high_base, highs);
        if bit_reversed {
            bit_reverse(&mut low);
            bit_reverse(&mut high);
        }
        Self {
            low: pack_slice(features, &low),
            high: high.into_iter().map(|factor| splat(features, factor)).collect(),
        }
    }

    /// `factor` for every coefficient.
    #[inline(always)]
    pub fn constant(features: V::Features, size: usize, factor: V::Field) -> Self {
        Self { low: vec![splat(features, factor); low_size(size) / V::WIDTH], high: Vec::new() }
    }
}

impl<V> Factors<V> {
    /// Values in a block: those that share a factor of `high`.
    pub fn block(&self) -> usize {
        self.low.len()
    }

    /// The factors of one block: value by value, and one more for all of them.
    pub fn of_block(&self, block: usize) -> (&[V], Option<&V>) {
        (&self.low, self.high.get(block))
    }
}

/// Entries of the lower table: √size, rounded up to a power of two. That is at least one value of lanes, for sizes
/// that are worth lanes have W² scalars or more.
fn low_size(size: usize) -> usize {
    1 << size.trailing_zeros().div_ceil(2)
}
