//! Packed field elements (PackedField, SIMD vectors of elements): one instruction works on several of them.
//!
//! [`Lanes`] is the interface. `one` is arkworks' own arithmetic in a single lane. `adx` is a single lane as well, with
//! instructions that a build for all processors cannot assume. `avx2` packs four elements and `ifma` eight. `quadratic`
//! makes lanes of the extension field from lanes of the prime field. All of them give the same results, and `cpu` says
//! which of them this processor has. `features` makes sure that no other is used.
//!
//! Reduction is lazy: a value is known up to a small multiple of the prime, and three words say how small. A *tidy*
//! value is what is stored and loaded. An *operand* is what a product takes: a tidy value, a sum or difference of two
//! tidy values, or a product. A *product* is what a multiplication returns. Each module states its bounds.

// An index that runs over the limbs of several values at once is clearer here than zipped iterators.
#![allow(clippy::needless_range_loop)]

mod check;
pub mod cpu;
pub mod features;
mod one;
mod quadratic;

#[cfg(target_arch = "x86_64")]
mod adx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(any(target_arch = "x86_64", test))]
mod ifma;
#[cfg(target_arch = "x86_64")]
mod registers;
#[cfg(any(target_arch = "x86_64", test))]
mod words;

#[cfg(test)]
pub use check::CHECKED;
pub use check::works_for_transforms;
pub use one::One;

use crate::arithmetic::field::Stored;
use ark_ff::{AdditiveGroup, Field};
use cpu::{Cpu, Findings};
use features::Features;

/// The largest width of any implementation.
pub const MAX_WIDTH: usize = 8;

/// Elements of `Field` side by side: a packed field.
///
/// All functions but the loads and stores, which take pointers, are safe: what they take proves that the processor has
/// the instructions. They are fast only where they are inlined into [`Features::run`].
pub trait Lanes: Copy + Send + Sync + 'static {
    type Field: Stored;
    /// The instructions that it needs. A value of this type proves that the processor has them.
    type Features: Features;
    /// The number of elements in one value.
    const WIDTH: usize;
    /// The 64-bit words of one stored element: as many as in a binary file.
    const WORDS: usize;

    /// The proof that it holds.
    fn features(&self) -> Self::Features;
    /// The products of N pairs of operands. They are independent of each other, which hides the latency of each. They
    /// are passed by reference because lanes of the extension field have 640 bytes: copying them into arrays took an
    /// eighth of the time of an MSM over G2.
    fn mul<const N: usize>(a: [&Self; N], b: [&Self; N]) -> [Self; N];
    /// The squares of N products.
    fn square<const N: usize>(a: [&Self; N]) -> [Self; N];
    /// Tidy − tidy; gives an operand.
    fn sub(&self, other: &Self) -> Self;
    /// Product − tidy, and over the prime field product − product; gives a tidy value.
    fn tidy_sub(&self, other: &Self) -> Self;
    /// Product − tidy − tidy; gives a tidy value.
    fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self;
    /// 2 · tidy; gives an operand.
    fn double(&self) -> Self;
    /// 3 · (product of tidy values); gives an operand.
    fn triple(&self) -> Self;
    /// Negates a tidy value in the lanes whose bit is set; gives a tidy value.
    fn negate_where(&self, lanes: u32) -> Self;
    /// `yes` in the lanes whose bit is set, `no` in the others.
    fn select(lanes: u32, yes: &Self, no: &Self) -> Self;

    /// Loads one stored element per lane; gives a tidy value.
    ///
    /// # Safety
    /// Behind each of the first `WIDTH` pointers lie `WORDS` words, at any alignment.
    unsafe fn load(features: Self::Features, rows: &[*const u64; MAX_WIDTH]) -> Self;
    /// Stores one tidy element per lane.
    ///
    /// # Safety
    /// Behind each of the first `WIDTH` pointers there is room for `WORDS` words, at any alignment.
    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]);
    /// Packs arkworks' elements; gives a tidy value. Elements past `WIDTH` are ignored.
    fn from_fields(features: Self::Features, values: &[Self::Field; MAX_WIDTH]) -> Self;
    /// Unpacks a tidy value or a product into arkworks' elements. Those past `WIDTH` are zero.
    fn to_fields(&self) -> [Self::Field; MAX_WIDTH];
    /// The lanes, as bits, in which a tidy value or a product is zero.
    #[inline(always)]
    fn zeros(&self) -> u32 {
        let fields = self.to_fields();
        (0..Self::WIDTH)
            .fold(0, |zeros, lane| zeros | u32::from(fields[lane] == Self::Field::ZERO) << lane)
    }

    /// The stored form of one element.
    fn pack(value: &Self::Field, words: &mut [u64]);
    /// The element of a stored form.
    fn unpack(words: &[u64]) -> Self::Field;
}

/// What lanes over a prime field have besides: the extension field and the transforms are built on it.
pub trait PrimeLanes: Lanes {
    /// a·b + c·d of operands, with a single reduction: half a product cheaper than two products.
    fn dot<const N: usize>(a: [&Self; N], b: [&Self; N], c: [&Self; N], d: [&Self; N]) -> [Self; N];
    /// Tidy + tidy; gives an operand.
    fn add(&self, other: &Self) -> Self;
    /// −operand; gives an operand.
    fn negate(&self) -> Self;
    /// Reduces a dot product far enough to be multiplied by others like it, again and again.
    fn settle(&self) -> Self;
    /// Tidy or product + product; gives a tidy value.
    fn tidy_add(&self, other: &Self) -> Self;
    /// Loads integers below p as they lie in memory; gives a tidy value. Linear calculations need no other form.
    ///
    /// # Safety
    /// As for [`Lanes::load`].
    unsafe fn load_integers(features: Self::Features, rows: &[*const u64; MAX_WIDTH]) -> Self;
    /// Stores a tidy value or a product as integers below p.
    ///
    /// # Safety
    /// As for [`Lanes::store`].
    unsafe fn store_integers(&self, rows: &[*mut u64; MAX_WIDTH]);
    /// Transposes `WIDTH` values: lane j of value i becomes lane i of value j.
    fn transpose(values: &mut [Self; MAX_WIDTH]);
}

/// A base field with its lanes on each kind of processor.
pub trait Laned: Stored {
    #[cfg(target_arch = "x86_64")]
    type Adx: Lanes<Field = Self>;
    #[cfg(target_arch = "x86_64")]
    type Avx2: Lanes<Field = Self>;
    #[cfg(target_arch = "x86_64")]
    type Ifma: Lanes<Field = Self>;
    /// Eight lanes on any processor.
    #[cfg(test)]
    type Emulated: Lanes<Field = Self>;

    /// Whether the processor has this kind of arithmetic and it agrees with arkworks on this field. Found out once per
    /// process.
    fn works_on(cpu: Cpu) -> bool;
}

fn found_to_work<F: Laned>(cpu: Cpu) -> bool {
    match cpu {
        Cpu::Portable => true,
        #[cfg(target_arch = "x86_64")]
        Cpu::Scalar => check::works::<F::Adx>(),
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx2 => check::works::<F::Avx2>(),
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx512 => check::works::<F::Ifma>(),
        #[cfg(not(target_arch = "x86_64"))]
        _ => false,
    }
}

macro_rules! laned {
    ($field:ty, $extension:ty, $config:ty, $words:literal, $avx2:literal, $ifma:literal) => {
        impl Laned for $field {
            #[cfg(target_arch = "x86_64")]
            type Adx = adx::Adx<$config, $words>;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = avx2::Avx2<$config, $words, $avx2>;
            #[cfg(target_arch = "x86_64")]
            type Ifma = ifma::Ifma<words::Native, $config, $words, $ifma>;
            #[cfg(test)]
            type Emulated = ifma::Ifma<words::Emulated, $config, $words, $ifma>;

            fn works_on(cpu: Cpu) -> bool {
                static FOUND: Findings = Findings::new();
                FOUND.get(cpu, || found_to_work::<Self>(cpu))
            }
        }
        impl Laned for $extension {
            #[cfg(target_arch = "x86_64")]
            type Adx = quadratic::Quadratic<<$field as Laned>::Adx, $extension>;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = quadratic::Quadratic<<$field as Laned>::Avx2, $extension>;
            #[cfg(target_arch = "x86_64")]
            type Ifma = quadratic::Quadratic<<$field as Laned>::Ifma, $extension>;
            #[cfg(test)]
            type Emulated = quadratic::Quadratic<<$field as Laned>::Emulated, $extension>;

            fn works_on(cpu: Cpu) -> bool {
                static FOUND: Findings = Findings::new();
                FOUND.get(cpu, || found_to_work::<Self>(cpu))
            }
        }
    };
}

// 5·51 = 255 and 5·52 = 260 bits for the 254 of BN254's base field; 8·51 = 408 and 8·52 = 416 for the 381.
laned!(ark_bn254::Fq, ark_bn254::Fq2, ark_ff::MontBackend<ark_bn254::FqConfig, 4>, 4, 5, 5);
laned!(ark_bls12_381::Fq, ark_bls12_381::Fq2, ark_ff::MontBackend<ark_bls12_381::FqConfig, 6>, 6, 8, 8);

/// Lanes of BN254's scalar field, as wide as its base field.
#[cfg(any(target_arch = "x86_64", test))]
pub mod bn254_scalar {
    type Config = ark_ff::MontBackend<ark_bn254::FrConfig, 4>;
    #[cfg(target_arch = "x86_64")]
    pub type Adx = super::adx::Adx<Config, 4>;
    #[cfg(target_arch = "x86_64")]
    pub type Avx2 = super::avx2::Avx2<Config, 4, 5>;
    #[cfg(target_arch = "x86_64")]
    pub type Ifma = super::ifma::Ifma<super::words::Native, Config, 4, 5>;
    #[cfg(test)]
    pub type Emulated = super::ifma::Ifma<super::words::Emulated, Config, 4, 5>;
}

/// Lanes of BLS12-381's scalar field, where it fits.
#[cfg(any(target_arch = "x86_64", test))]
pub mod bls12_381_scalar {
    type Config = ark_ff::MontBackend<ark_bls12_381::FrConfig, 4>;
    #[cfg(target_arch = "x86_64")]
    pub type Ifma = super::ifma::Ifma<super::words::Native, Config, 4, 5>;
    #[cfg(test)]
    pub type Emulated = super::ifma::Ifma<super::words::Emulated, Config, 4, 5>;
}

/// The 64-bit words of packed limbs of so many bits, none of which is negative.
#[cfg(any(target_arch = "x86_64", test))]
#[inline(always)]
fn join<R: Copy, const N: usize, const L: usize>(
    limbs: [R; L],
    size: u32,
    shift_right: impl Fn(R, u32) -> R,
    shift_left: impl Fn(R, u32) -> R,
    or: impl Fn(R, R) -> R,
) -> [R; N] {
    let mut words = [limbs[0]; N];
    for (i, word) in words.iter_mut().enumerate() {
        let (j, shift) = (64 * i as u32 / size, 64 * i as u32 % size);
        *word = shift_right(limbs[j as usize], shift);
        let mut bits = size - shift;
        for limb in limbs.iter().skip(j as usize + 1) {
            if bits < 64 {
                *word = or(*word, shift_left(*limb, bits));
            }
            bits += size;
        }
    }
    words
}

/// The same element in every lane.
#[inline(always)]
pub fn splat<C: Lanes>(features: C::Features, value: C::Field) -> C {
    C::from_fields(features, &[value; MAX_WIDTH])
}

/// Elements packed W at a time, neighbours in the lanes of one value. Those after the last whole value are left out.
#[inline(always)]
pub fn pack_slice<C: Lanes>(features: C::Features, elements: &[C::Field]) -> Vec<C> {
    let pack = |neighbours: &[C::Field]| {
        let mut fields = [C::Field::ZERO; MAX_WIDTH];
        fields[..C::WIDTH].copy_from_slice(neighbours);
        C::from_fields(features, &fields)
    };
    elements.chunks_exact(C::WIDTH).map(pack).collect()
}

/// Batch inversion (Montgomery's trick) of N products; `None` if an element of one is zero. The prefix products run
/// over the N values first, lane by lane, then over the lanes of their product, so that a single inversion is left.
///
/// P. L. Montgomery, "Speeding the Pollard and elliptic curve methods of factorization" (Math. Comp. 48, 1987).
///
/// Inlined, so that its products are compiled for the instructions: sums of a thousand points take 2 % less with IFMA and
/// 2 to 5 % with AVX2.
#[inline(always)]
pub fn invert<C: Lanes, const N: usize>(values: &[C; N]) -> Option<[C; N]> {
    let (mut joined, mut joined_before) = (values[0], *values);
    for s in 1..N {
        joined_before[s] = joined;
        joined = C::mul([&joined], [&values[s]])[0];
    }
    let mut fields = joined.to_fields();
    let mut before = [C::Field::ONE; MAX_WIDTH];
    let mut product = C::Field::ONE;
    for lane in 0..C::WIDTH {
        before[lane] = product;
        product *= fields[lane];
    }
    let mut inverse = product.quick_inverse()?;
    for lane in (0..C::WIDTH).rev() {
        let field = fields[lane];
        fields[lane] = inverse * before[lane];
        inverse *= field;
    }
    let mut inverse = C::from_fields(joined.features(), &fields);
    let mut inverted = *values;
    for s in (1..N).rev() {
        inverted[s] = C::mul([&inverse], [&joined_before[s]])[0];
        inverse = C::mul([&inverse], [&values[s]])[0];
    }
    inverted[0] = inverse;
    Some(inverted)
}

#[cfg(test)]
mod classes;
#[cfg(test)]
mod faulty;
#[cfg(test)]
mod tests;
