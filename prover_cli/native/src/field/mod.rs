//! Field elements as circom's files store them.
//!
//! Keys hold Montgomery form with R = 2^(64·limbs), which is also what arkworks keeps in memory, so
//! reading is a copy. Witnesses, proofs and verification keys cross as plain little-endian integers.

pub(crate) mod constants;
mod inverse;

use ark_ff::{BigInt, BigInteger, Field, Fp, FpConfig, PrimeField, QuadExtConfig, QuadExtField};
use std::marker::PhantomData;

/// Four 64-bit limbs, least significant first: a scalar in plain (not Montgomery) form.
pub type Plain = [u64; 4];

/// A field whose elements have a fixed-size image in a key.
pub trait Stored: Field {
    /// Bytes of one element.
    const SIZE: usize;

    /// The element whose Montgomery form lies at the start of `bytes`, range not checked: a value
    /// that is not reduced gives wrong sums, never undefined behaviour.
    fn from_montgomery(bytes: &[u8]) -> Self;

    /// The Montgomery form in 64-bit words, as a key stores it.
    fn write_montgomery(&self, words: &mut [u64]);

    /// The element whose Montgomery form these words are.
    fn from_words(words: &[u64]) -> Self;

    /// Whether the image is the unique one, below the modulus.
    fn is_reduced(bytes: &[u8]) -> bool;

    /// The element given as a plain integer; `None` where it is not below the modulus.
    fn from_plain(bytes: &[u8]) -> Option<Self>;

    /// Appends the plain little-endian integer.
    fn write_plain(&self, out: &mut Vec<u8>);

    /// `inverse`, in a fifth of the time.
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
        words[..N].copy_from_slice(&self.0 .0);
    }

    fn from_words(words: &[u64]) -> Self {
        let mut limbs = [0; N];
        limbs.copy_from_slice(&words[..N]);
        Fp(BigInt(limbs), PhantomData)
    }

    fn is_reduced(bytes: &[u8]) -> bool {
        limbs::<N>(&bytes[..Self::SIZE]) < Self::MODULUS
    }

    fn from_plain(bytes: &[u8]) -> Option<Self> {
        Self::from_bigint(limbs(&bytes[..Self::SIZE]))
    }

    fn write_plain(&self, out: &mut Vec<u8>) {
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

    fn from_plain(bytes: &[u8]) -> Option<Self> {
        let (c0, c1) = bytes.split_at(P::BaseField::SIZE);
        Some(Self::new(P::BaseField::from_plain(c0)?, P::BaseField::from_plain(c1)?))
    }

    fn write_plain(&self, out: &mut Vec<u8>) {
        self.c0.write_plain(out);
        self.c1.write_plain(out);
    }

    fn quick_inverse(&self) -> Option<Self> {
        // (c0 − c1·u) / (c0² − u²·c1²)
        let inverse = self.norm().quick_inverse()?;
        Some(Self::new(self.c0 * inverse, -(self.c1 * inverse)))
    }
}

/// A scalar of the witness or of the quotient, ready for the multi-scalar product.
pub fn plain<F: PrimeField<BigInt = BigInt<4>>>(value: F) -> Plain {
    value.into_bigint().0
}

/// The scalar fields of the curves here: four limbs.
pub trait Scalar: PrimeField<BigInt = BigInt<4>> + Stored {
    /// The Montgomery product of the stored image with a plain integer, as section 4 of a key wants
    /// it: coefficients carry R², so one product gives `coefficient · value` in Montgomery form.
    fn times_plain(&self, value: &Plain) -> Self;
}

impl<P: FpConfig<4>> Scalar for Fp<P, 4> {
    fn times_plain(&self, value: &Plain) -> Self {
        *self * Fp::<P, 4>(BigInt(*value), PhantomData)
    }
}

#[cfg(test)]
mod tests;
