//! Round 3: the quotient t of the gates' and the permutation's identities by Z_H = X^n − 1.
//!
//! It has 3n + 6 coefficients, so it is not calculated over a domain of 4n points, but on three cosets of the domain (see
//! `plonkish::cosets`), of which one is finished before the next one is begun, so that no more than its values are in
//! memory. The six coefficients that do not fit are the numerator's highest, products of the highest coefficients of its
//! factors.
//!
//! (z − 1)·L_1 / Z_H is (z − 1)/(n·(X − 1)): a synthetic division without a product.

use super::super::key::Key;
use super::{Rounds, Setup};
use crate::arithmetic::curve::Curve;
use crate::arithmetic::ntt::Domain;
use crate::plonkish::circuit::Circuit;
use crate::plonkish::cosets::{Copies, Coset, Gates, numerator, solved};
use crate::plonkish::grand_product::{Permutation, start_quotient};
use crate::plonkish::lagrange::public_polynomial;
use crate::plonkish::polynomial::add_multiple;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

/// Coefficients of t past 3n.
const MORE: usize = 6;

/// The coefficients of t, 3n + 6 of them.
pub fn quotient<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    rounds: &Rounds<C::Scalar>,
    permutation: &Permutation<'_, C::Scalar>,
    public: &[C::Scalar],
) -> Vec<C::Scalar> {
    let (circuit, domain) = (&setup.key.circuit, setup.domain);
    let size = domain.size();
    let public = public_polynomial(domain, public);
    let highest = highest_of_numerator(circuit, domain, rounds);

    let folded = [1, 2, 3].map(|number: usize| {
        let coset = Coset::new(number, size);
        let values = on_coset(setup, rounds, permutation, public.as_deref(), &coset);
        let mut values = coset.quotient(domain, setup.cpu, values);
        let cube = coset.constant.square() * coset.constant;
        for (value, high) in values.iter_mut().zip(&highest) {
            *value -= cube * high;
        }
        values
    });

    let mut low = vec![C::Scalar::ZERO; 3 * size + MORE];
    solved(&folded, &mut low[..3 * size]);
    low[3 * size..].copy_from_slice(&highest);

    let start = start_quotient(setup.cpu, &rounds.z, size);
    add_multiple(&mut low, rounds.alpha.square(), start.into_par_iter());
    low
}

/// The numerator, without the term of L_1, on a coset of the domain.
fn on_coset<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    rounds: &Rounds<C::Scalar>,
    permutation: &Permutation<'_, C::Scalar>,
    public: Option<&[C::Scalar]>,
    coset: &Coset<C::Scalar>,
) -> Vec<C::Scalar> {
    let polynomials = [Some(&rounds.a[..]), Some(&rounds.b), Some(&rounds.c), Some(&rounds.z), public];
    let mut values: Vec<Vec<C::Scalar>> = polynomials
        .par_iter()
        .map(|polynomial| {
            polynomial.map_or_else(Vec::new, |own| coset.values(setup.domain, setup.cpu, own))
        })
        .collect();
    // z(ω·X) is the next value.
    let first = values[3][0];
    values[3].push(first);
    let [a, b, c, z, public] = &values[..] else { unreachable!("as many values as polynomials") };
    let public = (!public.is_empty()).then_some(&public[..]);
    let gates = Gates::new(&setup.key.circuit.selectors, public, coset);
    let copies = Copies::new(permutation, z, coset);
    numerator(setup.cpu, [a, b, c], Some(&gates), Some((&copies, rounds.alpha)))
}

/// The coefficients 4n to 4n + 5 of the numerator, which are those of t from 3n on: t·(X^n − 1) has no others there.
/// Only the permutation's part is of so high a degree.
fn highest_of_numerator<C: Curve>(
    circuit: &Circuit<'_, C>,
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
            *value += rounds.beta * circuit.sigma[number].coefficients.get(size + 1 - place);
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
