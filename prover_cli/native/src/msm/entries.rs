//! Scalars to entries sorted by bucket: which row is added where, and with which sign.

use super::window::{self, Shape};
use crate::field::Plain;
use rayon::prelude::*;

/// A row, and in the lowest bit whether it is subtracted.
pub type Entry = u32;

/// Entries of every bucket of every set, in the order of the buckets.
pub struct Sorted {
    pub entries: Vec<Entry>,
    /// Where each bucket begins, and the end.
    pub starts: Vec<u32>,
}

/// Window w of the scalar of base i goes to set w mod sets, by its digit, and takes row i of block w / sets.
/// `scalars` holds one for each row of a block. Counting sorts, the sets in parallel.
pub fn sort<S>(scalars: &S, count: usize, bits: usize, shape: Shape) -> Sorted
where
    S: Fn(usize) -> Plain + Sync,
{
    let windows = window::count(bits, shape.width);
    let parts: Vec<(Vec<Entry>, Vec<u32>)> = (0..shape.sets.min(windows))
        .into_par_iter()
        .map(|set| sort_set(scalars, count, (set..windows).step_by(shape.sets), shape.width))
        .collect();
    let mut sorted = Sorted { entries: Vec::new(), starts: Vec::new() };
    for (entries, starts) in parts {
        let offset = sorted.entries.len() as u32;
        let inner = &starts[..starts.len() - 1];
        sorted.starts.extend(inner.iter().map(|start| start + offset));
        if sorted.entries.is_empty() {
            sorted.entries = entries;
        } else {
            sorted.entries.extend(entries);
        }
    }
    sorted.starts.push(sorted.entries.len() as u32);
    sorted
}

/// Buckets that are sorted in one go: their counters stay in the first-level cache.
const NEAR: usize = 1 << 13;

/// Buckets of a part where there are more: their entries stay in the second-level cache as well.
const PART: usize = 1 << 11;

fn sort_set<S>(
    scalars: &S,
    count: usize,
    windows: impl Iterator<Item = usize>,
    width: usize,
) -> (Vec<Entry>, Vec<u32>)
where
    S: Fn(usize) -> Plain,
{
    let indices: Vec<usize> = windows.collect();
    // Window by window, as the rows lie.
    let mut digits = vec![0i32; count * indices.len()];
    for i in 0..count {
        let scalar = scalars(i);
        for (block, &index) in indices.iter().enumerate() {
            digits[block * count + i] = window::digit(&scalar, index, width);
        }
    }
    // In the order of the rows, so that the k-th entries of all buckets lie near each other in the tables: a
    // tenth of an addition's time otherwise goes into finding pages.
    let taken = digits.iter().enumerate().filter(|(_, &digit)| digit != 0).map(|(row, &digit)| {
        (digit.unsigned_abs() as usize - 1, (row as u32) << 1 | u32::from(digit < 0))
    });
    let buckets = 1 << (width - 1);
    if buckets <= NEAR {
        let mut starts = Vec::with_capacity(buckets + 1);
        let entries = sorted(taken, buckets, &mut starts);
        starts.push(entries.len() as u32);
        return (entries, starts);
    }
    let mut ends = Vec::with_capacity(buckets / PART + 1);
    let by_part = taken.map(|(bucket, entry)| (bucket / PART, ((bucket % PART) as u32, entry)));
    let in_parts = sorted(by_part, buckets / PART, &mut ends);
    drop(digits);
    ends.push(in_parts.len() as u32);
    let mut starts = Vec::with_capacity(buckets + 1);
    let mut entries = Vec::with_capacity(in_parts.len());
    for part in ends.windows(2) {
        let of_part = in_parts[part[0] as usize..part[1] as usize].iter();
        let first = starts.len();
        entries.extend(sorted(
            of_part.map(|&(bucket, entry)| (bucket as usize, entry)),
            PART,
            &mut starts,
        ));
        for start in &mut starts[first..] {
            *start += part[0];
        }
    }
    starts.push(entries.len() as u32);
    (entries, starts)
}

/// The values in the order of their places, those of one place in the order in which they come; where each place
/// begins is appended to `starts`. A counting sort: two passes.
fn sorted<V: Copy + Default>(
    pairs: impl Iterator<Item = (usize, V)> + Clone,
    places: usize,
    starts: &mut Vec<u32>,
) -> Vec<V> {
    let mut next = vec![0u32; places];
    for (place, _) in pairs.clone() {
        next[place] += 1;
    }
    let mut total = 0;
    for count in &mut next {
        starts.push(total);
        total += std::mem::replace(count, total);
    }
    let mut values = vec![V::default(); total as usize];
    for (place, value) in pairs {
        values[next[place] as usize] = value;
        next[place] += 1;
    }
    values
}
