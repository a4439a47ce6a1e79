//! Packed 64-bit words (SIMD vectors of eight): the few instructions that the packed field `ifma` is written in.
//!
//! `Native` is an AVX-512 register. `Emulated` does the same word by word, so that the arithmetic is tested on every
//! machine, whatever its processor.

use super::ifma::{products, Ifma};
use ark_ff::FpConfig;

/// Eight words.
///
/// # Safety
/// The caller is inside a function compiled for the instructions of the implementation.
pub trait Words: Copy + Send + Sync + 'static {
    unsafe fn all(value: u64) -> Self;
    unsafe fn from_array(values: [u64; 8]) -> Self;
    unsafe fn to_array(self) -> [u64; 8];
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn and(self, other: Self) -> Self;
    unsafe fn or(self, other: Self) -> Self;
    unsafe fn shift_left(self, bits: u32) -> Self;
    unsafe fn shift_right(self, bits: u32) -> Self;
    /// The same, with the sign kept (arithmetic shift).
    unsafe fn shift_right_signed(self, bits: u32) -> Self;
    /// self + the low 52 bits of a·b, of which the low 52 bits each count.
    unsafe fn multiply_low(self, a: Self, b: Self) -> Self;
    /// self + bits 52 to 103 of a·b.
    unsafe fn multiply_high(self, a: Self, b: Self) -> Self;
    /// `yes` where the lane's bit is set.
    unsafe fn select(lanes: u32, yes: Self, no: Self) -> Self;
    /// Four words from each of eight rows, the first words together, then the second, and so on.
    unsafe fn load_four(rows: &[*const u64; 8]) -> [Self; 4];
    /// [`ifma::products`](super::ifma::products), as a function call: inlined, it would be long code at every use.
    unsafe fn products<P, const N: usize, const L: usize, const S: usize, const T: usize>(
        a: [[&Ifma<Self, P, N, L>; S]; T],
        b: [[&Ifma<Self, P, N, L>; S]; T],
    ) -> [Ifma<Self, P, N, L>; S]
    where
        P: FpConfig<N>;
}

#[cfg(ifma)]
pub use native::Native;

#[cfg(ifma)]
#[allow(clippy::incompatible_msrv)] // `ifma` is set only where the compiler has them
mod native {
    use super::{products, FpConfig, Ifma, Words};
    use std::arch::x86_64::*;

    /// A 512-bit register.
    #[derive(Clone, Copy)]
    pub struct Native(__m512i);

    impl Words for Native {
        #[inline(always)]
        unsafe fn all(value: u64) -> Self {
            Self(_mm512_set1_epi64(value as i64))
        }

        #[inline(always)]
        unsafe fn from_array(values: [u64; 8]) -> Self {
            Self(_mm512_loadu_si512(values.as_ptr().cast()))
        }

        #[inline(always)]
        unsafe fn to_array(self) -> [u64; 8] {
            let mut values = [0; 8];
            _mm512_storeu_si512(values.as_mut_ptr().cast(), self.0);
            values
        }

        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            Self(_mm512_add_epi64(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            Self(_mm512_sub_epi64(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn and(self, other: Self) -> Self {
            Self(_mm512_and_si512(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn or(self, other: Self) -> Self {
            Self(_mm512_or_si512(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn shift_left(self, bits: u32) -> Self {
            Self(_mm512_sll_epi64(self.0, _mm_cvtsi64_si128(i64::from(bits))))
        }

        #[inline(always)]
        unsafe fn shift_right(self, bits: u32) -> Self {
            Self(_mm512_srl_epi64(self.0, _mm_cvtsi64_si128(i64::from(bits))))
        }

        #[inline(always)]
        unsafe fn shift_right_signed(self, bits: u32) -> Self {
            Self(_mm512_sra_epi64(self.0, _mm_cvtsi64_si128(i64::from(bits))))
        }

        #[inline(always)]
        unsafe fn multiply_low(self, a: Self, b: Self) -> Self {
            Self(_mm512_madd52lo_epu64(self.0, a.0, b.0))
        }

        #[inline(always)]
        unsafe fn multiply_high(self, a: Self, b: Self) -> Self {
            Self(_mm512_madd52hi_epu64(self.0, a.0, b.0))
        }

        #[inline(always)]
        unsafe fn select(lanes: u32, yes: Self, no: Self) -> Self {
            Self(_mm512_mask_blend_epi64(lanes as u8, no.0, yes.0))
        }

        #[inline(always)]
        unsafe fn load_four(rows: &[*const u64; 8]) -> [Self; 4] {
            // Pairs of rows in such an order that the last shuffles leave the lanes sorted.
            // SAFETY: four words behind each pointer; the loads ask no alignment.
            let pair = |low: usize, high: usize| {
                let low = _mm512_castsi256_si512(_mm256_loadu_si256(rows[low].cast()));
                _mm512_inserti64x4(low, _mm256_loadu_si256(rows[high].cast()), 1)
            };
            let (p, q, r, s) = (pair(0, 2), pair(1, 3), pair(4, 6), pair(5, 7));
            let (even, odd) = (_mm512_unpacklo_epi64(p, q), _mm512_unpackhi_epi64(p, q));
            let (even2, odd2) = (_mm512_unpacklo_epi64(r, s), _mm512_unpackhi_epi64(r, s));
            [
                Self(_mm512_shuffle_i64x2(even, even2, 0x88)),
                Self(_mm512_shuffle_i64x2(odd, odd2, 0x88)),
                Self(_mm512_shuffle_i64x2(even, even2, 0xdd)),
                Self(_mm512_shuffle_i64x2(odd, odd2, 0xdd)),
            ]
        }

        #[inline(always)]
        unsafe fn products<P, const N: usize, const L: usize, const S: usize, const T: usize>(
            a: [[&Ifma<Self, P, N, L>; S]; T],
            b: [[&Ifma<Self, P, N, L>; S]; T],
        ) -> [Ifma<Self, P, N, L>; S]
        where
            P: FpConfig<N>,
        {
            #[target_feature(enable = "avx512f,avx512ifma")]
            #[inline(never)]
            unsafe fn call<P, const N: usize, const L: usize, const S: usize, const T: usize>(
                a: [[&Ifma<Native, P, N, L>; S]; T],
                b: [[&Ifma<Native, P, N, L>; S]; T],
            ) -> [Ifma<Native, P, N, L>; S]
            where
                P: FpConfig<N>,
            {
                products(a, b)
            }
            call(a, b)
        }
    }
}

#[cfg(test)]
#[derive(Clone, Copy)]
pub struct Emulated([u64; 8]);

#[cfg(test)]
impl Emulated {
    fn zip(self, other: Self, operation: impl Fn(u64, u64) -> u64) -> Self {
        Self(std::array::from_fn(|lane| operation(self.0[lane], other.0[lane])))
    }
}

#[cfg(test)]
fn product(a: u64, b: u64) -> u128 {
    const MASK: u64 = (1 << 52) - 1;
    u128::from(a & MASK) * u128::from(b & MASK)
}

#[cfg(test)]
impl Words for Emulated {
    unsafe fn all(value: u64) -> Self {
        Self([value; 8])
    }

    unsafe fn from_array(values: [u64; 8]) -> Self {
        Self(values)
    }

    unsafe fn to_array(self) -> [u64; 8] {
        self.0
    }

    unsafe fn add(self, other: Self) -> Self {
        self.zip(other, u64::wrapping_add)
    }

    unsafe fn sub(self, other: Self) -> Self {
        self.zip(other, u64::wrapping_sub)
    }

    unsafe fn and(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    unsafe fn or(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    unsafe fn shift_left(self, bits: u32) -> Self {
        Self(self.0.map(|value| value << bits))
    }

    unsafe fn shift_right(self, bits: u32) -> Self {
        Self(self.0.map(|value| value >> bits))
    }

    unsafe fn shift_right_signed(self, bits: u32) -> Self {
        Self(self.0.map(|value| ((value as i64) >> bits) as u64))
    }

    unsafe fn multiply_low(self, a: Self, b: Self) -> Self {
        self.add(a.zip(b, |a, b| product(a, b) as u64 & ((1 << 52) - 1)))
    }

    unsafe fn multiply_high(self, a: Self, b: Self) -> Self {
        self.add(a.zip(b, |a, b| (product(a, b) >> 52) as u64))
    }

    unsafe fn select(lanes: u32, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|lane| if lanes >> lane & 1 != 0 { yes.0[lane] } else { no.0[lane] }))
    }

    unsafe fn load_four(rows: &[*const u64; 8]) -> [Self; 4] {
        // SAFETY: four words behind each pointer, by the caller's word.
        std::array::from_fn(|i| Self(std::array::from_fn(|lane| rows[lane].add(i).read_unaligned())))
    }

    unsafe fn products<P, const N: usize, const L: usize, const S: usize, const T: usize>(
        a: [[&Ifma<Self, P, N, L>; S]; T],
        b: [[&Ifma<Self, P, N, L>; S]; T],
    ) -> [Ifma<Self, P, N, L>; S]
    where
        P: FpConfig<N>,
    {
        products(a, b)
    }
}
