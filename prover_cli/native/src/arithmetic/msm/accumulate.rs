//! Bucket accumulation (Pippenger): the sum of the entries of each bucket, in lanes. (gnark-crypto's `processChunk`.)
//!
//! The sums grow column by column: in step k every bucket that has a k-th entry takes it. No two additions of a step
//! touch the same bucket, so all of them are independent and share an inversion. Buckets are sorted by how many entries
//! they have, which keeps those that still take entries in front. A block of them is done at a time, so that the sums
//! stay in cache.

use super::entries::Entry;
use super::kernels::Kernels;
use super::rows::{Point, Rows, row_size};
use super::step::{Addends, Kept, add_all};
use crate::arithmetic::lanes::{Lanes, MAX_WIDTH, splat};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

/// The bytes of a block's sums, addends and prefix products, which the second-level cache is to hold beside the rows.
/// Processors with eight lanes have 1 MB of it; using twice as much there halves the steps and saves a thirtieth.
const fn block_bytes<C: Lanes>() -> usize {
    if C::WIDTH < 8 { 384 << 10 } else { 768 << 10 }
}

/// The smallest limit on the entries of a run. What a crowded bucket has beyond the limit is another run, and the sums
/// of its runs are added up afterwards: thousands of scalars may be equal, most often to one.
const RUN: usize = 64;

/// The fewest runs that share an inversion, if there are as many entries.
const MANY: usize = 1024;

/// A stretch of the entries of one bucket.
#[derive(Clone, Copy)]
pub struct Run {
    bucket: u32,
    start: u32,
    length: u32,
}

/// An exceptional addition (of equal or opposite points), which the lanes left out: the bucket, and the point.
pub type Exceptional<P> = (u32, Affine<P>);

/// The sums of the buckets.
pub struct Buckets<P: SWCurveConfig> {
    words: Vec<u64>,
    /// The row of each bucket's sum, or `EMPTY`.
    row_of: Vec<u32>,
    pub exceptional: Vec<Exceptional<P>>,
}

const EMPTY: u32 = u32::MAX;

impl<P: SWCurveConfig> Buckets<P> {
    pub fn rows(&self, kernels: Kernels<P>) -> Rows<'_> {
        Rows::of_words(&self.words, kernels.row_words())
    }

    /// The row of a bucket's sum; `None` if it has no entries.
    #[inline]
    pub fn row(&self, bucket: usize) -> Option<usize> {
        let row = self.row_of[bucket];
        (row != EMPTY).then_some(row as usize)
    }
}

/// The most entries of a run.
fn longest_run(entries: usize, buckets: usize, threads: usize) -> usize {
    let limit = RUN.max(2 * entries / buckets.max(1));
    // A reduction has few buckets with many entries each: there must be runs for every thread.
    let limit = limit.min(RUN.max(entries / (MANY * threads)));
    limit.min(8.max(entries / MANY))
}

/// Sums the entries of each bucket: those of bucket b are `entries[starts[b]..starts[b + 1]]`.
pub fn accumulate<P: SWCurveConfig>(
    kernels: Kernels<P>,
    rows: Rows<'_>,
    entries: &[Entry],
    starts: &[u32],
) -> Buckets<P> {
    let buckets = starts.len() - 1;
    let limit = longest_run(entries.len(), buckets, rayon::current_num_threads()) as u32;
    let mut runs = Vec::with_capacity(buckets);
    let mut row_of = vec![EMPTY; buckets];
    let mut crowded: Vec<(u32, u32)> = Vec::new();
    for (bucket, ends) in starts.windows(2).enumerate() {
        if ends[0] == ends[1] {
            continue;
        }
        row_of[bucket] = runs.len() as u32;
        let mut start = ends[0];
        while start < ends[1] {
            let length = limit.min(ends[1] - start);
            runs.push(Run { bucket: bucket as u32, start, length });
            start += length;
        }
        if ends[1] - ends[0] > limit {
            crowded.push((bucket as u32, runs.len() as u32));
        }
    }
    let mut words = vec![0u64; runs.len() * kernels.row_words()];
    let mut exceptional = sum_blocks(kernels, rows, entries, &runs, &mut words);
    if !crowded.is_empty() {
        exceptional.extend(join_runs(kernels, &crowded, &row_of, &mut words));
    }
    Buckets { words, row_of, exceptional }
}

fn sum_blocks<P: SWCurveConfig>(
    kernels: Kernels<P>,
    rows: Rows<'_>,
    entries: &[Entry],
    runs: &[Run],
    words: &mut [u64],
) -> Vec<Exceptional<P>> {
    // Smaller blocks where there are not enough for all threads.
    let shared = MANY.max(runs.len().div_ceil(rayon::current_num_threads()));
    let block = kernels.block().min(shared);
    runs.par_chunks(block)
        .zip(words.par_chunks_mut(block * kernels.row_words()))
        .flat_map_iter(|(runs, words)| {
            let mut exceptional = Vec::new();
            kernels.sum_runs(rows, entries, runs, words, &mut exceptional);
            exceptional
        })
        .collect()
}

/// Adds up the runs of each crowded bucket: they are the entries of a smaller problem of the same kind.
fn join_runs<P: SWCurveConfig>(
    kernels: Kernels<P>,
    crowded: &[(u32, u32)],
    row_of: &[u32],
    words: &mut [u64],
) -> Vec<Exceptional<P>> {
    let (mut entries, mut starts) = (Vec::new(), vec![0]);
    for &(bucket, end) in crowded {
        entries.extend((row_of[bucket as usize]..end).map(|row| row << 1));
        starts.push(entries.len() as u32);
    }
    let joined = accumulate(kernels, Rows::of_words(words, kernels.row_words()), &entries, &starts);
    for (index, &(bucket, _)) in crowded.iter().enumerate() {
        let from = joined.row_of[index] as usize * kernels.row_words();
        let to = row_of[bucket as usize] as usize * kernels.row_words();
        words[to..to + kernels.row_words()]
            .copy_from_slice(&joined.words[from..][..kernels.row_words()]);
    }
    joined.exceptional.into_iter().map(|(index, point)| (crowded[index as usize].0, point)).collect()
}

/// The runs in a block, for lanes of this kind.
pub const fn block<C: Lanes>() -> usize {
    // Five coordinates per run: two of the sum, two of the addend, and the prefix product.
    block_bytes::<C>() / (5 * size_of::<C>() / C::WIDTH)
}

/// Sums each run into its row of `words`.
#[inline(always)]
pub fn sum_runs<P, C, const N: usize>(
    features: C::Features,
    rows: Rows<'_>,
    entries: &[Entry],
    runs: &[Run],
    words: &mut [u64],
    exceptional: &mut Vec<Exceptional<P>>,
) where
    P: SWCurveConfig,
    C: Lanes<Field = P::BaseField>,
{
    let mut order: Vec<u32> = (0..runs.len() as u32).collect();
    order.sort_unstable_by_key(|&run| std::cmp::Reverse(runs[run as usize].length));
    let columns = Columns::new(entries, runs, &order);

    let groups = runs.len().div_ceil(C::WIDTH);
    let zero: C = splat(features, C::Field::ZERO);
    let nowhere = Point { x: zero, y: zero };
    let mut sums = vec![nowhere; groups];
    let mut kept = Kept::room(features, groups);
    let mut collided = Vec::new();
    let first = Column { features, rows, entries: columns.column(0) };
    for (group, sum) in sums.iter_mut().enumerate() {
        *sum = first.load(group);
    }
    for step in 1..columns.count() {
        let column = Column { features, rows, entries: columns.column(step) };
        let active = column.entries.len();
        let groups = active.div_ceil(C::WIDTH);
        // The last group may hold sums that are finished, which are restored afterwards.
        let last = sums[groups - 1];
        add_all::<C, N>(features, &mut sums[..groups], &column, &mut kept, &mut collided);
        let working = active - (groups - 1) * C::WIDTH;
        sums[groups - 1] = Point::select((1 << working) - 1, &sums[groups - 1], &last);
        for &place in collided.iter().filter(|&&place| (place as usize) < active) {
            let entry = column.entries[place as usize];
            let point = rows.point::<P, C>((entry >> 1) as usize);
            let signed = if entry & 1 != 0 { -point } else { point };
            exceptional.push((runs[order[place as usize] as usize].bucket, signed));
        }
    }

    let size = row_size::<C>() / 8;
    assert!(words.len() >= runs.len() * size, "a row for each run");
    let start = words.as_mut_ptr();
    let mut spare = vec![0u64; size];
    let spare = spare.as_mut_ptr();
    for (group, sum) in sums.iter().enumerate() {
        let mut places = [spare; MAX_WIDTH];
        for (lane, place) in places.iter_mut().enumerate().take(C::WIDTH) {
            if let Some(&run) = order.get(group * C::WIDTH + lane) {
                *place = start.wrapping_add(run as usize * size);
            }
        }
        // SAFETY: `order` has the places of `runs`, for each of which there is a row in `words`, as was checked; idle lanes
        // store to a row of their own.
        unsafe { sum.store(&places) };
    }
}

/// How many rows ahead to prefetch. On the first pass a row takes the time of one product, and memory takes that of 16
/// in one lane and of 48 in eight. With 16 in eight lanes, an MSM over G1 with tables of 64 MB took an eighth longer.
const fn ahead<C: Lanes>() -> usize {
    if C::WIDTH < 8 { 16 } else { 48 }
}

/// The entries of a block, column by column, so that each step reads what lies together.
struct Columns {
    entries: Vec<Entry>,
    /// Where each column begins, and the end.
    starts: Vec<usize>,
}

impl Columns {
    /// `order` has the longest run first, so that the runs that reach a column come first.
    fn new(entries: &[Entry], runs: &[Run], order: &[u32]) -> Self {
        let longest = order.first().map_or(0, |&run| runs[run as usize].length as usize);
        let mut starts = vec![0; longest + 1];
        for run in runs {
            starts[run.length as usize] += 1;
        }
        // The runs that reach column k are those longer than k.
        let mut active = 0;
        for start in starts.iter_mut().rev() {
            active += *start;
            *start = active;
        }
        let mut end = 0;
        for column in 0..longest {
            let active = starts[column + 1];
            starts[column] = end;
            end += active;
        }
        starts[longest] = end;
        let mut sorted = vec![0; end];
        for (place, &run) in order.iter().enumerate() {
            let run = runs[run as usize];
            let own = &entries[run.start as usize..][..run.length as usize];
            for (entry, start) in own.iter().zip(&starts) {
                sorted[start + place] = *entry;
            }
        }
        Self { entries: sorted, starts }
    }

    fn count(&self) -> usize {
        self.starts.len() - 1
    }

    fn column(&self, step: usize) -> &[Entry] {
        &self.entries[self.starts[step]..self.starts[step + 1]]
    }
}

/// One column: the k-th entry of each run that has one.
struct Column<'a, F> {
    features: F,
    rows: Rows<'a>,
    entries: &'a [Entry],
}

impl<C: Lanes> Addends<C> for Column<'_, C::Features> {
    /// The points, negated if they are to be subtracted. Idle lanes have that of the last run once more.
    #[inline(always)]
    fn load(&self, group: usize) -> Point<C> {
        let mut places = [std::ptr::null(); MAX_WIDTH];
        let mut negative = 0;
        for (lane, place) in places.iter_mut().enumerate().take(C::WIDTH) {
            let run = group * C::WIDTH + lane;
            let entry = self.entries[run.min(self.entries.len() - 1)];
            *place = self.rows.at_for::<C>((entry >> 1) as usize);
            negative |= (entry & 1) << lane;
            if let Some(ahead) = self.entries.get(run + ahead::<C>()) {
                self.rows.prefetch::<C>((ahead >> 1) as usize);
            }
        }
        // SAFETY: `at_for` gives the places of rows.
        let mut point: Point<C> = unsafe { Point::load(self.features, &places) };
        point.y = point.y.negate_where(negative);
        point
    }
}

#[cfg(test)]
mod tests {
    use super::longest_run;

    #[test]
    fn runs_are_as_long_as_buckets_and_threads_allow() {
        for (entries, buckets, threads, wanted) in [
            (100, 10, 1, 8),               // few entries: short runs, of which there are many
            (40_000, 40_000, 1, 39),       // a run for each of 1024
            (100_000, 100_000, 1, 64),     // the smallest limit
            (1_000_000, 1_000, 1, 976),    // shared by 1024
            (1_000_000, 10_000, 1, 200),   // twice what a bucket has
            (10_000_000, 1_000, 4, 2_441), // runs for every thread
            (1_000_000, 0, 1, 976),        // no bucket
        ] {
            assert_eq!(longest_run(entries, buckets, threads), wanted, "{entries} in {buckets}");
        }
    }
}
