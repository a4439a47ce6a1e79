//! Bucket reduction (running-sum reduction): Σ d·B_d over the buckets of each set.
//!
//! The textbook's running sums from the top, Σ_d (B_d + B_{d+1} + …), are a chain of dependent additions. Here a set is
//! cut into segments of neighbouring buckets, and the running sums of all segments of all sets go down side by side in
//! lanes, which leaves one term per segment. A set with few buckets in use is summed one by one instead.

use super::accumulate::{Buckets, Exceptional};
use super::kernels::{Kernels, Place};
use super::rows::{Point, Rows, row_size};
use super::step::{Addends, Kept, add_all};
use crate::arithmetic::lanes::{Lanes, MAX_WIDTH};
use ark_ec::short_weierstrass::{Affine, Bucket, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ff::Zero;
use rayon::prelude::*;

/// The length of a segment. With 32 buckets it takes 2 × 32 steps, and one addition in sixteen is left for the end, to
/// be done one by one. With 64 it is half as many, if there are enough segments to share the inversions of twice the
/// steps.
const fn segment(buckets: usize) -> usize {
    if buckets < 64 * TOGETHER { 32 } else { 64 }
}

/// The most segments that go down together and share inversions. Several such groups share the cores.
const TOGETHER: usize = 1024;

/// A set with fewer buckets is not worth lanes.
const SMALL: usize = 256;

/// The sums B_0 + B_1 + … and 1·B_0 + 2·B_1 + … of a segment.
pub type Sums<P> = (Affine<P>, Affine<P>);

/// Σ (d + 1)·bucket_d for each set of `size` buckets.
pub fn reduce<P: SWCurveConfig>(
    kernels: Kernels<P>,
    buckets: &Buckets<P>,
    sets: usize,
    size: usize,
) -> Vec<Projective<P>> {
    let rows = buckets.rows(kernels);
    let taken: Vec<usize> = (0..sets)
        .map(|set| (set * size..(set + 1) * size).filter(|&b| buckets.row(b).is_some()).count())
        .collect();
    let dense: Vec<usize> = (0..sets).filter(|&set| size >= SMALL && taken[set] > size / 2).collect();
    let mut sums = vec![Projective::ZERO; sets];
    match reduce_dense(kernels, buckets, &dense, size) {
        Some(found) => {
            for (&set, sum) in dense.iter().zip(found) {
                sums[set] = sum;
            }
        }
        // The lanes met an exceptional addition. It is rare, and one by one, in complete formulas, there are none.
        None => reduce_each(kernels, buckets, rows, &dense, size, &mut sums),
    }
    let sparse: Vec<usize> = (0..sets).filter(|set| !dense.contains(set)).collect();
    reduce_each(kernels, buckets, rows, &sparse, size, &mut sums);
    add_exceptional(&buckets.exceptional, size, &mut sums);
    sums
}

fn reduce_each<P: SWCurveConfig>(
    kernels: Kernels<P>,
    buckets: &Buckets<P>,
    rows: Rows<'_>,
    sets: &[usize],
    size: usize,
    sums: &mut [Projective<P>],
) {
    let found: Vec<Projective<P>> = sets
        .par_iter()
        .map(|set| {
            let of_set = set * size..(set + 1) * size;
            weighted(of_set.rev().filter_map(|bucket| {
                let row = buckets.row(bucket)?;
                Some((bucket % size + 1, kernels.point(rows, row)))
            }))
        })
        .collect();
    for (&set, sum) in sets.iter().zip(found) {
        sums[set] = sum;
    }
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

/// The sums of these sets in lanes; `None` if the lanes met an exceptional addition.
fn reduce_dense<P: SWCurveConfig>(
    kernels: Kernels<P>,
    buckets: &Buckets<P>,
    sets: &[usize],
    size: usize,
) -> Option<Vec<Projective<P>>> {
    if sets.is_empty() {
        return Some(Vec::new());
    }
    let length = segment(sets.len() * size).min(size);
    let segments = size / length;
    let fillers = Fillers::new(kernels, length);
    let (rows, filling) = (buckets.rows(kernels), fillers.rows());
    let chunks: Vec<(usize, usize)> = (0..sets.len() * segments)
        .step_by(TOGETHER)
        .map(|from| (from, (from + TOGETHER).min(sets.len() * segments)))
        .collect();
    let walked: Option<Vec<Vec<Sums<P>>>> = chunks
        .par_iter()
        .map(|&(from, to)| {
            let place = |segment: usize, step: usize| {
                let segment = from + segment;
                let bucket = sets[segment / segments] * size + segment % segments * length + step;
                buckets.row(bucket).map_or_else(|| filling.at(step), |row| rows.at(row))
            };
            let mut sums = Vec::with_capacity(to - from);
            kernels.walk(to - from, length, &place, &mut sums).then_some(sums)
        })
        .collect();
    let walked: Vec<Sums<P>> = walked?.into_iter().flatten().collect();
    let finished = sets.par_iter().zip(walked.par_chunks(segments)).map(|(&set, sums)| {
        // Σ_j (total_j + j·length·running_j), segment j's first bucket being the (j·length + 1)-th.
        let (mut running, mut shifted) = (Bucket::<P>::ZERO, Bucket::<P>::ZERO);
        let mut total = Projective::<P>::ZERO;
        for (index, (segment, weighted)) in sums.iter().enumerate().rev() {
            total += weighted;
            if index > 0 {
                running += segment;
                shifted += &running;
            }
        }
        total + times(shifted, length) - fillers.weight(buckets, set * size..(set + 1) * size)
    });
    Some(finished.collect())
}

/// Points that stand in for empty buckets: 2^k·D for the k-th bucket of a segment. No sum of them equals another, and D
/// is unrelated to any base. Their contribution is subtracted at the end, all at once.
struct Fillers<P: SWCurveConfig> {
    base: Affine<P>,
    words: Vec<u64>,
    row_words: usize,
    length: usize,
}

impl<P: SWCurveConfig> Fillers<P> {
    fn new(kernels: Kernels<P>, length: usize) -> Self {
        // The first 64 bits of the golden ratio: a nothing-up-my-sleeve number.
        let base = P::mul_projective(&P::GENERATOR.into(), &[0x9e37_79b9_7f4a_7c15]);
        let mut doubled = vec![base; length];
        for k in 1..length {
            doubled[k] = doubled[k - 1].double();
        }
        let points = Projective::normalize_batch(&doubled);
        let mut words = vec![0; length * kernels.row_words()];
        for (point, row) in points.iter().zip(words.chunks_exact_mut(kernels.row_words())) {
            kernels.pack(point, row);
        }
        Self { base: points[0], words, row_words: kernels.row_words(), length }
    }

    fn rows(&self) -> Rows<'_> {
        Rows::of_words(&self.words, self.row_words)
    }

    /// What the stand-ins for the empty buckets of a set contributed.
    fn weight(&self, buckets: &Buckets<P>, set: std::ops::Range<usize>) -> Projective<P> {
        let mut weights = vec![0u64; self.length];
        for bucket in set.clone().filter(|&bucket| buckets.row(bucket).is_none()) {
            let digit = bucket - set.start;
            weights[digit % self.length] += digit as u64 + 1;
        }
        let mut scalar = P::ScalarField::zero();
        for weight in weights.into_iter().rev() {
            scalar = scalar.double() + P::ScalarField::from(weight);
        }
        if scalar.is_zero() {
            return Projective::ZERO;
        }
        self.base * scalar
    }
}

/// Takes the running sums of `segments` segments of `length` rows, side by side. False if an addition was exceptional.
#[inline(always)]
pub fn walk<P, C, const N: usize>(
    features: C::Features,
    segments: usize,
    length: usize,
    place: Place<'_>,
    sums: &mut Vec<Sums<P>>,
) -> bool
where
    P: SWCurveConfig,
    C: Lanes<Field = P::BaseField>,
{
    let groups = segments.div_ceil(C::WIDTH);
    let mut kept = Kept::room(features, groups);
    let mut collided = Vec::new();
    let top = Places { features, segments, step: length - 1, place };
    // Loops, and not iterators that collect, are sure to be compiled for the instructions.
    let mut running: Vec<Point<C>> = Vec::with_capacity(groups);
    for group in 0..groups {
        running.push(top.load(group));
    }
    let mut total = running.clone();
    for step in (0..length - 1).rev() {
        let buckets = Places { features, segments, step, place };
        add_all::<C, N>(features, &mut running, &buckets, &mut kept, &mut collided);
        if collided.iter().any(|&lane| (lane as usize) < segments) {
            return false;
        }
        add_all::<C, N>(features, &mut total, &running.as_slice(), &mut kept, &mut collided);
        if collided.iter().any(|&lane| (lane as usize) < segments) {
            return false;
        }
    }
    for (running, total) in running.iter().zip(&total) {
        let (rx, ry) = (running.x.to_fields(), running.y.to_fields());
        let (tx, ty) = (total.x.to_fields(), total.y.to_fields());
        for lane in 0..C::WIDTH.min(segments - sums.len()) {
            sums.push((
                Affine::new_unchecked(rx[lane], ry[lane]),
                Affine::new_unchecked(tx[lane], ty[lane]),
            ));
        }
    }
    true
}

/// The bucket `step` of each segment.
struct Places<'a, F> {
    features: F,
    segments: usize,
    step: usize,
    place: Place<'a>,
}

impl<C: Lanes> Addends<C> for Places<'_, C::Features> {
    /// The points. Idle lanes have that of the last segment once more.
    #[inline(always)]
    fn load(&self, group: usize) -> Point<C> {
        let mut places = [std::ptr::null(); MAX_WIDTH];
        for (lane, at) in places.iter_mut().enumerate().take(C::WIDTH) {
            let row = (self.place)((group * C::WIDTH + lane).min(self.segments - 1), self.step);
            *at = row[..row_size::<C>()].as_ptr().cast();
        }
        // SAFETY: each place was found to have the bytes of a row.
        unsafe { Point::load(self.features, &places) }
    }
}
