//! Radix partition of entries: those of a range of buckets lie together.
//!
//! There are few ranges, so the places that entries are appended to stay in cache. Entries are counted on the way, a list
//! at a time, while it is in cache. A pass of its own over the scalars, which counted the entries of 2^16 buckets first,
//! took 3 ns an entry, and knowing the run of each entry when it is placed as much again: an MSM over 2^19 bases with all
//! multiples took 53 ns an addition, all included, and takes 48 (Xeon of 2023).

use super::entries::{Entries, Entry};
use rayon::prelude::*;

/// The fewest runs that share an inversion, if there are as many entries.
pub const MANY: usize = 1024;

/// How many of so many runs to sum at a time: up to `block`, but fewer where there are not enough for all threads. Both are
/// powers of two.
pub fn block_of(runs: usize, block: usize) -> usize {
    let shared = runs.div_ceil(rayon::current_num_threads());
    block.min(MANY.max(shared).next_power_of_two())
}

/// An entry, and where it goes.
#[derive(Clone, Copy)]
pub struct Keyed {
    pub key: u32,
    pub entry: Entry,
}

/// The most entries of a list: 32 KB.
const LIST: usize = 4096;

/// Entries in lists of limited length: a list that grew would be copied.
struct Pile {
    full: Vec<Vec<Keyed>>,
    open: Vec<Keyed>,
    /// The entries with each key, in the lists that were counted.
    counts: Vec<u32>,
}

impl Pile {
    fn new(keys: usize) -> Self {
        Self { full: Vec::new(), open: Vec::new(), counts: vec![0; keys] }
    }

    #[inline(always)]
    fn push(&mut self, keyed: Keyed) {
        if self.open.len() == self.open.capacity() {
            self.open_another();
        }
        self.open.push(keyed);
    }

    #[cold]
    fn open_another(&mut self) {
        self.count_open();
        self.full.push(std::mem::replace(&mut self.open, Vec::with_capacity(LIST)));
    }

    fn count_open(&mut self) {
        for keyed in &self.open {
            self.counts[keyed.key as usize] += 1;
        }
    }
}

/// The entries of a range of buckets, in the order in which they came.
pub struct Partition {
    /// The first bucket. Keys are counted from it.
    pub first: u32,
    /// The entries of each bucket.
    pub counts: Vec<u32>,
    /// One from each share of the items.
    piles: Vec<Pile>,
}

impl Partition {
    fn new(first: usize, buckets: usize) -> Self {
        Self { first: first as u32, counts: vec![0; buckets], piles: Vec::new() }
    }

    fn add(&mut self, pile: Pile) {
        self.counts.iter_mut().zip(&pile.counts).for_each(|(count, more)| *count += more);
        self.piles.push(pile);
    }

    pub fn entries(&self) -> usize {
        self.counts.iter().map(|&count| count as usize).sum()
    }

    pub fn lists(&self) -> impl Iterator<Item = &[Keyed]> {
        let lists = self.piles.iter().flat_map(|pile| pile.full.iter().chain([&pile.open]));
        lists.map(Vec::as_slice)
    }

    /// The same, each of which is freed once it was read.
    pub fn into_lists(self) -> impl Iterator<Item = Vec<Keyed>> {
        self.piles.into_iter().flat_map(|pile| pile.full.into_iter().chain([pile.open]))
    }
}

/// Partitions entries by ranges of buckets, of which about `block` are in use. That is a power of two.
pub fn partition(entries: &impl Entries, block: usize) -> Vec<Partition> {
    let (buckets, items, most) = (entries.buckets(), entries.items(), entries.most());
    // Few entries leave buckets empty.
    let wider = (buckets / most.max(1)).next_power_of_two();
    let width = block_of(buckets / wider, block) * wider;
    let (shift, ranges) = (width.ilog2(), buckets.div_ceil(width));
    // Each share has lists of its own, which are worth it if they are filled.
    let shares = rayon::current_num_threads().min(most / (MANY * ranges).max(1)).max(1);
    let piles_of_shares: Vec<Vec<Pile>> = (0..shares)
        .into_par_iter()
        .map(|share| {
            let mut piles: Vec<Pile> = (0..ranges).map(|_| Pile::new(width.min(buckets))).collect();
            entries.each(items * share / shares..items * (share + 1) / shares, |bucket, entry| {
                piles[bucket >> shift].push(Keyed { key: (bucket & (width - 1)) as u32, entry });
            });
            piles.iter_mut().for_each(Pile::count_open);
            piles
        })
        .collect();
    let range = |first| Partition::new(first, width.min(buckets - first));
    let mut partitions: Vec<Partition> = (0..buckets).step_by(width).map(range).collect();
    for piles in piles_of_shares {
        partitions.iter_mut().zip(piles).for_each(|(partition, pile)| partition.add(pile));
    }
    partitions
}
