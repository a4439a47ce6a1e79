//! The multi-scalar product Σ scalar_i · base_i, over bases as a key has them or prepared.
//!
//! Bucket method (Pippenger) with signed windows. `window` cuts scalars and chooses the shape, `entries` sorts
//! what goes to which bucket, `accumulate` sums the buckets in lanes, `reduce` puts them together. `step` is the
//! addition that all of them use, `tables` makes multiples of fixed bases, and `kernels` has the inner loops for
//! each kind of processor.

mod accumulate;
mod entries;
mod kernels;
mod reduce;
mod rows;
mod step;
mod tables;
mod window;

pub use kernels::{kernels, Kernels};
pub use rows::Rows;
pub use window::Shape;

use crate::arithmetic::curve::Points;
use crate::arithmetic::field::{Canonical, Stored};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::AdditiveGroup;
use rayon::prelude::*;

/// Rows packed or doubled by one thread at a time.
const CHUNK: usize = 2048;

/// Bases in rows, `count` of them and as many for each further multiple that the shape asks for.
#[derive(Clone, Copy)]
pub struct Bases<'a, P: SWCurveConfig> {
    pub kernels: Kernels<P>,
    pub rows: Rows<'a>,
    pub count: usize,
    pub shape: Shape,
}

impl<P: SWCurveConfig> Bases<'_, P> {
    /// Σ scalar(i) · base_i; scalars are plain integers below the order.
    pub fn product<S: Fn(usize) -> Canonical + Sync>(&self, scalar: S) -> Projective<P> {
        let bits = (0..self.count).map(|i| window::bit_length(&scalar(i))).max().unwrap_or(0);
        if bits == 0 {
            return Projective::ZERO;
        }
        let Shape { width, sets } = self.shape;
        let size = 1 << (width - 1);
        let sorted = entries::sort(&scalar, self.count, bits, self.shape);
        let buckets = accumulate::accumulate(&self.kernels, self.rows, &sorted.entries, &sorted.starts);
        let sets = sets.min(window::count(bits, width));
        let sums = reduce::reduce(&self.kernels, &buckets, sets, size);
        // Horner from the most significant set down.
        sums.into_iter().rev().fold(Projective::ZERO, |mut total, sum| {
            for _ in 0..width {
                total.double_in_place();
            }
            total + sum
        })
    }
}

/// Packs points that are not at infinity.
pub fn pack<P: SWCurveConfig>(
    kernels: &Kernels<P>,
    count: usize,
    point: impl Fn(usize) -> Affine<P> + Sync,
) -> Vec<u64> {
    let mut words = vec![0; count * kernels.row_words];
    words.par_chunks_mut(CHUNK * kernels.row_words).enumerate().for_each(|(chunk, words)| {
        for (i, row) in words.chunks_exact_mut(kernels.row_words).enumerate() {
            (kernels.pack)(&point(chunk * CHUNK + i), row);
        }
    });
    words
}

/// Doubles packed rows `times` times each. False where one of them cannot be on its curve and in its group.
pub fn double<P: SWCurveConfig>(kernels: &Kernels<P>, words: &mut [u64], times: usize) -> bool {
    words.par_chunks_mut(CHUNK * kernels.row_words).all(|words| {
        // SAFETY: `kernels` are those of a processor that was found to have the instructions.
        unsafe { (kernels.double_rows)(words, times) }
    })
}

/// Σ scalars_i · bases_i without preparation. Both have the same length.
pub fn msm<P: SWCurveConfig<BaseField: Stored>>(
    kernels: &Kernels<P>,
    bases: Points<'_, P>,
    scalars: &[Canonical],
) -> Projective<P> {
    assert_eq!(bases.len(), scalars.len(), "one scalar a base");
    let bits = scalars.iter().map(window::bit_length).max().unwrap_or(0);
    // What adds nothing is left out once: two of three bases of a circuit of bits.
    let active: Vec<u32> = (0..scalars.len() as u32)
        .filter(|&i| scalars[i as usize] != [0; 4] && !bases.is_infinity(i as usize))
        .collect();
    let words = pack(kernels, active.len(), |i| bases.get(active[i] as usize));
    Bases {
        kernels: *kernels,
        rows: Rows::of_words(&words, kernels.row_words),
        count: active.len(),
        shape: Shape::cheapest(active.len(), bits, 1),
    }
    .product(|i| scalars[active[i] as usize])
}

#[cfg(test)]
mod tests;
