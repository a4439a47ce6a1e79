//! A packed field of width eight (AVX-512 IFMA): L limbs of 52 bits, R = 2^(52·L).
//!
//! The instructions multiply the low 52 bits of unsigned limbs, so limbs are kept carried and values positive. p/R is
//! small, which leaves room for multiples of p: 0.012 for both fields of BN254, 0.029 for BLS12-381's scalar field and
//! 2^-35 for its base field. Bounds, v in multiples of p: 0 to 2 for tidy values, 0 to 4 for operands, and at most
//! p/R·αβ + 1 for a product of α and β, which is 1.5 or less, and 2 for a dot product of two terms. `BOUNDS` checks this
//! for each field.
//!
//! Measured on Zen 5, two products side by side: 2.5 ns per product, where arkworks takes 15 in the same run.

use super::words::Words;
use super::{Lanes, MAX_WIDTH, PrimeLanes, join};
use crate::arithmetic::field::Stored;
use crate::arithmetic::field::constants::{
    bits_of, merge, minus_inverse, power_of_two, reduce, share, split,
};
use ark_ff::{BigInt, Fp, FpConfig};
use std::marker::PhantomData;

const BITS: usize = 52;
const MASK: u64 = (1 << BITS) - 1;

/// Tidy values are below this many times p.
const TIDY: f64 = 2.0;
/// Operands are at most this many times p.
const OPERAND: f64 = 4.0;
/// What `tidied` takes is below this many times p.
const UNTIDY: f64 = 8.0;

/// The largest product of operands, and the largest dot product of two terms, for a prime that is this `share` of R.
const fn product_of(share: f64) -> (f64, f64) {
    (OPERAND * OPERAND * share + 1.0, 2.0 * OPERAND * OPERAND * share + 1.0)
}

/// Three products of tidy values and dot products are operands, and products and dot products can be taken from what is
/// lifted by 2p.
const fn factors(share: f64) -> [bool; 4] {
    let (product, dot) = product_of(share);
    [3.0 * (TIDY * TIDY * share + 1.0) <= OPERAND, dot <= OPERAND, product <= TIDY, dot <= TIDY]
}

/// What a point addition and a butterfly tidy is below 8p, which has 52 bits in the last limb.
const fn untidy(share: f64) -> [bool; 3] {
    let (_, dot) = product_of(share);
    [dot + 2.0 * TIDY <= UNTIDY, TIDY + dot <= UNTIDY, UNTIDY * share < 1.0]
}

/// What is stored fits the words, of which the prime is another share.
const fn stored(share: f64, of_words: f64) -> [bool; 2] {
    let (product, _) = product_of(share);
    [TIDY * of_words < 1.0, product * of_words < 1.0]
}

/// The quotient by `RECIPROCAL` is too small by less than 2 − 1/2^52: by one for its own rounding, by the part of v/p that
/// the last limb does not show, and by the rounding of the reciprocal.
const fn is_tidied(last: f64) -> bool {
    let hidden = (1.0 + UNTIDY) / last;
    let rounding = UNTIDY * (last + 1.0) / (1u64 << BITS) as f64;
    1.0 + hidden + rounding < TIDY
}

/// Eight elements of the prime field of `P`, whose elements have `N` words and are cut into `L` limbs.
pub struct Ifma<W, P, const N: usize, const L: usize>([W; L], PhantomData<P>);

impl<W: Copy, P, const N: usize, const L: usize> Clone for Ifma<W, P, N, L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<W: Copy, P, const N: usize, const L: usize> Copy for Ifma<W, P, N, L> {}

impl<W: Words, P: FpConfig<N>, const N: usize, const L: usize> Ifma<W, P, N, L> {
    const MODULUS: [u64; N] = P::MODULUS.0;
    const LIMBS: [u64; L] = split(&Self::MODULUS, BITS);
    /// −1/p modulo 2^52.
    const MINUS_INVERSE: u64 = minus_inverse(Self::MODULUS[0]) & MASK;
    /// 2^(52·L) − p. Adding it k times subtracts k·p, if the carry out of the last limb is dropped.
    const COMPLEMENT: [u64; L] = {
        let mut limbs = [0; L];
        let mut i = 0;
        while i < L {
            let borrow = if i == 0 { 0 } else { 1 };
            // The first limb of an odd number is not zero, so all the others have a borrow.
            limbs[i] = ((1 << BITS) - borrow - Self::LIMBS[i]) & MASK;
            i += 1;
        }
        limbs
    };
    /// The limbs of −k·p modulo 2^(52·L), for k from 0 to 7.
    const COMPLEMENTS: [[u64; 8]; L] = {
        let mut limbs = [[0; 8]; L];
        let mut k = 1;
        while k < 8 {
            let (mut carry, mut j) = (0, 0);
            while j < L {
                let sum = limbs[j][k - 1] + Self::COMPLEMENT[j] + carry;
                limbs[j][k] = sum & MASK;
                carry = sum >> BITS;
                j += 1;
            }
            k += 1;
        }
        limbs
    };
    /// 2^52 over the last limb of the modulus, rounded down. The last limb of v times this, shifted by 52, is the
    /// number of times that p fits into v, or one less.
    const RECIPROCAL: u64 = (1 << BITS) / (Self::LIMBS[L - 1] + 1);
    const TO_LANES: [u64; N] = power_of_two(BITS * L, &Self::MODULUS);
    const FROM_LANES: [u64; N] = power_of_two(128 * N - BITS * L, &Self::MODULUS);

    /// The bounds of the module's head, in multiples of p.
    const BOUNDS: () = {
        let (share, of_words) = (share(&Self::MODULUS, BITS * L), share(&Self::MODULUS, 64 * N));
        let last = Self::LIMBS[L - 1] as f64;
        assert!(TIDY + 2.0 <= OPERAND && 2.0 * TIDY <= OPERAND, "differences and sums are operands");
        let [triple, dot, product, difference] = factors(share);
        assert!(triple && dot, "so are three products of tidy values, and dot products");
        assert!(
            product && difference,
            "a difference of products is lifted far enough to be positive, in the extension field too"
        );
        let [addition, butterfly, top] = untidy(share);
        assert!(addition, "what a point addition tidies");
        assert!(butterfly, "what a butterfly tidies");
        assert!(top, "the last limb has 52 bits");
        let [tidy, untidied] = stored(share, of_words);
        assert!(tidy && untidied, "what is stored fits the words");
        assert!(is_tidied(last), "what is tidied is below 2p");
        // In its L rows, each column of a dot product takes two halves of three products of 52 bits.
        assert!(2 * 3 * L < 1 << (63 - BITS), "a column fits a signed word");
    };

    #[inline(always)]
    fn new(limbs: [W; L]) -> Self {
        const { Self::BOUNDS };
        Self(limbs, PhantomData)
    }

    /// The same word in every lane.
    #[inline(always)]
    fn all(&self, value: u64) -> W {
        W::all(self.0[0].features(), value)
    }

    /// Carries the signed limbs of a positive value.
    #[inline(always)]
    fn carry(mut limbs: [W; L]) -> Self {
        let mask = W::all(limbs[0].features(), MASK);
        for j in 0..L - 1 {
            limbs[j + 1] = limbs[j + 1].add(limbs[j].shift_right_signed(BITS as u32));
            limbs[j] = limbs[j].and(mask);
        }
        Self::new(limbs)
    }

    /// The same of several values.
    #[inline(always)]
    fn carry_each<const S: usize>(limbs: [[W; L]; S]) -> [Self; S] {
        let mut carried = [Self::new(limbs[0]); S];
        for s in 0..S {
            carried[s] = Self::carry(limbs[s]);
        }
        carried
    }

    /// self + k·p − other, carried.
    #[inline(always)]
    fn lifted_sub(&self, k: u64, other: &Self) -> Self {
        let mut limbs = self.0;
        for j in 0..L {
            limbs[j] = self.0[j].add(self.all(k * Self::LIMBS[j])).sub(other.0[j]);
        }
        Self::carry(limbs)
    }

    /// Takes 0 ≤ v < 8p, carried, to 0 ≤ v < 2p.
    #[inline(always)]
    fn tidied(&self) -> Self {
        let times = self.all(0).multiply_high(self.0[L - 1], self.all(Self::RECIPROCAL));
        // Looked up and not multiplied: processors do fewer multiplications a cycle than anything else.
        let mut limbs = self.0;
        for j in 0..L {
            limbs[j] = limbs[j].add(times.look_up(Self::COMPLEMENTS[j]));
        }
        let mut carried = Self::carry(limbs);
        carried.0[L - 1] = carried.0[L - 1].and(self.all(MASK));
        carried
    }

    /// Takes 0 ≤ v < 2p, carried, to 0 ≤ v < p.
    #[inline(always)]
    fn reduced(&self) -> [W; L] {
        let mut less = self.0;
        for j in 0..L {
            less[j] = self.0[j].add(self.all(Self::COMPLEMENT[j]));
        }
        let mask = self.all(MASK);
        for j in 0..L - 1 {
            less[j + 1] = less[j + 1].add(less[j].shift_right(BITS as u32));
            less[j] = less[j].and(mask);
        }
        // There is a carry out of the last limb where p fits: all bits are set there.
        let fits = self.all(0).sub(less[L - 1].shift_right(BITS as u32));
        less[L - 1] = less[L - 1].and(mask);
        let mut reduced = self.0;
        for j in 0..L {
            reduced[j] = self.0[j].add(less[j].sub(self.0[j]).and(fits));
        }
        reduced
    }

    /// The words of carried limbs.
    #[inline(always)]
    fn words(limbs: [W; L]) -> [W; N] {
        join(limbs, BITS as u32, W::shift_right, W::shift_left, W::or)
    }

    /// Writes the words of each lane.
    ///
    /// # Safety
    /// Behind each pointer there is room for N words, at any alignment.
    #[inline(always)]
    unsafe fn write(words: [W; N], rows: &[*mut u64; MAX_WIDTH]) {
        const { assert!(N >= 4) };
        // SAFETY: N is four at least, and the caller answers for room for N words behind each pointer.
        unsafe { W::store_four([words[0], words[1], words[2], words[3]], rows) };
        for (i, word) in words.iter().enumerate().skip(4) {
            for (word, row) in word.to_array().into_iter().zip(rows) {
                // SAFETY: i < N, and the caller answers for room for N words behind each pointer.
                unsafe { row.add(i).write_unaligned(word) };
            }
        }
    }

    fn element(integer: [u64; N]) -> Fp<P, N> {
        Fp::<P, N>(BigInt(reduce(integer, &Self::MODULUS)), PhantomData)
            * Fp::<P, N>(BigInt(Self::FROM_LANES), PhantomData)
    }
}

/// Σ_k a[k]·b[k]/R over T terms, S streams side by side.
#[inline(always)]
fn products<W, P, const N: usize, const L: usize, const S: usize, const T: usize>(
    a: [[&Ifma<W, P, N, L>; S]; T],
    b: [[&Ifma<W, P, N, L>; S]; T],
) -> [Ifma<W, P, N, L>; S]
where
    W: Words,
    P: FpConfig<N>,
{
    let features = a[0][0].0[0].features();
    let zero = W::all(features, 0);
    let mut sums = [[zero; L]; S];
    for i in 0..L {
        let mut top = [zero; S];
        let mut quotients = [zero; S];
        for s in 0..S {
            for k in 0..T {
                sums[s][0] = sums[s][0].multiply_low(a[k][s].0[i], b[k][s].0[0]);
            }
            quotients[s] =
                zero.multiply_low(sums[s][0], W::all(features, Ifma::<W, P, N, L>::MINUS_INVERSE));
        }
        for s in 0..S {
            for k in 0..T {
                let limb = a[k][s].0[i];
                for j in 1..L {
                    sums[s][j] = sums[s][j].multiply_low(limb, b[k][s].0[j]);
                }
                for j in 0..L - 1 {
                    sums[s][j + 1] = sums[s][j + 1].multiply_high(limb, b[k][s].0[j]);
                }
                top[s] = top[s].multiply_high(limb, b[k][s].0[L - 1]);
            }
        }
        for s in 0..S {
            for j in 1..L {
                sums[s][j] = sums[s][j]
                    .multiply_low(quotients[s], W::all(features, Ifma::<W, P, N, L>::LIMBS[j]));
            }
            for j in 0..L - 1 {
                let p = W::all(features, Ifma::<W, P, N, L>::LIMBS[j]);
                sums[s][j + 1] = sums[s][j + 1].multiply_high(quotients[s], p);
            }
            top[s] =
                top[s].multiply_high(quotients[s], W::all(features, Ifma::<W, P, N, L>::LIMBS[L - 1]));
            let carry = carry_out(sums[s][0]);
            sums[s][0] = top[s];
            // By swaps, for the compiler makes copies within an array a call of memmove, and the columns leave the registers:
            // a single product took half as long again.
            for j in 0..L - 1 {
                sums[s].swap(j, j + 1);
            }
            sums[s][0] = sums[s][0].add(carry);
        }
    }
    Ifma::carry_each(sums)
}

/// What the first column carries once the quotient's lowest product is added to it, which makes it a multiple of 2^52:
/// what is above 52 bits, and one unless the bits below are zero. The product itself is not needed.
#[inline(always)]
fn carry_out<W: Words>(column: W) -> W {
    column.add(W::all(column.features(), MASK)).shift_right(BITS as u32)
}

/// a[s]²/R, S of them side by side. Products of two different limbs are taken once and doubled, which makes 80
/// multiplications instead of 100 of five limbs: 3.3 ns instead of 3.6 (Xeon of 2023, two side by side).
#[inline(always)]
fn squares<W, P, const N: usize, const L: usize, const S: usize>(
    a: [&Ifma<W, P, N, L>; S],
) -> [Ifma<W, P, N, L>; S]
where
    W: Words,
    P: FpConfig<N>,
{
    let features = a[0].0[0].features();
    let zero = W::all(features, 0);
    // Columns 0 to L − 1, and those from L on.
    let (mut low, mut high) = ([[zero; L]; S], [[zero; L]; S]);
    for s in 0..S {
        let mut columns = Columns { low: &mut low[s], high: &mut high[s] };
        for i in 0..L {
            for j in i + 1..L {
                columns.add_product(i + j, a[s].0[i], a[s].0[j]);
            }
        }
        for column in 0..2 * L {
            let at = columns.at(column);
            *at = at.add(*at);
        }
        for i in 0..L {
            columns.add_product(2 * i, a[s].0[i], a[s].0[i]);
        }
    }
    for i in 0..L {
        for s in 0..S {
            let mut columns = Columns { low: &mut low[s], high: &mut high[s] };
            let first = *columns.at(i);
            let minus_inverse = W::all(features, Ifma::<W, P, N, L>::MINUS_INVERSE);
            let quotient = zero.multiply_low(first, minus_inverse);
            let p = |j: usize| W::all(features, Ifma::<W, P, N, L>::LIMBS[j]);
            let next = columns.at(i + 1);
            *next = next.add(carry_out(first)).multiply_high(quotient, p(0));
            for j in 1..L {
                columns.add_product(i + j, quotient, p(j));
            }
        }
    }
    Ifma::carry_each(high)
}

/// The columns of a product of two numbers of L limbs.
struct Columns<'a, W, const L: usize> {
    low: &'a mut [W; L],
    high: &'a mut [W; L],
}

impl<W: Words, const L: usize> Columns<'_, W, L> {
    #[inline(always)]
    fn at(&mut self, column: usize) -> &mut W {
        if column < L { &mut self.low[column] } else { &mut self.high[column - L] }
    }

    /// Adds both halves of a·b.
    #[inline(always)]
    fn add_product(&mut self, column: usize, a: W, b: W) {
        let at = self.at(column);
        *at = at.multiply_low(a, b);
        let at = self.at(column + 1);
        *at = at.multiply_high(a, b);
    }
}

/// The words of one lane, from its limbs.
fn words_of<const N: usize, const L: usize>(limbs: &[[u64; 8]; L], lane: usize) -> [u64; N] {
    merge(&limbs.map(|limb| limb[lane]), BITS)
}

impl<W: Words, P: FpConfig<N>, const N: usize, const L: usize> Lanes for Ifma<W, P, N, L>
where
    Fp<P, N>: Stored,
{
    type Field = Fp<P, N>;
    type Features = W::Features;
    const WIDTH: usize = 8;
    const WORDS: usize = N;

    #[inline(always)]
    fn features(&self) -> W::Features {
        self.0[0].features()
    }

    #[inline(always)]
    fn mul<const S: usize>(a: [&Self; S], b: [&Self; S]) -> [Self; S] {
        products([a], [b])
    }

    #[inline(always)]
    fn square<const S: usize>(a: [&Self; S]) -> [Self; S] {
        squares(a)
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        self.lifted_sub(2, other)
    }

    #[inline(always)]
    fn tidy_sub(&self, other: &Self) -> Self {
        self.lifted_sub(2, other).tidied()
    }

    #[inline(always)]
    fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self {
        let mut both = first.0;
        for j in 0..L {
            both[j] = first.0[j].add(second.0[j]);
        }
        self.lifted_sub(4, &Self::new(both)).tidied()
    }

    #[inline(always)]
    fn double(&self) -> Self {
        self.add(self)
    }

    #[inline(always)]
    fn triple(&self) -> Self {
        let mut limbs = self.0;
        for limb in &mut limbs {
            *limb = limb.add(*limb).add(*limb);
        }
        Self::carry(limbs)
    }

    #[inline(always)]
    fn negate_where(&self, lanes: u32) -> Self {
        let mut limbs = self.0;
        for j in 0..L {
            let negated = self.all(2 * Self::LIMBS[j]).sub(self.0[j]);
            limbs[j] = W::select(lanes, negated, self.0[j]);
        }
        Self::carry(limbs)
    }

    #[inline(always)]
    fn select(lanes: u32, yes: &Self, no: &Self) -> Self {
        let mut limbs = no.0;
        for j in 0..L {
            limbs[j] = W::select(lanes, yes.0[j], no.0[j]);
        }
        Self::new(limbs)
    }

    #[inline(always)]
    unsafe fn load(features: W::Features, rows: &[*const u64; MAX_WIDTH]) -> Self {
        let mut words = [W::all(features, 0); N];
        // SAFETY: the caller answers for N words behind each pointer, and N is four at least.
        words[..4].copy_from_slice(&unsafe { W::load_four(features, rows) });
        for (i, word) in words.iter_mut().enumerate().skip(4) {
            let mut values = [0; 8];
            for (value, row) in values.iter_mut().zip(rows) {
                // SAFETY: i < N, and the caller answers for N words behind each pointer.
                *value = unsafe { row.add(i).read_unaligned() };
            }
            *word = W::from_array(features, values);
        }
        let mut limbs = [W::all(features, 0); L];
        for (j, limb) in limbs.iter_mut().enumerate() {
            let (word, shift) = (BITS * j / 64, BITS * j % 64);
            *limb = words[word].shift_right(shift as u32);
            if shift + BITS > 64 && word + 1 < N {
                *limb = limb.or(words[word + 1].shift_left(64 - shift as u32));
            }
            *limb = limb.and(W::all(features, MASK));
        }
        Self::new(limbs)
    }

    #[inline(always)]
    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]) {
        // SAFETY: what the caller answers for is the same.
        unsafe { Self::write(Self::words(self.0), rows) };
    }

    fn from_fields(features: W::Features, values: &[Self::Field; MAX_WIDTH]) -> Self {
        let mut limbs = [[0u64; 8]; L];
        for (lane, value) in values.iter().enumerate() {
            let mut words = [0; N];
            Self::pack(value, &mut words);
            for (j, limb) in limbs.iter_mut().enumerate() {
                limb[lane] = bits_of(&words, BITS * j, BITS);
            }
        }
        Self::new(limbs.map(|limb| W::from_array(features, limb)))
    }

    fn to_fields(&self) -> [Self::Field; MAX_WIDTH] {
        let limbs = self.0.map(|limb| limb.to_array());
        std::array::from_fn(|lane| Self::element(words_of(&limbs, lane)))
    }

    #[inline(always)]
    fn zeros(&self) -> u32 {
        let limbs = self.reduced();
        let mut all = limbs[0];
        for limb in &limbs[1..] {
            all = all.or(*limb);
        }
        all.to_array()
            .iter()
            .enumerate()
            .fold(0, |zeros, (lane, word)| zeros | u32::from(*word == 0) << lane)
    }

    fn pack(value: &Self::Field, words: &mut [u64]) {
        let lifted = *value * Fp::<P, N>(BigInt(Self::TO_LANES), PhantomData);
        words[..N].copy_from_slice(&lifted.0.0);
    }

    fn unpack(words: &[u64]) -> Self::Field {
        let mut integer = [0; N];
        integer.copy_from_slice(&words[..N]);
        Self::element(integer)
    }
}

impl<W: Words, P: FpConfig<N>, const N: usize, const L: usize> PrimeLanes for Ifma<W, P, N, L>
where
    Fp<P, N>: Stored,
{
    #[inline(always)]
    fn dot<const S: usize>(a: [&Self; S], b: [&Self; S], c: [&Self; S], d: [&Self; S]) -> [Self; S] {
        products([a, c], [b, d])
    }

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        let mut limbs = self.0;
        for j in 0..L {
            limbs[j] = self.0[j].add(other.0[j]);
        }
        Self::carry(limbs)
    }

    #[inline(always)]
    fn negate(&self) -> Self {
        Self::new([self.all(0); L]).lifted_sub(OPERAND as u64, self)
    }

    #[inline(always)]
    fn settle(&self) -> Self {
        *self
    }

    #[inline(always)]
    fn tidy_add(&self, other: &Self) -> Self {
        self.add(other).tidied()
    }

    #[inline(always)]
    unsafe fn load_integers(features: W::Features, rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: what the caller answers for is the same.
        unsafe { Self::load(features, rows) }
    }

    #[inline(always)]
    unsafe fn store_integers(&self, rows: &[*mut u64; MAX_WIDTH]) {
        // SAFETY: what the caller answers for is the same.
        unsafe { Self::write(Self::words(self.reduced()), rows) };
    }

    #[inline(always)]
    fn transpose(values: &mut [Self; MAX_WIDTH]) {
        for j in 0..L {
            let rows = values.map(|value| value.0[j].to_array());
            for (lane, value) in values.iter_mut().enumerate() {
                let mut column = [0; MAX_WIDTH];
                for (word, row) in column.iter_mut().zip(&rows) {
                    *word = row[lane];
                }
                value.0[j] = W::from_array(value.0[j].features(), column);
            }
        }
    }
}

#[cfg(test)]
impl<W: Words, P: FpConfig<N>, const N: usize, const L: usize> super::classes::Representatives
    for Ifma<W, P, N, L>
where
    Fp<P, N>: Stored,
{
    const TIDY: std::ops::RangeInclusive<f64> = 0.0..=TIDY;
    const OPERAND: std::ops::RangeInclusive<f64> = 0.0..=OPERAND;
    const PRODUCT: std::ops::RangeInclusive<f64> = 0.0..=TIDY;
    const UNTIDY: std::ops::RangeInclusive<f64> = 0.0..=UNTIDY;

    fn tidied(&self) -> Self {
        self.tidied()
    }

    fn further(&self, times: [i64; MAX_WIDTH]) -> Self {
        let mut limbs = self.0;
        for j in 0..L {
            let added = times.map(|times| times as u64 * Self::LIMBS[j]);
            limbs[j] = limbs[j].add(W::from_array(limbs[j].features(), added));
        }
        Self::carry(limbs)
    }

    fn multiples(&self) -> [f64; MAX_WIDTH] {
        let limbs = self.0.map(|limb| limb.to_array());
        let real = |limb: &dyn Fn(usize) -> f64| {
            (0..L).rev().fold(0.0, |sum, j| sum * 2f64.powi(BITS as i32) + limb(j))
        };
        let p = real(&|j| Self::LIMBS[j] as f64);
        std::array::from_fn(|lane| real(&|j| limbs[j][lane] as f64) / p)
    }
}

#[cfg(test)]
#[test]
fn bounds_hold_up_to_the_largest_share() {
    use super::tests::thresholds;
    assert_eq!(thresholds(factors), [0.083_333, 0.093_75, 0.0625, 0.031_25]);
    assert_eq!(thresholds(untidy), [0.093_75, 0.156_25, 0.125]);
    assert_eq!(thresholds(|of_words| stored(0.03, of_words)), [0.5, 0.675_676]);
    // Of the last limb's 52 bits all but the first three and the last three can be the prime's.
    assert!([10.0, 1e6, (1u64 << 48) as f64].iter().all(|&last| is_tidied(last)));
    assert!([9.0, 1.0, (1u64 << 50) as f64].iter().all(|&last| !is_tidied(last)));
    assert_eq!(thresholds(|share| [is_tidied(share * (1u64 << 52) as f64)]), [0.125]);
}
