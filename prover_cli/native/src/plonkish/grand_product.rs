//! The permutation argument (PLONK, section 5): the running product z, which closes where the values on wires that
//! carry the same signal are equal.

use super::division::divide;
use super::values::{BLOWUP, Stretched};
use crate::arithmetic::field::Scalar;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::{PrimeLanes, splat};
use crate::arithmetic::ntt::Transformed;
use crate::arithmetic::pointwise::{
    CHUNK, Column, Places, Pointwise, calculate, geometric, load_each, ratio,
};
use ark_ff::batch_inversion;
use rayon::prelude::*;

/// The permutation and the challenges of its argument.
#[derive(Clone, Copy)]
pub struct Permutation<'a, F> {
    pub sigma: [Stretched<'a, F>; 3],
    /// What the positions of the three wires are multiplied by, so that they differ: 1, k1, k2.
    pub cosets: [F; 3],
    /// The generator of the domain.
    pub root: F,
    pub beta: F,
    pub gamma: F,
}

/// z_0 = 1, z_{i+1} = z_i · Π(w + β·k·ω^i + γ) / Π(w + β·σ + γ) over the three wires, and whether it comes back to 1.
pub fn grand_product<F: Transformed>(
    permutation: &Permutation<'_, F>,
    wires: [&[F]; 3],
    cpu: Cpu,
) -> (Vec<F>, bool) {
    let mut products = factors::<F, false>(permutation, wires, cpu);
    let mut divisors = factors::<F, true>(permutation, wires, cpu);
    products.par_chunks_mut(CHUNK).zip(divisors.par_chunks_mut(CHUNK)).for_each(
        |(products, divisors)| {
            batch_inversion(divisors);
            for (product, inverse) in products.iter_mut().zip(divisors) {
                *product *= &*inverse;
            }
        },
    );
    let mut running = F::ONE;
    for product in &mut products {
        let factor = std::mem::replace(product, running);
        running *= factor;
    }
    (products, running == F::ONE)
}

/// (z − 1)·L_1/Z_H = (z − 1)/(n·(X − 1)), by the coefficients of z: the quotient of the condition that z starts at one.
pub fn start_quotient<F: Transformed>(cpu: Cpu, z: &[F], size: usize) -> Vec<F> {
    let mut quotient = z.to_vec();
    quotient[0] -= F::ONE;
    divide(cpu, &mut quotient, 1, F::ONE);
    quotient.remove(0);
    let weight = F::from(size as u64).inverse().expect("a power of two is not zero");
    quotient.par_iter_mut().for_each(|coefficient| *coefficient *= weight);
    quotient
}

/// Π(w + β·p + γ) at each point, where p is the position of the place, or of the one that it is permuted to. Both kinds
/// carry the same power of ρ (see [`crate::arithmetic::pointwise`]), which their quotient loses.
fn factors<F: Transformed, const PERMUTED: bool>(
    permutation: &Permutation<'_, F>,
    wires: [&[F]; 3],
    cpu: Cpu,
) -> Vec<F> {
    let mut products = vec![F::ZERO; wires[0].len()];
    let work = Factors::<F, PERMUTED> {
        wires: wires.map(Column::of),
        sigma: permutation.sigma.map(|sigma| sigma.values.column(0, BLOWUP)),
        permutation,
    };
    calculate(cpu, &work, &mut products);
    products
}

struct Factors<'a, F, const PERMUTED: bool> {
    wires: [Column<'a, F>; 3],
    sigma: [Column<'a, F>; 3],
    permutation: &'a Permutation<'a, F>,
}

impl<F: Scalar, const PERMUTED: bool> Pointwise<F> for Factors<'_, F, PERMUTED> {
    #[inline(always)]
    fn values<V: PrimeLanes<Field = F>>(
        &self,
        features: V::Features,
        first: usize,
        mut out: Places<'_, F>,
    ) {
        let Permutation { cosets, root, beta, gamma, .. } = *self.permutation;
        let rho = ratio::<V>(features);
        let gamma: V = splat(features, gamma * rho);
        let start = beta * rho * root.pow([first as u64]);
        let mut positions = [geometric::<V>(features, start, root); 3];
        for (position, coset) in positions.iter_mut().zip(cosets).skip(1) {
            *position = geometric(features, start * coset, root);
        }
        let step: V = splat(features, root.pow([V::WIDTH as u64]));
        let beta: V = splat(features, beta);
        for place in (0..out.len()).step_by(V::WIDTH) {
            let row = first + place;
            let others = if PERMUTED {
                let sigma = load_each::<V, 3>(features, &self.sigma, row);
                V::mul(sigma.each_ref(), [&beta; 3])
            } else {
                let here = positions;
                positions = V::mul(here.each_ref(), [&step; 3]);
                here
            };
            let mut terms = load_each::<V, 3>(features, &self.wires, row);
            for (term, other) in terms.iter_mut().zip(&others) {
                *term = term.tidy_add(other).add(&gamma);
            }
            let [pair] = V::mul([&terms[0]], [&terms[1]]);
            let [product] = V::mul([&pair], [&terms[2]]);
            out.store(place, &product);
        }
    }
}
