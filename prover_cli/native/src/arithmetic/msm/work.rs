//! The work of an MSM, forecast from the lengths of its scalars, and the shape with the least of it.
//!
//! In a circuit most values are bits, and few are as long as the field. What an MSM costs depends on its digits that are
//! not zero, and on the buckets that these fill.

use super::window::{self, MAX_WIDTH, MIN_WIDTH, Shape};
use crate::arithmetic::field::Canonical;

/// The longest scalar, in bits.
const LONGEST: usize = 256;

/// How many scalars of each length there are, in bits.
#[derive(Clone)]
pub struct Lengths([usize; LONGEST + 1]);

impl Lengths {
    pub fn of(scalars: impl Iterator<Item = Canonical>) -> Self {
        let mut counts = [0; LONGEST + 1];
        for scalar in scalars {
            counts[window::bit_length(&scalar)] += 1;
        }
        Self(counts)
    }

    /// So many scalars of `bits` bits.
    pub fn all(count: usize, bits: usize) -> Self {
        let mut counts = [0; LONGEST + 1];
        counts[bits] = count;
        Self(counts)
    }

    /// Those of both.
    #[must_use]
    pub fn with(mut self, others: &Self) -> Self {
        for (count, more) in self.0.iter_mut().zip(others.0) {
            *count += more;
        }
        self
    }

    /// The length of the longest.
    pub fn longest(&self) -> usize {
        self.0.iter().rposition(|&count| count > 0).unwrap_or(0)
    }

    /// The digits in windows of `width` bits.
    pub(super) fn digits(&self, width: usize) -> Digits {
        let windows = window::count(self.longest(), width);
        let mut digits = Digits { width, entries: 0.0, loads: vec![0.0; windows] };
        // How many scalars have their last digit in each window.
        let mut ends = vec![0; windows];
        for (length, &count) in self.0.iter().enumerate().skip(1).filter(|&(_, &count)| count > 0) {
            let last = window::count(length, width) - 1;
            // It has few bits left, which fill few buckets. This matters where most scalars are bits.
            let left = length.saturating_sub(last * width) as f64;
            digits.loads[last] += (count as f64).min(left.exp2());
            digits.entries += count as f64;
            ends[last] += count;
        }
        // Of the others each is as likely as any other, zero among them.
        let taken = 1.0 - (-(width as f64)).exp2();
        let mut longer = 0;
        for (load, end) in digits.loads.iter_mut().zip(ends).rev() {
            *load += longer as f64 * taken;
            digits.entries += longer as f64 * taken;
            longer += end;
        }
        digits
    }
}

/// The digits of an MSM in windows of one width.
pub(super) struct Digits {
    width: usize,
    /// Those that are not zero.
    pub(super) entries: f64,
    /// For each window, how many of them may fall into a bucket of their own.
    loads: Vec<f64>,
}

/// The time of a bucket in use beside that of its entries, in additions: two for the reduction, less the one that its
/// first entry saves, and its share of what is not done in lanes, where additions are cheaper.
///
/// This and `BUCKET` are those that choose best among up to 52 shapes of each product, all of which were measured (16 to
/// 16 384 scalars, all full or one of ten beside bits; both curves; Granite Rapids). The shape chosen takes 0.8 % more
/// time than the fastest in one lane, 1.8 % in four and 2 % in eight, on average, and up to 31 % in products of 16 and
/// 64 scalars. A rule that took all scalars for full and all buckets for used lost 13 %.
fn in_use(lanes: usize) -> f64 {
    match lanes {
        1 => 1.0,
        2..=4 => 1.5,
        _ => 2.0,
    }
}

/// The time of a bucket, even an empty one, in additions: its counters are cleared, summed up and read.
const BUCKET: f64 = 0.3;

impl Digits {
    /// The buckets in use where so many sets share the windows. Digits fill buckets as balls do.
    pub(super) fn in_use(&self, sets: usize) -> f64 {
        let size = (1usize << (self.width - 1)) as f64;
        let filled = |set: usize| {
            let load: f64 = self.loads.iter().skip(set).step_by(sets).sum();
            size * (1.0 - (-load / size).exp())
        };
        (0..sets.min(self.loads.len())).map(filled).sum()
    }

    /// The work in additions, on a processor with so many lanes.
    fn additions(&self, sets: usize, lanes: usize) -> f64 {
        let buckets = (sets << (self.width - 1)) as f64;
        self.entries + in_use(lanes) * self.in_use(sets) + BUCKET * buckets
    }
}

/// The work of an MSM in each shape.
pub struct Work {
    lanes: usize,
    /// By width.
    digits: Vec<Digits>,
}

impl Work {
    /// For a processor that adds in so many lanes.
    pub fn new(lengths: &Lengths, lanes: usize) -> Self {
        Self { lanes, digits: (MIN_WIDTH..=MAX_WIDTH).map(|width| lengths.digits(width)).collect() }
    }

    /// For one, two, … multiples of each base, up to one for each of a scalar's `bits`: the shape with the least work,
    /// and its work, in additions.
    pub fn by_blocks(&self, bits: usize) -> Vec<(Shape, usize)> {
        let mut best = vec![(Shape { width: MIN_WIDTH, sets: 0 }, f64::INFINITY); bits];
        for digits in &self.digits {
            let windows = window::count(bits, digits.width);
            let mut last = (0, 0.0);
            for (best, blocks) in best.iter_mut().zip(1..) {
                let sets = windows.div_ceil(blocks);
                // Many more multiples leave as many sets.
                if last.0 != sets {
                    last = (sets, digits.additions(sets, self.lanes));
                }
                if last.1 < best.1 {
                    *best = (Shape { width: digits.width, sets }, last.1);
                }
            }
        }
        best.into_iter().map(|(shape, work)| (shape, work as usize)).collect()
    }

    /// The shape with the least work where multiples are there that lie so many bits apart, or the bases alone. A table
    /// that was made for windows of 16 bits also serves two sets of eight bits, or four of twelve, for which it has four
    /// times as many multiples as needed: few scalars fill few of 2^15 buckets. With 768 scalars over G1 it takes 0.83 ms
    /// in two sets of eight bits, and 1.9 in one of 16 (Granite Rapids with IFMA).
    pub(super) fn cheapest_over(&self, apart: Option<usize>, bits: usize) -> Shape {
        let sets = |width: usize| {
            // With a set for each window, none of the multiples is needed.
            let windows = window::count(bits, width);
            apart.map_or(windows, |apart| windows.min(apart / gcd(apart, width)))
        };
        let shapes = self.digits.iter().map(|digits| {
            let shape = Shape { width: digits.width, sets: sets(digits.width) };
            (shape, digits.additions(shape.sets, self.lanes))
        });
        shapes.min_by(|one, other| one.1.total_cmp(&other.1)).expect("there is a width").0
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::in_use;

    #[test]
    fn a_bucket_costs_more_beside_cheaper_additions() {
        assert_eq!([1, 2, 4, 8].map(in_use), [1.0, 1.5, 1.5, 2.0]);
    }
}
