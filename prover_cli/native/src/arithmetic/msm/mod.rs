//! Multi-scalar multiplication (MSM, multi-exponentiation): Σ scalar_i · base_i by Pippenger's bucket method.
//!
//! D. J. Bernstein, J. Doumen, T. Lange, J.-J. Oosterwijk, "Faster batch forgery identification" (INDOCRYPT 2012,
//! ia.cr/2012/549), section 4, with signed digits, affine buckets and batch inversion. `window` cuts scalars into
//! digits, `work` chooses the shape, `entries` says what each bucket takes, `partition` sorts that by ranges of buckets,
//! `runs` cuts it up, `accumulate` sums each bucket in lanes, and `reduce` sums over the buckets. `columns` is the order
//! in which a block is summed, `step` the batch addition, `tables` makes multiples of fixed bases, and `kernels` has the
//! inner loops for each kind of processor.
//!
//! [`msm`] takes bases as a file stores them, [`Bases`] those that were packed, or prepared with their multiples.

mod accumulate;
mod columns;
mod entries;
mod kernels;
mod membership;
mod partition;
mod prefetch;
mod reduce;
mod rows;
mod runs;
mod step;
mod tables;
mod window;
mod work;

#[cfg(test)]
use kernels::InLanes;
pub use kernels::{Kernels, kernels};
pub use membership::Plan;
pub use rows::Rows;
pub use window::Shape;
pub use work::{Lengths, Work};

use crate::arithmetic::curve::Points;
use crate::arithmetic::field::{Canonical, Stored};
use ark_ec::AdditiveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use entries::Digits;
use rayon::prelude::*;

/// Rows that one thread packs or doubles at a time.
const CHUNK: usize = 2048;

/// Bases in rows: `count` of them, and as many again for each further multiple.
#[derive(Clone, Copy)]
pub struct Bases<'a, P: SWCurveConfig> {
    pub kernels: Kernels<P>,
    pub rows: Rows<'a>,
    pub count: usize,
    /// The multiples are those by 2^apart, 2^(2·apart), … up to the length of the scalars. `None`: the bases alone.
    pub apart: Option<usize>,
}

impl<P: SWCurveConfig> Bases<'_, P> {
    /// Σ scalar(i) · base_i, for canonical scalars below the group's order.
    pub fn product<S: Fn(usize) -> Canonical + Sync>(&self, scalar: S) -> Projective<P> {
        let lengths = Lengths::of((0..self.count).map(&scalar));
        let bits = lengths.longest();
        if bits == 0 {
            return Projective::ZERO;
        }
        let shape = Work::new(&lengths, self.kernels.lanes()).cheapest_over(self.apart, bits);
        self.product_in(shape, bits, scalar)
    }

    /// The same in a shape for which there are the multiples, over scalars of up to `bits` bits.
    fn product_in<S: Fn(usize) -> Canonical + Sync>(
        &self,
        shape: Shape,
        bits: usize,
        scalar: S,
    ) -> Projective<P> {
        let Shape { width, sets } = shape;
        let size = 1 << (width - 1);
        let stride = self.apart.map_or(1, |apart| shape.apart() / apart);
        let digits = Digits::new(scalar, self.count, bits, shape, stride);
        let buckets = accumulate::accumulate(self.kernels, self.rows, &digits);
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
    // Terms that add nothing are left out once. Where most values are bits, they are two of three.
    let active: Vec<u32> = (0..scalars.len() as u32)
        .filter(|&i| scalars[i as usize] != [0; 4] && !bases.is_infinity(i as usize))
        .collect();
    let words = pack(kernels, active.len(), |i| bases.get(active[i] as usize));
    let rows = Rows::of_words(&words, kernels.row_words());
    Bases { kernels, rows, count: active.len(), apart: None }.product(|i| scalars[active[i] as usize])
}

#[cfg(test)]
mod tests;
