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
//! in multiples of p: 0.6 for tidy values, 1.2 for a sum or difference of two, and p/R·αβ + 0.5 for the product of
//! operands α and β, where αβ < 4 keeps the product of the highest limbs in range. p/R is 0.378 for both fields of BN254
//! and 2^-27 for BLS12-381's base field. A chain x ← x·(difference) converges to 0.92 or less. Over the extension field,
//! where a dot product adds two terms, `settle` makes each product tidy. `BOUNDS` checks this for each field: BLS12-381's
//! scalar field, with 0.906, does not compile.
//!
//! Measured for BN254, with streams interleaved row by row, in ns per product. On a processor with 256-bit units: 14.5
//! alone, 9.2 in fours, and 19.2 for arkworks. On one that splits them into halves (EPYC of the first generation): 30.0
//! in twos, and 30.4 for arkworks. Hence the choice at run time, see `cpu`.

use super::features::Avx2 as Proof;
use super::registers::{Doubles, Integers, transpose};
use super::{Lanes, MAX_WIDTH, PrimeLanes, join};
use crate::arithmetic::field::Stored;
use crate::arithmetic::field::constants::{
    add, balance, bits_of, minus_inverse, power_of_two, reduce, share, split, subtract,
};
use ark_ff::{BigInt, Fp, FpConfig};
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

/// Tidy values are within this many times p of zero.
const TIDY: f64 = 0.6;
/// What `tidied` takes is within this many times p of zero.
const UNTIDY: f64 = 2.5;
/// The largest product of two operands, in multiples of p².
const FACTORS: f64 = 4.0;

/// A difference of tidy values.
const DIFFERENCE: f64 = 2.0 * TIDY;

/// What a chain of products with differences converges to, for a prime that is this `share` of R.
const fn chained(share: f64) -> f64 {
    0.5001 / (1.0 - share * DIFFERENCE)
}

/// A chain of products with differences converges, and so does one of products.
const fn chains(share: f64) -> [bool; 3] {
    let product = chained(share);
    [
        share * DIFFERENCE < 1.0,
        share * product * DIFFERENCE + 0.5 <= product,
        share * product * product + 0.5 <= product,
    ]
}

/// Three times a square of tidy values.
const fn triple_of(share: f64) -> f64 {
    3.0 * (share * TIDY * TIDY + 0.5)
}

/// A doubling's slope: three times a square, by the inverse that a chain of products gives.
const fn slope_of(share: f64) -> f64 {
    share * triple_of(share) * chained(share) + 0.5
}

/// What the extension field settles; what a point addition tidies, and the same over the extension; a butterfly: a
/// difference of products by a tidy root, and a sum of products.
const fn untidy(share: f64) -> [bool; 6] {
    let (product, slope) = (chained(share), slope_of(share));
    [
        2.0 * share * (3.0 * TIDY) * DIFFERENCE + 0.5 <= UNTIDY,
        share * slope * slope + 0.5 + 2.0 * TIDY <= UNTIDY,
        share * DIFFERENCE * DIFFERENCE + 0.5 + 2.0 * TIDY <= UNTIDY,
        share * 2.0 * product * TIDY + 0.5 <= product,
        2.0 * product <= UNTIDY,
        2.0 * (share * DIFFERENCE * DIFFERENCE + 0.5) <= UNTIDY,
    ]
}

/// The products of such operands are in range.
const fn in_range(share: f64) -> [bool; 3] {
    let (triple, slope) = (triple_of(share), slope_of(share));
    [triple * triple < FACTORS, 3.0 * TIDY * DIFFERENCE < FACTORS, slope * slope < FACTORS]
}

/// In fma(a, b, c1) with c1 = 1.5·2^103, |a·b| < 2^102 leaves the exponent as it is.
const fn limbs_fit(last: f64) -> bool {
    let limb = (1u64 << 51) as f64;
    FACTORS * (last + 1.0) * (last + 1.0) < limb * limb
}

/// Twice p is taken from what is untidy. The last limb shows which multiple is near, but for itself and for what the limbs
/// below it have not carried yet, below 2^57 of 2^51.
const fn is_tidied(last: f64) -> bool {
    UNTIDY - 2.0 <= 0.5 && 0.5 + (1 + (1 << 7)) as f64 / last <= TIDY
}

/// What is stored and integers fit the words, of which the prime is another share.
const fn fits(of_words: f64) -> [bool; 2] {
    [TIDY * of_words < 0.25, 4.0 * of_words < 1.0]
}

/// Four elements of the prime field of `P`, whose elements have `N` words and are cut into `L` limbs.
pub struct Avx2<P, const N: usize, const L: usize>([Integers; L], PhantomData<P>);

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

    /// The bounds of the module's head: |v|, in multiples of p.
    const BOUNDS: () = {
        let (share, of_words) = (share(&Self::MODULUS, BITS * L), share(&Self::MODULUS, 64 * N));
        let last = Self::LIMBS[L - 1] as f64;
        let [converges, by_differences, by_products] = chains(share);
        assert!(converges && by_differences && by_products, "chains of products converge");
        let [settled, addition, extension, butterfly, difference, sum] = untidy(share);
        assert!(settled, "what the extension field settles");
        assert!(addition && extension, "what a point addition tidies, over the extension too");
        assert!(butterfly && difference, "what a butterfly gives and tidies");
        assert!(sum, "a sum or difference of two products");
        let [triple, tidy, slope] = in_range(share);
        assert!(triple && tidy && slope, "the product of two operands is in range");
        assert!(limbs_fit(last), "the product of the last limbs is in range");
        assert!(is_tidied(last), "two rounds make it tidy");
        let [stored, integer] = fits(of_words);
        assert!(stored, "what is stored is positive with its bias, and fits the words");
        assert!(slope_of(share) < 2.0 && integer, "an integer is positive with 2p, and fits the words");
    };

    #[inline(always)]
    fn new(limbs: [Integers; L]) -> Self {
        const { Self::BOUNDS };
        Self(limbs, PhantomData)
    }

    #[inline(always)]
    fn proof(&self) -> Proof {
        self.0[0].features()
    }

    /// Balances limbs of any sign below 2^57, all but the last.
    #[inline(always)]
    fn carry(limbs: [Integers; L]) -> Self {
        let proof = limbs[0].features();
        let mut out = limbs;
        let mask = Integers::all(proof, MASK as i64);
        let mut carried = limbs[0];
        for j in 0..L - 1 {
            let taken = if j == 0 { 0 } else { OFFSET >> BITS };
            let sum = carried.add(Integers::all(proof, OFFSET + HALF - taken));
            out[j] = sum.and(mask).sub(Integers::all(proof, HALF));
            carried = limbs[j + 1].add(sum.shift_right::<{ BITS as i32 }>());
        }
        out[L - 1] = carried.sub(Integers::all(proof, OFFSET >> BITS));
        Self::new(out)
    }

    /// Takes |v| ≤ 2.5p to |v| ≤ 0.6p. The last limb shows, to one part in 2^24 or better, which multiple is near.
    #[inline(always)]
    fn tidied(limbs: [Integers; L]) -> Self {
        let proof = limbs[0].features();
        let mut limbs = limbs;
        for _ in 0..2 {
            let above = limbs[L - 1].greater(Integers::all(proof, Self::HALF_TOP));
            let below = Integers::all(proof, -Self::HALF_TOP).greater(limbs[L - 1]);
            for j in 0..L {
                let p = Integers::all(proof, Self::LIMBS[j]);
                limbs[j] = limbs[j].sub(p.and(above)).add(p.and(below));
            }
        }
        Self::carry(limbs)
    }

    /// Limb by limb, without carries.
    #[inline(always)]
    fn sums(&self, other: &Self) -> [Integers; L] {
        let mut out = self.0;
        for j in 0..L {
            out[j] = self.0[j].add(other.0[j]);
        }
        out
    }

    #[inline(always)]
    fn differences(&self, other: &Self) -> [Integers; L] {
        let mut out = self.0;
        for j in 0..L {
            out[j] = self.0[j].sub(other.0[j]);
        }
        out
    }

    /// The words of four rows, transposed: the first words together, then the second, and so on.
    ///
    /// # Safety
    /// Behind each of the first four pointers lie N words.
    #[inline(always)]
    unsafe fn gather(proof: Proof, rows: &[*const u64; MAX_WIDTH]) -> [Integers; N] {
        let mut words = [Integers::all(proof, 0); N];
        if N == 4 {
            // SAFETY: N is four, and the caller answers for N words behind each pointer.
            let [r0, r1, r2, r3] = unsafe {
                [
                    Integers::load(proof, rows[0]),
                    Integers::load(proof, rows[1]),
                    Integers::load(proof, rows[2]),
                    Integers::load(proof, rows[3]),
                ]
            };
            words.copy_from_slice(&transpose([r0, r1, r2, r3]));
        } else {
            for (i, word) in words.iter_mut().enumerate() {
                // SAFETY: i < N, and the caller answers for N words behind each pointer.
                let at = |lane: usize| unsafe { rows[lane].add(i).read_unaligned() } as i64;
                *word = Integers::from_array(proof, [at(0), at(1), at(2), at(3)]);
            }
        }
        words
    }

    /// Cuts words into limbs that are not balanced.
    #[inline(always)]
    fn cut(words: [Integers; N]) -> [Integers; L] {
        let proof = words[0].features();
        let mut limbs = [Integers::all(proof, 0); L];
        for (j, limb) in limbs.iter_mut().enumerate() {
            let (word, shift) = (BITS * j / 64, BITS * j % 64);
            let mut piece = words[word].shift_right_by(shift as u32);
            if shift + BITS > 64 && word + 1 < N {
                piece = piece.or(words[word + 1].shift_left_by(64 - shift as u32));
            }
            *limb = if j + 1 < L { piece.and(Integers::all(proof, MASK as i64)) } else { piece };
        }
        limbs
    }

    /// The limbs, none of them negative, of v + k·p, of which only the last one may be.
    #[inline(always)]
    fn raised(limbs: [Integers; L], k: i64) -> [Integers; L] {
        let proof = limbs[0].features();
        let mut out = limbs;
        let mut carried = Integers::all(proof, 0);
        for j in 0..L {
            let sum = limbs[j].add(carried).add(Integers::all(proof, k * Self::LIMBS[j]));
            if j + 1 < L {
                // The shift takes no signs.
                let sum = sum.add(Integers::all(proof, OFFSET));
                out[j] = sum.and(Integers::all(proof, MASK as i64));
                carried =
                    sum.shift_right::<{ BITS as i32 }>().sub(Integers::all(proof, OFFSET >> BITS));
            } else {
                out[j] = sum;
            }
        }
        out
    }

    /// The limbs of the integer below p, none of them negative. v + 2p is positive and below 4p.
    #[inline(always)]
    fn reduced(&self) -> [Integers; L] {
        let mut limbs = Self::raised(self.0, 2);
        for times in [2, 1] {
            let less = Self::raised(limbs, -times);
            let negative = Integers::all(self.proof(), 0).greater(less[L - 1]);
            for j in 0..L {
                limbs[j] = less[j].select(limbs[j], negative);
            }
        }
        limbs
    }

    /// The words of limbs of which none is negative.
    #[inline(always)]
    fn words(limbs: [Integers; L]) -> [Integers; N] {
        join(limbs, BITS as u32, Integers::shift_right_by, Integers::shift_left_by, Integers::or)
    }

    /// Writes the words of each lane.
    ///
    /// # Safety
    /// Behind each of the first four pointers there is room for N words, at any alignment.
    #[inline(always)]
    unsafe fn scatter(words: [Integers; N], rows: &[*mut u64; MAX_WIDTH]) {
        let first = transpose([words[0], words[1], words[2], words[3]]).map(|row| row.to_array());
        for (lane, first) in first.iter().enumerate() {
            // SAFETY: N is four at least, and the caller answers for room for N words behind each pointer.
            unsafe { rows[lane].cast::<[u64; 4]>().write_unaligned(*first) };
        }
        for (i, word) in words.iter().enumerate().skip(4) {
            for (word, row) in word.to_array().into_iter().zip(rows) {
                // SAFETY: i < N, and the caller answers for room for N words behind each pointer.
                unsafe { row.add(i).write_unaligned(word) };
            }
        }
    }

    /// The integer below p that is v·R, from the element v.
    fn integer(value: &Fp<P, N>) -> [u64; N] {
        (*value * Fp::<P, N>(BigInt(Self::TO_LANES), PhantomData)).0.0
    }

    /// The element v, from the integer v·R below a few p.
    fn element(integer: [u64; N]) -> Fp<P, N> {
        Fp::<P, N>(BigInt(reduce(integer, &Self::MODULUS)), PhantomData)
            * Fp::<P, N>(BigInt(Self::FROM_LANES), PhantomData)
    }
}

#[inline(always)]
fn to_double(limb: Integers) -> Doubles {
    let proof = limb.features();
    let biased = limb.add(Integers::all(proof, INTEGER.to_bits() as i64));
    biased.as_doubles().sub(Doubles::all(proof, INTEGER))
}

#[inline(always)]
fn lanes_mask(proof: Proof, lanes: u32) -> Integers {
    let bits = Integers::from_array(proof, [1, 2, 4, 8]);
    Integers::all(proof, i64::from(lanes)).and(bits).equal(bits)
}

/// Adds the two halves of x·y to their columns, each with its constant's bits on top.
macro_rules! multiply {
    ($proof:expr, $x:expr, $y:expr, $low:expr, $high:expr) => {{
        let high = $x.multiply_add($y, Doubles::all($proof, C1));
        let low = $x.multiply_add($y, Doubles::all($proof, C1 + LOW).sub(high));
        $high = $high.add(high.as_integers());
        $low = $low.add(low.as_integers());
    }};
}

/// Σ_k a[k]·b[k]/R over T terms, S streams side by side, one limb of every a[k] a row.
///
/// A function of its own, not inlined: the code is long, and a call costs nothing beside it.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn products<P, const N: usize, const L: usize, const S: usize, const T: usize>(
    proof: Proof,
    a: [[&Avx2<P, N, L>; S]; T],
    b: [[&Avx2<P, N, L>; S]; T],
) -> [Avx2<P, N, L>; S]
where
    P: FpConfig<N>,
{
    let zero = Integers::all(proof, 0);
    let mut factors = [[[Doubles::all(proof, 0.0); L]; S]; T];
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
    let first = Integers::all(proof, OFFSET.wrapping_sub(low_bits));
    let middle = 0i64.wrapping_sub(high_bits).wrapping_sub(low_bits);
    let second = Integers::all(proof, middle.wrapping_sub(OFFSET >> BITS));
    let middle = Integers::all(proof, middle);
    let last = Integers::all(proof, 0i64.wrapping_sub(high_bits));

    let mut sums = [[zero; L]; S];
    for i in 0..L {
        let mut columns = [[zero; L]; S];
        let mut top = [last; S];
        let mut quotients = [Doubles::all(proof, 0.0); S];
        let mut limbs = [[Doubles::all(proof, 0.0); S]; T];
        for s in 0..S {
            for j in 0..L {
                let bias = if j == 0 {
                    first
                } else if j == 1 {
                    second
                } else {
                    middle
                };
                columns[s][j] = sums[s][j].add(bias);
            }
            for k in 0..T {
                limbs[k][s] = to_double(a[k][s].0[i]);
                multiply!(proof, limbs[k][s], factors[k][s][0], columns[s][0], columns[s][1]);
            }
        }
        for s in 0..S {
            // The quotient modulo 2^51 falls out signed and is used as it is: no mask.
            let low = columns[s][0].and(Integers::all(proof, MASK as i64));
            let low = low.or(Integers::all(proof, 0x4330_0000_0000_0000)).as_doubles();
            let low = low.sub(Doubles::all(proof, 4_503_599_627_370_496.0));
            let inverse = Doubles::all(proof, Avx2::<P, N, L>::MINUS_INVERSE);
            let high = low.multiply_add(inverse, Doubles::all(proof, C1));
            let rest = low.multiply_add(inverse, Doubles::all(proof, C1 + LOW).sub(high));
            quotients[s] = rest.sub(Doubles::all(proof, LOW));
        }
        for s in 0..S {
            for k in 0..T {
                for j in 1..L - 1 {
                    multiply!(proof, limbs[k][s], factors[k][s][j], columns[s][j], columns[s][j + 1]);
                }
                multiply!(proof, limbs[k][s], factors[k][s][L - 1], columns[s][L - 1], top[s]);
            }
        }
        for s in 0..S {
            for j in 0..L {
                let p = Doubles::all(proof, Avx2::<P, N, L>::LIMBS[j] as f64);
                if j + 1 < L {
                    multiply!(proof, quotients[s], p, columns[s][j], columns[s][j + 1]);
                } else {
                    multiply!(proof, quotients[s], p, columns[s][j], top[s]);
                }
            }
            let carry = columns[s][0].shift_right::<{ BITS as i32 }>();
            for j in 0..L - 1 {
                sums[s][j] = columns[s][j + 1];
            }
            sums[s][0] = sums[s][0].add(carry);
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
    type Features = Proof;
    const WIDTH: usize = 4;
    const WORDS: usize = N;

    #[inline(always)]
    fn features(&self) -> Proof {
        self.proof()
    }

    #[inline(always)]
    fn mul<const S: usize>(a: [&Self; S], b: [&Self; S]) -> [Self; S] {
        const { assert!(S > 0) };
        // SAFETY: the factors prove that the processor has the instructions.
        unsafe { products(a[0].proof(), [a], [b]) }
    }

    #[inline(always)]
    fn square<const S: usize>(a: [&Self; S]) -> [Self; S] {
        Self::mul(a, a)
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        Self::new(self.differences(other))
    }

    #[inline(always)]
    fn tidy_sub(&self, other: &Self) -> Self {
        Self::tidied(self.differences(other))
    }

    #[inline(always)]
    fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self {
        Self::tidied(self.sub(first).differences(second))
    }

    #[inline(always)]
    fn double(&self) -> Self {
        Self::new(self.sums(self))
    }

    #[inline(always)]
    fn triple(&self) -> Self {
        Self::carry(self.double().sums(self))
    }

    #[inline(always)]
    fn negate_where(&self, lanes: u32) -> Self {
        let mask = lanes_mask(self.proof(), lanes);
        let mut out = self.0;
        for limb in &mut out {
            *limb = limb.xor(mask).sub(mask);
        }
        Self::new(out)
    }

    #[inline(always)]
    fn select(lanes: u32, yes: &Self, no: &Self) -> Self {
        let mask = lanes_mask(no.proof(), lanes);
        let mut out = no.0;
        for j in 0..L {
            out[j] = no.0[j].select(yes.0[j], mask);
        }
        Self::new(out)
    }

    #[inline(always)]
    unsafe fn load(proof: Proof, rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: the caller answers for the words behind the pointers.
        let mut limbs = Self::cut(unsafe { Self::gather(proof, rows) });
        for (j, limb) in limbs.iter_mut().enumerate() {
            *limb = limb.sub(Integers::all(proof, if j + 1 < L { HALF } else { Self::TOP_BIAS }));
        }
        Self::new(limbs)
    }

    #[inline(always)]
    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]) {
        let mut limbs = self.0;
        for (j, limb) in limbs.iter_mut().enumerate() {
            let bias = if j + 1 < L { HALF } else { Self::TOP_BIAS };
            *limb = limb.add(Integers::all(self.proof(), bias));
        }
        // SAFETY: the caller answers for room for the words behind the pointers.
        unsafe { Self::scatter(Self::words(limbs), rows) };
    }

    fn from_fields(proof: Proof, values: &[Self::Field; MAX_WIDTH]) -> Self {
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
        Self::new(limbs.map(|limb| Integers::from_array(proof, limb)))
    }

    fn to_fields(&self) -> [Self::Field; MAX_WIDTH] {
        let mut fields = [Fp::<P, N>::default(); MAX_WIDTH];
        let words = Self::words(self.reduced()).map(|word| word.to_array());
        for (lane, field) in fields.iter_mut().enumerate().take(4) {
            *field = Self::element(words.map(|word| word[lane]));
        }
        fields
    }

    #[inline(always)]
    fn zeros(&self) -> u32 {
        let limbs = self.reduced();
        let mut all = limbs[0];
        for limb in &limbs[1..] {
            all = all.or(*limb);
        }
        all.equal(Integers::all(self.proof(), 0)).signs()
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
    fn dot<const S: usize>(a: [&Self; S], b: [&Self; S], c: [&Self; S], d: [&Self; S]) -> [Self; S] {
        const { assert!(S > 0) };
        // SAFETY: the factors prove that the processor has the instructions.
        unsafe { products(a[0].proof(), [a, c], [b, d]) }
    }

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        Self::new(self.sums(other))
    }

    #[inline(always)]
    fn negate(&self) -> Self {
        self.negate_where(0xf)
    }

    #[inline(always)]
    fn settle(&self) -> Self {
        Self::tidied(self.0)
    }

    #[inline(always)]
    fn tidy_add(&self, other: &Self) -> Self {
        Self::tidied(self.sums(other))
    }

    #[inline(always)]
    unsafe fn load_integers(proof: Proof, rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: the caller answers for the words behind the pointers.
        let words = unsafe { Self::gather(proof, rows) };
        Self::tidied(Self::carry(Self::cut(words)).0)
    }

    #[inline(always)]
    unsafe fn store_integers(&self, rows: &[*mut u64; MAX_WIDTH]) {
        // SAFETY: the caller answers for room for the words behind the pointers.
        unsafe { Self::scatter(Self::words(self.reduced()), rows) };
    }

    #[inline(always)]
    fn transpose(values: &mut [Self; MAX_WIDTH]) {
        for j in 0..L {
            let rows = [values[0].0[j], values[1].0[j], values[2].0[j], values[3].0[j]];
            for (value, row) in values.iter_mut().zip(transpose(rows)) {
                value.0[j] = row;
            }
        }
    }
}

#[cfg(test)]
impl<P: FpConfig<N>, const N: usize, const L: usize> super::classes::Representatives for Avx2<P, N, L>
where
    Fp<P, N>: Stored,
{
    const TIDY: std::ops::RangeInclusive<f64> = -TIDY..=TIDY;
    const OPERAND: std::ops::RangeInclusive<f64> = -2.0 * TIDY..=2.0 * TIDY;
    const PRODUCT: std::ops::RangeInclusive<f64> = 2.0 * TIDY - UNTIDY..=UNTIDY - 2.0 * TIDY;
    const UNTIDY: std::ops::RangeInclusive<f64> = -UNTIDY..=UNTIDY;

    fn tidied(&self) -> Self {
        Self::tidied(self.0)
    }

    fn further(&self, times: [i64; MAX_WIDTH]) -> Self {
        let mut limbs = self.0;
        for j in 0..L {
            let [a, b, c, d, ..] = times.map(|times| times * Self::LIMBS[j]);
            limbs[j] = limbs[j].add(Integers::from_array(self.proof(), [a, b, c, d]));
        }
        Self::carry(limbs)
    }

    fn multiples(&self) -> [f64; MAX_WIDTH] {
        let limbs = self.0.map(|limb| limb.to_array());
        let real = |limb: &dyn Fn(usize) -> f64| {
            (0..L).rev().fold(0.0, |sum, j| sum * 2f64.powi(BITS as i32) + limb(j))
        };
        let p = real(&|j| Self::LIMBS[j] as f64);
        std::array::from_fn(
            |lane| {
                if lane < 4 { real(&|j| limbs[j][lane] as i64 as f64) / p } else { 0.0 }
            },
        )
    }
}

#[cfg(test)]
#[test]
fn bounds_hold_up_to_the_largest_share() {
    use super::tests::thresholds;
    assert_eq!(thresholds(chains), [0.833_333, 1.0, 0.486_091]);
    assert_eq!(thresholds(untidy), [0.462_963, 0.428_591, 0.555_556, 1.0, 0.499_933, 0.520_833]);
    assert_eq!(thresholds(in_range), [0.462_963, 1.0, 0.528_944]);
    assert_eq!(thresholds(|share| [limbs_fit(share * (1u64 << 51) as f64)]), [0.5]);
    assert_eq!(thresholds(fits), [0.416_667, 0.25]);
    assert!(is_tidied(1290.0) && !is_tidied(1289.0));
    assert_eq!(thresholds(|share| [slope_of(share) < 2.0]), [0.528_944]);
}
