//! Prime and extension field elements, in Montgomery form and as canonical integers.
//!
//! The binary files of circom's tools hold points and constants in Montgomery form with R = 2^(64·limbs). arkworks
//! keeps the same form in memory, so reading one is a copy. Everything that people or other programs see is a
//! canonical little-endian integer: the one representative below the modulus, not in Montgomery form.

pub(crate) mod constants;
mod inverse;

use ark_ff::{BigInt, BigInteger, Field, Fp, FpConfig, PrimeField, QuadExtConfig, QuadExtField};
use std::marker::PhantomData;

/// A scalar as a canonical integer (not in Montgomery form): four 64-bit limbs, least significant first.
pub type Canonical = [u64; 4];

/// A field whose elements have an image of fixed size in a binary file.
pub trait Stored: Field {
    /// Bytes of one element.
    const SIZE: usize;

    /// The element whose Montgomery form lies at the start of `bytes`. The range is not checked: a value that is
    /// not reduced gives wrong sums, never undefined behaviour.
    fn from_montgomery(bytes: &[u8]) -> Self;

    /// Writes the Montgomery form as 64-bit words.
    fn write_montgomery(&self, words: &mut [u64]);

    /// The element whose Montgomery form these words hold.
    fn from_words(words: &[u64]) -> Self;

    /// Whether the image is below the modulus, and so the only one of its element.
    fn is_reduced(bytes: &[u8]) -> bool;

    /// The element that a canonical little-endian integer stands for; `None` if it is not below the modulus.
    fn from_canonical(bytes: &[u8]) -> Option<Self>;

    /// Appends the canonical little-endian integer.
    fn write_canonical(&self, out: &mut Vec<u8>);

    /// The inverse by safegcd (see `inverse`), in a fifth of the time of arkworks'; `None` for zero.
    fn quick_inverse(&self) -> Option<Self>;
}

fn limbs<const N: usize>(bytes: &[u8]) -> BigInt<N> {
    let mut limbs = [0u64; N];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = u64::from_le_bytes(chunk.try_into().expect("chunks of eight bytes"));
    }
    BigInt(limbs)
}

impl<P: FpConfig<N>, const N: usize> Stored for Fp<P, N> {
    const SIZE: usize = 8 * N;

    fn from_montgomery(bytes: &[u8]) -> Self {
        Fp(limbs(&bytes[..Self::SIZE]), PhantomData)
    }

    #[inline(always)]
    fn write_montgomery(&self, words: &mut [u64]) {
        words[..N].copy_from_slice(&self.0.0);
    }

    fn from_words(words: &[u64]) -> Self {
        let mut limbs = [0; N];
        limbs.copy_from_slice(&words[..N]);
        Fp(BigInt(limbs), PhantomData)
    }

    fn is_reduced(bytes: &[u8]) -> bool {
        limbs::<N>(&bytes[..Self::SIZE]) < Self::MODULUS
    }

    fn from_canonical(bytes: &[u8]) -> Option<Self> {
        Self::from_bigint(limbs(&bytes[..Self::SIZE]))
    }

    fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.into_bigint().to_bytes_le());
    }

    fn quick_inverse(&self) -> Option<Self> {
        inverse::inverse(self)
    }
}

impl<P: QuadExtConfig<BaseField: Stored>> Stored for QuadExtField<P> {
    const SIZE: usize = 2 * P::BaseField::SIZE;

    fn from_montgomery(bytes: &[u8]) -> Self {
        let (c0, c1) = bytes.split_at(P::BaseField::SIZE);
        Self::new(P::BaseField::from_montgomery(c0), P::BaseField::from_montgomery(c1))
    }

    #[inline(always)]
    fn write_montgomery(&self, words: &mut [u64]) {
        let (c0, c1) = words.split_at_mut(P::BaseField::SIZE / 8);
        self.c0.write_montgomery(c0);
        self.c1.write_montgomery(c1);
    }

    fn from_words(words: &[u64]) -> Self {
        let (c0, c1) = words.split_at(P::BaseField::SIZE / 8);
        Self::new(P::BaseField::from_words(c0), P::BaseField::from_words(c1))
    }

    fn is_reduced(bytes: &[u8]) -> bool {
        let (c0, c1) = bytes.split_at(P::BaseField::SIZE);
        P::BaseField::is_reduced(c0) && P::BaseField::is_reduced(c1)
    }

    fn from_canonical(bytes: &[u8]) -> Option<Self> {
        let (c0, c1) = bytes.split_at(P::BaseField::SIZE);
        Some(Self::new(P::BaseField::from_canonical(c0)?, P::BaseField::from_canonical(c1)?))
    }

    fn write_canonical(&self, out: &mut Vec<u8>) {
        self.c0.write_canonical(out);
        self.c1.write_canonical(out);
    }

    fn quick_inverse(&self) -> Option<Self> {
        // (c0 − c1·u) / (c0² − u²·c1²)
        let inverse = self.norm().quick_inverse()?;
        Some(Self::new(self.c0 * inverse, -(self.c1 * inverse)))
    }
}

/// The canonical integer of a scalar, as multi-scalar multiplication takes it.
pub fn canonical<F: PrimeField<BigInt = BigInt<4>>>(value: F) -> Canonical {
    value.into_bigint().0
}

/// A scalar field of four limbs, as both curves have.
pub trait Scalar: PrimeField<BigInt = BigInt<4>> + Stored {
    /// self · value / R: a single Montgomery multiplication by a canonical integer. If `self` carries a factor R,
    /// which a file has that stores its constants times R², the result is the product itself.
    fn times_canonical(&self, value: &Canonical) -> Self;
}

impl<P: FpConfig<4>> Scalar for Fp<P, 4> {
    fn times_canonical(&self, value: &Canonical) -> Self {
        *self * Fp::<P, 4>(BigInt(*value), PhantomData)
    }
}

#[cfg(test)]
mod tests;
