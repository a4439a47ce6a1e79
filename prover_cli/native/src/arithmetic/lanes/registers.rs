//! Registers of AVX2: the few instructions that the packed field `avx2` is written in, as safe functions.
//!
//! There is no register without the proof that the processor has the instructions, see `features`.

use super::features::Avx2;
use std::arch::x86_64::*;

/// Four signed 64-bit integers.
#[derive(Clone, Copy)]
pub struct Integers(__m256i, Avx2);

/// Four double-precision numbers.
#[derive(Clone, Copy)]
pub struct Doubles(__m256d, Avx2);

/// Functions of one instruction each.
macro_rules! instructions {
    ($register:ident: $($(#[$doc:meta])* $name:ident($($argument:ident),*) = $instruction:ident;)*) => {
        impl $register {
            $(
                $(#[$doc])*
                #[inline(always)]
                pub fn $name(self $(, $argument: Self)*) -> Self {
                    // SAFETY: `self.1` proves that the processor has the instruction, which touches no memory.
                    Self(unsafe { $instruction(self.0 $(, $argument.0)*) }, self.1)
                }
            )*
        }
    };
}

instructions! { Integers:
    add(other) = _mm256_add_epi64;
    sub(other) = _mm256_sub_epi64;
    and(other) = _mm256_and_si256;
    or(other) = _mm256_or_si256;
    xor(other) = _mm256_xor_si256;
    /// All bits of a lane if it is greater, none if not.
    greater(other) = _mm256_cmpgt_epi64;
    equal(other) = _mm256_cmpeq_epi64;
    /// The even lanes of both, in turn.
    even(other) = _mm256_unpacklo_epi64;
    odd(other) = _mm256_unpackhi_epi64;
    /// `yes` in the bytes of `mask` whose highest bit is set.
    select(yes, mask) = _mm256_blendv_epi8;
}

instructions! { Doubles:
    sub(other) = _mm256_sub_pd;
    /// self · factor + addend, rounded once.
    multiply_add(factor, addend) = _mm256_fmadd_pd;
}

impl Integers {
    /// The proof that it holds.
    #[inline(always)]
    pub fn features(self) -> Avx2 {
        self.1
    }

    /// The same value in every lane.
    #[inline(always)]
    pub fn all(features: Avx2, value: i64) -> Self {
        // SAFETY: `features` proves that the processor has the instruction, which touches no memory.
        Self(unsafe { _mm256_set1_epi64x(value) }, features)
    }

    #[inline(always)]
    pub fn from_array(features: Avx2, [a, b, c, d]: [i64; 4]) -> Self {
        // SAFETY: `features` proves that the processor has the instruction, which touches no memory.
        Self(unsafe { _mm256_set_epi64x(d, c, b, a) }, features)
    }

    #[inline(always)]
    pub fn to_array(self) -> [u64; 4] {
        let mut values = [0u64; 4];
        // SAFETY: `self.1` proves that the processor has the instruction, which writes the 32 bytes of `values`.
        unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), self.0) };
        values
    }

    /// The lanes that are negative, as bits.
    #[inline(always)]
    pub fn signs(self) -> u32 {
        // SAFETY: `self.1` proves that the processor has the instruction, which touches no memory.
        unsafe { _mm256_movemask_pd(_mm256_castsi256_pd(self.0)) as u32 }
    }

    /// Loads four words, at any alignment.
    ///
    /// # Safety
    /// Four words lie behind the pointer.
    #[inline(always)]
    pub unsafe fn load(features: Avx2, words: *const u64) -> Self {
        // SAFETY: `features` proves that the processor has the instruction; the caller answers for the words.
        Self(unsafe { _mm256_loadu_si256(words.cast()) }, features)
    }

    /// Shifts in zeros, by a number of bits that the compiler knows.
    #[inline(always)]
    pub fn shift_right<const BITS: i32>(self) -> Self {
        // SAFETY: `self.1` proves that the processor has the instruction, which touches no memory.
        Self(unsafe { _mm256_srli_epi64::<BITS>(self.0) }, self.1)
    }

    #[inline(always)]
    pub fn shift_right_by(self, bits: u32) -> Self {
        // SAFETY: `self.1` proves that the processor has the instructions, which touch no memory.
        Self(unsafe { _mm256_srl_epi64(self.0, _mm_cvtsi64_si128(i64::from(bits))) }, self.1)
    }

    #[inline(always)]
    pub fn shift_left_by(self, bits: u32) -> Self {
        // SAFETY: `self.1` proves that the processor has the instructions, which touch no memory.
        Self(unsafe { _mm256_sll_epi64(self.0, _mm_cvtsi64_si128(i64::from(bits))) }, self.1)
    }

    /// The first half of both, one after the other.
    #[inline(always)]
    pub fn first_halves(self, other: Self) -> Self {
        // SAFETY: `self.1` proves that the processor has the instruction, which touches no memory.
        Self(unsafe { _mm256_permute2x128_si256::<0x20>(self.0, other.0) }, self.1)
    }

    #[inline(always)]
    pub fn second_halves(self, other: Self) -> Self {
        // SAFETY: `self.1` proves that the processor has the instruction, which touches no memory.
        Self(unsafe { _mm256_permute2x128_si256::<0x31>(self.0, other.0) }, self.1)
    }

    /// The same bits as doubles.
    #[inline(always)]
    pub fn as_doubles(self) -> Doubles {
        // SAFETY: `self.1` proves that the processor has the registers; this is no instruction at all.
        Doubles(unsafe { _mm256_castsi256_pd(self.0) }, self.1)
    }
}

impl Doubles {
    /// The same value in every lane.
    #[inline(always)]
    pub fn all(features: Avx2, value: f64) -> Self {
        // SAFETY: `features` proves that the processor has the instruction, which touches no memory.
        Self(unsafe { _mm256_set1_pd(value) }, features)
    }

    /// The same bits as integers.
    #[inline(always)]
    pub fn as_integers(self) -> Integers {
        // SAFETY: `self.1` proves that the processor has the registers; this is no instruction at all.
        Integers(unsafe { _mm256_castpd_si256(self.0) }, self.1)
    }
}

/// Transposes four registers: lane j of the i-th becomes lane i of the j-th.
#[inline(always)]
pub fn transpose([a, b, c, d]: [Integers; 4]) -> [Integers; 4] {
    let (ab_even, ab_odd) = (a.even(b), a.odd(b));
    let (cd_even, cd_odd) = (c.even(d), c.odd(d));
    [
        ab_even.first_halves(cd_even),
        ab_odd.first_halves(cd_odd),
        ab_even.second_halves(cd_even),
        ab_odd.second_halves(cd_odd),
    ]
}
