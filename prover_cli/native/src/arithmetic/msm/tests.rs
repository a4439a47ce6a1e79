use super::entries::Entries;
use super::{
    Bases, Digits, InLanes, Kernels, Lengths, Plan, Rows, Shape, double, kernels, msm, pack, window,
};
use crate::arithmetic::curve::{Bls12381, Bn254, Curve, Points};
use crate::arithmetic::field::{Canonical, Stored, canonical};
use crate::arithmetic::lanes::Laned;
use crate::arithmetic::lanes::cpu::Cpu;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, AffineRepr, CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{BigInteger, Field, PrimeField};
use proptest::prelude::*;
use std::collections::HashSet;

/// The loops of every kind of lanes that this processor has, and of the emulated ones.
fn every_kind<P: SWCurveConfig<BaseField: Laned>>() -> Vec<(&'static str, Kernels<P>)> {
    let emulated = InLanes::<<P::BaseField as Laned>::Emulated, 2>::found().expect("on any processor");
    let here = Cpu::ALL.into_iter().filter(|cpu| cpu.is_available());
    here.map(|cpu| (cpu.name(), kernels(cpu))).chain([("emulated", emulated)]).collect()
}

/// The stored form of points: Montgomery coordinates, zeros for infinity.
fn stored<P: SWCurveConfig<BaseField: Stored>>(points: &[Affine<P>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for point in points {
        let before = bytes.len();
        if let Some((x, y)) = point.xy() {
            for coordinate in [x, y] {
                for part in coordinate.to_base_prime_field_elements() {
                    // The canonical value of part·R is the Montgomery form of the part.
                    let n = part.into_bigint().as_ref().len();
                    let mut image = part;
                    for _ in 0..64 * n {
                        image.double_in_place();
                    }
                    bytes.extend(image.into_bigint().to_bytes_le());
                }
            }
        }
        bytes.resize(before + Points::<P>::SIZE, 0);
    }
    bytes
}

fn points<P: SWCurveConfig>(seeds: &[u64]) -> Vec<Affine<P>> {
    seeds
        .iter()
        .map(|&seed| (Projective::<P>::generator() * P::ScalarField::from(seed)).into_affine())
        .collect()
}

/// Points and scalars with what goes wrong most: infinity, equal and opposite points, zero, one, minus one, and full
/// scalars.
fn check<P>(seeds: &[(u64, u8, u64)])
where
    P: SWCurveConfig<BaseField: Laned, ScalarField: crate::arithmetic::field::Scalar>,
{
    let scalars: Vec<P::ScalarField> = seeds
        .iter()
        .map(|&(_, kind, value)| match kind % 5 {
            0 => P::ScalarField::ZERO,
            1 => P::ScalarField::ONE,
            2 => -P::ScalarField::ONE,
            3 => P::ScalarField::from(value),
            _ => P::ScalarField::from(value).pow([value | 0xffff_0001]),
        })
        .collect();
    let mut bases = points::<P>(&seeds.iter().map(|seed| seed.0 % 7).collect::<Vec<_>>());
    for (base, seed) in bases.iter_mut().zip(seeds) {
        if seed.0 % 3 == 0 {
            *base = -*base;
        }
    }
    let bytes = stored(&bases);
    let raw: Vec<Canonical> = scalars.iter().map(|scalar| canonical(*scalar)).collect();
    let theirs = Projective::<P>::msm(&bases, &scalars).expect("equal lengths");
    for (name, kernels) in every_kind::<P>() {
        assert_eq!(msm(kernels, Points::<P>::new(&bytes), &raw), theirs, "{}", name);

        // With multiples prepared, of the bases that are not at infinity, in shapes from none to all.
        let finite: Vec<usize> = (0..bases.len()).filter(|&i| !bases[i].is_zero()).collect();
        for (width, sets) in [(4, 64), (5, 7), (9, 2), (8, 1), (15, 2), (17, 1)] {
            let shape = Shape { width, sets };
            let mut block = pack(kernels, finite.len(), |i| bases[finite[i]]);
            let mut words = block.clone();
            for _ in 1..shape.blocks(255) {
                assert!(double(kernels, &mut block, shape.apart()));
                words.extend(&block);
            }
            let rows = Rows::of_words(&words, kernels.row_words());
            let fixed = Bases { kernels, rows, count: finite.len(), apart: Some(shape.apart()) };
            let scalar = |i: usize| raw[finite[i]];
            assert_eq!(fixed.product(scalar), theirs, "{name} {shape:?}");
            assert_eq!(fixed.product_in(shape, 255, scalar), theirs, "{name} {shape:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn agrees_with_arkworks(seeds in prop::collection::vec(any::<(u64, u8, u64)>(), 0..80)) {
        check::<<Bn254 as Curve>::G1>(&seeds);
        check::<<Bn254 as Curve>::G2>(&seeds);
        check::<<Bls12381 as Curve>::G1>(&seeds);
        check::<<Bls12381 as Curve>::G2>(&seeds);
    }

    #[test]
    fn digits_make_up_the_scalar(limbs in any::<[u64; 4]>(), width in 2usize..=17) {
        let mut scalar = limbs;
        scalar[3] >>= 2;
        // Horner over the digits, in arithmetic modulo 2^256.
        let mut sum = [0u64; 4];
        for index in (0..window::count(256, width)).rev() {
            let digit = window::digit(&scalar, index, width);
            prop_assert!(digit.unsigned_abs() <= 1 << (width - 1));
            for _ in 0..width {
                let carry = [0, sum[0] >> 63, sum[1] >> 63, sum[2] >> 63];
                for (limb, carried) in sum.iter_mut().zip(carry) {
                    *limb = *limb << 1 | carried;
                }
            }
            let extended = if digit < 0 { u64::MAX } else { 0 };
            let mut carried = 0u128;
            for (i, limb) in sum.iter_mut().enumerate() {
                let addend = if i == 0 { digit as i64 as u64 } else { extended };
                let total = u128::from(*limb) + u128::from(addend) + carried;
                *limb = total as u64;
                carried = total >> 64;
            }
        }
        prop_assert_eq!(sum, scalar);
    }
}

#[test]
fn a_thousand_points_agree_with_arkworks() {
    let seeds: Vec<(u64, u8, u64)> = (0..1000u64)
        .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40, (i % 11) as u8, i * i + 3))
        .collect();
    check::<<Bn254 as Curve>::G1>(&seeds);
    check::<<Bls12381 as Curve>::G2>(&seeds);
}

/// Enough points for full sets and a crowded bucket; in half of them all points equal.
#[test]
fn many_points_agree_with_arkworks() {
    fn check<P: SWCurveConfig<BaseField: Laned, ScalarField: crate::arithmetic::field::Scalar>>(
        equal: bool,
    ) {
        let mut at = Projective::<P>::generator();
        let spread: Vec<Projective<P>> = (0..3000)
            .map(|i| {
                if !equal {
                    at += P::GENERATOR;
                    if i % 5 == 0 {
                        at.double_in_place();
                    }
                }
                at
            })
            .collect();
        let bases = Projective::normalize_batch(&spread);
        let scalars: Vec<P::ScalarField> = (0..3000u64)
            .map(|i| if i % 3 == 0 { P::ScalarField::ONE } else { P::ScalarField::from(i).pow([i]) })
            .collect();
        let raw: Vec<Canonical> = scalars.iter().map(|scalar| canonical(*scalar)).collect();
        let bytes = stored(&bases);
        let theirs = Projective::<P>::msm(&bases, &scalars).expect("equal lengths");
        for (name, kernels) in every_kind::<P>() {
            let ours = msm(kernels, Points::<P>::new(&bytes), &raw);
            assert_eq!(ours, theirs, "{}, all equal: {equal}", name);
        }
    }
    for equal in [false, true] {
        check::<<Bn254 as Curve>::G1>(equal);
        check::<<Bn254 as Curve>::G2>(equal);
        check::<<Bls12381 as Curve>::G1>(equal);
    }
}

/// So many buckets that a reduction halves the weights three times.
#[test]
fn many_buckets_agree_with_arkworks() {
    fn check<P: SWCurveConfig<BaseField: Laned, ScalarField: crate::arithmetic::field::Scalar>>() {
        let mut at = Projective::<P>::generator();
        let spread: Vec<Projective<P>> = (0..6000)
            .map(|_| {
                at += P::GENERATOR;
                at
            })
            .collect();
        let bases = Projective::normalize_batch(&spread);
        let scalars: Vec<P::ScalarField> =
            (0..6000u64).map(|i| P::ScalarField::from(i + 2).pow([i + 300])).collect();
        let raw: Vec<Canonical> = scalars.iter().map(|scalar| canonical(*scalar)).collect();
        let theirs = Projective::<P>::msm(&bases, &scalars).expect("equal lengths");
        for (name, kernels) in every_kind::<P>() {
            let words = pack(kernels, bases.len(), |i| bases[i]);
            let rows = Rows::of_words(&words, kernels.row_words());
            let fixed = Bases { kernels, rows, count: bases.len(), apart: None };
            assert_eq!(
                fixed.product_in(Shape { width: 13, sets: 20 }, 255, |i| raw[i]),
                theirs,
                "{name}"
            );
        }
    }
    check::<<Bn254 as Curve>::G1>();
    check::<<Bn254 as Curve>::G2>();
}

/// From a single bucket in use to all of them, with sums of buckets that are equal and opposite: the bases are few
/// multiples of the generator, and so are their multiples in the tables.
#[test]
fn buckets_filled_to_any_level_agree_with_arkworks() {
    fn check<P: SWCurveConfig<BaseField: Laned, ScalarField: crate::arithmetic::field::Scalar>>(
        shape: Shape,
        count: usize,
        distinct: u64,
    ) {
        let seeds: Vec<u64> = (0..count as u64).map(|i| i % distinct + 1).collect();
        let bases = points::<P>(&seeds);
        let scalars: Vec<P::ScalarField> =
            (0..count as u64).map(|i| P::ScalarField::from(i + 5).pow([i % 61 + 3])).collect();
        let raw: Vec<Canonical> = scalars.iter().map(|scalar| canonical(*scalar)).collect();
        let theirs = Projective::<P>::msm(&bases, &scalars).expect("equal lengths");
        for (name, kernels) in every_kind::<P>() {
            let mut block = pack(kernels, count, |i| bases[i]);
            let mut words = block.clone();
            for _ in 1..shape.blocks(255) {
                assert!(double(kernels, &mut block, shape.apart()));
                words.extend(&block);
            }
            let rows = Rows::of_words(&words, kernels.row_words());
            let fixed = Bases { kernels, rows, count, apart: Some(shape.apart()) };
            assert_eq!(
                fixed.product_in(shape, 255, |i| raw[i]),
                theirs,
                "{name}, {shape:?}, {count} bases, {distinct} distinct"
            );
        }
    }
    for count in [1, 2, 3, 5, 9, 17, 33, 65, 129, 257] {
        for distinct in [1, 2, 300] {
            check::<<Bn254 as Curve>::G1>(Shape { width: 12, sets: 1 }, count, distinct);
            check::<<Bn254 as Curve>::G1>(Shape { width: 3, sets: 128 }, count, distinct);
        }
        check::<<Bn254 as Curve>::G2>(Shape { width: 11, sets: 2 }, count, 300);
        check::<<Bls12381 as Curve>::G1>(Shape { width: 9, sets: 3 }, count, 7);
    }
}

/// The digits and the buckets in use of bits, bytes and full scalars are forecast to within a twenty-fifth, and two.
#[test]
fn the_forecast_is_what_comes() {
    let full = |i: usize| canonical(ark_bn254::Fr::from(i as u64 + 2).pow([i as u64 + 300]));
    let byte = |i: usize| [full(i)[1] & 0xff, 0, 0, 0];
    let bit = |i: usize| [full(i)[1] & 1, 0, 0, 0];
    let mixes: [&dyn Fn(usize) -> Canonical; 4] =
        [&full, &bit, &|i| if i % 10 == 0 { full(i) } else { bit(i) }, &|i| {
            if i % 3 == 0 { full(i) } else { byte(i) }
        }];
    for (number, mix) in mixes.into_iter().enumerate() {
        let scalars: Vec<Canonical> = (0..4000).map(mix).collect();
        let lengths = Lengths::of(scalars.iter().copied());
        assert_eq!(lengths.longest(), scalars.iter().map(window::bit_length).max().unwrap_or(0));
        for (width, sets) in [(3, 85), (5, 7), (8, 32), (11, 2), (13, 20), (16, 1)] {
            let shape = Shape { width, sets };
            let digits = Digits::new(|i: usize| scalars[i], scalars.len(), lengths.longest(), shape, 1);
            let (mut filled, mut entries) = (HashSet::new(), 0);
            digits.each(0..scalars.len(), |bucket, _| {
                filled.insert(bucket);
                entries += 1;
            });
            let digits = lengths.digits(width);
            for (what, forecast, came) in [
                ("entries", digits.entries, f64::from(entries)),
                ("buckets", digits.in_use(sets), filled.len() as f64),
            ] {
                assert!(
                    (forecast - came).abs() <= came / 25.0 + 2.0,
                    "{what} of mix {number}, {shape:?}: {forecast} forecast, {came} came"
                );
            }
        }
    }
}

/// They give the same results, so nothing else would tell if one stood in for another.
#[test]
fn each_kind_of_processor_has_its_own_loops() {
    fn check<P: SWCurveConfig<BaseField: Laned>>() {
        let here: Vec<Cpu> = Cpu::ALL.into_iter().filter(|cpu| cpu.is_available()).collect();
        let kinds: HashSet<&str> = here.iter().map(|&cpu| kernels::<P>(cpu).kind()).collect();
        assert_eq!(kinds.len(), here.len(), "{kinds:?}");
    }
    check::<<Bn254 as Curve>::G1>();
    check::<<Bn254 as Curve>::G2>();
    check::<<Bls12381 as Curve>::G1>();
    check::<<Bls12381 as Curve>::G2>();
}

/// Reproducible bytes, from splitmix64. The product takes the operating system's.
fn bytes_of(seed: u64) -> impl Fn(&mut [u8]) {
    let state = std::cell::Cell::new(seed);
    move |bytes| {
        for byte in bytes {
            state.set(state.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
            let mixed = (state.get() ^ state.get() >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = ((mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb) >> 56) as u8;
        }
    }
}

/// A number in words without its factors `by`.
fn without(number: &[u64], by: u64) -> Vec<u64> {
    let mut found = number.to_vec();
    loop {
        let mut rest = 0u128;
        let mut quotient = found.clone();
        for word in quotient.iter_mut().rev() {
            let value = rest << 64 | u128::from(*word);
            (*word, rest) = ((value / u128::from(by)) as u64, value % u128::from(by));
        }
        if rest != 0 {
            return found;
        }
        found = quotient;
    }
}

/// Points of the curve whose order is each of some factors of the cofactor, and one as most points of the curve are.
fn outside<P: SWCurveConfig>(factors: &[u64]) -> Vec<Affine<P>> {
    let mut random = (1u64..)
        .filter_map(|x| Affine::<P>::get_point_from_x_unchecked(P::BaseField::from(x), true))
        .filter(|point| !P::is_in_correct_subgroup_assuming_on_curve(point));
    let whole = random.next().expect("most points of the curve are outside");
    let mut points: Vec<Affine<P>> = Vec::new();
    for &factor in factors {
        let rest = without(P::COFACTOR, factor);
        assert_ne!(rest, P::COFACTOR, "{factor} is a factor");
        let mut point = (random.by_ref())
            .map(|point| point.mul_bigint(P::ScalarField::characteristic()).mul_bigint(&rest))
            .find(|point| *point != Projective::ZERO)
            .expect("most points have a part whose order is a power of it");
        while point.mul_bigint([factor]) != Projective::ZERO {
            point = point.mul_bigint([factor]);
        }
        points.push(point.into_affine());
    }
    points.into_iter().chain([whole]).collect()
}

/// A bad point of each order, in each place, is found by each plan, every time.
fn finds_what_is_outside<P: SWCurveConfig<BaseField: Laned>>(factors: &[u64], plans: &[Plan]) {
    let count = 300;
    let good = points::<P>(&(1..=count).collect::<Vec<_>>());
    for (name, kernels) in every_kind::<P>() {
        let accepts = |points: &[Affine<P>], plan: Plan, seed: u64| {
            let words = pack(kernels, points.len(), |i| points[i]);
            let rows = Rows::of_words(&words, kernels.row_words());
            Bases { kernels, rows, count: points.len(), apart: None }
                .are_in_subgroup(plan, bytes_of(seed))
        };
        for &plan in plans {
            assert!(accepts(&good, plan, 1), "{name}, {plan:?}");
            assert!(accepts(&[good[0]; 300], plan, 1), "{name}, {plan:?}, all equal");
            for (which, &bad) in outside::<P>(factors).iter().enumerate() {
                let planted: [&[(usize, Affine<P>)]; 5] = [
                    &[(0, bad)],
                    &[(299, bad)],
                    &[(150, bad)],
                    &[(10, bad), (200, -bad)],
                    &[(10, bad), (11, bad), (12, bad)],
                ];
                for (kind, places) in planted.iter().enumerate() {
                    let mut points = good.clone();
                    places.iter().for_each(|&(place, point)| points[place] = point);
                    assert!(!accepts(&points, plan, 7), "{name}, {plan:?}, bad {which}, kind {kind}");
                }
                assert!(!accepts(&[bad; 300], plan, 3), "{name}, {plan:?}, all bad {which}");
            }
        }
    }
}

#[test]
fn points_outside_of_their_group_are_found_together() {
    let buckets = [Plan::Buckets { rounds: 25, bits: 4 }, Plan::Buckets { rounds: 100, bits: 1 }];
    let sums = Plan::Sums { rounds: 8, bits: 13 };
    finds_what_is_outside::<<Bn254 as Curve>::G2>(
        &[10_069, 5_864_401],
        &[Plan::Each, sums, buckets[0], buckets[1]],
    );
    finds_what_is_outside::<<Bls12381 as Curve>::G1>(&[3, 11, 10_177], &buckets);
    finds_what_is_outside::<<Bls12381 as Curve>::G2>(&[13, 23, 2_713], &buckets);
}

#[test]
fn cofactors_have_no_smaller_prime_factors() {
    fn check<P: SWCurveConfig>(factor: Option<u64>) {
        let rest = |by: u64| {
            P::COFACTOR
                .iter()
                .rev()
                .fold(0u128, |rest, &word| (rest << 64 | u128::from(word)) % u128::from(by))
        };
        match factor {
            None => assert_eq!(P::COFACTOR, [1]),
            Some(factor) => assert_eq!((2..).find(|&by| rest(by) == 0), Some(factor)),
        }
    }
    check::<<Bn254 as Curve>::G1>(Bn254::G1_FACTOR);
    check::<<Bn254 as Curve>::G2>(Bn254::G2_FACTOR);
    check::<<Bls12381 as Curve>::G1>(Bls12381::G1_FACTOR);
    check::<<Bls12381 as Curve>::G2>(Bls12381::G2_FACTOR);
}

#[test]
fn plans_overlook_less_than_one_in_2_to_the_100() {
    assert_eq!(Plan::for_points(5, 10_069), Plan::Each);
    assert_eq!(Plan::for_points(1 << 16, 10_069), Plan::Sums { rounds: 8, bits: 13 });
    for count in [1 << 7, 1 << 10, 1 << 14, 1 << 16, 1 << 22] {
        for factor in [3, 13, 10_069] {
            match Plan::for_points(count, factor) {
                Plan::Each => assert!(count < 1 << 10),
                Plan::Sums { rounds, bits } => assert!(rounds * bits >= 100 && 1 << bits <= factor),
                Plan::Buckets { rounds, bits } => assert!(rounds * bits >= 100),
            }
        }
    }
}
