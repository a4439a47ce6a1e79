//! The permutation argument (PLONK, section 5): the running product z, which closes where the values on wires that
//! carry the same signal are equal.

use super::values::Stretched;
use crate::arithmetic::field::Scalar;
use ark_ff::batch_inversion;
use rayon::prelude::*;

/// Rows that one thread works through at a time.
const CHUNK: usize = 1 << 10;

/// What the positions of the three wires are multiplied by, so that they differ: 1, k1, k2.
pub type Cosets<F> = [F; 3];

/// The permutation and the challenges of its argument.
#[derive(Clone, Copy)]
pub struct Permutation<'a, F> {
    pub sigma: [Stretched<'a, F>; 3],
    pub cosets: Cosets<F>,
    /// The generator of the domain.
    pub root: F,
    pub beta: F,
    pub gamma: F,
}

/// z_0 = 1, z_{i+1} = z_i · Π(w + β·k·ω^i + γ) / Π(w + β·σ + γ) over the three wires, and whether it comes back to 1.
pub fn grand_product<F: Scalar>(permutation: &Permutation<'_, F>, wires: [&[F]; 3]) -> (Vec<F>, bool) {
    let Permutation { sigma, cosets, root, beta, gamma } = permutation;
    let size = wires[0].len();
    let mut products = vec![F::ONE; size];
    products.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, products)| {
        let first = chunk * CHUNK;
        let mut position = *beta * root.pow([first as u64]);
        let mut below: Vec<F> = Vec::with_capacity(products.len());
        for (row, product) in (first..).zip(products.iter_mut()) {
            let mut divisor = F::ONE;
            for wire in 0..3 {
                let value = wires[wire][row] + gamma;
                *product *= value + cosets[wire] * position;
                divisor *= value + *beta * sigma[wire].on_domain(row);
            }
            below.push(divisor);
            position *= root;
        }
        batch_inversion(&mut below);
        for (product, inverse) in products.iter_mut().zip(below) {
            *product *= inverse;
        }
    });
    let mut running = F::ONE;
    for product in &mut products {
        let factor = std::mem::replace(product, running);
        running *= factor;
    }
    (products, running == F::ONE)
}
