//! Every kind of lanes against arkworks, on values that may go wrong and on any others.

use super::check::{CHECKED, agrees};
use super::cpu::Cpu;
use super::features::{Any, Features};
use super::ifma::Ifma;
use super::quadratic::Quadratic;
use super::{Laned, Lanes, MAX_WIDTH, One, PrimeLanes, invert};
use crate::arithmetic::field::Stored;
use ark_ff::{AdditiveGroup, Field, MontBackend};
use proptest::prelude::*;
use std::any::type_name;

pub(super) type BnConfig = MontBackend<ark_bn254::FqConfig, 4>;
pub(super) type BlsConfig = MontBackend<ark_bls12_381::FqConfig, 6>;
pub(super) type BnScalar = MontBackend<ark_bn254::FrConfig, 4>;
pub(super) type BlsScalar = MontBackend<ark_bls12_381::FrConfig, 4>;

/// For each of several bounds the largest share of R, to a millionth, up to which it holds: a bound that is miscalculated
/// holds up to another one. A bound that holds for every share, or for none, is 1 or 0.
pub(super) fn thresholds<const K: usize>(bounds: impl Fn(f64) -> [bool; K]) -> [f64; K] {
    std::array::from_fn(|k| {
        const STEPS: i32 = 4096;
        let share = |step: i32| f64::from(step) / f64::from(STEPS);
        let Some(first) = (1..STEPS).find(|&step| !bounds(share(step))[k]) else { return 1.0 };
        let (mut low, mut high) = (share(first - 1), share(first));
        while high - low > 1e-9 {
            let middle = (low + high) / 2.0;
            if bounds(middle)[k] { low = middle } else { high = middle }
        }
        (low * 1e6).round() / 1e6
    })
}

/// Zero, one, minus one and spread values.
fn values<F: Field>(seed: u64) -> [F; MAX_WIDTH] {
    std::array::from_fn(|i| match (seed >> (2 * i)) % 5 {
        0 => F::ZERO,
        1 => F::ONE,
        2 => -F::ONE,
        _ => {
            let mut value = F::from(seed.wrapping_add(i as u64) | 3).pow([0x1_0000_0001_u64 ^ seed]);
            // Also the extension's second part.
            value += F::from_base_prime_field_elems(
                (0..F::extension_degree()).map(|k| F::BasePrimeField::from(seed ^ k)),
            )
            .expect("as many as its degree");
            value
        }
    })
}

fn same<C: Lanes>(found: &[C::Field; MAX_WIDTH], wanted: impl Fn(usize) -> C::Field) {
    for (lane, found) in found[..C::WIDTH].iter().enumerate() {
        assert_eq!(*found, wanted(lane), "lane {lane}");
    }
}

/// What an affine addition does, its chain of denominators included, and a round trip through storage.
fn check<C: Lanes>(features: C::Features, seed: u64) {
    let (a, b, c) =
        (values::<C::Field>(seed), values::<C::Field>(seed ^ 0x9e37_79b9), values::<C::Field>(!seed));
    let (x, y, z) =
        (C::from_fields(features, &a), C::from_fields(features, &b), C::from_fields(features, &c));
    same::<C>(&x.to_fields(), |i| a[i]);
    same::<C>(&C::mul([&x], [&y])[0].to_fields(), |i| a[i] * b[i]);
    let differences = [x.sub(&y), y.sub(&z), x.sub(&z)];
    let products = C::mul(differences.each_ref(), [&y, &z.sub(&x), &x]);
    same::<C>(&products[0].to_fields(), |i| (a[i] - b[i]) * b[i]);
    same::<C>(&products[1].to_fields(), |i| (b[i] - c[i]) * (c[i] - a[i]));
    same::<C>(&products[2].to_fields(), |i| (a[i] - c[i]) * a[i]);
    let squares = C::square(products.each_ref());
    same::<C>(&squares[1].to_fields(), |i| ((b[i] - c[i]) * (c[i] - a[i])).square());
    same::<C>(&squares[0].tidy_sub_two(&x, &y).to_fields(), |i| {
        ((a[i] - b[i]) * b[i]).square() - a[i] - b[i]
    });
    same::<C>(&products[0].tidy_sub(&z).to_fields(), |i| (a[i] - b[i]) * b[i] - c[i]);
    same::<C>(&x.negate_where(0b1010_0110).to_fields(), |i| {
        if 0b1010_0110 >> i & 1 != 0 { -a[i] } else { a[i] }
    });
    same::<C>(&C::select(0b1100_1001, &x, &y).to_fields(), |i| {
        if 0b1100_1001 >> i & 1 != 0 { a[i] } else { b[i] }
    });

    // A long chain: bounds must not grow.
    let (mut run, mut plain) = ([x.sub(&y)], std::array::from_fn::<_, MAX_WIDTH, _>(|i| a[i] - b[i]));
    for round in 0..40 {
        let (factor, by): (C, &[C::Field; MAX_WIDTH]) =
            if round % 2 == 0 { (z.sub(&y), &c) } else { (x.sub(&y), &a) };
        run = C::mul([&run[0]], [&factor]);
        for i in 0..MAX_WIDTH {
            plain[i] *= by[i] - b[i];
        }
        let squared = C::square(run.each_ref());
        same::<C>(&squared[0].tidy_sub_two(&x, &z).to_fields(), |i| plain[i].square() - a[i] - c[i]);
    }
    same::<C>(&run[0].to_fields(), |i| plain[i]);

    // Stored and loaded again, by vector and by element; rows of an odd address.
    let size = 8 * C::WORDS;
    let mut bytes = vec![0u8; size * MAX_WIDTH + 1];
    let start = bytes.as_mut_ptr().wrapping_add(1);
    let rows: [*mut u64; MAX_WIDTH] = std::array::from_fn(|i| start.wrapping_add(i * size).cast());
    let tidied = products[0].tidy_sub(&z).negate_where(0b0110);
    // SAFETY: `bytes` has room for MAX_WIDTH rows after its first byte.
    let reloaded = unsafe {
        tidied.store(&rows);
        C::load(features, &rows.map(|row| row.cast_const()))
    };
    same::<C>(&reloaded.to_fields(), |i| tidied.to_fields()[i]);
    for i in 0..C::WIDTH {
        // SAFETY: as above.
        let words: Vec<u64> =
            (0..C::WORDS).map(|k| unsafe { rows[i].add(k).read_unaligned() }).collect();
        assert_eq!(C::unpack(&words), tidied.to_fields()[i]);
        let mut packed = vec![0; C::WORDS];
        C::pack(&a[i], &mut packed);
        assert_eq!(C::unpack(&packed), a[i]);
        for (k, word) in packed.iter().enumerate() {
            // SAFETY: as above.
            unsafe { rows[i].add(k).write_unaligned(*word) };
        }
    }
    // SAFETY: as above.
    let reloaded = unsafe { C::load(features, &rows.map(|row| row.cast_const())) };
    same::<C>(&reloaded.to_fields(), |i| a[i]);

    let zero = [x, y].iter().any(|v| v.to_fields()[..C::WIDTH].contains(&C::Field::ZERO));
    match invert(&[x, y]) {
        None => assert!(zero),
        Some([ix, iy]) => {
            assert!(!zero);
            same::<C>(&ix.to_fields(), |i| a[i].inverse().expect("not zero"));
            same::<C>(&iy.to_fields(), |i| b[i].inverse().expect("not zero"));
        }
    }

    // Which lanes are zero, whatever the representative.
    let zero_lanes = |fields: &[C::Field; MAX_WIDTH]| {
        (0..C::WIDTH).fold(0, |lanes, i| lanes | u32::from(fields[i] == C::Field::ZERO) << i)
    };
    let half = C::select(0b0101_0101, &x.tidy_sub(&x), &y);
    for value in [x, y, C::mul([&x], [&y])[0], x.tidy_sub(&x), C::mul([&x.tidy_sub(&x)], [&y])[0], half]
    {
        assert_eq!(value.zeros(), zero_lanes(&value.to_fields()));
    }
}

fn check_prime<C: PrimeLanes>(features: C::Features, seed: u64) {
    check::<C>(features, seed);
    let (a, b) = (values::<C::Field>(seed), values::<C::Field>(seed.rotate_left(17)));
    let (x, y) = (C::from_fields(features, &a), C::from_fields(features, &b));
    let (sum, difference, minus) = (x.add(&y), x.sub(&y), y.sub(&x).negate());
    let dot = C::dot([&sum], [&difference], [&minus], [&sum])[0];
    same::<C>(&dot.to_fields(), |i| (a[i] + b[i]) * (a[i] - b[i]).double());
    same::<C>(&dot.settle().to_fields(), |i| (a[i] + b[i]) * (a[i] - b[i]).double());
    let product = C::mul([&sum], [&y])[0];
    same::<C>(&x.tidy_add(&product).to_fields(), |i| a[i] + (a[i] + b[i]) * b[i]);

    // Integers as they lie in memory, and back below p whatever came in between.
    let size = C::WORDS;
    let mut words = vec![0u64; size * MAX_WIDTH];
    let start = words.as_mut_ptr();
    let rows: [*mut u64; MAX_WIDTH] = std::array::from_fn(|i| start.wrapping_add(i * size));
    for i in 0..MAX_WIDTH {
        a[i].write_montgomery(&mut words[i * size..]);
    }
    // SAFETY: `words` has MAX_WIDTH rows.
    let loaded = unsafe { C::load_integers(features, &rows.map(|row| row.cast_const())) };
    let one = C::from_fields(features, &[C::Field::ONE; MAX_WIDTH]);
    for value in [loaded, C::mul([&loaded], [&one])[0], loaded.tidy_sub(&x.tidy_sub(&x))] {
        // SAFETY: as above.
        unsafe { value.store_integers(&rows) };
        for i in 0..C::WIDTH {
            let found = C::Field::from_words(&words[i * size..]);
            assert!(found == a[i] && C::Field::is_reduced(&bytes(&words[i * size..][..size])));
        }
    }

    let mut square: [C; MAX_WIDTH] = std::array::from_fn(|k| {
        C::from_fields(features, &std::array::from_fn(|lane| C::Field::from((10 * k + lane) as u64)))
    });
    C::transpose(&mut square);
    for (k, value) in square[..C::WIDTH].iter().enumerate() {
        same::<C>(&value.to_fields(), |lane| C::Field::from((10 * lane + k) as u64));
    }
}

fn bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The kinds of lanes of one instruction set, if the processor has it.
macro_rules! check_kinds {
    ($seed:expr, $features:ty: [$($prime:ty),*], [$($extension:ty),*]) => {
        if let Some(features) = <$features>::found() {
            features.run(#[inline(always)] || {
                $(assert!(agrees::<$prime>(features));)*
                $(check_prime::<$prime>(features, $seed);)*
                $(check::<$extension>(features, $seed);)*
            });
        }
    };
}

fn check_all(seed: u64) {
    use super::words::Emulated;
    check_kinds!(seed, Any:
        [One<ark_bn254::Fq>, One<ark_bls12_381::Fr>,
         Ifma<Emulated, BnConfig, 4, 5>, Ifma<Emulated, BnScalar, 4, 5>, Ifma<Emulated, BlsScalar, 4, 5>,
         Ifma<Emulated, BlsConfig, 6, 8>],
        [One<ark_bn254::Fq2>, Quadratic<Ifma<Emulated, BnConfig, 4, 5>, ark_bn254::Fq2>,
         Quadratic<Ifma<Emulated, BlsConfig, 6, 8>, ark_bls12_381::Fq2>]);
    #[cfg(target_arch = "x86_64")]
    {
        use super::words::Native;
        use super::{adx::Adx, avx2::Avx2, features};
        check_kinds!(seed, features::Adx:
            [Adx<BnConfig, 4>, Adx<BnScalar, 4>, Adx<BlsConfig, 6>],
            [Quadratic<Adx<BnConfig, 4>, ark_bn254::Fq2>, Quadratic<Adx<BlsConfig, 6>, ark_bls12_381::Fq2>]);
        check_kinds!(seed, features::Avx2:
            [Avx2<BnConfig, 4, 5>, Avx2<BnScalar, 4, 5>, Avx2<BlsConfig, 6, 8>],
            [Quadratic<Avx2<BnConfig, 4, 5>, ark_bn254::Fq2>,
             Quadratic<Avx2<BlsConfig, 6, 8>, ark_bls12_381::Fq2>]);
        check_kinds!(seed, features::Avx512:
            [Ifma<Native, BnConfig, 4, 5>, Ifma<Native, BnScalar, 4, 5>, Ifma<Native, BlsScalar, 4, 5>,
             Ifma<Native, BlsConfig, 6, 8>],
            [Quadratic<Ifma<Native, BnConfig, 4, 5>, ark_bn254::Fq2>,
             Quadratic<Ifma<Native, BlsConfig, 6, 8>, ark_bls12_381::Fq2>]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn lanes_agree_with_arkworks(seed in any::<u64>()) {
        check_all(seed);
    }
}

#[test]
fn edges_agree_with_arkworks() {
    for seed in [0, 1, u64::MAX, 0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa] {
        check_all(seed);
    }
}

#[test]
fn u_squared_is_minus_one() {
    // What `quadratic` relies on.
    use ark_ff::QuadExtConfig;
    fn nonresidue<C: QuadExtConfig>(_: ark_ff::QuadExtField<C>) -> C::BaseField {
        C::NONRESIDUE
    }
    assert_eq!(nonresidue(ark_bn254::Fq2::ONE), -ark_bn254::Fq::ONE);
    assert_eq!(nonresidue(ark_bls12_381::Fq2::ONE), -ark_bls12_381::Fq::ONE);
}

#[test]
fn the_processor_is_given_what_it_has() {
    let here: Vec<Cpu> = Cpu::ALL.into_iter().filter(|cpu| cpu.is_available()).collect();
    let order = Cpu::fastest_first();
    assert!(order.len() == here.len() && here.iter().all(|cpu| order.contains(cpu)));
    assert!(!here.contains(&Cpu::Avx512) || order[0] == Cpu::Avx512);
    for cpu in here {
        assert_eq!(Cpu::by_name(cpu.name()), Some(cpu));
        assert!(ark_bn254::Fq::works_on(cpu) && ark_bn254::Fq2::works_on(cpu));
        assert!(ark_bls12_381::Fq::works_on(cpu) && ark_bls12_381::Fq2::works_on(cpu));
    }
    assert_eq!(Cpu::by_name("mmx"), None);
}

/// The findings are kept in statics that a macro makes: each field must have its own, and look.
#[test]
#[cfg(target_arch = "x86_64")]
fn each_field_is_checked_on_its_own_lanes() {
    fn check<F: Laned>() {
        let kinds = [
            (Cpu::Scalar, type_name::<F::Adx>()),
            (Cpu::Avx2, type_name::<F::Avx2>()),
            (Cpu::Avx512, type_name::<F::Ifma>()),
        ];
        for (cpu, kind) in kinds.into_iter().filter(|(cpu, _)| cpu.is_available()) {
            assert!(F::works_on(cpu));
            assert!(CHECKED.lock().expect("nobody panics with it").contains(&kind), "{kind}");
        }
    }
    check::<ark_bn254::Fq>();
    check::<ark_bn254::Fq2>();
    check::<ark_bls12_381::Fq>();
    check::<ark_bls12_381::Fq2>();
}

#[test]
fn a_processor_that_miscalculates_fails_the_self_check() {
    use super::check::{works, works_for_transforms};
    use super::words::Emulated;
    type Right<P, const N: usize, const L: usize> = Ifma<Emulated, P, N, L>;
    type Wrong<P, const N: usize, const L: usize> = Ifma<Emulated<true>, P, N, L>;
    assert!(works::<Right<BnConfig, 4, 5>>() && !works::<Wrong<BnConfig, 4, 5>>());
    assert!(works::<Right<BlsConfig, 6, 8>>() && !works::<Wrong<BlsConfig, 6, 8>>());
    assert!(works::<Quadratic<Right<BnConfig, 4, 5>, ark_bn254::Fq2>>());
    assert!(!works::<Quadratic<Wrong<BnConfig, 4, 5>, ark_bn254::Fq2>>());
    assert!(works_for_transforms::<Right<BlsScalar, 4, 5>>());
    assert!(!works_for_transforms::<Wrong<BlsScalar, 4, 5>>());
    assert!(!works_for_transforms::<Wrong<BnScalar, 4, 5>>());
}
