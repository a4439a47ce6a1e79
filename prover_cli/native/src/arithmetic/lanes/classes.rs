//! Extreme representatives: the same elements with other multiples of p, up to the ends of each class of values.
//!
//! Reduction is lazy, so an element has several representatives. Random elements have the plainest of them, and a
//! reduction that is left out goes unnoticed. Here every operation is given values at the ends of what it takes, made of
//! limbs at the ends of theirs, and what it gives must be the right element inside of the class that it promises.

use super::features::{Any, Features};
use super::ifma::Ifma;
use super::quadratic::Quadratic;
use super::tests::{BlsConfig, BlsScalar, BnConfig, BnScalar};
use super::words::Emulated;
use super::{Lanes, MAX_WIDTH, PrimeLanes};
use ark_ff::{Field, Fp, Fp2ConfigWrapper, FpConfig, PrimeField, QuadExtConfig, QuadExtField};
use proptest::prelude::*;
use std::ops::RangeInclusive;

/// The lowest and the highest value of a class, in multiples of p.
type Class = RangeInclusive<f64>;

/// Lanes whose representatives can be chosen and looked at.
pub trait Representatives: PrimeLanes {
    const TIDY: Class;
    const OPERAND: Class;
    /// What a multiplication of operands gives.
    const PRODUCT: Class;
    /// What a point addition takes: a product of products, or of differences.
    const UNTIDY: Class;

    /// What additions end with: brings an untidy value back.
    fn tidied(&self) -> Self;

    /// The same elements, so many times p further on.
    fn further(&self, times: [i64; MAX_WIDTH]) -> Self;

    /// The value of each lane, in multiples of p.
    fn multiples(&self) -> [f64; MAX_WIDTH];
}

/// Stored words at the ends of limbs of every size, and some in between.
fn element<C: Lanes>(seed: u64) -> C::Field {
    let word = |i: u64| match (seed >> (3 * i)) & 7 {
        0 => 0,
        1 => u64::MAX,
        2 => 1,
        3 => 1 << 63,
        4 => (1 << 50) - 1,
        5 => u64::MAX << 51,
        6 => u64::MAX >> 12,
        _ => seed.rotate_left(i as u32).wrapping_mul(0x9e37_79b9_7f4a_7c15),
    };
    let words: Vec<u64> = (0..C::WORDS as u64).map(word).collect();
    // Any words, as a canonical integer that is reduced.
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let parts: Vec<_> = bytes
        .chunks_exact(bytes.len() / C::Field::extension_degree() as usize)
        .map(<C::Field as Field>::BasePrimeField::from_le_bytes_mod_order)
        .collect();
    C::Field::from_base_prime_field_elems(parts).expect("as many as its degree")
}

/// Elements, and a representative of each that lies as far out in the class as the seed says.
fn member<C: Representatives>(
    features: C::Features,
    class: Class,
    seed: u64,
) -> ([C::Field; MAX_WIDTH], C) {
    let elements = std::array::from_fn(|lane| element::<C>(seed.rotate_left(7 * lane as u32)));
    let plain = C::from_fields(features, &elements);
    let at = plain.multiples();
    let times = std::array::from_fn(|lane| {
        let (low, high) = (class.start() - at[lane], class.end() - at[lane]);
        let times = [low.ceil(), high.floor(), 0.0][(seed >> (5 * lane)) as usize % 3];
        if (low..=high).contains(&times) { times as i64 } else { 0 }
    });
    (elements, plain.further(times))
}

/// The representatives at the very end of a class: stored words just below p, and as many times p as fit on top.
fn largest<C: Representatives<Field: PrimeField>>(
    features: C::Features,
    class: Class,
    seed: u64,
) -> ([C::Field; MAX_WIDTH], C) {
    let elements = std::array::from_fn(|lane| {
        let mut words = C::Field::MODULUS.as_ref().to_vec();
        words[0] -= 1 + (seed >> (8 * lane) & 0x3f);
        C::unpack(&words)
    });
    let plain = C::from_fields(features, &elements);
    let at = plain.multiples();
    (elements, plain.further(std::array::from_fn(|lane| (class.end() - at[lane]).floor() as i64)))
}

fn inside<C: Representatives>(name: &str, value: &C, class: Class, wanted: impl Fn(usize) -> C::Field) {
    let (fields, at) = (value.to_fields(), value.multiples());
    for lane in 0..C::WIDTH {
        assert_eq!(fields[lane], wanted(lane), "{name}, lane {lane}, {} p", at[lane]);
        assert!(class.contains(&at[lane]), "{name}, lane {lane}: {} p is not in {class:?}", at[lane]);
    }
}

fn check<C: Representatives<Field: PrimeField>>(features: C::Features, seed: u64) {
    let next = |i: u32| seed.rotate_left(i).wrapping_mul(0xd134_2543_de82_ef95);
    let (a, x) = member::<C>(features, C::TIDY, seed);
    let (b, y) = member::<C>(features, C::TIDY, next(11));
    let (c, u) = member::<C>(features, C::OPERAND, next(23));
    let (d, v) = member::<C>(features, C::OPERAND, next(37));
    let (e, product) = member::<C>(features, C::PRODUCT, next(53));
    let (f, untidy) = member::<C>(features, C::UNTIDY, next(59));
    let one = C::from_fields(features, &[C::Field::ONE; MAX_WIDTH]);
    let times_one = |value: &C| C::mul([value], [&one])[0];

    inside("tidied", &untidy.tidied(), C::TIDY, |i| f[i]);
    inside("mul", &C::mul([&u], [&v])[0], C::PRODUCT, |i| c[i] * d[i]);
    inside("square", &C::square([&product])[0], C::PRODUCT, |i| e[i] * e[i]);
    inside("sub", &times_one(&x.sub(&y)), C::PRODUCT, |i| a[i] - b[i]);
    inside("add", &times_one(&x.add(&y)), C::PRODUCT, |i| a[i] + b[i]);
    inside("double", &times_one(&x.double()), C::PRODUCT, |i| a[i] + a[i]);
    inside("negate", &times_one(&u.negate()), C::PRODUCT, |i| -c[i]);
    inside("negate_where", &x.negate_where(0b1011_0101), C::TIDY, |i| {
        if 0b1011_0101 >> i & 1 != 0 { -a[i] } else { a[i] }
    });
    let triple = C::mul([&x], [&y])[0].triple();
    inside("triple", &times_one(&triple), C::PRODUCT, |i| a[i] * b[i] * C::Field::from(3u64));
    inside("tidy_sub", &product.tidy_sub(&x), C::TIDY, |i| e[i] - a[i]);
    inside("tidy_sub_two", &product.tidy_sub_two(&x, &y), C::TIDY, |i| e[i] - a[i] - b[i]);
    inside("tidy_add", &product.tidy_add(&x), C::TIDY, |i| e[i] + a[i]);
    for (name, value) in [("sub", x.sub(&y)), ("add", x.add(&y)), ("negate", u.negate())] {
        for (lane, at) in value.multiples().into_iter().enumerate().take(C::WIDTH) {
            assert!(C::OPERAND.contains(&at), "{name}, lane {lane}: {at} p is not an operand");
        }
    }
    let dot = C::dot([&x], [&u], [&y], [&v])[0].settle();
    inside("settle", &dot, C::PRODUCT, |i| a[i] * c[i] + b[i] * d[i]);
    let (g, most) = largest::<C>(features, C::TIDY, seed);
    let (h, operand) = largest::<C>(features, C::OPERAND, next(7));
    let dot = C::dot([&most], [&operand], [&most], [&operand])[0].settle();
    inside("settle of the largest", &dot, C::PRODUCT, |i| g[i] * h[i] + g[i] * h[i]);
    let product = C::mul([&operand], [&operand])[0];
    inside("mul of the largest", &product, C::PRODUCT, |i| h[i].square());
    // Sums and differences of two products: the largest there are, of either sign.
    let other = C::mul([&operand.negate()], [&operand])[0];
    inside("product + product", &product.tidy_add(&product), C::TIDY, |i| {
        h[i].square() + h[i].square()
    });
    inside("product − product", &product.tidy_sub(&product), C::TIDY, |_| C::Field::from(0u64));
    inside("product − another", &product.tidy_sub(&other), C::TIDY, |i| {
        h[i].square() + h[i].square()
    });
}

/// The extension field: products are settled, whatever their factors, and squares of settled products are products.
fn check_extension<V, F, P, const N: usize>(features: V::Features, seed: u64)
where
    P: FpConfig<N>,
    F: QuadExtConfig<BaseField = Fp<P, N>>,
    V: Representatives<Field = Fp<P, N>>,
    QuadExtField<F>: crate::arithmetic::field::Stored,
{
    let pair = |class: Class, seed: u64| {
        let (c0, x0) = member::<V>(features, class.clone(), seed);
        let (c1, x1) = member::<V>(features, class, seed.rotate_left(29) ^ 0x5555);
        let fields: [QuadExtField<F>; MAX_WIDTH] =
            std::array::from_fn(|lane| QuadExtField::new(c0[lane], c1[lane]));
        (fields, Quadratic::<V, QuadExtField<F>>::new(x0, x1))
    };
    let (a, x) = pair(V::OPERAND, seed);
    let (b, y) = pair(V::TIDY, seed.rotate_left(13));
    let product = Quadratic::mul([&x], [&y])[0];
    // A product of the extension field is settled far enough to be a factor again.
    let settled = if V::WIDTH == 4 { V::TIDY } else { V::PRODUCT };
    inside("c0 of a product", &product.c0, settled.clone(), |i| (a[i] * b[i]).c0);
    inside("c1 of a product", &product.c1, settled.clone(), |i| (a[i] * b[i]).c1);
    let (c, z) = pair(settled, seed.rotate_left(41));
    let square = Quadratic::square([&z])[0];
    inside("c0 of a square", &square.c0, V::PRODUCT, |i| c[i].square().c0);
    inside("c1 of a square", &square.c1, V::PRODUCT, |i| c[i].square().c1);
}

macro_rules! check_all {
    ($seed:expr, $features:ty: [$($prime:ty),*], [$($base:ty, $extension:ty, $config:ty, $words:literal);*]) => {
        if let Some(features) = <$features>::found() {
            features.run(#[inline(always)] || {
                $(check::<$prime>(features, $seed);)*
                $(check_extension::<$base, $extension, $config, $words>(features, $seed);)*
            });
        }
    };
}

type Bn2 = Fp2ConfigWrapper<ark_bn254::Fq2Config>;
type Bls2 = Fp2ConfigWrapper<ark_bls12_381::Fq2Config>;

fn check_everything(seed: u64) {
    type Eight<P, const N: usize, const L: usize> = Ifma<Emulated, P, N, L>;
    check_all!(seed, Any:
        [Eight<BnConfig, 4, 5>, Eight<BnScalar, 4, 5>, Eight<BlsScalar, 4, 5>, Eight<BlsConfig, 6, 8>],
        [Eight<BnConfig, 4, 5>, Bn2, BnConfig, 4; Eight<BlsConfig, 6, 8>, Bls2, BlsConfig, 6]);
    #[cfg(target_arch = "x86_64")]
    {
        use super::{adx::Adx, avx2::Avx2, features, words::Native};
        check_all!(seed, features::Adx:
            [Adx<BnConfig, 4>, Adx<BnScalar, 4>, Adx<BlsConfig, 6>],
            [Adx<BnConfig, 4>, Bn2, BnConfig, 4; Adx<BlsConfig, 6>, Bls2, BlsConfig, 6]);
        check_all!(seed, features::Avx2:
            [Avx2<BnConfig, 4, 5>, Avx2<BnScalar, 4, 5>, Avx2<BlsConfig, 6, 8>],
            [Avx2<BnConfig, 4, 5>, Bn2, BnConfig, 4; Avx2<BlsConfig, 6, 8>, Bls2, BlsConfig, 6]);
        type Eight<P, const N: usize, const L: usize> = Ifma<Native, P, N, L>;
        check_all!(seed, features::Avx512:
            [Eight<BnConfig, 4, 5>, Eight<BnScalar, 4, 5>, Eight<BlsScalar, 4, 5>, Eight<BlsConfig, 6, 8>],
            [Eight<BnConfig, 4, 5>, Bn2, BnConfig, 4; Eight<BlsConfig, 6, 8>, Bls2, BlsConfig, 6]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn extreme_representatives_stay_in_their_classes(seed in any::<u64>()) {
        check_everything(seed);
    }
}

#[test]
fn limbs_at_their_ends_stay_in_their_classes() {
    for digit in 0..8u64 {
        // The same kind of word everywhere, and two kinds in turn.
        let same = (0..22).fold(0, |seed, i| seed | digit << (3 * i));
        for seed in [same & !(1 << 63), same ^ 0x0e38_e38e_38e3_8e38] {
            check_everything(seed);
        }
    }
}
