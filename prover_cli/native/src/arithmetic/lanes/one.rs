//! A packed field of width one: arkworks' own arithmetic, always fully reduced. Stored in Montgomery form.

use super::features::Any;
use super::{Lanes, MAX_WIDTH, PrimeLanes};
use crate::arithmetic::field::Stored;
use ark_ff::PrimeField;

/// Words of the largest element: BLS12-381's extension.
const MAX_WORDS: usize = 12;

/// A single element.
#[derive(Clone, Copy)]
pub struct One<F>(F);

impl<F: Stored> Lanes for One<F> {
    type Field = F;
    type Features = Any;
    const WIDTH: usize = 1;
    const WORDS: usize = F::SIZE / 8;

    #[inline(always)]
    fn features(&self) -> Any {
        Any
    }

    #[inline(always)]
    fn mul<const N: usize>(a: [&Self; N], b: [&Self; N]) -> [Self; N] {
        let mut products = a.map(|factor| *factor);
        for (product, factor) in products.iter_mut().zip(b) {
            product.0 *= factor.0;
        }
        products
    }

    #[inline(always)]
    fn square<const N: usize>(a: [&Self; N]) -> [Self; N] {
        a.map(|value| Self(value.0.square()))
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    #[inline(always)]
    fn tidy_sub(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    #[inline(always)]
    fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self {
        Self(self.0 - first.0 - second.0)
    }

    #[inline(always)]
    fn double(&self) -> Self {
        Self(self.0.double())
    }

    #[inline(always)]
    fn triple(&self) -> Self {
        Self(self.0.double() + self.0)
    }

    #[inline(always)]
    fn negate_where(&self, lanes: u32) -> Self {
        Self(if lanes & 1 != 0 { -self.0 } else { self.0 })
    }

    #[inline(always)]
    fn select(lanes: u32, yes: &Self, no: &Self) -> Self {
        if lanes & 1 != 0 { *yes } else { *no }
    }

    #[inline(always)]
    unsafe fn load(_: Any, rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: the caller answers for WORDS words behind the pointer, which are F::SIZE bytes; these have no alignment.
        let bytes = unsafe { std::slice::from_raw_parts(rows[0].cast::<u8>(), F::SIZE) };
        Self(F::from_montgomery(bytes))
    }

    #[inline(always)]
    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]) {
        let mut words = [0u64; MAX_WORDS];
        Self::pack(&self.0, &mut words);
        const { assert!(F::SIZE <= 8 * MAX_WORDS) };
        // SAFETY: the caller answers for room for WORDS words behind the pointer, which are F::SIZE bytes; these have no
        // alignment. `words` has at least as many.
        unsafe {
            std::ptr::copy_nonoverlapping(words.as_ptr().cast::<u8>(), rows[0].cast::<u8>(), F::SIZE);
        }
    }

    #[inline(always)]
    fn from_fields(_: Any, values: &[F; MAX_WIDTH]) -> Self {
        Self(values[0])
    }

    #[inline(always)]
    fn to_fields(&self) -> [F; MAX_WIDTH] {
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
    fn dot<const N: usize>(a: [&Self; N], b: [&Self; N], c: [&Self; N], d: [&Self; N]) -> [Self; N] {
        let mut sums = [*a[0]; N];
        for s in 0..N {
            sums[s] = Self(a[s].0 * b[s].0 + c[s].0 * d[s].0);
        }
        sums
    }

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        Self(self.0 + other.0)
    }

    #[inline(always)]
    fn negate(&self) -> Self {
        Self(-self.0)
    }

    #[inline(always)]
    fn settle(&self) -> Self {
        *self
    }

    #[inline(always)]
    fn tidy_add(&self, other: &Self) -> Self {
        self.add(other)
    }

    #[inline(always)]
    unsafe fn load_integers(_: Any, rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: what the caller answers for is the same.
        unsafe { Self::load(Any, rows) }
    }

    #[inline(always)]
    unsafe fn store_integers(&self, rows: &[*mut u64; MAX_WIDTH]) {
        // SAFETY: what the caller answers for is the same.
        unsafe { self.store(rows) };
    }

    #[inline(always)]
    fn transpose(_values: &mut [Self; MAX_WIDTH]) {}
}
