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
use super::{Rounds, Setup, public_polynomial};
use crate::arithmetic::curve::Curve;
use crate::arithmetic::field::Scalar;
use crate::arithmetic::lanes::{PrimeLanes, splat};
use crate::arithmetic::ntt::{Domain, Order, root_of_unity};
use crate::arithmetic::pointwise::{Column, Places, Pointwise, calculate, geometric, load_each, ratio};
use crate::plonkish::polynomial::{add_multiple, divide_by_linear, scaled};
use crate::plonkish::values::BLOWUP;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

/// Coefficients of t past 3n.
const MORE: usize = 6;

/// Points that one thread works through at a time.
const CHUNK: usize = 1 << 10;

/// A coset of the domain, shift·H, on which X^n is `constant`.
struct Coset<F> {
    /// Its points are the powers of the 4n-th root whose exponents are this modulo 4.
    number: usize,
    shift: F,
    constant: F,
}

/// The coefficients of t, 3n + 6 of them.
pub fn quotient<C: Curve>(
    setup: &Setup<'_, C>,
    rounds: &Rounds<C::Scalar>,
    public: &[C::Scalar],
) -> Vec<C::Scalar> {
    let (key, domain) = (setup.key, setup.domain);
    let size = domain.size();
    let root4: C::Scalar = root_of_unity(size.trailing_zeros() + 2)
        .expect("a key's domain is a quarter of the largest at most");
    let public = public_polynomial(domain, public);
    let highest = highest_of_numerator(key, domain, rounds);

    // For each coset: t_k + c·t_{n+k} + c²·t_{2n+k}, for all k.
    let folded = [1, 2, 3].map(|number: usize| {
        let shift = root4.pow([number as u64]);
        let coset = Coset { number, shift, constant: shift.pow([size as u64]) };
        let mut values = on_coset(setup, rounds, public.as_deref(), &coset);
        domain.inverse(&mut values, Order::Natural);
        let one_over = (coset.constant - C::Scalar::ONE).inverse().expect("it is not the domain");
        let back = shift.inverse().expect("a root of unity is not zero");
        let mut values = scaled(setup.cpu, &values, one_over, back);
        let cube = coset.constant.square() * coset.constant;
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
    setup: &Setup<'_, C>,
    rounds: &Rounds<C::Scalar>,
    public: Option<&[C::Scalar]>,
    coset: &Coset<C::Scalar>,
) -> Vec<C::Scalar> {
    let (key, domain) = (setup.key, setup.domain);
    let polynomials = [Some(&rounds.a[..]), Some(&rounds.b), Some(&rounds.c), Some(&rounds.z), public];
    let mut values: Vec<Vec<C::Scalar>> = polynomials
        .par_iter()
        .map(|polynomial| polynomial.map_or_else(Vec::new, |own| to_coset(setup, own, coset)))
        .collect();
    // z(ω·X) is the next value.
    let first = values[3][0];
    values[3].push(first);
    let [a, b, c, z, public] = &values[..] else { unreachable!("as many values as polynomials") };
    let selectors = key.selectors;
    let numerator = Numerator {
        wires: [a, b, c].map(|wire| Column::of(wire)),
        z: Column::of(z),
        public: (!public.is_empty()).then(|| Column::of(public)),
        selectors: [selectors.m, selectors.l, selectors.r, selectors.o, selectors.c]
            .map(|selector| selector.values.column(coset.number, BLOWUP)),
        sigma: key.sigma.map(|sigma| sigma.values.column(coset.number, BLOWUP)),
        cosets: [key.k1, key.k2],
        shift: coset.shift,
        root: domain.root(),
        challenges: [rounds.beta, rounds.gamma, rounds.alpha],
    };
    let mut values = vec![C::Scalar::ZERO; domain.size()];
    calculate(setup.cpu, &numerator, &mut values);
    values
}

/// The values of all polynomials on a coset, and what makes the numerator of them.
struct Numerator<'a, F> {
    wires: [Column<'a, F>; 3],
    /// One value more than points: the first one again.
    z: Column<'a, F>,
    public: Option<Column<'a, F>>,
    /// Qm, Ql, Qr, Qo, Qc.
    selectors: [Column<'a, F>; 5],
    sigma: [Column<'a, F>; 3],
    /// k1, k2.
    cosets: [F; 2],
    shift: F,
    root: F,
    /// β, γ, α.
    challenges: [F; 3],
}

impl<F: Scalar> Pointwise<F> for Numerator<'_, F> {
    /// qM·ab + qL·a + qR·b + qO·c + qC + PI + α·[(a + βx + γ)(b + βk1x + γ)(c + βk2x + γ)·z − (a + βS1 + γ)…·z(ωX)].
    ///
    /// With ρ: γ and βx take one as the loaded values have it, α makes the four of its products one again, and so does
    /// `back` for the pairs of the gates.
    #[inline(always)]
    fn values<V: PrimeLanes<Field = F>>(
        &self,
        features: V::Features,
        first: usize,
        mut out: Places<'_, F>,
    ) {
        let [beta, gamma, alpha] = self.challenges;
        let rho = ratio::<V>(features);
        let one_over_rho = rho.inverse().expect("a power of two is not a multiple of the prime");
        let constant = |value: F| splat::<V>(features, value);
        let (zero, one, back) = (constant(F::ZERO), constant(F::ONE), constant(one_over_rho));
        let (beta_once, gamma) = (constant(beta), constant(gamma * rho));
        let alpha = constant(alpha * one_over_rho.square() * one_over_rho);
        let (k1, k2) = (constant(self.cosets[0]), constant(self.cosets[1]));
        let start = beta * rho * self.shift * self.root.pow([first as u64]);
        let mut position: V = geometric(features, start, self.root);
        let step = constant(self.root.pow([V::WIDTH as u64]));
        for place in (0..out.len()).step_by(V::WIDTH) {
            let row = first + place;
            let [a, b, c] = load_each::<V, 3>(features, &self.wires, row);
            let (z, next) = (self.z.load(features, row), self.z.load(features, row + 1));
            let [s1, s2, s3] = load_each::<V, 3>(features, &self.sigma, row);
            let [second, third] = V::mul([&position, &position], [&k1, &k2]);
            let [s1, s2, s3] = V::mul([&s1, &s2, &s3], [&beta_once; 3]);
            let f0 = a.tidy_add(&position).add(&gamma);
            let f1 = b.tidy_add(&second).add(&gamma);
            let f2 = c.tidy_add(&third).add(&gamma);
            let g0 = a.tidy_add(&s1).add(&gamma);
            let g1 = b.tidy_add(&s2).add(&gamma);
            let g2 = c.tidy_add(&s3).add(&gamma);
            let [f01, f2z, g01, g2z] = V::mul([&f0, &f2, &g0, &g2], [&f1, &z, &g1, &next]);
            let [identity, permuted] = V::mul([&f01, &g01], [&f2z, &g2z]);
            let difference = identity.tidy_sub(&permuted);

            let [m, l, r, o, constant] = load_each::<V, 5>(features, &self.selectors, row);
            let [product] = V::mul([&a], [&b]);
            let [product] = V::mul([&product], [&back]);
            let [m, l, r, o] = V::mul([&m, &l, &r, &o], [&product, &a, &b, &c]);
            let sum = zero.tidy_add(&m).tidy_add(&l).tidy_add(&r).tidy_add(&o);
            let [sum, term] = V::mul([&sum, &difference], [&back, &alpha]);
            let mut value = constant.tidy_add(&sum).tidy_add(&term);
            if let Some(public) = &self.public {
                let public = public.load::<V>(features, row);
                let [public] = V::mul([&public], [&one]);
                value = value.tidy_add(&public);
            }
            out.store(place, &value);
            [position] = V::mul([&position], [&step]);
        }
    }
}

/// The values on a coset of a polynomial of perhaps a few more coefficients than n.
fn to_coset<C: Curve>(
    setup: &Setup<'_, C>,
    coefficients: &[C::Scalar],
    coset: &Coset<C::Scalar>,
) -> Vec<C::Scalar> {
    let domain = setup.domain;
    let (low, high) = coefficients.split_at(domain.size());
    let mut values = scaled(setup.cpu, low, C::Scalar::ONE, coset.shift);
    // X^(n+i) is c·X^i there.
    let mut factor = coset.constant;
    for (value, high) in values.iter_mut().zip(high) {
        *value += factor * high;
        factor *= coset.shift;
    }
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
