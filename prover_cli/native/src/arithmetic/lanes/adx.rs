//! Montgomery multiplication (CIOS) by MULX, ADCX and ADOX: a packed field of width one, in general registers.
//!
//! arkworks has such code too, but only in builds for a single kind of processor. A build for all of them gets its
//! portable product, which takes 41 ns where this one takes 26. (Measured on an EPYC of the first generation. Its MULX
//! issues every other cycle, and 36 of them take 24 ns.) The rows are those of Ç. K. Koç, T. Acar, B. S. Kaliski,
//! "Analyzing and comparing Montgomery multiplication algorithms" (IEEE Micro 16, 1996; CIOS), without the last carry,
//! which cannot occur below these bounds (as in gnark-crypto's `mul_amd64.s`).
//!
//! R = 2^(64·N), as in a binary file. Values lie in [0, 2p]. With p < R/5 a product of such values is below 1.8p and needs
//! no final subtraction, and a dot product of two terms is below 2.6p, which `settle` brings back. Five times p fits the
//! words, so the highest word never overflows. `BOUNDS` checks this for each field: p/R is 0.19 for both fields of BN254
//! and 0.1 for BLS12-381's base field. Its scalar field, with 0.45, does not compile.

use super::features;
use super::{Lanes, MAX_WIDTH, PrimeLanes};
use crate::arithmetic::field::Stored;
use crate::arithmetic::field::constants::{add, minus_inverse, reduce, share};
use ark_ff::{BigInt, Fp, FpConfig};
use std::arch::asm;
use std::marker::PhantomData;

/// Values are at most this many times p.
const VALUE: f64 = 2.0;

/// One element of the prime field with the configuration `P`.
pub struct Adx<P, const N: usize>([u64; N], features::Adx, PhantomData<P>);

impl<P, const N: usize> Clone for Adx<P, N> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, const N: usize> Copy for Adx<P, N> {}

/// The constants that a product reads: the modulus, then −1/p modulo 2^64.
#[repr(C)]
struct Modulus<const N: usize> {
    p: [u64; N],
    minus_inverse: u64,
}

/// t += x[at]·y, the highest word to `$top`.
macro_rules! row {
    ($x:literal, $y:literal, $at:literal, $top:literal, [$($t:literal $next:literal $word:literal),*], $last:literal $last_word:literal) => {
        concat!(
            "mov rdx, [{", $x, "} + ", $at, "]\n",
            "xor {lo:e}, {lo:e}\n", // clears both carries
            "mulx {hi}, {lo}, [{", $y, "}]\n",
            "adox {t0}, {lo}\n",
            $(
                "adcx {", $next, "}, {hi}\n",
                "mulx {hi}, {lo}, [{", $y, "} + ", $word, "]\n",
                "adox {", $next, "}, {lo}\n",
            )*
            "adcx {", $last, "}, {hi}\n",
            "mulx {", $top, "}, {lo}, [{", $y, "} + ", $last_word, "]\n",
            "adox {", $last, "}, {lo}\n",
            "mov {lo:e}, 0\n", // leaves the carries alone
            "adcx {", $top, "}, {lo}\n",
            "adox {", $top, "}, {lo}\n",
        )
    };
}

/// t = (t + q·p)/2^64 with q = −t/p modulo 2^64; `top` is the word above t.
macro_rules! reduction {
    ($inverse:literal, [$($t:literal $next:literal $word:literal),*], $last:literal) => {
        concat!(
            "mov rdx, {t0}\n",
            "imul rdx, [{p} + ", $inverse, "]\n",
            "xor {lo:e}, {lo:e}\n",
            "mulx {hi}, {lo}, [{p}]\n",
            "adcx {lo}, {t0}\n",
            "mov {t0}, {hi}\n",
            $(
                "adcx {", $t, "}, {", $next, "}\n",
                "mulx {", $next, "}, {lo}, [{p} + ", $word, "]\n",
                "adox {", $t, "}, {lo}\n",
            )*
            "mov {lo:e}, 0\n",
            "adcx {", $last, "}, {lo}\n",
            "adox {", $last, "}, {top}\n",
        )
    };
}

macro_rules! row4 {
    ($x:literal, $y:literal, $at:literal, $top:literal) => {
        row!($x, $y, $at, $top, ["t0" "t1" "8", "t1" "t2" "16"], "t3" "24")
    };
}

macro_rules! reduction4 {
    () => {
        reduction!("32", ["t0" "t1" "8", "t1" "t2" "16", "t2" "t3" "24"], "t3")
    };
}

macro_rules! row6 {
    ($x:literal, $y:literal, $at:literal, $top:literal) => {
        row!($x, $y, $at, $top, ["t0" "t1" "8", "t1" "t2" "16", "t2" "t3" "24", "t3" "t4" "32"], "t5" "40")
    };
}

macro_rules! reduction6 {
    () => {
        reduction!("48", ["t0" "t1" "8", "t1" "t2" "16", "t2" "t3" "24", "t3" "t4" "32", "t4" "t5" "40"], "t5")
    };
}

macro_rules! product {
    ($name:ident, $words:literal, [$($t:ident),*], $row:ident, $reduction:ident, [$($at:literal),*]) => {
        #[inline(always)]
        fn $name(
            _: features::Adx,
            a: &[u64; $words],
            b: &[u64; $words],
            p: &Modulus<$words>,
        ) -> [u64; $words] {
            $(let mut $t = 0u64;)*
            // SAFETY: the first argument proves that the processor has the instructions. They read the three arrays and
            // write only the registers that are named.
            unsafe {
                asm!(
                    $($row!("a", "b", $at, "top"), $reduction!(),)*
                    $($t = inout(reg) $t,)*
                    lo = out(reg) _, hi = out(reg) _, top = out(reg) _, out("rdx") _,
                    a = in(reg) a, b = in(reg) b, p = in(reg) p,
                    options(pure, readonly, nostack),
                );
            }
            [$($t),*]
        }
    };
}

product!(product4, 4, [t0, t1, t2, t3], row4, reduction4, ["0", "8", "16", "24"]);
product!(product6, 6, [t0, t1, t2, t3, t4, t5], row6, reduction6, ["0", "8", "16", "24", "32", "40"]);

macro_rules! difference {
    ($name:ident, $words:literal, [$($t:ident),*], $first:ident $($rest:ident $next:literal)*) => {
        /// a − b, plus `twice` if that is negative. A conditional move chooses what is added: the borrow is a coin
        /// toss, and compilers make a branch of it, which costs 10 ns per wrong guess.
        #[inline(always)]
        fn $name(
            a: &[u64; $words],
            b: &[u64; $words],
            twice: &[u64; $words],
        ) -> [u64; $words] {
            const ZERO: &[u64; $words] = &[0; $words];
            let [$(mut $t),*] = *a;
            // SAFETY: instructions that every processor has. They read the arrays, through `twice` also `ZERO`, and write
            // only the registers that are named.
            unsafe {
                asm!(
                    concat!("sub {", stringify!($first), "}, [{b}]"),
                    $(concat!("sbb {", stringify!($rest), "}, [{b} + ", $next, "]"),)*
                    "cmovnc {twice}, {zero}",
                    concat!("add {", stringify!($first), "}, [{twice}]"),
                    $(concat!("adc {", stringify!($rest), "}, [{twice} + ", $next, "]"),)*
                    $($t = inout(reg) $t,)*
                    twice = inout(reg) twice => _,
                    b = in(reg) b, zero = in(reg) ZERO,
                    options(pure, readonly, nostack),
                );
            }
            [$($t),*]
        }
    };
}

difference!(difference4, 4, [t0, t1, t2, t3], t0 t1 "8" t2 "16" t3 "24");
difference!(
    difference6,
    6,
    [t0, t1, t2, t3, t4, t5],
    t0 t1 "8" t2 "16" t3 "24" t4 "32" t5 "40"
);

macro_rules! second_row4 {
    ($at:literal) => {
        concat!(row4!("c", "d", $at, "hi"), "add {top}, {hi}\n")
    };
}

/// (a·b + c·d)/R with one reduction: 52 MULX instead of 72.
///
/// Not inlined, for the loop of a sum of buckets over G2 has twenty of them, and would not fit the instruction cache: the
/// whole product took a quarter longer (Xeon of 2023).
#[inline(never)]
fn dot4(_: features::Adx, [a, b, c, d]: [&[u64; 4]; 4], p: &Modulus<4>) -> [u64; 4] {
    let (mut t0, mut t1, mut t2, mut t3) = (0u64, 0u64, 0u64, 0u64);
    // SAFETY: the first argument proves that the processor has the instructions. They read the five arrays and write only
    // the registers that are named.
    unsafe {
        asm!(
            row4!("a", "b", "0", "top"), second_row4!("0"), reduction4!(),
            row4!("a", "b", "8", "top"), second_row4!("8"), reduction4!(),
            row4!("a", "b", "16", "top"), second_row4!("16"), reduction4!(),
            row4!("a", "b", "24", "top"), second_row4!("24"), reduction4!(),
            t0 = inout(reg) t0, t1 = inout(reg) t1, t2 = inout(reg) t2, t3 = inout(reg) t3,
            lo = out(reg) _, hi = out(reg) _, top = out(reg) _, out("rdx") _,
            a = in(reg) a, b = in(reg) b, c = in(reg) c, d = in(reg) d, p = in(reg) p,
            options(pure, readonly, nostack),
        );
    }
    [t0, t1, t2, t3]
}

/// The bounds of the module's head for a prime that is this `share` of R: a product is a value, a dot product is below
/// twice that, which fits the words, and between its rows it is below the sum of both second factors and p.
const fn bounds(share: f64) -> [bool; 4] {
    [
        VALUE * VALUE * share + 1.0 <= VALUE,
        2.0 * VALUE * VALUE * share + 1.0 <= 2.0 * VALUE,
        2.0 * VALUE * share < 1.0,
        (2.0 * VALUE + 1.0) * share < 1.0,
    ]
}

impl<P: FpConfig<N>, const N: usize> Adx<P, N> {
    const P: [u64; N] = P::MODULUS.0;
    const TWICE: [u64; N] = add(&P::MODULUS.0, &P::MODULUS.0);
    /// For products of four words and of six. Only one of them is used.
    const FOUR: Modulus<4> = Self::modulus();
    const SIX: Modulus<6> = Self::modulus();

    /// The bounds of the module's head, in multiples of p.
    const BOUNDS: () = {
        let [product, settled, fits, carry] = bounds(share(&Self::P, 64 * N));
        assert!(product, "a product needs no subtraction");
        assert!(settled && fits, "what is settled is below 4p and fits the words");
        assert!(carry, "the highest word has no carry out");
    };

    const fn modulus<const M: usize>() -> Modulus<M> {
        let mut p = [0; M];
        let mut i = 0;
        while i < N && i < M {
            p[i] = Self::P[i];
            i += 1;
        }
        Modulus { p, minus_inverse: minus_inverse(Self::P[0]) }
    }

    #[inline(always)]
    fn new(proof: features::Adx, words: [u64; N]) -> Self {
        const { Self::BOUNDS };
        Self(words, proof, PhantomData)
    }

    #[inline(always)]
    fn times(&self, other: &Self) -> Self {
        let mut words = [0; N];
        match N {
            4 => {
                let product = product4(self.1, same(&self.0), same(&other.0), &Self::FOUR);
                words.copy_from_slice(&product);
            }
            6 => {
                let product = product6(self.1, same(&self.0), same(&other.0), &Self::SIX);
                words.copy_from_slice(&product);
            }
            _ => unreachable!("both curves' fields have four or six words"),
        }
        Self::new(self.1, words)
    }

    /// a − b, plus 2p if that is negative: takes [0, 2p] to [0, 2p]. With b = 2p it brings a value below 4p back.
    #[inline(always)]
    fn difference(&self, other: &[u64; N]) -> Self {
        let mut words = self.0;
        match N {
            4 => words.copy_from_slice(&difference4(same(&self.0), same(other), same(&Self::TWICE))),
            6 => words.copy_from_slice(&difference6(same(&self.0), same(other), same(&Self::TWICE))),
            _ => unreachable!("both curves' fields have four or six words"),
        }
        Self::new(self.1, words)
    }

    /// Below 4p to below 2p.
    #[inline(always)]
    fn settled(&self) -> Self {
        self.difference(&Self::TWICE)
    }

    #[inline(always)]
    fn sum(&self, other: &Self) -> Self {
        Self::new(self.1, add(&self.0, &other.0)).settled()
    }

    /// 2p − self.
    #[inline(always)]
    fn negated(&self) -> Self {
        Self::new(self.1, Self::TWICE).difference(&self.0)
    }
}

/// An array whose length has two names. Panics if they are different lengths; the compiler sees that they are not.
#[inline(always)]
fn same<const N: usize, const M: usize>(words: &[u64; N]) -> &[u64; M] {
    words.as_slice().try_into().expect("N is M")
}

impl<P: FpConfig<N>, const N: usize> Lanes for Adx<P, N>
where
    Fp<P, N>: Stored,
{
    type Field = Fp<P, N>;
    type Features = features::Adx;
    const WIDTH: usize = 1;
    const WORDS: usize = N;

    #[inline(always)]
    fn features(&self) -> features::Adx {
        self.1
    }

    #[inline(always)]
    fn mul<const S: usize>(a: [&Self; S], b: [&Self; S]) -> [Self; S] {
        let mut products = [*a[0]; S];
        for s in 0..S {
            products[s] = a[s].times(b[s]);
        }
        products
    }

    #[inline(always)]
    fn square<const S: usize>(a: [&Self; S]) -> [Self; S] {
        Self::mul(a, a)
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        self.difference(&other.0)
    }

    #[inline(always)]
    fn tidy_sub(&self, other: &Self) -> Self {
        self.difference(&other.0)
    }

    #[inline(always)]
    fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self {
        self.difference(&first.0).difference(&second.0)
    }

    #[inline(always)]
    fn double(&self) -> Self {
        self.sum(self)
    }

    #[inline(always)]
    fn triple(&self) -> Self {
        self.sum(self).sum(self)
    }

    #[inline(always)]
    fn negate_where(&self, lanes: u32) -> Self {
        Self::select(lanes, &self.negated(), self)
    }

    #[inline(always)]
    fn select(lanes: u32, yes: &Self, no: &Self) -> Self {
        // Without a branch, because signs are coin tosses.
        let mask = 0u64.wrapping_sub(u64::from(lanes & 1));
        let mut words = no.0;
        for i in 0..N {
            words[i] ^= (words[i] ^ yes.0[i]) & mask;
        }
        Self::new(no.1, words)
    }

    #[inline(always)]
    unsafe fn load(proof: features::Adx, rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: the caller answers for N words behind the pointer.
        Self::new(proof, unsafe { rows[0].cast::<[u64; N]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]) {
        // SAFETY: the caller answers for room for N words behind the pointer.
        unsafe { rows[0].cast::<[u64; N]>().write_unaligned(self.0) };
    }

    #[inline(always)]
    fn from_fields(proof: features::Adx, values: &[Self::Field; MAX_WIDTH]) -> Self {
        Self::new(proof, values[0].0.0)
    }

    #[inline(always)]
    fn to_fields(&self) -> [Self::Field; MAX_WIDTH] {
        let mut fields = [Fp::<P, N>::default(); MAX_WIDTH];
        fields[0] = Self::unpack(&self.0);
        fields
    }

    #[inline(always)]
    fn zeros(&self) -> u32 {
        u32::from(reduce(self.0, &Self::P) == [0; N])
    }

    fn pack(value: &Self::Field, words: &mut [u64]) {
        value.write_montgomery(words);
    }

    fn unpack(words: &[u64]) -> Self::Field {
        let mut stored = [0; N];
        stored.copy_from_slice(&words[..N]);
        Fp::<P, N>(BigInt(reduce(stored, &Self::P)), PhantomData)
    }
}

impl<P: FpConfig<N>, const N: usize> PrimeLanes for Adx<P, N>
where
    Fp<P, N>: Stored,
{
    #[inline(always)]
    fn dot<const S: usize>(a: [&Self; S], b: [&Self; S], c: [&Self; S], d: [&Self; S]) -> [Self; S] {
        let mut sums = [*a[0]; S];
        for s in 0..S {
            if N == 4 {
                let factors = [a[s], b[s], c[s], d[s]].map(|factor| same(&factor.0));
                sums[s].0.copy_from_slice(&dot4(a[s].1, factors, &Self::FOUR));
            } else {
                // There are too few registers for both rows of six.
                sums[s] = a[s].times(b[s]).sum(&c[s].times(d[s]));
            }
        }
        sums
    }

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        self.sum(other)
    }

    #[inline(always)]
    fn negate(&self) -> Self {
        self.negated()
    }

    #[inline(always)]
    fn settle(&self) -> Self {
        self.settled()
    }

    #[inline(always)]
    fn tidy_add(&self, other: &Self) -> Self {
        self.sum(other)
    }

    #[inline(always)]
    unsafe fn load_integers(proof: features::Adx, rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: what the caller answers for is the same.
        unsafe { Self::load(proof, rows) }
    }

    #[inline(always)]
    unsafe fn store_integers(&self, rows: &[*mut u64; MAX_WIDTH]) {
        let reduced = Self::new(self.1, reduce(self.0, &Self::P));
        // SAFETY: what the caller answers for is the same.
        unsafe { reduced.store(rows) };
    }

    #[inline(always)]
    fn transpose(_values: &mut [Self; MAX_WIDTH]) {}
}

#[cfg(test)]
impl<P: FpConfig<N>, const N: usize> super::classes::Representatives for Adx<P, N>
where
    Fp<P, N>: Stored,
{
    const TIDY: std::ops::RangeInclusive<f64> = 0.0..=VALUE;
    const OPERAND: std::ops::RangeInclusive<f64> = 0.0..=VALUE;
    const PRODUCT: std::ops::RangeInclusive<f64> = 0.0..=VALUE;
    const UNTIDY: std::ops::RangeInclusive<f64> = 0.0..=2.0 * VALUE;

    fn tidied(&self) -> Self {
        self.settled()
    }

    fn further(&self, times: [i64; MAX_WIDTH]) -> Self {
        Self::new(self.1, (0..times[0]).fold(self.0, |words, _| add(&words, &Self::P)))
    }

    fn multiples(&self) -> [f64; MAX_WIDTH] {
        let real = |words: &[u64; N]| {
            words.iter().rev().fold(0.0, |sum, &word| sum * 2f64.powi(64) + word as f64)
        };
        let mut multiples = [0.0; MAX_WIDTH];
        multiples[0] = real(&self.0) / real(&Self::P);
        multiples
    }
}

#[cfg(test)]
#[test]
fn bounds_hold_up_to_the_largest_share() {
    use super::tests::thresholds;
    assert_eq!(thresholds(bounds), [0.25, 0.375, 0.25, 0.2]);
}
