//! Runs: the entries of a bucket, or as many of them as are summed in a row.

use super::partition::{Keyed, MANY, Partition};

/// The smallest limit on the entries of a run. What a crowded bucket has beyond the limit is another run, and the sums
/// of its runs are added up afterwards: thousands of scalars may be equal, most often to one.
const RUN: usize = 64;

/// The entries of one bucket, or as many of them as a run may have.
#[derive(Clone, Copy)]
pub struct Run {
    pub bucket: u32,
    pub length: u32,
    /// What marks its entries within a block.
    pub key: u32,
}

/// The runs of a range of buckets, one after another.
pub struct Runs {
    pub all: Vec<Run>,
    /// The first run of each bucket, or `EMPTY`.
    pub first: Vec<u32>,
    /// The buckets with more than one run, and where their runs end.
    pub crowded: Vec<(u32, u32)>,
    /// The most entries of a run. All runs of a bucket but its last have as many.
    limit: u32,
}

pub const EMPTY: u32 = u32::MAX;

/// The most entries of a run.
pub fn longest_run(entries: usize, buckets: usize, threads: usize) -> u32 {
    let limit = RUN.max(2 * entries / buckets.max(1));
    // A reduction has few buckets with many entries each: there must be runs for every thread.
    let limit = limit.min(RUN.max(entries / (MANY * threads)));
    limit.min(8.max(entries / MANY)) as u32
}

/// Runs that are summed together, and lists of their entries.
pub struct Block<'a> {
    pub runs: &'a [Run],
    /// Their keys are below this.
    pub keys: usize,
    pub lists: Vec<&'a [Keyed]>,
}

impl Runs {
    /// Those of the buckets of a partition.
    pub fn new(partition: &Partition, limit: u32) -> Self {
        let counts = &partition.counts;
        let (mut all, mut crowded) = (Vec::with_capacity(counts.len()), Vec::new());
        let mut first = vec![EMPTY; counts.len()];
        for (key, &count) in (0..).zip(counts) {
            if count == 0 {
                continue;
            }
            first[key as usize] = all.len() as u32;
            for start in (0..count).step_by(limit as usize) {
                all.push(Run { bucket: partition.first + key, length: limit.min(count - start), key });
            }
            if count > limit {
                crowded.push((key, all.len() as u32));
            }
        }
        Self { all, first, crowded, limit }
    }

    /// Where buckets are crowded: the entries of each block of so many runs, a power of two, with keys that count them.
    pub fn deal(&mut self, partition: Partition, block: usize) -> Vec<Vec<Keyed>> {
        let lengths = |runs: &[Run]| runs.iter().map(|run| run.length as usize).sum();
        let mut dealt: Vec<Vec<Keyed>> =
            self.all.chunks(block).map(|runs| Vec::with_capacity(lengths(runs))).collect();
        // Of each bucket the current run, and how many entries more it takes.
        let mut next: Vec<(u32, u32)> = self.first.iter().map(|&first| (first, self.limit)).collect();
        for keyed in partition.into_lists().flatten() {
            let (run, left) = &mut next[keyed.key as usize];
            if *left == 0 {
                (*run, *left) = (*run + 1, self.limit);
            }
            *left -= 1;
            let key = *run & (block as u32 - 1);
            dealt[(*run >> block.ilog2()) as usize].push(Keyed { key, entry: keyed.entry });
        }
        for runs in self.all.chunks_mut(block) {
            (0..).zip(runs).for_each(|(key, run)| run.key = key);
        }
        dealt
    }
}

impl<'a> Block<'a> {
    /// All runs of a partition, none of whose buckets is crowded.
    pub fn of_partition(runs: &'a Runs, partition: &'a Partition) -> Self {
        Self { runs: &runs.all, keys: partition.counts.len(), lists: partition.lists().collect() }
    }

    /// Runs, and the entries that were dealt to them.
    pub fn of_dealt(runs: &'a [Run], dealt: &'a [Keyed]) -> Self {
        Self { runs, keys: runs.len(), lists: vec![dealt] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entries::{Entries, Listed};
    use super::super::partition::{block_of, partition};
    use super::{Block, Runs, longest_run};

    /// The rows of a block's runs, each of which has as many entries as it says.
    fn rows(block: &Block<'_>) -> Vec<(u32, Vec<u32>)> {
        let mut rows = vec![Vec::new(); block.keys];
        for keyed in block.lists.iter().copied().flatten() {
            rows[keyed.key as usize].push(keyed.entry >> 1);
        }
        let of_run = |run: &super::Run| {
            let rows = std::mem::take(&mut rows[run.key as usize]);
            assert_eq!(rows.len(), run.length as usize);
            (run.bucket, rows)
        };
        let of_runs = block.runs.iter().map(of_run).collect();
        assert!(rows.iter().all(Vec::is_empty), "no other entries");
        of_runs
    }

    /// However many threads share the work, each run has as many entries as it says, all of them are its bucket's, and
    /// none is lost, in blocks and buckets of all kinds, crowded or empty.
    #[test]
    fn every_entry_goes_to_a_run_of_its_bucket() {
        const BLOCK: usize = 2048;
        let even = |row: u32| (row.wrapping_mul(0x9e37_79b9) >> 16) as u16;
        let cases: [(usize, Vec<u16>); 6] = [
            (7, (0..20_000).map(|row| even(row) % 7).collect()),
            (7, (0..20_000).map(|row| if row % 5 == 0 { even(row) % 7 } else { 3 }).collect()),
            (3000, (0..20_000).map(|row| even(row) % 3000).collect()),
            (9000, (0..20_000).map(|row| even(row) % 9000).collect()),
            (60_000, (0..5000).map(|row| even(row) % 60_000).collect()),
            (3000, Vec::new()),
        ];
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            for (buckets, places) in &cases {
                let listed = Listed { buckets: *buckets, places };
                let partitions = pool.install(|| partition(&listed, BLOCK));
                let limit = longest_run(places.len(), *buckets, threads);
                let (mut first, mut found) = (0, Vec::new());
                for partition in partitions {
                    assert_eq!(partition.first as usize, first);
                    let mut runs = Runs::new(&partition, limit);
                    let start = found.len();
                    if runs.crowded.is_empty() {
                        found.extend(rows(&Block::of_partition(&runs, &partition)));
                    }
                    let block = pool.install(|| block_of(runs.all.len(), BLOCK));
                    assert!(block <= BLOCK);
                    let dealt = runs.deal(partition, block);
                    let blocks = runs.all.chunks(block).zip(&dealt);
                    let of_dealt: Vec<_> =
                        blocks.flat_map(|(runs, dealt)| rows(&Block::of_dealt(runs, dealt))).collect();
                    assert!(start == found.len() || found[start..] == of_dealt, "the same either way");
                    found.truncate(start);
                    found.extend(of_dealt);
                    for (key, &run) in (0..).zip(&runs.first) {
                        let wanted = runs.all.iter().position(|run| run.bucket == first as u32 + key);
                        assert_eq!(wanted, (run != super::EMPTY).then_some(run as usize));
                    }
                    first += runs.first.len();
                }
                assert_eq!(first, *buckets);
                assert_eq!(listed.most(), places.len());
                for (bucket, rows) in &found {
                    assert!(rows.iter().all(|&row| u32::from(places[row as usize]) == *bucket));
                    assert!(rows.len() <= limit as usize);
                }
                let mut rows: Vec<u32> = found.into_iter().flat_map(|(_, rows)| rows).collect();
                rows.sort_unstable();
                assert_eq!(rows, (0..places.len() as u32).collect::<Vec<_>>());
            }
        }
    }

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
