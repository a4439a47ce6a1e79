//! Bucket reduction: Σ d·B_d over the buckets of each set.
//!
//! The textbook's running sums from the top, Σ_d (B_d + B_{d+1} + …), are a chain of dependent additions, and pay for
//! every bucket, whether or not it is empty. Here a weight is cut into two halves, d = 2^k·high + low with a signed low
//! half, and each bucket that is taken is accumulated twice, into the bucket of its low half and into that of its high
//! half: Σ d·B_d = 2^k·Σ high·B_high + Σ low·B_low. These are two sets of some √size buckets, which are reduced in the
//! same way, until there are so few that they are summed one by one.
//!
//! So a reduction takes two additions in lanes per bucket in use, and nothing for an empty one. A sum of 768 bases over
//! G1 with tables for 2^15 buckets, 11 000 of them in use, takes 1.5 ms; with running sums it took 9.8 one by one, and
//! 3.7 in lanes that added a stand-in for each empty bucket (Zen 5 with IFMA, one thread).

use super::accumulate::{Buckets, Exceptional, accumulate};
use super::entries::{Entries, Entry};
use super::kernels::Kernels;
use ark_ec::AdditiveGroup;
use ark_ec::short_weierstrass::{Affine, Bucket, Projective, SWCurveConfig};
use rayon::prelude::*;
use std::ops::Range;

/// Fewer buckets in use, over all sets, are not worth the inversions of lanes. With 64, the sum of three bases in a table
/// for 2^15 buckets took a third longer over G1 and three times as long over G2: more than without tables.
const FEW: usize = 32;

/// Sets of so few buckets are summed one by one.
const SMALL: usize = 4;

/// Σ (d + 1)·bucket_d for each set of `size` buckets, a power of two.
pub fn reduce<P: SWCurveConfig>(
    kernels: Kernels<P>,
    buckets: &Buckets<P>,
    sets: usize,
    size: usize,
) -> Vec<Projective<P>> {
    let taken: Vec<u32> =
        (0..(sets * size) as u32).filter(|&bucket| buckets.row(bucket as usize).is_some()).collect();
    let mut sums = if taken.len() < FEW || size <= SMALL {
        each(kernels, buckets, sets, size)
    } else {
        halves(kernels, buckets, &taken, sets, size)
    };
    add_exceptional(&buckets.exceptional, size, &mut sums);
    sums
}

/// For each bucket in use, the bucket of the low half of its weight and that of the high half, the former signed. A half
/// that is zero has none.
struct Halves<'a, P: SWCurveConfig> {
    buckets: &'a Buckets<P>,
    taken: &'a [u32],
    sets: usize,
    size: usize,
    /// The bits of a low half.
    bits: u32,
    /// The buckets of a set of halves.
    smaller: usize,
}

impl<P: SWCurveConfig> Entries for Halves<'_, P> {
    fn buckets(&self) -> usize {
        2 * self.sets * self.smaller
    }

    fn items(&self) -> usize {
        self.taken.len()
    }

    fn most(&self) -> usize {
        2 * self.taken.len()
    }

    fn each(&self, items: Range<usize>, mut take: impl FnMut(usize, Entry)) {
        for &bucket in &self.taken[items] {
            let (set, weight) = (bucket as usize / self.size, bucket as usize % self.size + 1);
            let high = (weight + (1 << (self.bits - 1)) - 1) >> self.bits;
            let low = weight as isize - (high << self.bits) as isize;
            let row = self.buckets.row(bucket as usize).expect("it is in use") as Entry;
            if low != 0 {
                let place = 2 * set * self.smaller + low.unsigned_abs() - 1;
                take(place, row << 1 | Entry::from(low < 0));
            }
            if high != 0 {
                take((2 * set + 1) * self.smaller + high - 1, row << 1);
            }
        }
    }
}

/// The sums of the sets, by those of the low and the high halves of the weights.
fn halves<P: SWCurveConfig>(
    kernels: Kernels<P>,
    buckets: &Buckets<P>,
    taken: &[u32],
    sets: usize,
    size: usize,
) -> Vec<Projective<P>> {
    let bits = size.ilog2().div_ceil(2);
    let smaller = (1 << (bits - 1)).max(size >> bits);
    let entries = Halves { buckets, taken, sets, size, bits, smaller };
    let halves = accumulate(kernels, buckets.rows(kernels), &entries);
    let sums = reduce(kernels, &halves, 2 * sets, smaller);
    let whole = sums.chunks_exact(2).map(|halves| {
        let mut high = halves[1];
        for _ in 0..bits {
            high.double_in_place();
        }
        high + halves[0]
    });
    whole.collect()
}

/// The sums of the sets, one by one.
fn each<P: SWCurveConfig>(
    kernels: Kernels<P>,
    buckets: &Buckets<P>,
    sets: usize,
    size: usize,
) -> Vec<Projective<P>> {
    let rows = buckets.rows(kernels);
    (0..sets)
        .into_par_iter()
        .map(|set| {
            let of_set = set * size..(set + 1) * size;
            weighted(of_set.rev().filter_map(|bucket| {
                let row = buckets.row(bucket)?;
                Some((bucket % size + 1, kernels.point(rows, row)))
            }))
        })
        .collect()
}

/// Σ d·P_d of terms in falling order of d, in complete formulas. Gaps between the d are multiplied out.
fn weighted<P: SWCurveConfig>(terms: impl Iterator<Item = (usize, Affine<P>)>) -> Projective<P> {
    let (mut running, mut steps) = (Bucket::<P>::ZERO, Bucket::<P>::ZERO);
    let mut total = Projective::<P>::ZERO;
    let mut above = 0usize;
    for (weight, point) in terms {
        match above.saturating_sub(weight) {
            1 => steps += &running,
            gap => total += times(running, gap),
        }
        running += &point;
        above = weight;
    }
    total + times(steps, 1) + times(running, above)
}

fn times<P: SWCurveConfig>(bucket: Bucket<P>, factor: usize) -> Projective<P> {
    if bucket.is_zero() || factor == 0 {
        return Projective::ZERO;
    }
    let base = Projective::from(bucket);
    let mut product = base;
    for bit in (0..factor.ilog2()).rev() {
        product.double_in_place();
        if factor >> bit & 1 != 0 {
            product += base;
        }
    }
    product
}

fn add_exceptional<P: SWCurveConfig>(
    exceptional: &[Exceptional<P>],
    size: usize,
    sums: &mut [Projective<P>],
) {
    let mut exceptional = exceptional.to_vec();
    exceptional.sort_unstable_by_key(|(bucket, _)| std::cmp::Reverse(*bucket));
    for of_set in exceptional.chunk_by(|a, b| a.0 as usize / size == b.0 as usize / size) {
        let terms = of_set.iter().map(|(bucket, point)| (*bucket as usize % size + 1, *point));
        sums[of_set[0].0 as usize / size] += weighted(terms);
    }
}
