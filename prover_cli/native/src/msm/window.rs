//! Signed windows: a scalar as Σ digit_w · 2^(w·width) with |digit| ≤ 2^(width−1).

use crate::field::Plain;

/// Widest window: 2^15 buckets of a G2 sum are 8 MB, past any second-level cache.
const MAX_WIDTH: usize = 16;

/// Bits up to the highest one that is set.
pub fn bit_length(scalar: &Plain) -> usize {
    (0..4)
        .rev()
        .find(|&i| scalar[i] != 0)
        .map_or(0, |i| 64 * (i + 1) - scalar[i].leading_zeros() as usize)
}

/// Windows needed for scalars of `bits` bits; one bit more, for the last digit must not be negative.
pub fn count(bits: usize, width: usize) -> usize {
    (bits + 1).div_ceil(width)
}

/// The width with the least work: a window costs one affine addition a base (6 products) and two full
/// additions a bucket (14 products each) for the last reduction.
pub fn width(bases: usize) -> usize {
    (2..=MAX_WIDTH)
        .min_by_key(|&width| count(254, width) * (6 * bases + 28 * (1 << (width - 1))))
        .expect("the range is not empty")
}

/// The digit of window `index`: its bits, plus the bit below (what the window below borrowed), minus
/// 2^width if its own top bit is set (what it borrows itself). No carry runs between windows, so each
/// window finds its digits alone (Booth recoding).
#[inline]
pub fn digit(scalar: &Plain, index: usize, width: usize) -> i32 {
    let from = index * width;
    let bits = bits_at(scalar, from, width);
    let below = if from == 0 { 0 } else { bits_at(scalar, from - 1, 1) };
    let borrowed = (bits >> (width - 1)) << width;
    bits as i32 + below as i32 - borrowed as i32
}

#[inline]
fn bits_at(scalar: &Plain, from: usize, width: usize) -> u64 {
    let (limb, shift) = (from / 64, from % 64);
    if limb >= 4 {
        return 0;
    }
    let mut bits = scalar[limb] >> shift;
    if shift + width > 64 && limb < 3 {
        bits |= scalar[limb + 1] << (64 - shift);
    }
    bits & ((1 << width) - 1)
}
