//! Polynomials by their coefficients, from the constant up.

use crate::arithmetic::field::Scalar;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::{PrimeLanes, splat};
use crate::arithmetic::ntt::Transformed;
use crate::arithmetic::pointwise::{Column, Places, Pointwise, calculate, geometric};
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

/// Σ X^i·f_i(X^k) for k polynomials f_i, which have so many coefficients each at the most.
pub fn interleaved<F: Field>(polynomials: &[&[F]], longest: usize) -> Vec<F> {
    let mut coefficients = vec![F::ZERO; polynomials.len() * longest];
    coefficients.par_chunks_exact_mut(polynomials.len()).with_min_len(CHUNK).enumerate().for_each(
        |(place, group)| {
            for (coefficient, polynomial) in group.iter_mut().zip(polynomials) {
                if let Some(own) = polynomial.get(place) {
                    *coefficient = *own;
                }
            }
        },
    );
    coefficients
}

/// A factor, the coefficients that it is for, and how many there are.
pub type Term<'a, F> = (F, Column<'a, F>, usize);

/// Σ factor·f, by its coefficients, as many as the longest has. Each of the polynomials has `size` of them at least.
pub fn combined<F: Transformed>(cpu: Cpu, terms: &[Term<'_, F>], size: usize) -> Vec<F> {
    /// Terms at once, which hides the latency of a product.
    const STREAMS: usize = 4;

    struct Combined<'a, F> {
        /// Whole groups, filled up with factors of zero.
        terms: Vec<Term<'a, F>>,
    }

    impl<F: Scalar> Pointwise<F> for Combined<'_, F> {
        #[inline(always)]
        fn values<V: PrimeLanes<Field = F>>(
            &self,
            features: V::Features,
            first: usize,
            mut out: Places<'_, F>,
        ) {
            let zero: V = splat(features, F::ZERO);
            let mut factors = Vec::with_capacity(self.terms.len());
            for (factor, ..) in &self.terms {
                factors.push(splat::<V>(features, *factor));
            }
            for place in (0..out.len()).step_by(V::WIDTH) {
                let mut sum = zero;
                let groups = self.terms.chunks_exact(STREAMS).zip(factors.chunks_exact(STREAMS));
                for (terms, factors) in groups {
                    let mut values = [zero; STREAMS];
                    let mut by = [&factors[0]; STREAMS];
                    for stream in 0..STREAMS {
                        values[stream] = terms[stream].1.load(features, first + place);
                        by[stream] = &factors[stream];
                    }
                    let products = V::mul(values.each_ref(), by);
                    for product in &products {
                        sum = sum.tidy_add(product);
                    }
                }
                out.store(place, &sum);
            }
        }
    }

    let longest = terms.iter().map(|(.., length)| *length).max().unwrap_or(size);
    let mut sum = vec![F::ZERO; longest];
    let mut whole = terms.to_vec();
    if let Some(&(_, column, length)) = terms.first() {
        whole.resize(terms.len().next_multiple_of(STREAMS), (F::ZERO, column, length));
    }
    calculate(cpu, &Combined { terms: whole }, &mut sum[..size]);
    for (factor, column, length) in terms {
        for (place, sum) in sum.iter_mut().enumerate().take(*length).skip(size) {
            *sum += *factor * column.get(place);
        }
    }
    sum
}

/// The coefficients of first·f(ratio·X): that of X^i is multiplied by first · ratio^i.
pub fn scaled<F: Transformed>(cpu: Cpu, coefficients: &[F], first: F, ratio: F) -> Vec<F> {
    struct Scaled<'a, F> {
        coefficients: Column<'a, F>,
        first: F,
        ratio: F,
    }

    impl<F: Scalar> Pointwise<F> for Scaled<'_, F> {
        #[inline(always)]
        fn values<V: PrimeLanes<Field = F>>(
            &self,
            features: V::Features,
            first: usize,
            mut out: Places<'_, F>,
        ) {
            let start = self.first * self.ratio.pow([first as u64]);
            let mut factor: V = geometric(features, start, self.ratio);
            let step: V = splat(features, self.ratio.pow([V::WIDTH as u64]));
            for place in (0..out.len()).step_by(V::WIDTH) {
                let coefficient: V = self.coefficients.load(features, first + place);
                let [product, next] = V::mul([&coefficient, &factor], [&factor, &step]);
                out.store(place, &product);
                factor = next;
            }
        }
    }

    let mut values = vec![F::ZERO; coefficients.len()];
    let work = Scaled { coefficients: Column::of(coefficients), first, ratio };
    calculate(cpu, &work, &mut values);
    values
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use ark_bn254::Fr;
    use ark_poly::univariate::DensePolynomial;
    use ark_poly::{DenseUVPolynomial, Polynomial};

    pub fn numbers(count: u64) -> Vec<Fr> {
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
    fn combinations_and_scaled_polynomials_are_the_same_in_all_lanes() {
        for size in [8usize, 64, 2048] {
            let (one, other, short) =
                (numbers(size as u64 + 3), numbers(size as u64 + 1), numbers(size as u64));
            let factors = [Fr::from(3u64), -Fr::from(5u64), Fr::from(1u64 << 40).square()];
            let terms = [
                (factors[0], Column::of(&one), one.len()),
                (factors[1], Column::of(&other), other.len()),
                (factors[2], Column::of(&short), short.len()),
            ];
            let at = |values: &[Fr], place: usize| values.get(place).copied().unwrap_or_default();
            let wanted: Vec<Fr> = (0..size + 3)
                .map(|i| {
                    factors[0] * at(&one, i) + factors[1] * at(&other, i) + factors[2] * at(&short, i)
                })
                .collect();
            let (first, ratio) = (Fr::from(7u64), Fr::from(11u64));
            let stretched: Vec<Fr> =
                (0..size).map(|i| short[i] * first * ratio.pow([i as u64])).collect();
            for cpu in Cpu::fastest_first().iter().copied().filter(|cpu| Fr::works_on(*cpu)) {
                assert_eq!(combined(cpu, &terms, size), wanted, "{size} {}", cpu.name());
                assert_eq!(scaled(cpu, &short, first, ratio), stretched, "{size} {}", cpu.name());
            }
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
