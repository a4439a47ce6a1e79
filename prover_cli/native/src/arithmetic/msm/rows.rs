//! Affine points in rows of words, x then y: the memory that packed fields load points from and store them to.

use super::prefetch::prefetch;
use crate::arithmetic::lanes::{Lanes, MAX_WIDTH};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};

/// A point in each lane.
#[derive(Clone, Copy)]
pub struct Point<C> {
    pub x: C,
    pub y: C,
}

/// The bytes of a row.
pub const fn row_size<C: Lanes>() -> usize {
    16 * C::WORDS
}

/// Borrowed rows, in the stored form of one kind of lanes. None of them is the point at infinity.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl<'a> Rows<'a> {
    pub fn new(bytes: &'a [u8], row_words: usize) -> Self {
        Self { bytes, size: 8 * row_words }
    }

    pub fn of_words(words: &'a [u64], row_words: usize) -> Self {
        // SAFETY: any word is eight valid bytes, which need no alignment, and the lifetime is kept.
        let bytes = unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) };
        Self::new(bytes, row_words)
    }

    /// Where the row begins. All its words lie in the borrowed bytes: the slice is checked, with a size that the compiler
    /// knows.
    #[inline(always)]
    pub fn at_for<C: Lanes>(&self, row: usize) -> *const u64 {
        let size = row_size::<C>();
        self.bytes[row * size..][..size].as_ptr().cast()
    }

    /// Prefetches the row. One past the end does no harm.
    #[inline(always)]
    pub fn prefetch<C: Lanes>(&self, row: usize) {
        let start = self.bytes.as_ptr().wrapping_add(row * row_size::<C>());
        for line in (0..row_size::<C>()).step_by(64) {
            prefetch(start.wrapping_add(line));
        }
        // Rows that are not aligned end in one more line. Without it an MSM took a quarter longer.
        if !start.addr().is_multiple_of(64) {
            prefetch(start.wrapping_add(row_size::<C>() - 1));
        }
    }

    /// The point in a row.
    pub fn point<P: SWCurveConfig, C: Lanes<Field = P::BaseField>>(&self, row: usize) -> Affine<P> {
        let words: Vec<u64> = (self.bytes[row * self.size..][..self.size].chunks_exact(8))
            .map(|chunk| u64::from_le_bytes(chunk.try_into().expect("chunks of eight bytes")))
            .collect();
        let (x, y) = words.split_at(C::WORDS);
        Affine::new_unchecked(C::unpack(x), C::unpack(y))
    }
}

impl<C: Lanes> Point<C> {
    /// # Safety
    /// A row lies behind each of the first `C::WIDTH` pointers, at any alignment.
    #[inline(always)]
    pub unsafe fn load(features: C::Features, rows: &[*const u64; MAX_WIDTH]) -> Self {
        let second = rows.map(|row| row.wrapping_add(C::WORDS));
        // SAFETY: a row is two elements of C::WORDS words, and the caller answers for the rows.
        unsafe { Self { x: C::load(features, rows), y: C::load(features, &second) } }
    }

    /// # Safety
    /// There is room for a row behind each of the first `C::WIDTH` pointers, at any alignment.
    #[inline(always)]
    pub unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]) {
        let second = rows.map(|row| row.wrapping_add(C::WORDS));
        // SAFETY: a row is two elements of C::WORDS words, and the caller answers for the room.
        unsafe {
            self.x.store(rows);
            self.y.store(&second);
        }
    }

    #[inline(always)]
    pub fn select(lanes: u32, yes: &Self, no: &Self) -> Self {
        Self { x: C::select(lanes, &yes.x, &no.x), y: C::select(lanes, &yes.y, &no.y) }
    }
}

/// Packs a point that is not at infinity.
pub fn pack<P: SWCurveConfig, C: Lanes<Field = P::BaseField>>(point: &Affine<P>, row: &mut [u64]) {
    let (x, y) = row.split_at_mut(C::WORDS);
    C::pack(&point.x, x);
    C::pack(&point.y, y);
}
