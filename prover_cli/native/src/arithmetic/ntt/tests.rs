use super::{root_of_unity, Domain, Transformed};
use crate::arithmetic::lanes::cpu::Cpu;
use ark_ff::{AdditiveGroup, FftField, Field};
use ark_poly::univariate::DensePolynomial;
use ark_poly::{DenseUVPolynomial, EvaluationDomain, Polynomial, Radix2EvaluationDomain};

/// Values on the domain → values on the coset, against the definition: interpolate, then evaluate.
fn check<F: Transformed>(log: u32) {
    let size = 1usize << log;
    let coset: F = root_of_unity(log + 1).expect("the field has such a root");
    let root = coset.square();
    let coefficients: Vec<F> = (0..size as u64).map(|i| F::from(i * i + 7).pow([i + 3])).collect();
    let polynomial = DensePolynomial::from_coefficients_vec(coefficients);
    let points = |first: F| {
        let mut at = first;
        (0..size)
            .map(|_| {
                let value = polynomial.evaluate(&at);
                at *= root;
                value
            })
            .collect::<Vec<F>>()
    };
    for cpu in Cpu::ALL.into_iter().filter(|cpu| cpu.is_available()) {
        let mut values = points(F::ONE);
        Domain::<F>::new(size, cpu).expect("the domain exists").to_coset(&mut values);
        assert_eq!(values, points(coset), "size {size}, {}", cpu.name());
    }
}

#[test]
fn coset_values_are_those_of_the_interpolated_polynomial() {
    for log in 0..9 {
        check::<ark_bn254::Fr>(log);
        check::<ark_bls12_381::Fr>(log);
    }
}

#[test]
fn a_size_past_the_serial_limit_agrees_with_arkworks() {
    let size = 1 << 14;
    let domain = Radix2EvaluationDomain::<ark_bn254::Fr>::new(size).expect("arkworks has it");
    let coefficients: Vec<ark_bn254::Fr> =
        (0..size as u64).map(|i| ark_bn254::Fr::from(i * 31 + 5)).collect();
    let coset = root_of_unity(15).expect("small");
    let wanted = domain.get_coset(coset).expect("not zero").fft(&coefficients);
    for cpu in Cpu::ALL.into_iter().filter(|cpu| cpu.is_available()) {
        let mut values = domain.fft(&coefficients);
        Domain::new(size, cpu).expect("we have it").to_coset(&mut values);
        assert_eq!(values, wanted, "{}", cpu.name());
    }
}

#[test]
fn roots_are_powers_of_five() {
    // FORMATS: for BLS12-381 arkworks' own generator is 7 and gives another root.
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
    assert!(root_of_unity::<ark_bn254::Fr>(29).is_none());
}
