//! Packed elements (PackedField) of the quadratic extension F[u]/(u² + 1), the field of G2's coordinates on both
//! curves.
//!
//! A product is two dot products of two terms, a0·b0 − a1·b1 and a0·b1 + a1·b0, each reduced once. A reduction costs as
//! much as a product without one, so this takes six halves, as many as the three products of Karatsuba, without the
//! additions that those need. (Compare P. Longa, "Efficient algorithms for large prime characteristic fields and their
//! application to bilinear pairings", TCHES 2023, ia.cr/2022/367.)

use super::{Lanes, MAX_WIDTH, PrimeLanes};
use crate::arithmetic::field::Stored;
use ark_ff::{Fp, FpConfig, QuadExtConfig, QuadExtField};
use std::marker::PhantomData;

/// c0 + c1·u in each lane.
pub struct Quadratic<V, F> {
    pub(super) c0: V,
    pub(super) c1: V,
    field: PhantomData<F>,
}

// Written out because a derive would require the field marker to be Copy.
impl<V: Copy, F> Clone for Quadratic<V, F> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Copy, F> Copy for Quadratic<V, F> {}

impl<V, F> Quadratic<V, F> {
    #[inline(always)]
    pub(super) fn new(c0: V, c1: V) -> Self {
        Self { c0, c1, field: PhantomData }
    }
}

/// Takes values apart: all their c0, and all their c1.
#[inline(always)]
fn parts<V, F, const N: usize>(values: [&Quadratic<V, F>; N]) -> ([&V; N], [&V; N]) {
    (values.map(|value| &value.c0), values.map(|value| &value.c1))
}

#[inline(always)]
fn join<V: Copy, F, const N: usize>(c0: &[V; N], c1: &[V; N]) -> [Quadratic<V, F>; N] {
    std::array::from_fn(|i| Quadratic::new(c0[i], c1[i]))
}

impl<V, C, P, const N: usize> Lanes for Quadratic<V, QuadExtField<C>>
where
    P: FpConfig<N>,
    C: QuadExtConfig<BaseField = Fp<P, N>>,
    V: PrimeLanes<Field = Fp<P, N>>,
    QuadExtField<C>: Stored,
{
    type Field = QuadExtField<C>;
    type Features = V::Features;
    const WIDTH: usize = V::WIDTH;
    const WORDS: usize = 2 * V::WORDS;

    #[inline(always)]
    fn features(&self) -> V::Features {
        self.c0.features()
    }

    #[inline(always)]
    fn mul<const S: usize>(a: [&Self; S], b: [&Self; S]) -> [Self; S] {
        let ((a0, a1), (b0, b1)) = (parts(a), parts(b));
        let mut minus_a1 = [*a1[0]; S];
        for i in 0..S {
            minus_a1[i] = a1[i].negate();
        }
        let mut c0 = V::dot(a0, b0, minus_a1.each_ref(), b1);
        let mut c1 = V::dot(a0, b1, a1, b0);
        for i in 0..S {
            c0[i] = c0[i].settle();
            c1[i] = c1[i].settle();
        }
        join(&c0, &c1)
    }

    #[inline(always)]
    fn square<const S: usize>(a: [&Self; S]) -> [Self; S] {
        let (mut sum, mut difference) = ([a[0].c0; S], [a[0].c0; S]);
        let (mut twice, mut a1) = (sum, sum);
        for i in 0..S {
            // Products are settled, which is tidy enough for a sum.
            let a0 = a[i].c0;
            a1[i] = a[i].c1;
            sum[i] = a0.add(&a1[i]);
            difference[i] = a0.sub(&a1[i]);
            twice[i] = a0.add(&a0);
        }
        let c0 = V::mul(sum.each_ref(), difference.each_ref());
        join(&c0, &V::mul(twice.each_ref(), a1.each_ref()))
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        Self::new(self.c0.sub(&other.c0), self.c1.sub(&other.c1))
    }

    #[inline(always)]
    fn tidy_sub(&self, other: &Self) -> Self {
        Self::new(self.c0.tidy_sub(&other.c0), self.c1.tidy_sub(&other.c1))
    }

    #[inline(always)]
    fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self {
        Self::new(
            self.c0.tidy_sub_two(&first.c0, &second.c0),
            self.c1.tidy_sub_two(&first.c1, &second.c1),
        )
    }

    #[inline(always)]
    fn double(&self) -> Self {
        Self::new(self.c0.double(), self.c1.double())
    }

    #[inline(always)]
    fn triple(&self) -> Self {
        Self::new(self.c0.triple(), self.c1.triple())
    }

    #[inline(always)]
    fn negate_where(&self, lanes: u32) -> Self {
        Self::new(self.c0.negate_where(lanes), self.c1.negate_where(lanes))
    }

    #[inline(always)]
    fn select(lanes: u32, yes: &Self, no: &Self) -> Self {
        Self::new(V::select(lanes, &yes.c0, &no.c0), V::select(lanes, &yes.c1, &no.c1))
    }

    #[inline(always)]
    unsafe fn load(features: V::Features, rows: &[*const u64; MAX_WIDTH]) -> Self {
        let second = rows.map(|row| row.wrapping_add(V::WORDS));
        // SAFETY: the caller answers for twice V::WORDS words behind each pointer.
        unsafe { Self::new(V::load(features, rows), V::load(features, &second)) }
    }

    #[inline(always)]
    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]) {
        let second = rows.map(|row| row.wrapping_add(V::WORDS));
        // SAFETY: the caller answers for room for twice V::WORDS words behind each pointer.
        unsafe {
            self.c0.store(rows);
            self.c1.store(&second);
        }
    }

    fn from_fields(features: V::Features, values: &[Self::Field; MAX_WIDTH]) -> Self {
        Self::new(
            V::from_fields(features, &values.map(|value| value.c0)),
            V::from_fields(features, &values.map(|value| value.c1)),
        )
    }

    fn to_fields(&self) -> [Self::Field; MAX_WIDTH] {
        let (c0, c1) = (self.c0.to_fields(), self.c1.to_fields());
        std::array::from_fn(|lane| QuadExtField::new(c0[lane], c1[lane]))
    }

    #[inline(always)]
    fn zeros(&self) -> u32 {
        self.c0.zeros() & self.c1.zeros()
    }

    fn pack(value: &Self::Field, words: &mut [u64]) {
        let (c0, c1) = words.split_at_mut(V::WORDS);
        V::pack(&value.c0, c0);
        V::pack(&value.c1, c1);
    }

    fn unpack(words: &[u64]) -> Self::Field {
        let (c0, c1) = words.split_at(V::WORDS);
        QuadExtField::new(V::unpack(c0), V::unpack(c1))
    }
}
