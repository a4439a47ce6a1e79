//! Multi-scalar multiplication (MSM, multi-exponentiation): Σ scalar_i · base_i by Pippenger's bucket method.
//!
//! D. J. Bernstein, J. Doumen, T. Lange, J.-J. Oosterwijk, "Faster batch forgery identification" (INDOCRYPT 2012,
//! ia.cr/2012/549), section 4, with signed digits, affine buckets and batch inversion. `window` cuts scalars into
//! digits and chooses the shape, `entries` sorts the digits by bucket, `accumulate` sums each bucket in lanes, and
//! `reduce` sums over the buckets. `step` is the batch addition that both use, `tables` makes multiples of fixed bases,
//! and `kernels` has the inner loops for each kind of processor.
//!
//! [`msm`] takes bases as a file stores them, [`Bases`] those that were packed, or prepared with their multiples.

mod accumulate;
mod entries;
mod kernels;
mod reduce;
mod rows;
mod step;
mod tables;
mod window;

#[cfg(test)]
use kernels::InLanes;
pub use kernels::{Kernels, kernels};
pub use rows::Rows;
pub use window::Shape;

use crate::arithmetic::curve::Points;
use crate::arithmetic::field::{Canonical, Stored};
use ark_ec::AdditiveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use rayon::prelude::*;

/// Rows that one thread packs or doubles at a time.
const CHUNK: usize = 2048;

/// Bases in rows: `count` of them, and as many again for each further multiple that the shape needs.
#[derive(Clone, Copy)]
pub struct Bases<'a, P: SWCurveConfig> {
    pub kernels: Kernels<P>,
    pub rows: Rows<'a>,
    pub count: usize,
    pub shape: Shape,
}

impl<P: SWCurveConfig> Bases<'_, P> {
    /// Σ scalar(i) · base_i, for canonical scalars below the group's order.
    pub fn product<S: Fn(usize) -> Canonical + Sync>(&self, scalar: S) -> Projective<P> {
        let bits = (0..self.count).map(|i| window::bit_length(&scalar(i))).max().unwrap_or(0);
        if bits == 0 {
            return Projective::ZERO;
        }
        let Shape { width, sets } = self.shape;
        let size = 1 << (width - 1);
        let sorted = entries::sort(&scalar, self.count, bits, self.shape);
        let buckets = accumulate::accumulate(self.kernels, self.rows, &sorted.entries, &sorted.starts);
        let sets = sets.min(window::count(bits, width));
        let sums = reduce::reduce(self.kernels, &buckets, sets, size);
        // Horner's rule, from the most significant set down.
        sums.into_iter().rev().fold(Projective::ZERO, |mut total, sum| {
            for _ in 0..width {
                total.double_in_place();
            }
            total + sum
        })
    }
}

/// Packs points into rows. None of them is the point at infinity.
pub fn pack<P: SWCurveConfig>(
    kernels: Kernels<P>,
    count: usize,
    point: impl Fn(usize) -> Affine<P> + Sync,
) -> Vec<u64> {
    let mut words = vec![0; count * kernels.row_words()];
    words.par_chunks_mut(CHUNK * kernels.row_words()).enumerate().for_each(|(chunk, words)| {
        for (i, row) in words.chunks_exact_mut(kernels.row_words()).enumerate() {
            kernels.pack(&point(chunk * CHUNK + i), row);
        }
    });
    words
}

/// Doubles each packed row `times` times. False if one of them cannot be on its curve and in its group.
pub fn double<P: SWCurveConfig>(kernels: Kernels<P>, words: &mut [u64], times: usize) -> bool {
    words.par_chunks_mut(CHUNK * kernels.row_words()).all(|words| kernels.double_rows(words, times))
}

/// Σ scalars_i · bases_i without preparation, for canonical scalars below the group's order. Panics unless there are as
/// many scalars as bases.
pub fn msm<P: SWCurveConfig<BaseField: Stored>>(
    kernels: Kernels<P>,
    bases: Points<'_, P>,
    scalars: &[Canonical],
) -> Projective<P> {
    assert_eq!(bases.len(), scalars.len(), "a scalar for each base");
    let bits = scalars.iter().map(window::bit_length).max().unwrap_or(0);
    // Terms that add nothing are left out once. Where most values are bits, they are two of three.
    let active: Vec<u32> = (0..scalars.len() as u32)
        .filter(|&i| scalars[i as usize] != [0; 4] && !bases.is_infinity(i as usize))
        .collect();
    let words = pack(kernels, active.len(), |i| bases.get(active[i] as usize));
    Bases {
        kernels,
        rows: Rows::of_words(&words, kernels.row_words()),
        count: active.len(),
        shape: Shape::cheapest(active.len(), bits, 1),
    }
    .product(|i| scalars[active[i] as usize])
}

#[cfg(test)]
mod tests;
