//! A packed field of width four (AVX2), multiplied by fused multiply-add: L limbs of 51 bits, R = 2^(51·L).
//!
//! The product of two 51-bit limbs has 102 bits, and a double holds 53 of them. With c1 = 1.5·2^103 and
//! c2 = c1 + 3·2^51, hi = fma(a, b, c1) rounds the product to a multiple of 2^51 and lo = fma(a, b, c2 − hi)
//! is exactly the rest. Their bit patterns, less those of c1 and of 3·2^51, are the two halves as integers. This works
//! for signed operands, and in the ordinary rounding mode. (The idea is from N. Emmart, F. Zheng, C. Weems, "Faster
//! modular exponentiation using double precision floating point arithmetic on the GPU", ARITH 2018. The two constants
//! that make it work without changing the rounding mode are ours.)
//!
//! All limbs but the last are balanced, −2^50 ≤ limb < 2^50, so a difference or a negation needs no carry. Bounds, |v|
//! in multiples of p: 0.6 for tidy values, 1.2 for a sum or difference of two, 0.378·αβ + 0.5 for the product of
//! operands α and β, where αβ < 7 keeps the product of the highest limbs in range (BN254; with the eight limbs of
//! BLS12-381, 2^-27·αβ + 0.5). A chain x ← x·(difference) converges to 0.92. Over the extension field, where a dot
//! product adds two terms, `settle` makes each product tidy.
//!
//! Measured for BN254, with streams interleaved row by row, in ns per product. On a processor with 256-bit units: 14.5
//! alone, 9.2 in fours, and 19.2 for arkworks. On one that splits them into halves (EPYC of the first generation): 30.0
//! in twos, and 30.4 for arkworks. Hence the choice at run time, see `cpu`.

use super::{Lanes, PrimeLanes, MAX_WIDTH};
use crate::arithmetic::field::constants::{
    add, balance, bits_of, merge, minus_inverse, power_of_two, reduce, split, subtract,
};
use crate::arithmetic::field::Stored;
use ark_ff::{BigInt, Fp, FpConfig};
use std::arch::x86_64::*;
use std::marker::PhantomData;

const BITS: usize = 51;
const MASK: u64 = (1 << BITS) - 1;
const HALF: i64 = 1 << 50;
/// 1.5·2^103.
const C1: f64 = 1.5 * 10_141_204_801_825_835_211_973_625_643_008.0;
/// 3·2^51.
const LOW: f64 = 3.0 * 2_251_799_813_685_248.0;
/// 1.5·2^52: turns a small signed integer's bits into a double and back.
const INTEGER: f64 = 1.5 * 4_503_599_627_370_496.0;
/// Keeps a column positive for the shift that takes its carry.
const OFFSET: i64 = 1 << 58;

/// Four elements of the prime field of `P`, whose elements have `N` words and are cut into `L` limbs.
pub struct Avx2<P, const N: usize, const L: usize>([__m256i; L], PhantomData<P>);

impl<P, const N: usize, const L: usize> Clone for Avx2<P, N, L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, const N: usize, const L: usize> Copy for Avx2<P, N, L> {}

impl<P: FpConfig<N>, const N: usize, const L: usize> Avx2<P, N, L> {
    const MODULUS: [u64; N] = P::MODULUS.0;
    const LIMBS: [i64; L] = balance(split(&Self::MODULUS, BITS));
    /// −1/p modulo 2^51.
    const MINUS_INVERSE: f64 = (minus_inverse(Self::MODULUS[0]) & MASK) as f64;
    /// Half of the last limb of the modulus: from here on a value counts as nearer to the next multiple.
    const HALF_TOP: i64 = Self::LIMBS[L - 1] / 2;
    /// R and, the other way, 2^(128·N)/R, in the form of the words of `Fp`.
    const TO_LANES: [u64; N] = power_of_two(BITS * L, &Self::MODULUS);
    const FROM_LANES: [u64; N] = power_of_two(128 * N - BITS * L, &Self::MODULUS);
    /// Added to the last limb of a stored element, which makes it positive and fit the words.
    const TOP_BIAS: i64 = 1 << (64 * N - BITS * (L - 1) - 2);
    const BIAS: [u64; N] = {
        let mut bias = [0u64; N];
        let mut i = 0;
        while i + 1 < L {
            let at = 50 + BITS * i;
            bias[at / 64] |= 1 << (at % 64);
            i += 1;
        }
        let at = 64 * N - 2;
        bias[at / 64] |= 1 << (at % 64);
        bias
    };

    #[inline(always)]
    fn new(limbs: [__m256i; L]) -> Self {
        Self(limbs, PhantomData)
    }

    /// Balances limbs of any sign below 2^57, all but the last.
    #[inline(always)]
    unsafe fn carry(limbs: [__m256i; L]) -> Self {
        let mut out = limbs;
        let mask = all(MASK as i64);
        let mut carried = limbs[0];
        for j in 0..L - 1 {
            let taken = if j == 0 { 0 } else { OFFSET >> BITS };
            let sum = _mm256_add_epi64(carried, all(OFFSET + HALF - taken));
            out[j] = _mm256_sub_epi64(_mm256_and_si256(sum, mask), all(HALF));
            carried = _mm256_add_epi64(limbs[j + 1], _mm256_srli_epi64(sum, BITS as i32));
        }
        out[L - 1] = _mm256_sub_epi64(carried, all(OFFSET >> BITS));
        Self::new(out)
    }

    /// Takes |v| ≤ 2.5p to |v| ≤ 0.6p. The last limb shows, to one part in 2^24 or better, which multiple is near.
    #[inline(always)]
    unsafe fn tidied(limbs: [__m256i; L]) -> Self {
        let mut limbs = limbs;
        for _ in 0..2 {
            let above = _mm256_cmpgt_epi64(limbs[L - 1], all(Self::HALF_TOP));
            let below = _mm256_cmpgt_epi64(all(-Self::HALF_TOP), limbs[L - 1]);
            for j in 0..L {
                let p = all(Self::LIMBS[j]);
                let less = _mm256_sub_epi64(limbs[j], _mm256_and_si256(p, above));
                limbs[j] = _mm256_add_epi64(less, _mm256_and_si256(p, below));
            }
        }
        Self::carry(limbs)
    }

    #[inline(always)]
    unsafe fn each(
        &self,
        other: &Self,
        operation: unsafe fn(__m256i, __m256i) -> __m256i,
    ) -> [__m256i; L] {
        let mut out = self.0;
        for j in 0..L {
            out[j] = operation(self.0[j], other.0[j]);
        }
        out
    }

    /// The words of four rows, transposed: the first words together, then the second, and so on.
    #[inline(always)]
    unsafe fn gather(rows: &[*const u64; MAX_WIDTH]) -> [__m256i; N] {
        let mut words = [_mm256_setzero_si256(); N];
        if N == 4 {
            // SAFETY: four words behind each pointer; the loads ask no alignment.
            let row = |lane: usize| _mm256_loadu_si256(rows[lane].cast());
            let (r0, r1, r2, r3) = (row(0), row(1), row(2), row(3));
            let (a, b) = (_mm256_unpacklo_epi64(r0, r1), _mm256_unpackhi_epi64(r0, r1));
            let (c, d) = (_mm256_unpacklo_epi64(r2, r3), _mm256_unpackhi_epi64(r2, r3));
            words[0] = _mm256_permute2x128_si256(a, c, 0x20);
            words[1] = _mm256_permute2x128_si256(b, d, 0x20);
            words[2] = _mm256_permute2x128_si256(a, c, 0x31);
            words[3] = _mm256_permute2x128_si256(b, d, 0x31);
        } else {
            for (i, word) in words.iter_mut().enumerate() {
                // SAFETY: N words behind each pointer.
                let at = |lane: usize| rows[lane].add(i).read_unaligned() as i64;
                *word = _mm256_set_epi64x(at(3), at(2), at(1), at(0));
            }
        }
        words
    }

    /// Cuts words into limbs that are not balanced.
    #[inline(always)]
    unsafe fn cut(words: [__m256i; N]) -> [__m256i; L] {
        let mut limbs = [_mm256_setzero_si256(); L];
        for (j, limb) in limbs.iter_mut().enumerate() {
            let (word, shift) = (BITS * j / 64, BITS * j % 64);
            let mut piece = _mm256_srl_epi64(words[word], _mm_cvtsi64_si128(shift as i64));
            if shift + BITS > 64 && word + 1 < N {
                let above = _mm256_sll_epi64(words[word + 1], _mm_cvtsi64_si128(64 - shift as i64));
                piece = _mm256_or_si256(piece, above);
            }
            *limb = if j + 1 < L { _mm256_and_si256(piece, all(MASK as i64)) } else { piece };
        }
        limbs
    }

    /// The words of each lane: v + 2p, which is positive and below 4p.
    unsafe fn integers(&self) -> [[u64; N]; 4] {
        let mut limbs = [[0i64; 4]; L];
        for (j, limb) in limbs.iter_mut().enumerate() {
            let lifted = _mm256_add_epi64(self.0[j], all(2 * Self::LIMBS[j]));
            _mm256_storeu_si256(limb.as_mut_ptr().cast(), lifted);
        }
        let mut integers = [[0u64; N]; 4];
        for (lane, words) in integers.iter_mut().enumerate() {
            let mut carry = 0i64;
            let mut pieces = [0u64; L];
            for (j, limb) in limbs.iter().enumerate() {
                let sum = limb[lane] + carry;
                pieces[j] = if j + 1 < L { sum as u64 & MASK } else { sum as u64 };
                carry = sum >> BITS;
            }
            *words = merge(&pieces, BITS);
        }
        integers
    }

    /// The integer below p that is v·R, from the element v.
    fn integer(value: &Fp<P, N>) -> [u64; N] {
        (*value * Fp::<P, N>(BigInt(Self::TO_LANES), PhantomData)).0 .0
    }

    /// The element v, from the integer v·R below a few p.
    fn element(integer: [u64; N]) -> Fp<P, N> {
        Fp::<P, N>(BigInt(reduce(integer, &Self::MODULUS)), PhantomData)
            * Fp::<P, N>(BigInt(Self::FROM_LANES), PhantomData)
    }
}

#[inline(always)]
unsafe fn all(value: i64) -> __m256i {
    _mm256_set1_epi64x(value)
}

#[inline(always)]
unsafe fn subtracted(a: __m256i, b: __m256i) -> __m256i {
    _mm256_sub_epi64(a, b)
}

#[inline(always)]
unsafe fn added(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi64(a, b)
}

#[inline(always)]
unsafe fn to_double(limb: __m256i) -> __m256d {
    let biased = _mm256_add_epi64(limb, all(INTEGER.to_bits() as i64));
    _mm256_sub_pd(_mm256_castsi256_pd(biased), _mm256_set1_pd(INTEGER))
}

#[inline(always)]
unsafe fn lanes_mask(lanes: u32) -> __m256i {
    let bits = _mm256_set_epi64x(8, 4, 2, 1);
    _mm256_cmpeq_epi64(_mm256_and_si256(all(i64::from(lanes)), bits), bits)
}

/// Adds the two halves of x·y to their columns, each with its constant's bits on top.
macro_rules! multiply {
    ($x:expr, $y:expr, $low:expr, $high:expr) => {{
        let high = _mm256_fmadd_pd($x, $y, _mm256_set1_pd(C1));
        let low = _mm256_fmadd_pd($x, $y, _mm256_sub_pd(_mm256_set1_pd(C1 + LOW), high));
        $high = _mm256_add_epi64($high, _mm256_castpd_si256(high));
        $low = _mm256_add_epi64($low, _mm256_castpd_si256(low));
    }};
}

/// Σ_k a[k]·b[k]/R over T terms, S streams side by side, one limb of every a[k] a row.
///
/// A function of its own, not inlined: the code is long, and a call costs nothing beside it.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn products<P, const N: usize, const L: usize, const S: usize, const T: usize>(
    a: [[&Avx2<P, N, L>; S]; T],
    b: [[&Avx2<P, N, L>; S]; T],
) -> [Avx2<P, N, L>; S]
where
    P: FpConfig<N>,
{
    let zero = _mm256_setzero_si256();
    let mut factors = [[[_mm256_setzero_pd(); L]; S]; T];
    for k in 0..T {
        for s in 0..S {
            for j in 0..L {
                factors[k][s][j] = to_double(b[k][s].0[j]);
            }
        }
    }
    // What the constants of a row leave in its columns: T products and the multiple of p, in whole copies, because
    // the low 51 bits of both patterns are zero.
    let copies = T as i64 + 1;
    let high_bits = (C1.to_bits() as i64).wrapping_mul(copies);
    let low_bits = (LOW.to_bits() as i64).wrapping_mul(copies);
    let first = all(OFFSET.wrapping_sub(low_bits));
    let second = all(0i64.wrapping_sub(high_bits).wrapping_sub(low_bits) - (OFFSET >> BITS));
    let middle = all(0i64.wrapping_sub(high_bits).wrapping_sub(low_bits));
    let last = all(0i64.wrapping_sub(high_bits));

    let mut sums = [[zero; L]; S];
    for i in 0..L {
        let mut columns = [[zero; L]; S];
        let mut top = [last; S];
        let mut quotients = [_mm256_setzero_pd(); S];
        let mut limbs = [[_mm256_setzero_pd(); S]; T];
        for s in 0..S {
            for j in 0..L {
                let bias = if j == 0 {
                    first
                } else if j == 1 {
                    second
                } else {
                    middle
                };
                columns[s][j] = _mm256_add_epi64(sums[s][j], bias);
            }
            for k in 0..T {
                limbs[k][s] = to_double(a[k][s].0[i]);
                multiply!(limbs[k][s], factors[k][s][0], columns[s][0], columns[s][1]);
            }
        }
        for s in 0..S {
            // The quotient modulo 2^51 falls out signed and is used as it is: no mask.
            let low = _mm256_and_si256(columns[s][0], all(MASK as i64));
            let low = _mm256_or_si256(low, all(0x4330_0000_0000_0000));
            let low = _mm256_sub_pd(_mm256_castsi256_pd(low), _mm256_set1_pd(4_503_599_627_370_496.0));
            let inverse = _mm256_set1_pd(Avx2::<P, N, L>::MINUS_INVERSE);
            let high = _mm256_fmadd_pd(low, inverse, _mm256_set1_pd(C1));
            let rest = _mm256_fmadd_pd(low, inverse, _mm256_sub_pd(_mm256_set1_pd(C1 + LOW), high));
            quotients[s] = _mm256_sub_pd(rest, _mm256_set1_pd(LOW));
        }
        for s in 0..S {
            for k in 0..T {
                for j in 1..L - 1 {
                    multiply!(limbs[k][s], factors[k][s][j], columns[s][j], columns[s][j + 1]);
                }
                multiply!(limbs[k][s], factors[k][s][L - 1], columns[s][L - 1], top[s]);
            }
        }
        for s in 0..S {
            for j in 0..L {
                let p = _mm256_set1_pd(Avx2::<P, N, L>::LIMBS[j] as f64);
                if j + 1 < L {
                    multiply!(quotients[s], p, columns[s][j], columns[s][j + 1]);
                } else {
                    multiply!(quotients[s], p, columns[s][j], top[s]);
                }
            }
            let carry = _mm256_srli_epi64(columns[s][0], BITS as i32);
            for j in 0..L - 1 {
                sums[s][j] = columns[s][j + 1];
            }
            sums[s][0] = _mm256_add_epi64(sums[s][0], carry);
            sums[s][L - 1] = top[s];
        }
    }
    let mut out = [Avx2::new([zero; L]); S];
    for s in 0..S {
        out[s] = Avx2::carry(sums[s]);
    }
    out
}

impl<P: FpConfig<N>, const N: usize, const L: usize> Lanes for Avx2<P, N, L>
where
    Fp<P, N>: Stored,
{
    type Field = Fp<P, N>;
    const WIDTH: usize = 4;
    const WORDS: usize = N;

    #[inline(always)]
    unsafe fn mul<const S: usize>(a: [&Self; S], b: [&Self; S]) -> [Self; S] {
        products([a], [b])
    }

    #[inline(always)]
    unsafe fn square<const S: usize>(a: [&Self; S]) -> [Self; S] {
        products([a], [a])
    }

    #[inline(always)]
    unsafe fn sub(&self, other: &Self) -> Self {
        Self::new(self.each(other, subtracted))
    }

    #[inline(always)]
    unsafe fn tidy_sub(&self, other: &Self) -> Self {
        Self::tidied(self.each(other, subtracted))
    }

    #[inline(always)]
    unsafe fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self {
        Self::tidied(self.sub(first).each(second, subtracted))
    }

    #[inline(always)]
    unsafe fn double(&self) -> Self {
        Self::new(self.each(self, added))
    }

    #[inline(always)]
    unsafe fn triple(&self) -> Self {
        Self::carry(self.double().each(self, added))
    }

    #[inline(always)]
    unsafe fn negate_where(&self, lanes: u32) -> Self {
        let mask = lanes_mask(lanes);
        let mut out = self.0;
        for limb in &mut out {
            *limb = _mm256_sub_epi64(_mm256_xor_si256(*limb, mask), mask);
        }
        Self::new(out)
    }

    #[inline(always)]
    unsafe fn select(lanes: u32, yes: &Self, no: &Self) -> Self {
        let mask = lanes_mask(lanes);
        let mut out = no.0;
        for j in 0..L {
            out[j] = _mm256_blendv_epi8(no.0[j], yes.0[j], mask);
        }
        Self::new(out)
    }

    #[inline(always)]
    unsafe fn load(rows: &[*const u64; MAX_WIDTH]) -> Self {
        let mut limbs = Self::cut(Self::gather(rows));
        for (j, limb) in limbs.iter_mut().enumerate() {
            *limb = _mm256_sub_epi64(*limb, all(if j + 1 < L { HALF } else { Self::TOP_BIAS }));
        }
        Self::new(limbs)
    }

    #[inline(always)]
    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]) {
        let mut limbs = [[0u64; 4]; L];
        for (j, limb) in limbs.iter_mut().enumerate() {
            let bias = if j + 1 < L { HALF } else { Self::TOP_BIAS };
            let positive = _mm256_add_epi64(self.0[j], all(bias));
            _mm256_storeu_si256(limb.as_mut_ptr().cast(), positive);
        }
        for lane in 0..4 {
            let words: [u64; N] = merge(&limbs.map(|limb| limb[lane]), BITS);
            // SAFETY: room for N words behind each pointer.
            rows[lane].cast::<[u64; N]>().write_unaligned(words);
        }
    }

    unsafe fn from_fields(values: &[Self::Field; MAX_WIDTH]) -> Self {
        let mut limbs = [[0i64; 4]; L];
        for lane in 0..4 {
            let mut words = [0; N];
            Self::pack(&values[lane], &mut words);
            for (j, limb) in limbs.iter_mut().enumerate() {
                let last = j + 1 == L;
                let bits = if last { 64 * N - BITS * j } else { BITS };
                let bias = if last { Self::TOP_BIAS } else { HALF };
                limb[lane] = bits_of(&words, BITS * j, bits) as i64 - bias;
            }
        }
        Self::new(limbs.map(|limb| _mm256_loadu_si256(limb.as_ptr().cast())))
    }

    unsafe fn to_fields(&self) -> [Self::Field; MAX_WIDTH] {
        let mut fields = [Fp::<P, N>::default(); MAX_WIDTH];
        for (field, integer) in fields.iter_mut().zip(self.integers()) {
            *field = Self::element(integer);
        }
        fields
    }

    fn pack(value: &Self::Field, words: &mut [u64]) {
        let integer = Self::integer(value);
        // Centred: above p/2 the negative twin is nearer to zero.
        let (centred, _) = subtract(&integer, &Self::MODULUS);
        let (_, below) = subtract(&add(&integer, &integer), &Self::MODULUS);
        words[..N].copy_from_slice(&add(if below { &integer } else { &centred }, &Self::BIAS));
    }

    fn unpack(words: &[u64]) -> Self::Field {
        let mut stored = [0; N];
        stored.copy_from_slice(&words[..N]);
        let (integer, _) = subtract(&add(&stored, &Self::MODULUS), &Self::BIAS);
        Self::element(integer)
    }
}

impl<P: FpConfig<N>, const N: usize, const L: usize> PrimeLanes for Avx2<P, N, L>
where
    Fp<P, N>: Stored,
{
    #[inline(always)]
    unsafe fn dot<const S: usize>(
        a: [&Self; S],
        b: [&Self; S],
        c: [&Self; S],
        d: [&Self; S],
    ) -> [Self; S] {
        products([a, c], [b, d])
    }

    #[inline(always)]
    unsafe fn add(&self, other: &Self) -> Self {
        Self::new(self.each(other, added))
    }

    #[inline(always)]
    unsafe fn negate(&self) -> Self {
        self.negate_where(0xf)
    }

    #[inline(always)]
    unsafe fn settle(&self) -> Self {
        Self::tidied(self.0)
    }

    #[inline(always)]
    unsafe fn tidy(&self) -> Self {
        Self::tidied(self.0)
    }

    #[inline(always)]
    unsafe fn tidy_add(&self, other: &Self) -> Self {
        Self::tidied(self.each(other, added))
    }

    #[inline(always)]
    unsafe fn load_integers(rows: &[*const u64; MAX_WIDTH]) -> Self {
        Self::tidied(Self::carry(Self::cut(Self::gather(rows))).0)
    }

    #[inline(always)]
    unsafe fn store_integers(&self, rows: &[*mut u64; MAX_WIDTH]) {
        for (integer, row) in self.integers().into_iter().zip(rows) {
            // SAFETY: room for N words behind each pointer.
            row.cast::<[u64; N]>().write_unaligned(reduce(integer, &Self::MODULUS));
        }
    }

    #[inline(always)]
    unsafe fn transpose(values: &mut [Self; MAX_WIDTH]) {
        for j in 0..L {
            let (r0, r1, r2, r3) = (values[0].0[j], values[1].0[j], values[2].0[j], values[3].0[j]);
            let (a, b) = (_mm256_unpacklo_epi64(r0, r1), _mm256_unpackhi_epi64(r0, r1));
            let (c, d) = (_mm256_unpacklo_epi64(r2, r3), _mm256_unpackhi_epi64(r2, r3));
            values[0].0[j] = _mm256_permute2x128_si256(a, c, 0x20);
            values[1].0[j] = _mm256_permute2x128_si256(b, d, 0x20);
            values[2].0[j] = _mm256_permute2x128_si256(a, c, 0x31);
            values[3].0[j] = _mm256_permute2x128_si256(b, d, 0x31);
        }
    }
}
