//! Signed digits (signed windows, Booth recoding): a scalar as Σ digit_w · 2^(w·width), with |digit_w| ≤ 2^(width−1).
//!
//! A. D. Booth, "A signed binary multiplication technique" (Q. J. Mech. Appl. Math. 4, 1951), with a radix of 2^width.

use crate::arithmetic::field::Canonical;

/// The widest window, in bits. Its 2^16 buckets take 8 MB over G2.
pub const MAX_WIDTH: usize = 17;

/// The narrowest window, in bits: that of a signed digit which can be zero and one.
pub const MIN_WIDTH: usize = 2;

/// The most sets that are of use: one for each of the narrowest windows of a scalar.
const MAX_SETS: usize = 128;

/// How an MSM is cut: into windows of `width` bits, which are dealt out to `sets` sets of buckets. Window w goes to set
/// w mod sets and needs the multiples 2^(width·(w − w mod sets)) of the bases. With as many sets as windows the bases
/// alone are enough. With one set there is a single reduction, and all multiples are needed.
///
/// Two sets halve the tables for one more reduction. In a proof over 62 000 constraints they take 110 MB instead of
/// 250, and the proof 4 % more time (1.353 s against 1.298, EPYC at 2 GHz). The endomorphism (GLV) would halve them as
/// well, but it needs one more product in every other addition, where there are thirteen, or the very same second set.
/// It is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub width: usize,
    pub sets: usize,
}

impl Shape {
    /// Whether there can be an MSM of this shape. One that comes from a file may be anything.
    pub fn is_sound(&self) -> bool {
        (MIN_WIDTH..=MAX_WIDTH).contains(&self.width) && (1..=MAX_SETS).contains(&self.sets)
    }

    /// By how many bits the multiples of a base are apart.
    pub fn apart(&self) -> usize {
        self.width * self.sets
    }

    /// How many multiples of each base, itself included, the shape needs for scalars of `bits` bits.
    pub fn blocks(&self, bits: usize) -> usize {
        count(bits, self.width).div_ceil(self.sets)
    }
}

/// The number of bits up to the highest one that is set.
pub fn bit_length(scalar: &Canonical) -> usize {
    (0..4)
        .rev()
        .find(|&i| scalar[i] != 0)
        .map_or(0, |i| 64 * (i + 1) - scalar[i].leading_zeros() as usize)
}

/// The windows of a scalar of `bits` bits. One bit is added because the last digit must not be negative.
pub fn count(bits: usize, width: usize) -> usize {
    (bits + 1).div_ceil(width)
}

/// The signed digit of window `index`: its bits, plus the bit below (what the window below borrowed), minus 2^width if
/// its own top bit is set (what it borrows itself). No carry runs between windows, so each digit is found by itself.
#[inline(always)]
pub fn digit(scalar: &Canonical, index: usize, width: usize) -> i32 {
    // The position of the bit below, counted from a word of zeros below the scalar. A copy with that word in front
    // would be simpler, but the loads that follow wait for it: they took three times as long as all the rest here.
    let from = index * width + 63;
    let (word, shift) = (from / 64, from % 64);
    let low = if word > 0 { scalar[word - 1] } else { 0 };
    let high = if word < 4 { scalar[word] } else { 0 };
    let bits = (low >> shift | (high << 1) << (63 - shift)) & ((2 << width) - 1);
    bits.div_ceil(2) as i32 - ((bits >> width) << width) as i32
}
