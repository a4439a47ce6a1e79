//! Transforms in lanes: the tables, the loops compiled for each kind of processor, and the walk through the layers.

use super::butterflies::{self, Twiddles};
use super::factors::Factors;
use super::order::{bit_reverse, Order};
use super::roots::{one_over, root_of_unity, shifts, twiddles};
use super::Transformed;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::{pack_slice, splat, Lanes, One, PrimeLanes, MAX_WIDTH};
use ark_ff::{Field, PrimeField};
use rayon::prelude::*;

/// Values that one call works through in all their layers: 10 to 40 KB, to fit the first-level cache.
const LEAF: usize = 256;

/// Scalars that one thread works through at a time.
const SERIAL_SCALARS: usize = 1 << 12;

/// From coefficients to values, or back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Inverse,
}

/// The transforms of one size, whatever the lanes.
pub trait Transform<F>: Send + Sync {
    /// Between coefficients and values on the domain, or on its coset.
    fn transform(&self, scalars: &mut [F], direction: Direction, coset: bool, order: Order);

    /// From values on the domain to values on its coset, in natural order.
    fn to_coset(&self, scalars: &mut [F]);
}

/// The tables in lanes, and the loops compiled for their processor.
struct InLanes<V> {
    forward: Tables<V>,
    inverse: Tables<V>,
    /// What the inverse transform divides by, as factors.
    one_over_size: Factors<V>,
    /// From coefficients of the inverse transform, not yet divided, to those that the forward one takes on the coset.
    /// Exchanged with their lanes, as the values are when it is their turn.
    shifts: Vec<V>,
    loops: Loops<V>,
}

/// The tables of one direction.
struct Tables<V> {
    twiddles: Twiddles<V>,
    /// What the coefficients are multiplied by on the coset, in natural order.
    coset: Factors<V>,
    /// The same in bit-reversed order.
    coset_bit_reversed: Factors<V>,
}

/// What is compiled for each kind of processor.
struct Loops<V> {
    /// A layer of butterflies: its lower half, its upper half, and the twiddle factors.
    gentleman_sande: unsafe fn(&mut [V], &mut [V], &[V]),
    cooley_tukey: unsafe fn(&mut [V], &mut [V], &[V]),
    all_in_frequency: unsafe fn(&Twiddles<V>, &mut [V]),
    all_in_time: unsafe fn(&Twiddles<V>, &mut [V]),
    /// With the twiddle factors of the inverse transform, then those of the forward one.
    there_and_back: unsafe fn([&Twiddles<V>; 2], &mut [V], &[V]),
    scale: unsafe fn(&mut [V], &[V], Option<&V>),
    load: unsafe fn(&[u64]) -> Vec<V>,
    store: unsafe fn(&[V], &mut [u64]),
}

impl<V: PrimeLanes> InLanes<V>
where
    V::Field: PrimeField,
{
    /// # Safety
    /// As for [`Lanes`].
    #[inline(always)]
    unsafe fn new(size: usize, loops: Loops<V>) -> Option<Self> {
        let shift: V::Field = root_of_unity(size.trailing_zeros() + 1)?;
        let mut shifts = pack_slice::<V>(&shifts(shift, size));
        butterflies::exchange(&mut shifts);
        let divided = one_over(size);
        Some(Self {
            forward: tables(size, shift, V::Field::ONE),
            inverse: tables(size, shift.inverse()?, divided),
            one_over_size: Factors::constant(size, divided),
            shifts,
            loops,
        })
    }

    /// Decimation in frequency: natural order in, bit-reversed order out.
    fn in_frequency(&self, values: &mut [V], twiddles: &Twiddles<V>) {
        // SAFETY: the loops are those of a processor that was found to have the instructions.
        unsafe {
            if values.len() <= LEAF {
                return (self.loops.all_in_frequency)(twiddles, values);
            }
            let half = values.len() / 2;
            let (low, high) = values.split_at_mut(half);
            (self.loops.gentleman_sande)(low, high, &twiddles.outer[half.trailing_zeros() as usize]);
            both::<V>(half, || self.in_frequency(low, twiddles), || self.in_frequency(high, twiddles));
        }
    }

    /// Decimation in time: bit-reversed order in, natural order out.
    fn in_time(&self, values: &mut [V], twiddles: &Twiddles<V>) {
        // SAFETY: the loops are those of a processor that was found to have the instructions.
        unsafe {
            if values.len() <= LEAF {
                return (self.loops.all_in_time)(twiddles, values);
            }
            let half = values.len() / 2;
            let (low, high) = values.split_at_mut(half);
            both::<V>(half, || self.in_time(low, twiddles), || self.in_time(high, twiddles));
            (self.loops.cooley_tukey)(low, high, &twiddles.outer[half.trailing_zeros() as usize]);
        }
    }

    /// The inverse transform in frequency, the shift to the coset, and the forward transform in time, as one walk: both
    /// halve the problem in the same way.
    fn there_and_back(&self, values: &mut [V], shifts: &[V]) {
        let (inverse, forward) = (&self.inverse.twiddles, &self.forward.twiddles);
        // SAFETY: the loops are those of a processor that was found to have the instructions.
        unsafe {
            if values.len() <= LEAF {
                return (self.loops.there_and_back)([inverse, forward], values, shifts);
            }
            let half = values.len() / 2;
            let layer = half.trailing_zeros() as usize;
            let (low, high) = values.split_at_mut(half);
            let (low_shifts, high_shifts) = shifts.split_at(half);
            (self.loops.gentleman_sande)(low, high, &inverse.outer[layer]);
            both::<V>(
                half,
                || self.there_and_back(low, low_shifts),
                || self.there_and_back(high, high_shifts),
            );
            (self.loops.cooley_tukey)(low, high, &forward.outer[layer]);
        }
    }

    fn scale(&self, values: &mut [V], factors: &Factors<V>) {
        let block = factors.block();
        values
            .par_chunks_mut(block)
            .enumerate()
            .with_min_len((SERIAL_SCALARS / V::WIDTH).div_ceil(block))
            .for_each(|(index, values)| {
                let (own, shared) = factors.of_block(index);
                // SAFETY: the loops are those of a processor that was found to have the instructions.
                unsafe { (self.loops.scale)(values, own, shared) }
            });
    }

    /// Loads the scalars into lanes, has `work` done on them, and stores them again.
    fn with_values(&self, scalars: &mut [V::Field], work: impl FnOnce(&mut [V])) {
        // SAFETY: arkworks' element is its Montgomery form in words and nothing else, whose size is checked;
        // the loops are those of a processor that was found to have the instructions.
        unsafe {
            assert_eq!(size_of::<V::Field>(), 8 * V::WORDS, "an element is its words");
            let words = std::slice::from_raw_parts_mut(
                scalars.as_mut_ptr().cast::<u64>(),
                scalars.len() * V::WORDS,
            );
            let mut values = (self.loops.load)(words);
            work(&mut values);
            (self.loops.store)(&values, words);
        }
    }
}

impl<V: PrimeLanes> Transform<V::Field> for InLanes<V>
where
    V::Field: PrimeField,
{
    fn transform(&self, scalars: &mut [V::Field], direction: Direction, coset: bool, order: Order) {
        let tables = match direction {
            Direction::Forward => &self.forward,
            Direction::Inverse => &self.inverse,
        };
        let in_time = order == Order::BitReversedToNatural;
        // The coefficients are what goes into the forward transform, and what comes out of the inverse one.
        let bit_reversed = in_time == (direction == Direction::Forward);
        let factors = if bit_reversed { &tables.coset_bit_reversed } else { &tables.coset };
        self.with_values(scalars, |values| {
            if direction == Direction::Forward && coset {
                self.scale(values, factors);
            }
            if in_time {
                self.in_time(values, &tables.twiddles);
            } else {
                self.in_frequency(values, &tables.twiddles);
            }
            if direction == Direction::Inverse {
                self.scale(values, if coset { factors } else { &self.one_over_size });
            }
        });
        if order == Order::Natural {
            bit_reverse(scalars);
        }
    }

    fn to_coset(&self, scalars: &mut [V::Field]) {
        self.with_values(scalars, |values| self.there_and_back(values, &self.shifts));
    }
}

/// Does the work of both halves of so many values each, on two threads if that is worth it.
fn both<V: Lanes>(half: usize, low: impl FnOnce() + Send, high: impl FnOnce() + Send) {
    if half * V::WIDTH >= SERIAL_SCALARS {
        rayon::join(low, high);
    } else {
        low();
        high();
    }
}

/// The tables of a direction: those of the roots that are the squares of `shift`, and `scale` · `shift`^i.
#[inline(always)]
unsafe fn tables<V: Lanes<Field: PrimeField>>(
    size: usize,
    shift: V::Field,
    scale: V::Field,
) -> Tables<V> {
    let twiddles = twiddles(shift.square(), size.trailing_zeros());
    let (inner, outer) = twiddles.split_at(V::WIDTH.trailing_zeros() as usize);
    let splat_all = |layer: &Vec<V::Field>| layer.iter().map(|&root| splat(root)).collect();
    Tables {
        twiddles: Twiddles {
            outer: outer.iter().map(|layer| pack_slice(layer)).collect(),
            inner: inner.iter().map(splat_all).collect(),
        },
        coset: Factors::new(size, scale, shift, false),
        coset_bit_reversed: Factors::new(size, scale, shift, true),
    }
}

/// The transforms in lanes of one kind, their loops inside functions that may use the instructions.
macro_rules! in_lanes {
    ($name:ident, $lanes:ty, $streams:literal $(, $features:literal)?) => {{
        $(#[target_feature(enable = $features)])?
        unsafe fn gentleman_sande(low: &mut [$lanes], high: &mut [$lanes], roots: &[$lanes]) {
            butterflies::gentleman_sande::<$lanes, $streams>(low, high, roots)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn cooley_tukey(low: &mut [$lanes], high: &mut [$lanes], roots: &[$lanes]) {
            butterflies::cooley_tukey::<$lanes, $streams>(low, high, roots)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn all_in_frequency(twiddles: &Twiddles<$lanes>, values: &mut [$lanes]) {
            butterflies::all_in_frequency::<$lanes, $streams>(twiddles, values)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn all_in_time(twiddles: &Twiddles<$lanes>, values: &mut [$lanes]) {
            butterflies::all_in_time::<$lanes, $streams>(twiddles, values)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn there_and_back(
            twiddles: [&Twiddles<$lanes>; 2],
            values: &mut [$lanes],
            shifts: &[$lanes],
        ) {
            butterflies::there_and_back::<$lanes, $streams>(twiddles, values, shifts)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn scale(values: &mut [$lanes], factors: &[$lanes], shared: Option<&$lanes>) {
            butterflies::scale::<$lanes, $streams>(values, factors, shared)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn load(words: &[u64]) -> Vec<$lanes> {
            butterflies::load::<$lanes>(words)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn store(values: &[$lanes], words: &mut [u64]) {
            butterflies::store::<$lanes>(values, words)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn make(size: usize) -> Option<InLanes<$lanes>> {
            let loops = Loops {
                gentleman_sande,
                cooley_tukey,
                all_in_frequency,
                all_in_time,
                there_and_back,
                scale,
                load,
                store,
            };
            InLanes::new(size, loops)
        }
        // SAFETY: the caller has found the processor to have the instructions.
        unsafe { make($name) }.map(|transform| Box::new(transform) as Box<dyn Transform<_>>)
    }};
}

/// The kind of lanes for so many scalars. Fewer than W² do not fill a block: one lane is enough for them.
fn lanes_for(size: usize, cpu: Cpu) -> Cpu {
    assert!(cpu.is_available(), "{} is not available here", cpu.name());
    if size < MAX_WIDTH * MAX_WIDTH {
        Cpu::Portable
    } else {
        cpu
    }
}

impl Transformed for ark_bn254::Fr {
    fn transform(size: usize, cpu: Cpu) -> Option<Box<dyn Transform<Self>>> {
        #[cfg(target_arch = "x86_64")]
        use crate::arithmetic::lanes::bn254_scalar as lanes;
        match lanes_for(size, cpu) {
            #[cfg(target_arch = "x86_64")]
            Cpu::Scalar => in_lanes!(size, lanes::Adx, 2, "bmi2,adx"),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => in_lanes!(size, lanes::Avx2, 4, "avx2,fma"),
            #[cfg(ifma)]
            Cpu::Avx512 => in_lanes!(size, lanes::Ifma, 2, "avx2,fma,avx512f,avx512ifma"),
            _ => in_lanes!(size, One<ark_bn254::Fr>, 2),
        }
    }
}

impl Transformed for ark_bls12_381::Fr {
    /// The field has 255 bits, which leaves no room for lazily reduced values in four words, nor for signed ones in the
    /// 255 bits of four lanes. Eight lanes have 260 bits.
    fn transform(size: usize, cpu: Cpu) -> Option<Box<dyn Transform<Self>>> {
        match lanes_for(size, cpu) {
            #[cfg(ifma)]
            Cpu::Avx512 => {
                in_lanes!(
                    size,
                    crate::arithmetic::lanes::bls12_381_scalar::Ifma,
                    2,
                    "avx2,fma,avx512f,avx512ifma"
                )
            }
            _ => in_lanes!(size, One<ark_bls12_381::Fr>, 2),
        }
    }
}
