//! Transforms in lanes: the tables, the loops compiled for each kind of processor, and the walk through the layers.

use super::Transformed;
use super::butterflies::{self, Twiddles};
use super::factors::Factors;
use super::order::{Order, bit_reverse};
use super::roots::{one_over, root_of_unity, shifts, twiddles};
use crate::arithmetic::lanes::cpu::{Cpu, Findings};
use crate::arithmetic::lanes::features::Features;
#[cfg(target_arch = "x86_64")]
use crate::arithmetic::lanes::works_for_transforms;
use crate::arithmetic::lanes::{Lanes, MAX_WIDTH, One, PrimeLanes, pack_slice, splat};
#[cfg(any(target_arch = "x86_64", test))]
use crate::arithmetic::lanes::{bls12_381_scalar, bn254_scalar};
use crate::arithmetic::pointwise::LaneWork;
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

    /// The name of the lanes' type.
    #[cfg(test)]
    fn kind(&self) -> &'static str;
}

/// The tables in lanes of the kind `V`, and the walk through the layers, `N` values side by side. What [`Features::run`] is
/// given is inlined, so it is compiled for the instructions.
struct InLanes<V: Lanes, const N: usize> {
    features: V::Features,
    forward: Tables<V>,
    inverse: Tables<V>,
    /// What the inverse transform divides by, as factors.
    one_over_size: Factors<V>,
    /// From coefficients of the inverse transform, not yet divided, to those that the forward one takes on the coset.
    /// Exchanged with their lanes, as the values are when it is their turn.
    shifts: Vec<V>,
}

/// The tables of one direction.
struct Tables<V> {
    twiddles: Twiddles<V>,
    /// What the coefficients are multiplied by on the coset, in natural order.
    coset: Factors<V>,
    /// The same in bit-reversed order.
    coset_bit_reversed: Factors<V>,
}

impl<V: PrimeLanes, const N: usize> InLanes<V, N>
where
    V::Field: PrimeField,
{
    /// `None` if the field has no such domain with its coset, or the processor not the instructions.
    fn found(size: usize) -> Option<Box<dyn Transform<V::Field>>> {
        let features = V::Features::found()?;
        let shift: V::Field = root_of_unity(size.trailing_zeros() + 1)?;
        let divided = one_over(size);
        let back = shift.inverse()?;
        Some(features.run(
            #[inline(always)]
            || {
                let mut shifts = pack_slice::<V>(features, &shifts(shift, size));
                butterflies::exchange(&mut shifts);
                Box::new(Self {
                    features,
                    forward: tables(features, size, shift, V::Field::ONE),
                    inverse: tables(features, size, back, divided),
                    one_over_size: Factors::constant(features, size, divided),
                    shifts,
                })
            },
        ))
    }

    /// A layer of butterflies in frequency: its lower half, its upper half, and the twiddle factors.
    fn layer_in_frequency(&self, low: &mut [V], high: &mut [V], roots: &[V]) {
        self.features.run(
            #[inline(always)]
            || butterflies::gentleman_sande::<V, N>(low, high, roots),
        );
    }

    fn layer_in_time(&self, low: &mut [V], high: &mut [V], roots: &[V]) {
        self.features.run(
            #[inline(always)]
            || butterflies::cooley_tukey::<V, N>(low, high, roots),
        );
    }

    /// Decimation in frequency: natural order in, bit-reversed order out.
    fn in_frequency(&self, values: &mut [V], twiddles: &Twiddles<V>) {
        if values.len() <= LEAF {
            return self.features.run(
                #[inline(always)]
                || butterflies::all_in_frequency::<V, N>(twiddles, values),
            );
        }
        let half = values.len() / 2;
        let (low, high) = values.split_at_mut(half);
        self.layer_in_frequency(low, high, &twiddles.outer[half.trailing_zeros() as usize]);
        both::<V>(half, || self.in_frequency(low, twiddles), || self.in_frequency(high, twiddles));
    }

    /// Decimation in time: bit-reversed order in, natural order out.
    fn in_time(&self, values: &mut [V], twiddles: &Twiddles<V>) {
        if values.len() <= LEAF {
            return self.features.run(
                #[inline(always)]
                || butterflies::all_in_time::<V, N>(twiddles, values),
            );
        }
        let half = values.len() / 2;
        let (low, high) = values.split_at_mut(half);
        both::<V>(half, || self.in_time(low, twiddles), || self.in_time(high, twiddles));
        self.layer_in_time(low, high, &twiddles.outer[half.trailing_zeros() as usize]);
    }

    /// The inverse transform in frequency, the shift to the coset, and the forward transform in time, as one walk: both
    /// halve the problem in the same way.
    fn there_and_back(&self, values: &mut [V], shifts: &[V]) {
        let (inverse, forward) = (&self.inverse.twiddles, &self.forward.twiddles);
        if values.len() <= LEAF {
            return self.features.run(
                #[inline(always)]
                || butterflies::there_and_back::<V, N>([inverse, forward], values, shifts),
            );
        }
        let half = values.len() / 2;
        let layer = half.trailing_zeros() as usize;
        let (low, high) = values.split_at_mut(half);
        let (low_shifts, high_shifts) = shifts.split_at(half);
        self.layer_in_frequency(low, high, &inverse.outer[layer]);
        both::<V>(
            half,
            || self.there_and_back(low, low_shifts),
            || self.there_and_back(high, high_shifts),
        );
        self.layer_in_time(low, high, &forward.outer[layer]);
    }

    fn scale(&self, values: &mut [V], factors: &Factors<V>) {
        let block = factors.block();
        values
            .par_chunks_mut(block)
            .enumerate()
            .with_min_len((SERIAL_SCALARS / V::WIDTH).div_ceil(block))
            .for_each(|(index, values)| {
                let (own, shared) = factors.of_block(index);
                self.features.run(
                    #[inline(always)]
                    || butterflies::scale::<V, N>(values, own, shared),
                );
            });
    }

    /// Loads the scalars into lanes, has `work` done on them, and stores them again.
    fn with_values(&self, scalars: &mut [V::Field], work: impl FnOnce(&mut [V])) {
        const { assert!(size_of::<V::Field>() == 8 * V::WORDS && align_of::<V::Field>() == 8) };
        // SAFETY: arkworks' element is its Montgomery form in words and nothing else: its size and alignment are those of
        // so many words. Any words make an element, if perhaps one that is not reduced.
        let words = unsafe {
            std::slice::from_raw_parts_mut(scalars.as_mut_ptr().cast::<u64>(), scalars.len() * V::WORDS)
        };
        let mut values = self.features.run(
            #[inline(always)]
            || butterflies::load::<V>(self.features, words),
        );
        work(&mut values);
        self.features.run(
            #[inline(always)]
            || butterflies::store::<V>(&values, words),
        );
    }
}

impl<V: PrimeLanes, const N: usize> Transform<V::Field> for InLanes<V, N>
where
    V::Field: PrimeField,
{
    #[cfg(test)]
    fn kind(&self) -> &'static str {
        std::any::type_name::<V>()
    }

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
fn tables<V: Lanes<Field: PrimeField>>(
    features: V::Features,
    size: usize,
    shift: V::Field,
    scale: V::Field,
) -> Tables<V> {
    let twiddles = twiddles(shift.square(), size.trailing_zeros());
    let (inner, outer) = twiddles.split_at(V::WIDTH.trailing_zeros() as usize);
    let splat_all = |layer: &Vec<V::Field>| layer.iter().map(|&root| splat(features, root)).collect();
    Tables {
        twiddles: Twiddles {
            outer: outer.iter().map(|layer| pack_slice(features, layer)).collect(),
            inner: inner.iter().map(splat_all).collect(),
        },
        coset: Factors::new(features, size, scale, shift, false),
        coset_bit_reversed: Factors::new(features, size, scale, shift, true),
    }
}

/// Panics if the processor does not have the instructions.
fn run_in<V: PrimeLanes, W: LaneWork<V::Field>>(work: W) -> W::Output {
    let features = V::Features::found().expect("the arithmetic was found to work here");
    features.run(
        #[inline(always)]
        || work.run::<V>(features),
    )
}

/// The kind of lanes for so many scalars. Fewer than W² do not fill a block: one lane is enough for them.
fn lanes_for<F: Transformed>(size: usize, cpu: Cpu) -> Cpu {
    assert!(F::works_on(cpu), "{} does not work here", cpu.name());
    if size < MAX_WIDTH * MAX_WIDTH { Cpu::Portable } else { cpu }
}

impl Transformed for ark_bn254::Fr {
    fn transform(size: usize, cpu: Cpu) -> Option<Box<dyn Transform<Self>>> {
        match lanes_for::<Self>(size, cpu) {
            #[cfg(target_arch = "x86_64")]
            Cpu::Scalar => InLanes::<bn254_scalar::Adx, 2>::found(size),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => InLanes::<bn254_scalar::Avx2, 4>::found(size),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => InLanes::<bn254_scalar::Ifma, 2>::found(size),
            _ => InLanes::<One<ark_bn254::Fr>, 2>::found(size),
        }
    }

    fn in_lanes<W: LaneWork<Self>>(cpu: Cpu, work: W) -> W::Output {
        match cpu {
            #[cfg(target_arch = "x86_64")]
            Cpu::Scalar => run_in::<bn254_scalar::Adx, W>(work),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => run_in::<bn254_scalar::Avx2, W>(work),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => run_in::<bn254_scalar::Ifma, W>(work),
            _ => run_in::<One<Self>, W>(work),
        }
    }

    #[cfg(test)]
    fn emulated(size: usize) -> Option<Box<dyn Transform<Self>>> {
        InLanes::<bn254_scalar::Emulated, 2>::found(size)
    }

    fn works_on(cpu: Cpu) -> bool {
        static FOUND: Findings = Findings::new();
        FOUND.get(cpu, || match cpu {
            #[cfg(target_arch = "x86_64")]
            Cpu::Scalar => works_for_transforms::<bn254_scalar::Adx>(),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => works_for_transforms::<bn254_scalar::Avx2>(),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => works_for_transforms::<bn254_scalar::Ifma>(),
            _ => cpu.is_available(),
        })
    }
}

impl Transformed for ark_bls12_381::Fr {
    /// The field has 255 bits, which leaves no room for lazily reduced values in four words, nor for signed ones in the
    /// 255 bits of four lanes. Eight lanes have 260 bits.
    fn transform(size: usize, cpu: Cpu) -> Option<Box<dyn Transform<Self>>> {
        match lanes_for::<Self>(size, cpu) {
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => InLanes::<bls12_381_scalar::Ifma, 2>::found(size),
            _ => InLanes::<One<ark_bls12_381::Fr>, 2>::found(size),
        }
    }

    fn in_lanes<W: LaneWork<Self>>(cpu: Cpu, work: W) -> W::Output {
        match cpu {
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => run_in::<bls12_381_scalar::Ifma, W>(work),
            _ => run_in::<One<Self>, W>(work),
        }
    }

    #[cfg(test)]
    fn emulated(size: usize) -> Option<Box<dyn Transform<Self>>> {
        InLanes::<bls12_381_scalar::Emulated, 2>::found(size)
    }

    fn works_on(cpu: Cpu) -> bool {
        static FOUND: Findings = Findings::new();
        FOUND.get(cpu, || match cpu {
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => works_for_transforms::<bls12_381_scalar::Ifma>(),
            _ => cpu.is_available(),
        })
    }
}
