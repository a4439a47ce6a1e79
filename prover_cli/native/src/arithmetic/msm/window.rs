//! Signed windows: a scalar as Σ digit_w · 2^(w·width) with |digit| ≤ 2^(width−1).

use crate::arithmetic::field::Canonical;

/// Widest window: 2^16 buckets of a G2 sum are 8 MB.
pub const MAX_WIDTH: usize = 17;

/// How a product is cut: windows of `width` bits, dealt out to `sets` sets of buckets. Window w goes to set
/// w mod sets and needs the multiples 2^(width·(w − w mod sets)) of the bases: with as many sets as windows the
/// bases alone are enough, with one set there is a single reduction and there are all multiples.
///
/// Two sets halve the table for one more reduction: 250 MB against 110 for 62 000 constraints, at 4 % more time a
/// proof (1.298 s against 1.353, EPYC at 2 GHz). The endomorphism (GLV) would halve it as well, but asks for a
/// product more in every other addition, one of thirteen, or for the very same second set: it is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub width: usize,
    pub sets: usize,
}

impl Shape {
    /// The shape with the least work for so many bases and scalars of `bits` bits, with room for `blocks`
    /// multiples of each base. Counted in affine additions: one a base and window, its share of the sort, and
    /// two a bucket for the reduction, less the one that the first entry of a bucket saves; five where a set is
    /// too small for lanes.
    pub fn cheapest(bases: usize, bits: usize, blocks: usize) -> Self {
        let shapes = (2..=MAX_WIDTH).map(|width| {
            let sets = count(bits, width).div_ceil(blocks.max(1));
            Self { width, sets }
        });
        shapes.min_by_key(|shape| shape.cost(bases, bits)).expect("the range is not empty")
    }

    /// The work of a product, in additions.
    pub fn additions(&self, bases: usize, bits: usize) -> usize {
        self.cost(bases, bits) / 10
    }

    /// Tenths of an addition.
    fn cost(&self, bases: usize, bits: usize) -> usize {
        let buckets = 1 << (self.width - 1);
        let reduction = if buckets < 256 { 40 } else { 13 };
        11 * bases * count(bits, self.width) + reduction * self.sets * buckets
    }

    /// Whether products of this shape can be made; one that comes out of a file may be anything.
    pub fn is_sound(&self) -> bool {
        (2..=MAX_WIDTH).contains(&self.width) && self.sets >= 1
    }

    /// Multiples of each base that the shape needs for scalars of `bits` bits, itself included.
    pub fn blocks(&self, bits: usize) -> usize {
        count(bits, self.width).div_ceil(self.sets)
    }
}

/// Bits up to the highest one that is set.
pub fn bit_length(scalar: &Canonical) -> usize {
    (0..4)
        .rev()
        .find(|&i| scalar[i] != 0)
        .map_or(0, |i| 64 * (i + 1) - scalar[i].leading_zeros() as usize)
}

/// Windows needed for scalars of `bits` bits; one bit more, for the last digit must not be negative.
pub fn count(bits: usize, width: usize) -> usize {
    (bits + 1).div_ceil(width)
}

/// The digit of window `index`: its bits, plus the bit below (what the window below borrowed), minus
/// 2^width if its own top bit is set (what it borrows itself). No carry runs between windows, so each
/// window finds its digits alone (Booth recoding).
#[inline(always)]
pub fn digit(scalar: &Canonical, index: usize, width: usize) -> i32 {
    // From the bit below on: counted from a word of zeros below the scalar. No copy with that word in front: loads
    // that follow it wait for it, and took three times as long as all the rest here.
    let from = index * width + 63;
    let (word, shift) = (from / 64, from % 64);
    let low = if word > 0 { scalar[word - 1] } else { 0 };
    let high = if word < 4 { scalar[word] } else { 0 };
    let bits = (low >> shift | (high << 1) << (63 - shift)) & ((2 << width) - 1);
    bits.div_ceil(2) as i32 - ((bits >> width) << width) as i32
}
