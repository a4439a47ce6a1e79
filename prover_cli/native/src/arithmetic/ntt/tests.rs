use super::{Domain, Order, Transformed, bit_reverse, root_of_unity, transposed_to_coset};
use crate::arithmetic::curve::{Bls12381, Bn254, Curve};
use crate::arithmetic::lanes::CHECKED;
use crate::arithmetic::lanes::cpu::Cpu;
use ark_ec::PrimeGroup;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, FftField, Field};
use ark_poly::univariate::DensePolynomial;
use ark_poly::{DenseUVPolynomial, EvaluationDomain, Polynomial, Radix2EvaluationDomain};
use std::collections::HashSet;

/// Sizes for which every kind of lanes is tried: from a single value past the smallest that fills all lanes.
const SMALL_LOGS: std::ops::Range<u32> = 0..10;

/// A size that several threads share in every kind of lanes, and that is more than one leaf of each.
const LARGE_LOG: u32 = 14;

/// A domain in every kind of lanes that this processor has, and, if it is large enough to fill them, in emulated ones.
fn every_kind<F: Transformed>(size: usize) -> Vec<(&'static str, Domain<F>)> {
    let here = Cpu::ALL.into_iter().filter(|cpu| cpu.is_available());
    let mut all: Vec<_> =
        here.map(|cpu| (cpu.name(), Domain::new(size, cpu).expect("the domain exists"))).collect();
    if size >= 64 {
        all.push(("emulated", Domain::emulated(size).expect("the domain exists")));
    }
    all
}

/// Spread values, with what may go wrong most among them: zero, one and minus one.
fn spread<F: Field>(size: usize) -> Vec<F> {
    (0..size as u64)
        .map(|i| match i % 11 {
            3 => F::ZERO,
            5 => F::ONE,
            7 => -F::ONE,
            _ => F::from(i * i + 7).pow([i + 3]),
        })
        .collect()
}

/// arkworks' domain of this size, with the root that circom's tools use.
fn theirs<F: Transformed>(log: u32) -> Radix2EvaluationDomain<F> {
    let mut domain = Radix2EvaluationDomain::<F>::new(1 << log).expect("arkworks has it");
    domain.group_gen = root_of_unity(log).expect("the field has it");
    domain.group_gen_inv = domain.group_gen.inverse().expect("not zero");
    domain
}

type Verb<F> = fn(&Domain<F>, &mut [F], Order);

/// A verb in every order, on every kind of processor, against what arkworks makes of the same values.
fn check<F: Transformed>(name: &str, verb: Verb<F>, log: u32, given: &[F], wanted: &[F]) {
    for (kind, domain) in every_kind::<F>(1 << log) {
        for order in [Order::Natural, Order::NaturalToBitReversed, Order::BitReversedToNatural] {
            let mut values = given.to_vec();
            if order == Order::BitReversedToNatural {
                bit_reverse(&mut values);
            }
            verb(&domain, &mut values, order);
            if order == Order::NaturalToBitReversed {
                bit_reverse(&mut values);
            }
            assert!(values == wanted, "{name} of 2^{log}, {order:?}, {}", kind);
        }
    }
}

fn check_verbs<F: Transformed>(log: u32) {
    let domain = theirs::<F>(log);
    let coset = domain.get_coset(root_of_unity(log + 1).expect("the field has it")).expect("not zero");
    let given = spread::<F>(1 << log);
    check("forward", Domain::forward, log, &given, &domain.fft(&given));
    check("inverse", Domain::inverse, log, &given, &domain.ifft(&given));
    check("forward_on_coset", Domain::forward_on_coset, log, &given, &coset.fft(&given));
    check("inverse_on_coset", Domain::inverse_on_coset, log, &given, &coset.ifft(&given));
    check_to_coset(log, &given, &coset.fft(&domain.ifft(&given)));
}

fn check_to_coset<F: Transformed>(log: u32, given: &[F], wanted: &[F]) {
    for (kind, domain) in every_kind::<F>(1 << log) {
        let mut values = given.to_vec();
        domain.to_coset(&mut values);
        assert!(values == wanted, "to_coset of 2^{log}, {}", kind);
    }
}

#[test]
fn every_verb_in_every_order_agrees_with_arkworks() {
    for log in SMALL_LOGS {
        check_verbs::<ark_bn254::Fr>(log);
        check_verbs::<ark_bls12_381::Fr>(log);
    }
}

#[test]
fn sizes_past_the_serial_limit_agree_with_arkworks() {
    check_verbs::<ark_bn254::Fr>(LARGE_LOG);
    check_verbs::<ark_bls12_381::Fr>(LARGE_LOG);
}

/// Against the definition, with the points that the domain names: nothing of arkworks' transforms is used.
fn check_definition<F: Transformed>(log: u32) {
    let size = 1usize << log;
    let coefficients = spread::<F>(size);
    let polynomial = DensePolynomial::from_coefficients_vec(coefficients.clone());
    for (kind, domain) in every_kind::<F>(size) {
        let values_from = |first: F| -> Vec<F> {
            std::iter::successors(Some(first), |at| Some(*at * domain.root()))
                .take(size)
                .map(|at| polynomial.evaluate(&at))
                .collect()
        };
        let (on_domain, on_coset) = (values_from(F::ONE), values_from(domain.shift()));
        let mut values = coefficients.clone();
        domain.forward(&mut values, Order::Natural);
        assert_eq!(values, on_domain, "size {size}, {}", kind);
        domain.to_coset(&mut values);
        assert_eq!(values, on_coset, "size {size}, {}", kind);
        domain.inverse_on_coset(&mut values, Order::Natural);
        assert_eq!(values, coefficients, "size {size}, {}", kind);
    }
}

#[test]
fn transforms_evaluate_and_interpolate_the_polynomial() {
    for log in SMALL_LOGS {
        check_definition::<ark_bn254::Fr>(log);
        check_definition::<ark_bls12_381::Fr>(log);
    }
}

#[test]
fn the_root_generates_the_domain_and_the_shift_leaves_it() {
    fn check<F: Transformed>() {
        for log in 0..6 {
            let domain = Domain::<F>::new(1 << log, Cpu::Portable).expect("the domain exists");
            assert_eq!(domain.size(), 1 << log);
            assert_eq!(domain.shift().square(), domain.root());
            assert_eq!(domain.root().pow([1 << log]), F::ONE);
            assert_eq!(domain.shift().pow([1 << log]), -F::ONE);
        }
    }
    check::<ark_bn254::Fr>();
    check::<ark_bls12_381::Fr>();
}

#[test]
fn values_may_stay_in_bit_reversed_order_there_and_back() {
    let given = spread::<ark_bn254::Fr>(256);
    for (kind, domain) in every_kind(256) {
        let mut values = given.clone();
        domain.inverse(&mut values, Order::NaturalToBitReversed);
        domain.forward(&mut values, Order::BitReversedToNatural);
        assert_eq!(values, given, "{}", kind);
    }
}

#[test]
fn bit_reversal_moves_each_value_to_its_reversed_index() {
    let mut values: Vec<usize> = (0..8).collect();
    bit_reverse(&mut values);
    assert_eq!(values, [0, 4, 2, 6, 1, 5, 3, 7]);
    bit_reverse(&mut values);
    assert_eq!(values, [0, 1, 2, 3, 4, 5, 6, 7]);
    let mut single = [9];
    bit_reverse(&mut single);
    assert_eq!(single, [9]);
}

/// Σ to_coset(v)_j · P_j = Σ v_k · transposed(P)_k, over points that are known multiples of the generator.
#[test]
fn the_transform_of_points_is_the_transpose_of_that_of_values() {
    fn check<P: SWCurveConfig<ScalarField: Transformed>>(log: u32) {
        let size = 1usize << log;
        let inner = |values: &[P::ScalarField], points: &[Projective<P>]| -> Projective<P> {
            values.iter().zip(points).map(|(value, point)| *point * value).sum()
        };
        let mut points: Vec<Projective<P>> = spread::<P::ScalarField>(size)
            .into_iter()
            .map(|scalar| Projective::<P>::generator() * scalar)
            .collect();
        let mut values: Vec<P::ScalarField> =
            (0..size as u64).map(|i| P::ScalarField::from(i + 2).pow([i + 40])).collect();
        let before = values.clone();
        Domain::new(size, Cpu::Portable).expect("the domain exists").to_coset(&mut values);
        let wanted = inner(&values, &points);
        transposed_to_coset(&mut points);
        assert_eq!(inner(&before, &points), wanted, "size {size}");
    }
    for log in [0, 1, 2, 5] {
        check::<<Bn254 as Curve>::G1>(log);
        check::<<Bls12381 as Curve>::G1>(log);
    }
    // More than one thread's share of butterflies.
    check::<<Bn254 as Curve>::G1>(8);
}

#[test]
fn roots_are_powers_of_five() {
    // For BLS12-381 arkworks' own generator is 7 and gives another root.
    let root: ark_bls12_381::Fr = root_of_unity(32).expect("the largest");
    let expected = "937917089079007706106976984802249742464848817460758522850752807661925904159";
    assert_eq!(root.to_string(), expected);
    assert_ne!(root, ark_bls12_381::Fr::TWO_ADIC_ROOT_OF_UNITY);
    assert_eq!(root_of_unity::<ark_bn254::Fr>(28), Some(ark_bn254::Fr::TWO_ADIC_ROOT_OF_UNITY));
    assert_ne!(root.pow([1 << 31]), ark_bls12_381::Fr::ONE);
    assert_ne!(ark_bls12_381::Fr::ZERO, root);
}

#[test]
fn sizes_that_have_no_domain_are_refused() {
    assert!(Domain::<ark_bn254::Fr>::new(12, Cpu::Portable).is_none());
    assert!(Domain::<ark_bn254::Fr>::new(0, Cpu::Portable).is_none());
    // The largest subgroup of the field has no coset by a root of unity of twice the order.
    assert!(Domain::<ark_bn254::Fr>::new(1 << 28, Cpu::Portable).is_none());
    assert!(Domain::<ark_bn254::Fr>::exists(1 << 27) && !Domain::<ark_bn254::Fr>::exists(1 << 28));
    assert!(root_of_unity::<ark_bn254::Fr>(29).is_none());
}

#[test]
#[should_panic(expected = "a value for each point of the domain")]
fn a_wrong_number_of_values_is_refused() {
    let domain = Domain::<ark_bn254::Fr>::new(4, Cpu::Portable).expect("the domain exists");
    domain.forward(&mut [ark_bn254::Fr::ONE; 3], Order::Natural);
}

/// They give the same results, so nothing else would tell if one stood in for another.
#[test]
#[cfg(target_arch = "x86_64")]
fn each_kind_of_processor_has_its_own_transforms() {
    fn kinds<F: Transformed>(size: usize, among: &[Cpu]) -> HashSet<&'static str> {
        let here = among.iter().filter(|cpu| cpu.is_available());
        here.map(|&cpu| F::transform(size, cpu).expect("the domain exists").kind()).collect()
    }
    let here = |among: &[Cpu]| among.iter().filter(|cpu| cpu.is_available()).count();
    assert_eq!(kinds::<ark_bn254::Fr>(1 << 6, &Cpu::ALL).len(), here(&Cpu::ALL));
    assert_eq!(kinds::<ark_bn254::Fr>(1 << 5, &Cpu::ALL).len(), 1, "too few for lanes");
    // In four words of 64 bits BLS12-381's scalars have no room for lazy sums.
    let [portable @ .., eight] = Cpu::ALL;
    assert_eq!(kinds::<ark_bls12_381::Fr>(1 << 6, &portable).len(), 1);
    assert_eq!(
        kinds::<ark_bls12_381::Fr>(1 << 6, &[Cpu::Portable, eight]).len(),
        here(&[Cpu::Portable, eight])
    );
    // Each was looked at before it was taken.
    let checked = CHECKED.lock().expect("nobody panics with it");
    for kind in kinds::<ark_bn254::Fr>(1 << 6, &Cpu::ALL) {
        assert!(kind.contains("One<") || checked.contains(&kind), "{kind}");
    }
    for kind in kinds::<ark_bls12_381::Fr>(1 << 6, &[eight]) {
        assert!(checked.contains(&kind), "{kind}");
    }
}
