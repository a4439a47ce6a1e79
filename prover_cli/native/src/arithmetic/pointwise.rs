//! Calculations that do the same at each place of some columns of scalars, in lanes.
//!
//! The elements are loaded as they lie in memory, in Montgomery form with R = 2^256, and are not converted to the form of
//! the lanes, whose R may be another. An element v then counts as v·ρ, where ρ is the ratio of both: so a product of k
//! loaded elements has ρ^k, and what is stored must have ρ again. The constants of a calculation are converted, and make
//! up for it: [`ratio`] gives ρ.

use crate::arithmetic::field::Scalar;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::{MAX_WIDTH, PrimeLanes, splat};
use crate::arithmetic::ntt::Transformed;
use ark_ff::Field;
use rayon::prelude::*;
use std::marker::PhantomData;

/// Places that one thread works through at a time: a multiple of every width.
pub const CHUNK: usize = 1 << 10;

/// Something to be done in lanes of any kind. Inlined, so that it is compiled for the instructions.
pub trait LaneWork<F> {
    type Output;

    fn run<V: PrimeLanes<Field = F>>(self, features: V::Features) -> Self::Output;
}

/// A calculation of one column.
pub trait Pointwise<F: Scalar>: Sync {
    /// The values at the places from `first` on, a multiple of [`CHUNK`].
    fn values<V: PrimeLanes<Field = F>>(&self, features: V::Features, first: usize, out: Places<'_, F>);
}

/// Calculates a column, in parallel. Its length is a multiple of 64 or so small that lanes are not worth it.
pub fn calculate<F: Transformed>(cpu: Cpu, work: &impl Pointwise<F>, out: &mut [F]) {
    struct Part<'a, F, W>(&'a W, usize, Places<'a, F>);

    impl<F: Scalar, W: Pointwise<F>> LaneWork<F> for Part<'_, F, W> {
        type Output = ();

        #[inline(always)]
        fn run<V: PrimeLanes<Field = F>>(self, features: V::Features) {
            self.0.values::<V>(features, self.1, self.2);
        }
    }

    let cpu = if out.len().is_multiple_of(MAX_WIDTH * MAX_WIDTH) { cpu } else { Cpu::Portable };
    out.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, out)| {
        F::in_lanes(cpu, Part(work, chunk * CHUNK, Places { out }));
    });
}

/// The places that a calculation fills.
pub struct Places<'a, F> {
    out: &'a mut [F],
}

impl<'a, F: Scalar> Places<'a, F> {
    pub fn new(out: &'a mut [F]) -> Self {
        Self { out }
    }

    /// How many there are: a multiple of the width.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Stores a tidy value or a product at `place` and those after it.
    #[inline(always)]
    pub fn store<V: PrimeLanes<Field = F>>(&mut self, place: usize, value: &V) {
        self.store_every(place, 1, value);
    }

    /// Stores a tidy value or a product at `place` and every `step`-th after it.
    #[inline(always)]
    pub fn store_every<V: PrimeLanes<Field = F>>(&mut self, place: usize, step: usize, value: &V) {
        // One look at the bounds for all lanes.
        let own = &mut self.out[place..=place + (V::WIDTH - 1) * step];
        let start = own.as_mut_ptr().cast::<u64>();
        let mut rows = [start; MAX_WIDTH];
        for (lane, row) in rows.iter_mut().enumerate().take(V::WIDTH) {
            *row = start.wrapping_add(lane * step * V::WORDS);
        }
        const { assert!(size_of::<F>() == 8 * V::WORDS && align_of::<F>() == 8) };
        // SAFETY: each row is that of an element inside of `own`, of so many words and nothing else.
        unsafe { value.store_integers(&rows) };
    }

    /// Loads those at `place` and every `step`-th after it, as tidy values.
    #[inline(always)]
    pub fn load_every<V: PrimeLanes<Field = F>>(
        &self,
        features: V::Features,
        place: usize,
        step: usize,
    ) -> V {
        Column { step: step * F::SIZE, ..Column::of(&self.out[place..]) }.load(features, 0)
    }
}

/// Scalars at equal distances, in Montgomery form.
pub struct Column<'a, F> {
    bytes: &'a [u8],
    /// Bytes from one to the next.
    step: usize,
    field: PhantomData<F>,
}

// Written out because a derive would require the field to be Copy as well.
impl<F> Clone for Column<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Column<'_, F> {}

impl<'a, F: Scalar> Column<'a, F> {
    /// Of elements one after the other.
    pub fn of(elements: &'a [F]) -> Self {
        // SAFETY: arkworks' element is its Montgomery form in words and nothing else (`Places::store` checks the size),
        // so all bytes are there and initialised.
        let bytes = unsafe {
            std::slice::from_raw_parts(elements.as_ptr().cast::<u8>(), size_of_val(elements))
        };
        Self { bytes, step: F::SIZE, field: PhantomData }
    }

    /// Of every `step`-th of stored elements.
    pub fn stored(bytes: &'a [u8], step: usize) -> Self {
        Self { bytes, step: step * F::SIZE, field: PhantomData }
    }

    /// Loads those at `place` and after it, as tidy values.
    #[inline(always)]
    pub fn load<V: PrimeLanes<Field = F>>(&self, features: V::Features, place: usize) -> V {
        let start = place * self.step;
        // One look at the bounds for all lanes.
        let own = &self.bytes[start..start + (V::WIDTH - 1) * self.step + 8 * V::WORDS];
        let mut rows = [own.as_ptr().cast::<u64>(); MAX_WIDTH];
        for (lane, row) in rows.iter_mut().enumerate().take(V::WIDTH) {
            *row = own.as_ptr().wrapping_add(lane * self.step).cast::<u64>();
        }
        // SAFETY: lane < WIDTH, so WORDS words lie behind each of the first WIDTH pointers inside of `own`; they may have
        // any alignment.
        unsafe { V::load_integers(features, &rows) }
    }

    /// The element at a place.
    pub fn get(&self, place: usize) -> F {
        F::from_montgomery(&self.bytes[place * self.step..])
    }
}

/// Loads from several columns. A loop, and not `map`, which is a function of its own and not compiled for the
/// instructions.
#[inline(always)]
pub fn load_each<V: PrimeLanes, const N: usize>(
    features: V::Features,
    columns: &[Column<'_, V::Field>; N],
    place: usize,
) -> [V; N]
where
    V::Field: Scalar,
{
    let mut values = [columns[0].load(features, place); N];
    for (value, column) in values.iter_mut().zip(columns).skip(1) {
        *value = column.load(features, place);
    }
    values
}

/// ρ, by which an element that was loaded differs from itself.
#[inline(always)]
pub fn ratio<V: PrimeLanes>(features: V::Features) -> V::Field
where
    V::Field: Scalar,
{
    let one = [V::Field::ONE; MAX_WIDTH];
    Column::of(&one).load::<V>(features, 0).to_fields()[0]
}

/// first · ratio^i for the W places from the first of a chunk on, as a product, to be multiplied by ratio^W for those
/// that follow.
#[inline(always)]
pub fn geometric<V: PrimeLanes>(features: V::Features, first: V::Field, ratio: V::Field) -> V {
    let mut values = [first; MAX_WIDTH];
    for lane in 1..MAX_WIDTH {
        values[lane] = values[lane - 1] * ratio;
    }
    let one: V = splat(features, V::Field::ONE);
    V::mul([&V::from_fields(features, &values)], [&one])[0]
}
