//! Round 3: the quotient t of the gates' and the permutation's identities by Z_H = X^n − 1.
//!
//! It has 3n + 6 coefficients, so it is not calculated over a domain of 4n points. A key has its polynomials' values at
//! the powers of the 4n-th root ω₄; those whose exponents are 1, 2 and 3 modulo 4 are three cosets of the domain, on
//! which Z_H is the constant c − 1 with c = i, −1, −i. Three transforms of size n take a polynomial there, three bring
//! the quotient back, and three linear equations for each k give t_k, t_{n+k} and t_{2n+k}. The six coefficients that
//! do not fit are the numerator's highest, products of the highest coefficients of its factors.
//!
//! One coset is finished before the next one is begun, so that no more than its values are in memory.
//!
//! (z − 1)·L_1 / Z_H is (z − 1)/(n·(X − 1)): a synthetic division without a product.

use super::super::key::Key;
use super::{Rounds, public_polynomial};
use crate::arithmetic::curve::Curve;
use crate::arithmetic::ntt::{Domain, Order, Transformed, root_of_unity};
use crate::plonkish::polynomial::{add_multiple, divide_by_linear, scale};
use crate::plonkish::values::BLOWUP;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

/// Coefficients of t past 3n.
const MORE: usize = 6;

/// Points that one thread works through at a time.
const CHUNK: usize = 1 << 10;

/// The coefficients of t, 3n + 6 of them.
pub fn quotient<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    rounds: &Rounds<C::Scalar>,
    public: &[C::Scalar],
) -> Vec<C::Scalar> {
    let size = domain.size();
    let root4: C::Scalar = root_of_unity(size.trailing_zeros() + 2)
        .expect("a key's domain is a quarter of the largest at most");
    let public = public_polynomial(domain, public);
    let highest = highest_of_numerator(key, domain, rounds);

    // For each coset: t_k + c·t_{n+k} + c²·t_{2n+k}, for all k.
    let folded = [1, 2, 3].map(|coset: u64| {
        let shift = root4.pow([coset]);
        let constant = shift.pow([size as u64]);
        let mut values =
            on_coset(key, domain, rounds, public.as_deref(), coset as usize, shift, constant);
        domain.inverse(&mut values, Order::Natural);
        let one_over = (constant - C::Scalar::ONE).inverse().expect("the coset is not the domain");
        let back = shift.inverse().expect("a root of unity is not zero");
        scale(&mut values, one_over, back);
        let cube = constant.square() * constant;
        for (value, high) in values.iter_mut().zip(&highest) {
            *value -= cube * high;
        }
        values
    });

    let fourth: C::Scalar = root_of_unity(2).expect("its square is −1");
    let half = C::Scalar::from(2u64).inverse().expect("the field is not of characteristic 2");
    let half_over_i = half * -fourth;
    let mut low = vec![C::Scalar::ZERO; 3 * size + MORE];
    let (first, rest) = low.split_at_mut(size);
    let (second, rest) = rest.split_at_mut(size);
    let (third, last) = rest.split_at_mut(size);
    let [f1, f2, f3] = &folded;
    first.par_iter_mut().with_min_len(CHUNK).zip(second).zip(third).zip(f1).zip(f2).zip(f3).for_each(
        |(((((t0, t1), t2), f1), f2), f3)| {
            *t1 = (*f1 - f3) * half_over_i;
            let (sum, difference) = (*f2 + *t1, (*f1 + f3) * half);
            *t0 = (sum + difference) * half;
            *t2 = (sum - difference) * half;
        },
    );
    last.copy_from_slice(&highest);

    let mut start = rounds.z.clone();
    start[0] -= C::Scalar::ONE;
    divide_by_linear(&mut start, C::Scalar::ONE);
    let weight = rounds.alpha.square()
        * C::Scalar::from(size as u64).inverse().expect("a power of two is not zero");
    add_multiple(&mut low, weight, start.into_par_iter());
    low
}

/// The numerator, without the term of L_1, on a coset of the domain.
fn on_coset<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    rounds: &Rounds<C::Scalar>,
    public: Option<&[C::Scalar]>,
    coset: usize,
    shift: C::Scalar,
    constant: C::Scalar,
) -> Vec<C::Scalar> {
    let Rounds { beta, gamma, alpha, .. } = *rounds;
    let polynomials = [&rounds.a[..], &rounds.b, &rounds.c, &rounds.z, public.unwrap_or(&[])];
    let values: Vec<Vec<C::Scalar>> = polynomials
        .par_iter()
        .map(|coefficients| {
            if coefficients.is_empty() {
                Vec::new()
            } else {
                to_coset(domain, coefficients, shift, constant)
            }
        })
        .collect();
    let [a, b, c, z, public] = &values[..] else { unreachable!("as many values as polynomials") };
    let (size, root) = (domain.size(), domain.root());
    let mut numerator = vec![C::Scalar::ZERO; size];
    numerator.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, numerator)| {
        let first = chunk * CHUNK;
        let mut position = beta * shift * root.pow([first as u64]);
        for (row, value) in (first..).zip(numerator) {
            let index = BLOWUP * row + coset;
            let wires = [a[row], b[row], c[row]];
            let [shifted_a, shifted_b, shifted_c] = wires.map(|wire| wire + gamma);
            let identity = (shifted_a + position)
                * (shifted_b + key.k1 * position)
                * (shifted_c + key.k2 * position)
                * z[row];
            let sigma = |wire: usize| beta * key.sigma[wire].values.get(index);
            let permuted = (shifted_a + sigma(0))
                * (shifted_b + sigma(1))
                * (shifted_c + sigma(2))
                * z[(row + 1) % size];
            *value = key.selectors.sum(index, wires) + alpha * (identity - permuted);
            if let Some(public) = public.get(row) {
                *value += public;
            }
            position *= root;
        }
    });
    numerator
}

/// The values on shift·domain, where X^n is `constant`, of a polynomial of perhaps a few more coefficients than n.
fn to_coset<F: Transformed>(domain: &Domain<F>, coefficients: &[F], shift: F, constant: F) -> Vec<F> {
    let (low, high) = coefficients.split_at(domain.size());
    let mut values = low.to_vec();
    for (value, high) in values.iter_mut().zip(high) {
        *value += constant * high;
    }
    scale(&mut values, F::ONE, shift);
    domain.forward(&mut values, Order::Natural);
    values
}

/// The coefficients 4n to 4n + 5 of the numerator, which are those of t from 3n on: t·(X^n − 1) has no others there.
/// Only the permutation's part is of so high a degree.
fn highest_of_numerator<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    rounds: &Rounds<C::Scalar>,
) -> [C::Scalar; MORE] {
    let size = domain.size();
    // The coefficients of X^(n+1), X^n, … of each wire's polynomial, and of X^(n+2), … of z, from the highest down.
    let top = |coefficients: &[C::Scalar]| -> [C::Scalar; MORE] {
        std::array::from_fn(|index| coefficients[coefficients.len() - 1 - index])
    };
    // A factor w + β·S + γ, where S has n coefficients: its X^(n−1) stands at place 2.
    let with_sigma = |wire: &[C::Scalar], number: usize| {
        let mut factor = top(wire);
        for (place, value) in factor.iter_mut().enumerate().skip(2) {
            *value += rounds.beta * key.sigma[number].coefficients.get(size + 1 - place);
        }
        factor
    };
    let Rounds { a, b, c, z, alpha, .. } = rounds;
    let mut turned = top(z);
    for (place, value) in turned.iter_mut().enumerate() {
        *value *= domain.root().pow([(size + 2 - place) as u64]);
    }
    // The factors w + β·k·X + γ have their two lowest coefficients changed. A domain has eight points at least, so those
    // are not among the six.
    let identity = product([top(a), top(b), top(c), top(z)]);
    let permuted = product([with_sigma(a, 0), with_sigma(b, 1), with_sigma(c, 2), turned]);
    // Place 0 is the coefficient of X^(4n+5).
    std::array::from_fn(|index| *alpha * (identity[MORE - 1 - index] - permuted[MORE - 1 - index]))
}

/// The six highest coefficients of a product, from those of its factors.
fn product<F: Field>(factors: [[F; MORE]; 4]) -> [F; MORE] {
    let [first, others @ ..] = factors;
    others.into_iter().fold(first, |one, other| {
        std::array::from_fn(|place| (0..=place).map(|index| one[index] * other[place - index]).sum())
    })
}
