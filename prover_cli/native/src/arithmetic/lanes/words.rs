//! Packed 64-bit words (SIMD vectors of eight): the few instructions that the packed field `ifma` is written in.
//!
//! `Native` is an AVX-512 register. `Emulated` does the same word by word, so that the arithmetic is tested on every
//! machine, whatever its processor.

#[cfg(test)]
use super::features::Any;
use super::features::Features;

/// Eight words.
pub trait Words: Copy + Send + Sync + 'static {
    /// The instructions that it needs. A value of this type proves that the processor has them.
    type Features: Features;

    fn features(self) -> Self::Features;
    fn all(features: Self::Features, value: u64) -> Self;
    fn from_array(features: Self::Features, values: [u64; 8]) -> Self;
    fn to_array(self) -> [u64; 8];
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn shift_left(self, bits: u32) -> Self;
    fn shift_right(self, bits: u32) -> Self;
    /// The same, with the sign kept (arithmetic shift).
    fn shift_right_signed(self, bits: u32) -> Self;
    /// self + the low 52 bits of a·b, of which the low 52 bits each count.
    fn multiply_low(self, a: Self, b: Self) -> Self;
    /// self + bits 52 to 103 of a·b.
    fn multiply_high(self, a: Self, b: Self) -> Self;
    /// The word of a table whose number is in the lane, below eight.
    fn look_up(self, table: [u64; 8]) -> Self;
    /// `yes` where the lane's bit is set.
    fn select(lanes: u32, yes: Self, no: Self) -> Self;
    /// Four words from each of eight rows, the first words together, then the second, and so on.
    ///
    /// # Safety
    /// Behind each pointer lie four words, at any alignment.
    unsafe fn load_four(features: Self::Features, rows: &[*const u64; 8]) -> [Self; 4];
    /// The other way: four words to each of eight rows.
    ///
    /// # Safety
    /// Behind each pointer there is room for four words, at any alignment.
    unsafe fn store_four(words: [Self; 4], rows: &[*mut u64; 8]);
}

#[cfg(target_arch = "x86_64")]
pub use native::Native;

#[cfg(target_arch = "x86_64")]
mod native {
    use super::Words;
    use crate::arithmetic::lanes::features::Avx512;
    use std::arch::x86_64::*;

    /// A 512-bit register.
    #[derive(Clone, Copy)]
    pub struct Native(__m512i, Avx512);

    /// Functions of one instruction each.
    macro_rules! instructions {
        ($($name:ident($($argument:ident),*) = $instruction:ident;)*) => {$(
            #[inline(always)]
            fn $name(self $(, $argument: Self)*) -> Self {
                // SAFETY: `self.1` proves that the processor has the instruction, which touches no memory.
                Self(unsafe { $instruction(self.0 $(, $argument.0)*) }, self.1)
            }
        )*};
    }

    /// Functions of a shift by a number of bits each.
    macro_rules! shifts {
        ($($name:ident = $instruction:ident;)*) => {$(
            #[inline(always)]
            fn $name(self, bits: u32) -> Self {
                // SAFETY: `self.1` proves that the processor has the instructions, which touch no memory.
                Self(unsafe { $instruction(self.0, _mm_cvtsi64_si128(i64::from(bits))) }, self.1)
            }
        )*};
    }

    impl Words for Native {
        type Features = Avx512;

        instructions! {
            add(other) = _mm512_add_epi64;
            sub(other) = _mm512_sub_epi64;
            and(other) = _mm512_and_si512;
            or(other) = _mm512_or_si512;
            multiply_low(a, b) = _mm512_madd52lo_epu64;
            multiply_high(a, b) = _mm512_madd52hi_epu64;
        }

        shifts! {
            shift_left = _mm512_sll_epi64;
            shift_right = _mm512_srl_epi64;
            shift_right_signed = _mm512_sra_epi64;
        }

        #[inline(always)]
        fn features(self) -> Avx512 {
            self.1
        }

        #[inline(always)]
        fn all(features: Avx512, value: u64) -> Self {
            // SAFETY: `features` proves that the processor has the instruction, which touches no memory.
            Self(unsafe { _mm512_set1_epi64(value as i64) }, features)
        }

        #[inline(always)]
        fn from_array(features: Avx512, values: [u64; 8]) -> Self {
            // SAFETY: `features` proves that the processor has the instruction, which reads the 64 bytes of `values`.
            Self(unsafe { _mm512_loadu_si512(values.as_ptr().cast()) }, features)
        }

        #[inline(always)]
        fn to_array(self) -> [u64; 8] {
            let mut values = [0; 8];
            // SAFETY: `self.1` proves that the processor has the instruction, which writes the 64 bytes of `values`.
            unsafe { _mm512_storeu_si512(values.as_mut_ptr().cast(), self.0) };
            values
        }

        #[inline(always)]
        fn look_up(self, table: [u64; 8]) -> Self {
            let table = Self::from_array(self.1, table);
            // SAFETY: `self.1` proves that the processor has the instruction, which touches no memory.
            Self(unsafe { _mm512_permutexvar_epi64(self.0, table.0) }, self.1)
        }

        #[inline(always)]
        fn select(lanes: u32, yes: Self, no: Self) -> Self {
            // SAFETY: `no.1` proves that the processor has the instruction, which touches no memory.
            Self(unsafe { _mm512_mask_blend_epi64(lanes as u8, no.0, yes.0) }, no.1)
        }

        #[inline(always)]
        unsafe fn load_four(features: Avx512, rows: &[*const u64; 8]) -> [Self; 4] {
            // Pairs of rows in such an order that the last shuffles leave the lanes sorted.
            // SAFETY: `features` proves that the processor has the instructions. The loads, of any alignment, read four
            // words each, for which the caller answers; nothing else touches memory.
            let loaded = unsafe {
                let pair = |low: usize, high: usize| {
                    let low = _mm512_castsi256_si512(_mm256_loadu_si256(rows[low].cast()));
                    _mm512_inserti64x4(low, _mm256_loadu_si256(rows[high].cast()), 1)
                };
                let (p, q, r, s) = (pair(0, 2), pair(1, 3), pair(4, 6), pair(5, 7));
                let (even, odd) = (_mm512_unpacklo_epi64(p, q), _mm512_unpackhi_epi64(p, q));
                let (even2, odd2) = (_mm512_unpacklo_epi64(r, s), _mm512_unpackhi_epi64(r, s));
                [
                    _mm512_shuffle_i64x2(even, even2, 0x88),
                    _mm512_shuffle_i64x2(odd, odd2, 0x88),
                    _mm512_shuffle_i64x2(even, even2, 0xdd),
                    _mm512_shuffle_i64x2(odd, odd2, 0xdd),
                ]
            };
            loaded.map(|words| Self(words, features))
        }

        #[inline(always)]
        unsafe fn store_four([a, b, c, d]: [Self; 4], rows: &[*mut u64; 8]) {
            // SAFETY: `a.1` proves that the processor has the instructions. The stores, of any alignment, write four words
            // each, for which the caller answers; nothing else touches memory.
            unsafe {
                let first = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
                let last = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
                let even = (_mm512_unpacklo_epi64(a.0, b.0), _mm512_unpacklo_epi64(c.0, d.0));
                let odd = (_mm512_unpackhi_epi64(a.0, b.0), _mm512_unpackhi_epi64(c.0, d.0));
                for (lane, (ab, cd), order) in
                    [(0, even, first), (1, odd, first), (4, even, last), (5, odd, last)]
                {
                    let two = _mm512_permutex2var_epi64(ab, order, cd);
                    _mm256_storeu_si256(rows[lane].cast(), _mm512_castsi512_si256(two));
                    _mm256_storeu_si256(rows[lane + 2].cast(), _mm512_extracti64x4_epi64(two, 1));
                }
            }
        }
    }
}

/// Eight words on any processor; with `WRONG`, of one whose products are sometimes wrong.
#[cfg(test)]
#[derive(Clone, Copy)]
pub struct Emulated<const WRONG: bool = false>([u64; 8]);

#[cfg(test)]
impl<const WRONG: bool> Emulated<WRONG> {
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
impl<const WRONG: bool> Words for Emulated<WRONG> {
    type Features = Any;

    fn features(self) -> Any {
        Any
    }

    fn all(_: Any, value: u64) -> Self {
        Self([value; 8])
    }

    fn from_array(_: Any, values: [u64; 8]) -> Self {
        Self(values)
    }

    fn to_array(self) -> [u64; 8] {
        self.0
    }

    fn add(self, other: Self) -> Self {
        self.zip(other, u64::wrapping_add)
    }

    fn sub(self, other: Self) -> Self {
        self.zip(other, u64::wrapping_sub)
    }

    fn and(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    fn or(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    fn shift_left(self, bits: u32) -> Self {
        Self(self.0.map(|value| value << bits))
    }

    fn shift_right(self, bits: u32) -> Self {
        Self(self.0.map(|value| value >> bits))
    }

    fn shift_right_signed(self, bits: u32) -> Self {
        Self(self.0.map(|value| ((value as i64) >> bits) as u64))
    }

    fn multiply_low(self, a: Self, b: Self) -> Self {
        self.add(a.zip(b, |a, b| product(a, b) as u64 & ((1 << 52) - 1)))
    }

    fn multiply_high(self, a: Self, b: Self) -> Self {
        let wrong = |a: u64| u64::from(WRONG && a.is_multiple_of(64));
        self.add(a.zip(b, |a, b| (product(a, b) >> 52) as u64 ^ wrong(a)))
    }

    fn look_up(self, table: [u64; 8]) -> Self {
        Self(self.0.map(|number| table[number as usize]))
    }

    fn select(lanes: u32, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|lane| if lanes >> lane & 1 != 0 { yes.0[lane] } else { no.0[lane] }))
    }

    unsafe fn load_four(_: Any, rows: &[*const u64; 8]) -> [Self; 4] {
        // SAFETY: the caller answers for four words behind each pointer.
        let word = |lane: usize, i: usize| unsafe { rows[lane].add(i).read_unaligned() };
        std::array::from_fn(|i| Self(std::array::from_fn(|lane| word(lane, i))))
    }

    unsafe fn store_four(words: [Self; 4], rows: &[*mut u64; 8]) {
        for (lane, row) in rows.iter().enumerate() {
            // SAFETY: the caller answers for room for four words behind each pointer.
            unsafe { row.cast::<[u64; 4]>().write_unaligned(words.map(|word| word.0[lane])) };
        }
    }
}
