//! Polynomials by their coefficients, from the constant up.

use ark_ff::Field;
use rayon::prelude::*;

/// Horner's rules that run side by side: a product waits for the one before it, and four hide the latency.
const STREAMS: usize = 4;

/// Coefficients that one thread works through at a time.
const CHUNK: usize = 1 << 12;

/// The value at a point.
pub fn evaluate<F: Field>(coefficients: &[F], at: F) -> F {
    let step = at.pow([CHUNK as u64]);
    let parts: Vec<F> =
        coefficients.par_chunks(CHUNK).map(|chunk| evaluate_in_streams(chunk, at)).collect();
    parts.into_iter().rev().fold(F::ZERO, |sum, part| sum * step + part)
}

fn evaluate_in_streams<F: Field>(coefficients: &[F], at: F) -> F {
    let step = at.pow([STREAMS as u64]);
    let mut sums = [F::ZERO; STREAMS];
    for group in coefficients.chunks(STREAMS).rev() {
        for (stream, sum) in sums.iter_mut().enumerate() {
            *sum *= step;
            if let Some(coefficient) = group.get(stream) {
                *sum += coefficient;
            }
        }
    }
    sums.into_iter().rev().fold(F::ZERO, |sum, part| sum * at + part)
}

/// Divides by X − root (synthetic division, Ruffini's rule). The coefficients become those of the quotient; the
/// remainder, which is the value at the root, is returned.
pub fn divide_by_linear<F: Field>(coefficients: &mut Vec<F>, root: F) -> F {
    let mut carry = F::ZERO;
    for coefficient in coefficients.iter_mut().rev() {
        let quotient = carry;
        carry = carry * root + *coefficient;
        *coefficient = quotient;
    }
    // The highest coefficient of the quotient is zero.
    coefficients.pop();
    carry
}

/// Adds factor · other, which has no more coefficients.
pub fn add_multiple<F: Field>(
    coefficients: &mut [F],
    factor: F,
    other: impl IndexedParallelIterator<Item = F>,
) {
    assert!(other.len() <= coefficients.len(), "there is room for all coefficients");
    coefficients
        .par_iter_mut()
        .with_min_len(CHUNK)
        .zip(other)
        .for_each(|(sum, coefficient)| *sum += factor * coefficient);
}

/// Adds blinding · (X^n − 1), whose factor has the coefficients `blinding` from the constant up.
pub fn blind<F: Field>(coefficients: &mut Vec<F>, blinding: &[F]) {
    for (coefficient, factor) in coefficients.iter_mut().zip(blinding) {
        *coefficient -= factor;
    }
    coefficients.extend_from_slice(blinding);
}

/// Multiplies the coefficient of X^i by first · ratio^i, in parallel.
pub fn scale<F: Field>(coefficients: &mut [F], first: F, ratio: F) {
    coefficients.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, coefficients)| {
        let mut factor = first * ratio.pow([(chunk * CHUNK) as u64]);
        for coefficient in coefficients {
            *coefficient *= factor;
            factor *= ratio;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::Fr;
    use ark_poly::univariate::{DenseOrSparsePolynomial, DensePolynomial};
    use ark_poly::{DenseUVPolynomial, Polynomial};

    fn numbers(count: u64) -> Vec<Fr> {
        (0..count).map(|i| Fr::from(i * i + 7).inverse().expect("not zero")).collect()
    }

    #[test]
    fn values_are_those_of_arkworks() {
        for count in [0, 1, 2, 5, 8, 4095, 4096, 4097, 9000] {
            let (coefficients, at) = (numbers(count), Fr::from(0x1234_5678_9abcu64));
            let wanted = DensePolynomial::from_coefficients_slice(&coefficients).evaluate(&at);
            assert_eq!(evaluate(&coefficients, at), wanted, "{count}");
        }
    }

    #[test]
    fn quotient_and_remainder_are_those_of_arkworks() {
        for count in [1, 2, 3, 100] {
            let (mut coefficients, root) = (numbers(count), Fr::from(98_765u64));
            let dividend = DensePolynomial::from_coefficients_slice(&coefficients);
            let divisor = DensePolynomial::from_coefficients_slice(&[-root, Fr::ONE]);
            let (quotient, remainder) = DenseOrSparsePolynomial::from(&dividend)
                .divide_with_q_and_r(&(&divisor).into())
                .expect("the divisor is not zero");
            let rest = divide_by_linear(&mut coefficients, root);
            assert_eq!(DensePolynomial::from_coefficients_slice(&coefficients), quotient);
            assert_eq!(rest, remainder.evaluate(&root));
        }
    }

    #[test]
    fn a_blinded_polynomial_has_the_same_values_on_the_domain() {
        let (plain, n) = (numbers(8), 8);
        let mut blinded = plain.clone();
        blind(&mut blinded, &numbers(3));
        let root: Fr = crate::arithmetic::ntt::root_of_unity(3).expect("there is one");
        for i in 0..n {
            let at = root.pow([i]);
            assert_eq!(evaluate(&blinded, at), evaluate(&plain, at));
        }
        assert_ne!(evaluate(&blinded, Fr::from(3)), evaluate(&plain, Fr::from(3)));
    }
}
