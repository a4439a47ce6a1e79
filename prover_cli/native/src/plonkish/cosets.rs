//! Where quotients by Z_H = X^n − 1 are calculated: cosets of the domain.
//!
//! A key has its polynomials' values at the powers of the 4n-th root ω₄; those whose exponents are 1, 2 and 3 modulo 4 are
//! three cosets of the domain, on which Z_H is the constant c − 1 with c = i, −1, −i. Three transforms of size n take a
//! polynomial there, three bring a quotient t back, and three linear equations for each k give t_k, t_{n+k} and t_{2n+k}
//! from t_k + c·t_{n+k} + c²·t_{2n+k}. For a quotient of 2n coefficients the first and the third coset are enough.

use super::gates::Selectors;
use super::grand_product::Permutation;
use super::values::BLOWUP;
use crate::arithmetic::field::Scalar;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::{PrimeLanes, splat};
use crate::arithmetic::ntt::{Domain, Order, Transformed, root_of_unity};
use crate::arithmetic::pointwise::{Column, Places, Pointwise, calculate, geometric, load_each, ratio};
use crate::plonkish::polynomial::scaled;
use rayon::prelude::*;

/// Points that one thread works through at a time.
const CHUNK: usize = 1 << 10;

/// A coset of the domain, shift·H, on which X^n is `constant`.
#[derive(Clone, Copy)]
pub struct Coset<F> {
    /// Its points are the powers of the 4n-th root whose exponents are this modulo 4.
    pub number: usize,
    pub shift: F,
    pub constant: F,
}

impl<F: Transformed> Coset<F> {
    /// 1, 2 or 3, of a domain of `size` points.
    pub fn new(number: usize, size: usize) -> Self {
        let root: F = root_of_unity(size.trailing_zeros() + 2)
            .expect("a key's domain is a quarter of the largest at most");
        let shift = root.pow([number as u64]);
        Self { number, shift, constant: shift.pow([size as u64]) }
    }

    /// The values of a polynomial of perhaps a few more coefficients than n.
    pub fn values(&self, domain: &Domain<F>, cpu: Cpu, coefficients: &[F]) -> Vec<F> {
        let (low, high) = coefficients.split_at(domain.size());
        let mut values = scaled(cpu, low, F::ONE, self.shift);
        // X^(n+i) is c·X^i here.
        let mut factor = self.constant;
        for (value, high) in values.iter_mut().zip(high) {
            *value += factor * high;
            factor *= self.shift;
        }
        domain.forward(&mut values, Order::Natural);
        values
    }

    /// The coefficients, modulo X^n − c, of the quotient by Z_H of what has these values.
    pub fn quotient(&self, domain: &Domain<F>, cpu: Cpu, mut values: Vec<F>) -> Vec<F> {
        domain.inverse(&mut values, Order::Natural);
        let one_over = (self.constant - F::ONE).inverse().expect("it is not the domain");
        let back = self.shift.inverse().expect("a root of unity is not zero");
        scaled(cpu, &values, one_over, back)
    }
}

/// 1/2 and 1/(2i), to solve the equations: i is the constant of the first coset.
fn halves<F: Transformed>() -> (F, F) {
    let half = F::from(2u64).inverse().expect("the field is not of characteristic 2");
    let fourth: F = root_of_unity(2).expect("its square is −1");
    (half, half * -fourth)
}

/// The first 3n coefficients of a quotient, from what the three cosets have of it.
pub fn solved<F: Transformed>(folded: &[Vec<F>; 3], low: &mut [F]) {
    let size = folded[0].len();
    let (half, half_over_i) = halves::<F>();
    let (first, rest) = low.split_at_mut(size);
    let (second, third) = rest.split_at_mut(size);
    let [f1, f2, f3] = folded;
    first.par_iter_mut().with_min_len(CHUNK).zip(second).zip(third).zip(f1).zip(f2).zip(f3).for_each(
        |(((((t0, t1), t2), f1), f2), f3)| {
            *t1 = (*f1 - f3) * half_over_i;
            let (sum, difference) = (*f2 + *t1, (*f1 + f3) * half);
            *t0 = (sum + difference) * half;
            *t2 = (sum - difference) * half;
        },
    );
}

/// The 2n coefficients of a shorter one, from what the first and the third have of it.
pub fn solved_by_two<F: Transformed>(folded: &[Vec<F>; 2]) -> Vec<F> {
    let size = folded[0].len();
    let (half, half_over_i) = halves::<F>();
    let mut quotient = vec![F::ZERO; 2 * size];
    let (first, second) = quotient.split_at_mut(size);
    let [f1, f3] = folded;
    first.par_iter_mut().with_min_len(CHUNK).zip(second).zip(f1).zip(f3).for_each(
        |(((t0, t1), f1), f3)| {
            *t0 = (*f1 + f3) * half;
            *t1 = (*f1 - f3) * half_over_i;
        },
    );
    quotient
}

/// The values on a coset that the gates are made of, other than those on the wires.
pub struct Gates<'a, F> {
    /// Qm, Ql, Qr, Qo, Qc.
    selectors: [Column<'a, F>; 5],
    public: Option<Column<'a, F>>,
}

/// What the gates are multiplied by, in lanes.
pub struct GateConstants<V> {
    zero: V,
    one: V,
    one_over_rho: V,
}

impl<'a, F: Scalar> Gates<'a, F> {
    /// `public` has the values of the polynomial of the public signals, if there are any.
    pub fn new(selectors: &Selectors<'a, F>, public: Option<&'a [F]>, coset: &Coset<F>) -> Self {
        Self {
            selectors: selectors.all().map(|selector| selector.values.column(coset.number, BLOWUP)),
            public: public.map(Column::of),
        }
    }

    #[inline(always)]
    pub fn constants<V: PrimeLanes<Field = F>>(features: V::Features) -> GateConstants<V> {
        let rho = ratio::<V>(features);
        let one_over_rho = rho.inverse().expect("a power of two is not a multiple of the prime");
        GateConstants {
            zero: splat(features, F::ZERO),
            one: splat(features, F::ONE),
            one_over_rho: splat(features, one_over_rho),
        }
    }

    /// qM·ab + qL·a + qR·b + qO·c + qC + PI at a place, from loaded values of the wires, with ρ as those have it.
    #[inline(always)]
    pub fn sum<V: PrimeLanes<Field = F>>(
        &self,
        features: V::Features,
        row: usize,
        [a, b, c]: &[V; 3],
        constants: &GateConstants<V>,
    ) -> V {
        let back = &constants.one_over_rho;
        let [m, l, r, o, constant] = load_each::<V, 5>(features, &self.selectors, row);
        let [product] = V::mul([a], [b]);
        let [product] = V::mul([&product], [back]);
        let [m, l, r, o] = V::mul([&m, &l, &r, &o], [&product, a, b, c]);
        let sum = constants.zero.tidy_add(&m).tidy_add(&l).tidy_add(&r).tidy_add(&o);
        let [sum] = V::mul([&sum], [back]);
        let mut value = constant.tidy_add(&sum);
        if let Some(public) = &self.public {
            let public = public.load::<V>(features, row);
            let [public] = V::mul([&public], [&constants.one]);
            value = value.tidy_add(&public);
        }
        value
    }
}

/// The values on a coset that the permutation's identity is made of, other than those on the wires.
pub struct Copies<'a, F> {
    /// One value more than points: the first one again.
    z: Column<'a, F>,
    sigma: [Column<'a, F>; 3],
    permutation: &'a Permutation<'a, F>,
    shift: F,
}

/// β·x and the constants of the identity, in lanes.
pub struct CopyConstants<V> {
    position: V,
    step: V,
    beta: V,
    gamma: V,
    cosets: [V; 2],
    factor: V,
}

impl<'a, F: Scalar> Copies<'a, F> {
    /// `z` has the values on the coset and the first of them again: z(ω·X) is the next value.
    pub fn new(permutation: &'a Permutation<'a, F>, z: &'a [F], coset: &Coset<F>) -> Self {
        Self {
            z: Column::of(z),
            sigma: permutation.sigma.map(|sigma| sigma.values.column(coset.number, BLOWUP)),
            permutation,
            shift: coset.shift,
        }
    }

    /// For the places from `first` on.
    #[inline(always)]
    pub fn constants<V: PrimeLanes<Field = F>>(
        &self,
        features: V::Features,
        first: usize,
        factor: F,
    ) -> CopyConstants<V> {
        let Permutation { cosets, root, beta, gamma, .. } = *self.permutation;
        let rho = ratio::<V>(features);
        let one_over_rho = rho.inverse().expect("a power of two is not a multiple of the prime");
        let start = beta * rho * self.shift * root.pow([first as u64]);
        CopyConstants {
            position: geometric(features, start, root),
            step: splat(features, root.pow([V::WIDTH as u64])),
            beta: splat(features, beta),
            gamma: splat(features, gamma * rho),
            cosets: [splat(features, cosets[1]), splat(features, cosets[2])],
            factor: splat(features, factor * one_over_rho.square() * one_over_rho),
        }
    }

    /// factor·[(a + βx + γ)(b + βk1x + γ)(c + βk2x + γ)·z − (a + βS1 + γ)(b + βS2 + γ)(c + βS3 + γ)·z(ωX)] at the next
    /// place, from loaded values of the wires.
    ///
    /// γ and βx take a ρ as the loaded values have it, and the factor makes the four of the products one again.
    #[inline(always)]
    pub fn difference<V: PrimeLanes<Field = F>>(
        &self,
        features: V::Features,
        row: usize,
        [a, b, c]: &[V; 3],
        constants: &mut CopyConstants<V>,
    ) -> V {
        let CopyConstants { position, step, beta, gamma, cosets: [k1, k2], factor } = constants;
        let (z, next) = (self.z.load(features, row), self.z.load(features, row + 1));
        let [s1, s2, s3] = load_each::<V, 3>(features, &self.sigma, row);
        let [second, third] = V::mul([&*position, &*position], [&*k1, &*k2]);
        let [s1, s2, s3] = V::mul([&s1, &s2, &s3], [&*beta; 3]);
        let f0 = a.tidy_add(position).add(gamma);
        let f1 = b.tidy_add(&second).add(gamma);
        let f2 = c.tidy_add(&third).add(gamma);
        let g0 = a.tidy_add(&s1).add(gamma);
        let g1 = b.tidy_add(&s2).add(gamma);
        let g2 = c.tidy_add(&s3).add(gamma);
        let [f01, f2z, g01, g2z] = V::mul([&f0, &f2, &g0, &g2], [&f1, &z, &g1, &next]);
        let [identity, permuted] = V::mul([&f01, &g01], [&f2z, &g2z]);
        let [term] = V::mul([&identity.tidy_sub(&permuted)], [&*factor]);
        [*position] = V::mul([&*position], [&*step]);
        term
    }
}

/// The values on a coset of the gates, of the permutation's identity times a factor, or of the sum of both.
pub fn numerator<F: Transformed>(
    cpu: Cpu,
    wires: [&[F]; 3],
    gates: Option<&Gates<'_, F>>,
    copies: Option<(&Copies<'_, F>, F)>,
) -> Vec<F> {
    struct Numerator<'a, F> {
        wires: [Column<'a, F>; 3],
        gates: Option<&'a Gates<'a, F>>,
        copies: Option<(&'a Copies<'a, F>, F)>,
    }

    impl<F: Scalar> Pointwise<F> for Numerator<'_, F> {
        #[inline(always)]
        fn values<V: PrimeLanes<Field = F>>(
            &self,
            features: V::Features,
            first: usize,
            mut out: Places<'_, F>,
        ) {
            let zero: V = splat(features, F::ZERO);
            let gate_constants = Gates::constants::<V>(features);
            // Not by `map`, which would not be compiled for the instructions.
            let mut copies = None;
            if let Some((own, factor)) = self.copies {
                copies = Some((own, own.constants::<V>(features, first, factor)));
            }
            for place in (0..out.len()).step_by(V::WIDTH) {
                let row = first + place;
                let wires = load_each::<V, 3>(features, &self.wires, row);
                let mut value = zero;
                if let Some(gates) = self.gates {
                    value = gates.sum(features, row, &wires, &gate_constants);
                }
                if let Some((copies, constants)) = &mut copies {
                    value = value.tidy_add(&copies.difference(features, row, &wires, constants));
                }
                out.store(place, &value);
            }
        }
    }

    let mut values = vec![F::ZERO; wires[0].len()];
    calculate(cpu, &Numerator { wires: wires.map(Column::of), gates, copies }, &mut values);
    values
}
