//! Field elements side by side, so that one instruction works on several independent values.
//!
//! `one` is plain arkworks arithmetic, a single lane, and `adx` a single lane with instructions that a build for
//! all processors cannot assume; `avx2` holds four elements, `ifma` eight; `quadratic` makes lanes of the extension
//! field from lanes of the prime field. All are written against [`Lanes`] and
//! give the same results; `cpu` says which of them this processor has.
//!
//! Lane arithmetic is lazy: a value is known up to a small multiple of the prime, and three words say how
//! small. A *tidy* value is what is stored and loaded. An *operand* is what a product takes: a tidy value, a
//! sum or a difference of two, a product. A *product* is what comes out of one. Each module states its bounds.

// An index that runs over the limbs of several values at once says more here than iterators zipped.
#![allow(clippy::needless_range_loop)]
// What makes the functions of a trait safe to call is said once, on the trait.
#![allow(clippy::missing_safety_doc)]

mod check;
pub mod cpu;
mod one;
mod quadratic;

#[cfg(target_arch = "x86_64")]
mod adx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(any(ifma, test))]
mod ifma;
#[cfg(any(ifma, test))]
mod words;

pub use one::One;

use crate::arithmetic::field::Stored;
use ark_ff::{AdditiveGroup, Field};

/// Most lanes of any implementation.
pub const MAX_WIDTH: usize = 8;

/// Elements of `Field` side by side.
///
/// # Safety
/// Every unsafe function needs the processor features of its implementation: the caller is inside a function
/// compiled for them, reached through [`cpu::Cpu`]. Nothing else is asked, but where a pointer is given.
pub trait Lanes: Copy + Send + Sync + 'static {
    type Field: Stored;
    /// Elements in one value.
    const WIDTH: usize;
    /// 64-bit words of one element as it is stored: as many as in a key.
    const WORDS: usize;

    /// Products of operands; the streams are independent, which hides the latency of each. By reference, for lanes of
    /// the extension have 640 bytes: copied into arrays they took an eighth of a G2 product's time.
    unsafe fn mul<const N: usize>(a: [&Self; N], b: [&Self; N]) -> [Self; N];
    /// Squares of products.
    unsafe fn square<const N: usize>(a: [&Self; N]) -> [Self; N];
    /// Tidy − tidy, an operand.
    unsafe fn sub(&self, other: &Self) -> Self;
    /// Product − tidy, tidy.
    unsafe fn tidy_sub(&self, other: &Self) -> Self;
    /// Product − tidy − tidy, tidy.
    unsafe fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self;
    /// 2·tidy, an operand.
    unsafe fn double(&self) -> Self;
    /// 3·(product of tidy values), an operand.
    unsafe fn triple(&self) -> Self;
    /// Tidy to tidy, negated in the lanes whose bit is set.
    unsafe fn negate_where(&self, lanes: u32) -> Self;
    /// `yes` in the lanes whose bit is set, `no` in the others.
    unsafe fn select(lanes: u32, yes: &Self, no: &Self) -> Self;

    /// Loads one stored element a lane, tidy. Each pointer has `WORDS` words behind it, of any alignment.
    unsafe fn load(rows: &[*const u64; MAX_WIDTH]) -> Self;
    /// Stores a tidy element a lane. Each pointer has room for `WORDS` words.
    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]);
    /// Tidy, from arkworks' elements; those past `WIDTH` are not looked at.
    unsafe fn from_fields(values: &[Self::Field; MAX_WIDTH]) -> Self;
    /// A tidy value or a product as arkworks' elements; those past `WIDTH` are zero.
    unsafe fn to_fields(&self) -> [Self::Field; MAX_WIDTH];

    /// The stored form of one element.
    fn pack(value: &Self::Field, words: &mut [u64]);
    /// The element of a stored form.
    fn unpack(words: &[u64]) -> Self::Field;
}

/// What the extension asks of lanes over a prime field besides.
///
/// # Safety
/// As for [`Lanes`].
pub trait PrimeLanes: Lanes {
    /// a·b + c·d of operands, with one reduction: half a product cheaper than two products.
    unsafe fn dot<const N: usize>(
        a: [&Self; N],
        b: [&Self; N],
        c: [&Self; N],
        d: [&Self; N],
    ) -> [Self; N];
    /// Tidy + tidy, an operand.
    unsafe fn add(&self, other: &Self) -> Self;
    /// −operand, an operand.
    unsafe fn negate(&self) -> Self;
    /// A product that is small enough to multiply by such products again and again.
    unsafe fn settle(&self) -> Self;
    /// A product made tidy.
    unsafe fn tidy(&self) -> Self;
    /// Tidy or product + product, tidy.
    unsafe fn tidy_add(&self, other: &Self) -> Self;
    /// Integers below p as they lie in memory, tidy. Linear calculations need no other form.
    unsafe fn load_integers(rows: &[*const u64; MAX_WIDTH]) -> Self;
    /// A tidy value or a product as integers below p.
    unsafe fn store_integers(&self, rows: &[*mut u64; MAX_WIDTH]);
    /// Exchanges groups and lanes of `WIDTH` values.
    unsafe fn transpose(values: &mut [Self; MAX_WIDTH]);
}

/// A base field with its lanes on each kind of processor.
pub trait Laned: Stored {
    #[cfg(target_arch = "x86_64")]
    type Adx: Lanes<Field = Self>;
    #[cfg(target_arch = "x86_64")]
    type Avx2: Lanes<Field = Self>;
    #[cfg(ifma)]
    type Ifma: Lanes<Field = Self>;
}

macro_rules! laned {
    ($field:ty, $extension:ty, $config:ty, $words:literal, $avx2:literal, $ifma:literal) => {
        impl Laned for $field {
            #[cfg(target_arch = "x86_64")]
            type Adx = adx::Adx<$config, $words>;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = avx2::Avx2<$config, $words, $avx2>;
            #[cfg(ifma)]
            type Ifma = ifma::Ifma<words::Native, $config, $words, $ifma>;
        }
        impl Laned for $extension {
            #[cfg(target_arch = "x86_64")]
            type Adx = quadratic::Quadratic<<$field as Laned>::Adx, $extension>;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = quadratic::Quadratic<<$field as Laned>::Avx2, $extension>;
            #[cfg(ifma)]
            type Ifma = quadratic::Quadratic<<$field as Laned>::Ifma, $extension>;
        }
    };
}

// 5·51 = 255 and 5·52 = 260 bits for the 254 of BN254's base field; 8·51 = 408 and 8·52 = 416 for the 381.
laned!(ark_bn254::Fq, ark_bn254::Fq2, ark_ff::MontBackend<ark_bn254::FqConfig, 4>, 4, 5, 5);
laned!(ark_bls12_381::Fq, ark_bls12_381::Fq2, ark_ff::MontBackend<ark_bls12_381::FqConfig, 6>, 6, 8, 8);

/// Lanes of BN254's scalar field, as wide as its base field.
#[cfg(target_arch = "x86_64")]
pub mod bn254_scalar {
    type Config = ark_ff::MontBackend<ark_bn254::FrConfig, 4>;
    pub type Adx = super::adx::Adx<Config, 4>;
    pub type Avx2 = super::avx2::Avx2<Config, 4, 5>;
    #[cfg(ifma)]
    pub type Ifma = super::ifma::Ifma<super::words::Native, Config, 4, 5>;
}

/// Lanes of BLS12-381's scalar field, where it fits.
#[cfg(ifma)]
pub mod bls12_381_scalar {
    type Config = ark_ff::MontBackend<ark_bls12_381::FrConfig, 4>;
    pub type Ifma = super::ifma::Ifma<super::words::Native, Config, 4, 5>;
}

/// The same element in every lane.
///
/// # Safety
/// As for [`Lanes`].
#[inline(always)]
pub unsafe fn splat<C: Lanes>(value: C::Field) -> C {
    C::from_fields(&[value; MAX_WIDTH])
}

/// Elements packed W at a time, neighbours in the lanes of one value. Those after the last whole value are left out.
///
/// # Safety
/// As for [`Lanes`].
#[inline(always)]
pub unsafe fn pack_slice<C: Lanes>(elements: &[C::Field]) -> Vec<C> {
    let pack = |neighbours: &[C::Field]| {
        let mut fields = [C::Field::ZERO; MAX_WIDTH];
        fields[..C::WIDTH].copy_from_slice(neighbours);
        C::from_fields(&fields)
    };
    elements.chunks_exact(C::WIDTH).map(pack).collect()
}

/// The inverses of products, all at once (Montgomery's trick, over the streams in lanes and then over the lanes of
/// one value); `None` where one is zero.
///
/// # Safety
/// As for [`Lanes`].
pub unsafe fn invert<C: Lanes, const N: usize>(values: &[C; N]) -> Option<[C; N]> {
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
    let mut inverse = C::from_fields(&fields);
    let mut inverted = *values;
    for s in (1..N).rev() {
        inverted[s] = C::mul([&inverse], [&joined_before[s]])[0];
        inverse = C::mul([&inverse], [&values[s]])[0];
    }
    inverted[0] = inverse;
    Some(inverted)
}

#[cfg(test)]
mod tests;
