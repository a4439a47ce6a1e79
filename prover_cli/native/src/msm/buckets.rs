//! One window of the product: bases sorted by digit, each bucket summed, then Σ d · bucket_d.

use super::affine::{sum_runs, Run, Scratch};
use super::window;
use crate::curve::Points;
use crate::field::{Plain, Stored};
use ark_ec::short_weierstrass::{Affine, Bucket, Projective, SWCurveConfig};
use ark_ec::AdditiveGroup;

/// Points summed at a time. Larger blocks share an inversion among more additions, smaller ones stay in
/// nearer caches: 8192 takes 0.92 of the CPU time of 1024 on 8192 bases and 0.96 on 65 536 (EPYC at 2 GHz,
/// 512 KB of second-level cache; 2048 and 4096 lie between).
const BLOCK: usize = 8192;

/// Top bit of an entry: the point is to be subtracted.
const NEGATIVE: u32 = 1 << 31;

/// Σ digit(scalar_i) · base_i for one window, over the `active` indices.
pub fn sum_window<P: SWCurveConfig<BaseField: Stored>>(
    bases: Points<'_, P>,
    scalars: &[Plain],
    active: &[u32],
    index: usize,
    width: usize,
) -> Projective<P> {
    let (entries, starts) = sort(scalars, active, index, width);
    let mut buckets = vec![Bucket::<P>::ZERO; starts.len() - 1];
    accumulate(bases, &entries, &starts, &mut buckets);
    reduce(&buckets)
}

/// Entries (index, and sign in the top bit) in the order of their buckets, and where each bucket begins.
/// A counting sort: two passes over the digits.
fn sort(scalars: &[Plain], active: &[u32], index: usize, width: usize) -> (Vec<u32>, Vec<u32>) {
    let digits: Vec<i32> =
        active.iter().map(|&i| window::digit(&scalars[i as usize], index, width)).collect();
    let mut starts = vec![0u32; (1 << (width - 1)) + 1];
    for digit in &digits {
        if *digit != 0 {
            starts[digit.unsigned_abs() as usize] += 1;
        }
    }
    for bucket in 1..starts.len() {
        starts[bucket] += starts[bucket - 1];
    }
    let mut next = starts.clone();
    let mut entries = vec![0u32; *starts.last().expect("never empty") as usize];
    for (&i, digit) in active.iter().zip(&digits) {
        if *digit != 0 {
            let place = &mut next[digit.unsigned_abs() as usize - 1];
            entries[*place as usize] = if *digit < 0 { i | NEGATIVE } else { i };
            *place += 1;
        }
    }
    (entries, starts)
}

/// Sums the entries of each bucket, block by block; a bucket cut by a block's end is finished in the next.
fn accumulate<P: SWCurveConfig<BaseField: Stored>>(
    bases: Points<'_, P>,
    entries: &[u32],
    starts: &[u32],
    buckets: &mut [Bucket<P>],
) {
    let mut points: Vec<Affine<P>> = Vec::with_capacity(BLOCK);
    let mut runs: Vec<Run> = Vec::with_capacity(BLOCK);
    let mut scratch = Scratch::new();
    let mut bucket = 0;
    for (number, block) in entries.chunks(BLOCK).enumerate() {
        let (mut at, end) = (number * BLOCK, number * BLOCK + block.len());
        points.clear();
        points.extend(block.iter().map(|entry| {
            let point = bases.get((entry & !NEGATIVE) as usize);
            if entry & NEGATIVE != 0 {
                -point
            } else {
                point
            }
        }));
        runs.clear();
        while at < end {
            while starts[bucket + 1] as usize <= at {
                bucket += 1;
            }
            let until = end.min(starts[bucket + 1] as usize);
            runs.push(Run { bucket: bucket as u32, length: (until - at) as u32 });
            at = until;
        }
        sum_runs(&mut points, &mut runs, &mut scratch);
        for (run, sum) in runs.iter().zip(&points) {
            buckets[run.bucket as usize] += sum;
        }
    }
}

/// Σ d·B_d = Σ_k (B_k + B_{k+1} + …), from the top down, in XYZZ coordinates.
fn reduce<P: SWCurveConfig>(buckets: &[Bucket<P>]) -> Projective<P> {
    let (mut running, mut total) = (Bucket::<P>::ZERO, Bucket::<P>::ZERO);
    for bucket in buckets.iter().rev() {
        running += bucket;
        total += &running;
    }
    if total.is_zero() {
        Projective::ZERO
    } else {
        total.into()
    }
}
