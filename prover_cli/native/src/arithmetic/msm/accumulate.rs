//! Bucket accumulation (Pippenger): the sum of the entries of each bucket, in lanes. (gnark-crypto's `processChunk`.)
//!
//! The sums grow column by column: in step k every run that has a k-th entry takes it. No two additions of a step touch
//! the same run, so all of them are independent and share an inversion. A block of runs is done at a time, so that the
//! sums stay in cache.

use super::columns::Columns;
use super::entries::{Entries, Entry};
use super::kernels::Kernels;
use super::partition::{Keyed, Partition, block_of, partition};
use super::rows::{Rows, row_size};
use super::runs::{Block, EMPTY, Run, Runs, longest_run};
use super::step::Steps;
use crate::arithmetic::lanes::{Lanes, MAX_WIDTH};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use rayon::prelude::*;
use std::ops::Range;

/// An exceptional addition (of equal or opposite points), which the lanes left out: the bucket, and the point.
pub type Exceptional<P> = (u32, Affine<P>);

/// The sums of the buckets.
pub struct Buckets<P: SWCurveConfig> {
    words: Vec<u64>,
    /// The row of each bucket's sum, or `EMPTY`.
    row_of: Vec<u32>,
    pub exceptional: Vec<Exceptional<P>>,
}

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

/// The sums of the runs of a range of buckets.
struct Sums<P: SWCurveConfig> {
    words: Vec<u64>,
    runs: Runs,
    exceptional: Vec<Exceptional<P>>,
}

impl<P: SWCurveConfig> Sums<P> {
    fn of(kernels: Kernels<P>, rows: Rows<'_>, partition: Partition, limit: u32) -> Self {
        let mut runs = Runs::new(&partition, limit);
        let row_words = kernels.row_words();
        let mut words = vec![0; runs.all.len() * row_words];
        let mut exceptional = Vec::new();
        if runs.crowded.is_empty() {
            let block = Block::of_partition(&runs, &partition);
            kernels.sum_runs(rows, &block, &mut words, &mut exceptional);
        } else {
            let block = block_of(runs.all.len(), kernels.block());
            let dealt = runs.deal(partition, block);
            let blocks =
                runs.all.par_chunks(block).zip(dealt).zip(words.par_chunks_mut(block * row_words));
            let sum = |((runs, dealt), words): ((&[Run], Vec<Keyed>), &mut [u64])| {
                let mut exceptional = Vec::new();
                kernels.sum_runs(rows, &Block::of_dealt(runs, &dealt), words, &mut exceptional);
                exceptional
            };
            exceptional = blocks.flat_map_iter(sum).collect();
        }
        Self { words, runs, exceptional }
    }
}

/// Sums the entries of each bucket.
pub fn accumulate<P: SWCurveConfig>(
    kernels: Kernels<P>,
    rows: Rows<'_>,
    entries: &impl Entries,
) -> Buckets<P> {
    let partitions = partition(entries, kernels.block());
    let count = partitions.iter().map(Partition::entries).sum();
    let limit = longest_run(count, entries.buckets(), rayon::current_num_threads());
    let sums: Vec<Sums<P>> =
        partitions.into_par_iter().map(|partition| Sums::of(kernels, rows, partition, limit)).collect();

    let mut words = Vec::with_capacity(sums.iter().map(|sums| sums.words.len()).sum());
    let mut row_of = Vec::with_capacity(entries.buckets());
    let (mut crowded, mut exceptional) = (Vec::new(), Vec::new());
    for sums in sums {
        let (bucket, row) = (row_of.len() as u32, (words.len() / kernels.row_words()) as u32);
        words.extend(sums.words);
        row_of.extend(sums.runs.first.iter().map(|&run| if run == EMPTY { EMPTY } else { row + run }));
        crowded.extend(sums.runs.crowded.iter().map(|&(key, end)| (bucket + key, row + end)));
        exceptional.extend(sums.exceptional);
    }
    if !crowded.is_empty() {
        exceptional.extend(join_runs(kernels, &crowded, &row_of, &mut words));
    }
    Buckets { words, row_of, exceptional }
}

/// The sums of the runs of crowded buckets: they are the entries of a smaller problem of the same kind.
struct Parted<'a> {
    crowded: &'a [(u32, u32)],
    row_of: &'a [u32],
}

impl Parted<'_> {
    fn runs(&self, index: usize) -> Range<u32> {
        let (bucket, end) = self.crowded[index];
        self.row_of[bucket as usize]..end
    }
}

impl Entries for Parted<'_> {
    fn buckets(&self) -> usize {
        self.crowded.len()
    }

    fn items(&self) -> usize {
        self.crowded.len()
    }

    fn most(&self) -> usize {
        (0..self.items()).map(|index| self.runs(index).len()).sum()
    }

    fn each(&self, items: Range<usize>, mut take: impl FnMut(usize, Entry)) {
        for index in items {
            for row in self.runs(index) {
                take(index, row << 1);
            }
        }
    }
}

/// Adds up the runs of each crowded bucket.
fn join_runs<P: SWCurveConfig>(
    kernels: Kernels<P>,
    crowded: &[(u32, u32)],
    row_of: &[u32],
    words: &mut [u64],
) -> Vec<Exceptional<P>> {
    let row_words = kernels.row_words();
    let rows = Rows::of_words(words, row_words);
    let joined = accumulate(kernels, rows, &Parted { crowded, row_of });
    for (index, &(bucket, _)) in crowded.iter().enumerate() {
        let from = joined.row_of[index] as usize * row_words;
        let to = row_of[bucket as usize] as usize * row_words;
        words[to..to + row_words].copy_from_slice(&joined.words[from..][..row_words]);
    }
    joined.exceptional.into_iter().map(|(index, point)| (crowded[index as usize].0, point)).collect()
}

/// The most bytes of a block's sums, addends and prefix products, which the second-level cache is to hold beside the
/// rows. Processors with eight lanes have 1 MB of it; using twice as much there halves the steps and saves a thirtieth.
const fn block_bytes<C: Lanes>() -> usize {
    if C::WIDTH < 8 { 420 << 10 } else { 840 << 10 }
}

/// The runs in a block, for lanes of this kind: a power of two.
pub const fn block<C: Lanes>() -> usize {
    // Five coordinates per run: two of the sum, two of the addend, and the prefix product.
    1 << (block_bytes::<C>() / (5 * size_of::<C>() / C::WIDTH)).ilog2()
}

/// Sums each run of a block into its row of `words`.
#[inline(always)]
pub fn sum_runs<P, C, const N: usize>(
    features: C::Features,
    rows: Rows<'_>,
    block: &Block<'_>,
    words: &mut [u64],
    exceptional: &mut Vec<Exceptional<P>>,
) where
    P: SWCurveConfig,
    C: Lanes<Field = P::BaseField>,
{
    let columns = Columns::new(block);
    let mut steps =
        Steps::<C, N>::new(features, &columns.of(0, features, rows), &columns.of(1, features, rows));
    for step in 1..columns.count() {
        steps.step(&columns.of(step + 1, features, rows));
        for place in steps.left_out() {
            let Some(entry) = columns.entries(step).get(place) else { continue };
            let point = rows.point::<P, C>((entry >> 1) as usize);
            let signed = if entry & 1 != 0 { -point } else { point };
            exceptional.push((block.runs[columns.run(place)].bucket, signed));
        }
    }

    let size = row_size::<C>() / 8;
    assert!(words.len() >= block.runs.len() * size, "a row for each run");
    let start = words.as_mut_ptr();
    let mut spare = vec![0u64; size];
    let spare = spare.as_mut_ptr();
    for (group, sum) in steps.sums().iter().enumerate() {
        let mut places = [spare; MAX_WIDTH];
        for (lane, place) in places.iter_mut().enumerate().take(C::WIDTH) {
            let place_of_run = group * C::WIDTH + lane;
            if place_of_run < block.runs.len() {
                *place = start.wrapping_add(columns.run(place_of_run) * size);
            }
        }
        // SAFETY: `columns` numbers the runs, for each of which there is a row in `words`, as was checked; idle lanes store
        // to a row of their own.
        unsafe { sum.store(&places) };
    }
}
