//! What each bucket takes: which row of the bases, and with which sign.

use super::window::{self, Shape};
use crate::arithmetic::field::Canonical;
use std::ops::Range;

/// The number of a row, and in the lowest bit whether it is subtracted.
pub type Entry = u32;

/// The entries of buckets, told by items that have a few each.
pub trait Entries: Sync {
    fn buckets(&self) -> usize;
    fn items(&self) -> usize;
    /// At most so many entries.
    fn most(&self) -> usize;
    /// Gives the bucket and the entry of each entry of some items.
    fn each(&self, items: Range<usize>, take: impl FnMut(usize, Entry));
}

/// Each item is a row, which goes to the bucket that is listed for it.
pub struct Listed<'a> {
    pub buckets: usize,
    pub places: &'a [u16],
}

impl Entries for Listed<'_> {
    fn buckets(&self) -> usize {
        self.buckets
    }

    fn items(&self) -> usize {
        self.places.len()
    }

    fn most(&self) -> usize {
        self.places.len()
    }

    fn each(&self, items: Range<usize>, mut take: impl FnMut(usize, Entry)) {
        for row in items {
            take(self.places[row].into(), (row as Entry) << 1);
        }
    }
}

/// Scalars that are cut into digits at a time. In each window their rows lie together, and so do the entries that the
/// buckets take next: with scalars one by one, a tenth of an addition's time was spent on address translation.
const CHUNK: usize = 1 << 14;

/// The digits of scalars: window w of the scalar of base i goes to set w mod sets, by its digit, and takes row i of block
/// stride · (w / sets).
pub struct Digits<S> {
    scalar: S,
    count: usize,
    shape: Shape,
    windows: usize,
    stride: usize,
}

impl<S: Fn(usize) -> Canonical + Sync> Digits<S> {
    /// For so many scalars of up to `bits` bits, one for each row of a block.
    pub fn new(scalar: S, count: usize, bits: usize, shape: Shape, stride: usize) -> Self {
        Self { scalar, count, shape, windows: window::count(bits, shape.width), stride }
    }
}

impl<S: Fn(usize) -> Canonical + Sync> Entries for Digits<S> {
    fn buckets(&self) -> usize {
        self.shape.sets.min(self.windows) << (self.shape.width - 1)
    }

    fn items(&self) -> usize {
        self.count
    }

    fn most(&self) -> usize {
        self.count * self.windows
    }

    fn each(&self, items: Range<usize>, mut take: impl FnMut(usize, Entry)) {
        let Shape { width, sets } = self.shape;
        let mut scalars = Vec::with_capacity(CHUNK.min(items.len()));
        let mut start = items.start;
        while start < items.end {
            scalars.clear();
            scalars.extend((start..items.end.min(start + CHUNK)).map(&self.scalar));
            for index in 0..self.windows {
                let (first, set) = (index / sets * self.stride * self.count + start, index % sets);
                let buckets = set << (width - 1);
                for (i, scalar) in scalars.iter().enumerate() {
                    let digit = window::digit(scalar, index, width);
                    if digit != 0 {
                        let bucket = buckets + digit.unsigned_abs() as usize - 1;
                        take(bucket, ((first + i) as Entry) << 1 | Entry::from(digit < 0));
                    }
                }
            }
            start += scalars.len();
        }
    }
}
