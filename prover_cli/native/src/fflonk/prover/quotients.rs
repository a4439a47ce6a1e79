//! The quotients by Z_H = X^n − 1: T0 of the gates, T1 of the start of z, and T2 of the permutation's identity.
//!
//! T0 has 2n − 2 coefficients and T2 has 3n, so two and three cosets of the domain are enough (see `plonkish::cosets`).

use super::super::key::Key;
use super::Setup;
use crate::arithmetic::curve::Curve;
use crate::plonkish::cosets::{Copies, Coset, Gates, numerator, solved, solved_by_two};
use crate::plonkish::grand_product::Permutation;
use crate::plonkish::lagrange::public_polynomial;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

/// A coset, and the values of a, b and c on it.
pub type Wires<F> = (Coset<F>, [Vec<F>; 3]);

/// The wires on the three cosets, which T0 and T2 are calculated from.
pub fn on_cosets<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    wires: [&[C::Scalar]; 3],
) -> [Wires<C::Scalar>; 3] {
    [1, 2, 3].map(|number| {
        let coset = Coset::new(number, setup.domain.size());
        let mut values = wires.map(<[C::Scalar]>::to_vec);
        values
            .par_iter_mut()
            .for_each(|values| *values = coset.values(setup.domain, setup.cpu, values));
        (coset, values)
    })
}

fn slices<F>(wires: &[Vec<F>; 3]) -> [&[F]; 3] {
    wires.each_ref().map(|wire| &wire[..])
}

/// The 2n coefficients of T0 = (qL·a + qR·b + qM·ab + qO·c + qC + PI)/Z_H.
pub fn gates<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    on_cosets: &[Wires<C::Scalar>; 3],
    public: &[C::Scalar],
) -> Vec<C::Scalar> {
    let Setup { key, domain, cpu, .. } = *setup;
    let public = public_polynomial(domain, public);
    let folded = [&on_cosets[0], &on_cosets[2]].map(|(coset, wires)| {
        let public = public.as_ref().map(|public| coset.values(domain, cpu, public));
        let gates = Gates::new(&key.circuit.selectors, public.as_deref(), coset);
        coset.quotient(domain, cpu, numerator(cpu, slices(wires), Some(&gates), None))
    });
    solved_by_two(&folded)
}

/// The 3n coefficients of T2, the quotient of the permutation's identity.
pub fn copies<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    on_cosets: &[Wires<C::Scalar>; 3],
    permutation: &Permutation<'_, C::Scalar>,
    z: &[C::Scalar],
) -> Vec<C::Scalar> {
    let Setup { domain, cpu, .. } = *setup;
    let folded = on_cosets.each_ref().map(|(coset, wires)| {
        let mut z = coset.values(domain, cpu, z);
        // z(ω·X) is the next value.
        z.push(z[0]);
        let copies = Copies::new(permutation, &z, coset);
        let values = numerator(cpu, slices(wires), None, Some((&copies, C::Scalar::ONE)));
        coset.quotient(domain, cpu, values)
    });
    let mut quotient = vec![C::Scalar::ZERO; 3 * domain.size()];
    solved(&folded, &mut quotient);
    quotient
}
