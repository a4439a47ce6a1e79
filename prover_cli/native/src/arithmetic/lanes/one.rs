//! A packed field of width one: arkworks' own arithmetic, always fully reduced. Stored in Montgomery form.

use super::{Lanes, PrimeLanes, MAX_WIDTH};
use crate::arithmetic::field::Stored;
use ark_ff::PrimeField;

/// Words of the largest element: BLS12-381's extension.
const MAX_WORDS: usize = 12;

/// A single element.
#[derive(Clone, Copy)]
pub struct One<F>(F);

impl<F: Stored> Lanes for One<F> {
    type Field = F;
    const WIDTH: usize = 1;
    const WORDS: usize = F::SIZE / 8;

    #[inline(always)]
    unsafe fn mul<const N: usize>(a: [&Self; N], b: [&Self; N]) -> [Self; N] {
        let mut products = a.map(|factor| *factor);
        for (product, factor) in products.iter_mut().zip(b) {
            product.0 *= factor.0;
        }
        products
    }

    #[inline(always)]
    unsafe fn square<const N: usize>(a: [&Self; N]) -> [Self; N] {
        a.map(|value| Self(value.0.square()))
    }

    #[inline(always)]
    unsafe fn sub(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    #[inline(always)]
    unsafe fn tidy_sub(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    #[inline(always)]
    unsafe fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self {
        Self(self.0 - first.0 - second.0)
    }

    #[inline(always)]
    unsafe fn double(&self) -> Self {
        Self(self.0.double())
    }

    #[inline(always)]
    unsafe fn triple(&self) -> Self {
        Self(self.0.double() + self.0)
    }

    #[inline(always)]
    unsafe fn negate_where(&self, lanes: u32) -> Self {
        Self(if lanes & 1 != 0 { -self.0 } else { self.0 })
    }

    #[inline(always)]
    unsafe fn select(lanes: u32, yes: &Self, no: &Self) -> Self {
        if lanes & 1 != 0 {
            *yes
        } else {
            *no
        }
    }

    #[inline(always)]
    unsafe fn load(rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: the caller gives WORDS words behind each pointer; bytes have no alignment.
        Self(F::from_montgomery(std::slice::from_raw_parts(rows[0].cast::<u8>(), F::SIZE)))
    }

    #[inline(always)]
    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]) {
        let mut words = [0u64; MAX_WORDS];
        Self::pack(&self.0, &mut words);
        // SAFETY: the caller gives room for WORDS words behind each pointer; as bytes they need no alignment.
        std::ptr::copy_nonoverlapping(words.as_ptr().cast::<u8>(), rows[0].cast::<u8>(), F::SIZE);
    }

    #[inline(always)]
    unsafe fn from_fields(values: &[F; MAX_WIDTH]) -> Self {
        Self(values[0])
    }

    #[inline(always)]
    unsafe fn to_fields(&self) -> [F; MAX_WIDTH] {
        let mut fields = [F::ZERO; MAX_WIDTH];
        fields[0] = self.0;
        fields
    }

    #[inline(always)]
    fn pack(value: &F, words: &mut [u64]) {
        value.write_montgomery(words);
    }

    fn unpack(words: &[u64]) -> F {
        F::from_words(words)
    }
}

impl<F: Stored + PrimeField> PrimeLanes for One<F> {
    #[inline(always)]
    unsafe fn dot<const N: usize>(
        a: [&Self; N],
        b: [&Self; N],
        c: [&Self; N],
        d: [&Self; N],
    ) -> [Self; N] {
        let mut sums = [*a[0]; N];
        for s in 0..N {
            sums[s] = Self(a[s].0 * b[s].0 + c[s].0 * d[s].0);
        }
        sums
    }

    #[inline(always)]
    unsafe fn add(&self, other: &Self) -> Self {
        Self(self.0 + other.0)
    }

    #[inline(always)]
    unsafe fn negate(&self) -> Self {
        Self(-self.0)
    }

    #[inline(always)]
    unsafe fn settle(&self) -> Self {
        *self
    }

    #[inline(always)]
    unsafe fn tidy(&self) -> Self {
        *self
    }

    #[inline(always)]
    unsafe fn tidy_add(&self, other: &Self) -> Self {
        self.add(other)
    }

    #[inline(always)]
    unsafe fn load_integers(rows: &[*const u64; MAX_WIDTH]) -> Self {
        Self::load(rows)
    }

    #[inline(always)]
    unsafe fn store_integers(&self, rows: &[*mut u64; MAX_WIDTH]) {
        self.store(rows);
    }

    #[inline(always)]
    unsafe fn transpose(_values: &mut [Self; MAX_WIDTH]) {}
}
