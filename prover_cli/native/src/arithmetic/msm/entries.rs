//! Counting sort of the digits by bucket: which row is added to which bucket, and with which sign.

use super::window::{self, Shape};
use crate::arithmetic::field::Canonical;
use rayon::prelude::*;

/// The number of a row, and in the lowest bit whether it is subtracted.
pub type Entry = u32;

/// The entries of all buckets of all sets, in the order of the buckets.
pub struct Sorted {
    pub entries: Vec<Entry>,
    /// Where each bucket begins, and the end.
    pub starts: Vec<u32>,
}

/// Window w of the scalar of base i goes to set w mod sets, by its digit, and takes row i of block stride · (w / sets).
/// `scalars` has one scalar for each row of a block. Takes two passes over the digits, with the sets in parallel.
pub fn sort<S>(scalars: &S, count: usize, bits: usize, shape: Shape, stride: usize) -> Sorted
where
    S: Fn(usize) -> Canonical + Sync,
{
    let windows = window::count(bits, shape.width);
    let parts: Vec<(Vec<Entry>, Vec<u32>)> = (0..shape.sets.min(windows))
        .into_par_iter()
        .map(|set| sort_set(scalars, count, (set..windows).step_by(shape.sets), shape.width, stride))
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

fn sort_set<S>(
    scalars: &S,
    count: usize,
    windows: impl Iterator<Item = usize>,
    width: usize,
    stride: usize,
) -> (Vec<Entry>, Vec<u32>)
where
    S: Fn(usize) -> Canonical,
{
    let indices: Vec<usize> = windows.collect();
    let mut starts = vec![0u32; (1 << (width - 1)) + 1];
    // Window by window, as the rows lie.
    let mut digits = vec![0i32; count * indices.len()];
    for i in 0..count {
        let scalar = scalars(i);
        for (block, &index) in indices.iter().enumerate() {
            let digit = window::digit(&scalar, index, width);
            digits[block * count + i] = digit;
            starts[digit.unsigned_abs() as usize] += 1;
        }
    }
    // Zero digits are counted in the place before the first bucket and left out.
    starts[0] = 0;
    for bucket in 1..starts.len() {
        starts[bucket] += starts[bucket - 1];
    }
    // In the order of the rows, so that the k-th entries of all buckets lie near each other in the tables. Otherwise
    // a tenth of an addition's time is spent on address translation.
    let mut next = starts.clone();
    let mut entries = vec![0; *starts.last().expect("never empty") as usize];
    // Without bases there are no digits, but a chunk must have a size.
    for (block, digits) in digits.chunks_exact(count.max(1)).enumerate() {
        let first = block * stride * count;
        for (i, &digit) in digits.iter().enumerate() {
            if digit != 0 {
                let place = &mut next[digit.unsigned_abs() as usize - 1];
                entries[*place as usize] = ((first + i) as u32) << 1 | u32::from(digit < 0);
                *place += 1;
            }
        }
    }
    (entries, starts)
}
