//! The PLONK prover: a proof from a mapped key and a witness, in the five rounds of the paper (section 8.3).

mod opening;
mod quotient;

use super::key::Key;
use crate::arithmetic::curve::Curve;
use crate::arithmetic::field::Canonical;
use crate::arithmetic::ntt::Order;
use crate::plonkish::grand_product::{Permutation, grand_product};
use crate::plonkish::polynomial::blind;
use crate::plonkish::proving::{Setup, Unproved, proof_bytes};
use crate::plonkish::transcript::Transcript;
use crate::stages::Stages;
use ark_ec::short_weierstrass::Affine;
use ark_ff::Field;
use rayon::prelude::*;

/// The blinding factors of a proof, b_1 to b_11 of the paper. The caller takes them from the operating system's random
/// source.
pub type Blinding<F> = [F; 11];

/// The points and the evaluations of a proof.
pub struct Proof<C: Curve> {
    /// A, B, C, Z, T1, T2, T3, W_ξ, W_ξω.
    pub points: [Affine<C::G1>; 9],
    /// a, b, c, s1, s2 at ξ, and z at ξω.
    pub evaluations: [C::Scalar; 6],
}

impl<C: Curve> Proof<C> {
    /// The points, then the evaluations, as canonical integers.
    pub fn to_bytes(&self) -> Vec<u8> {
        proof_bytes::<C>(&self.points, &self.evaluations)
    }
}

/// What the rounds have calculated so far: polynomials by their coefficients, blinded.
struct Rounds<F> {
    a: Vec<F>,
    b: Vec<F>,
    c: Vec<F>,
    z: Vec<F>,
    beta: F,
    gamma: F,
    alpha: F,
}

/// Proves `witness` (a value for each signal but the sums, the first one 1) on the threads of the current rayon pool.
pub fn prove<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    witness: &[Canonical],
    blinding: &Blinding<C::Scalar>,
    stages: &Stages<'_>,
) -> Result<Proof<C>, Unproved> {
    let (key, circuit, domain) = (setup.key, &setup.key.circuit, setup.domain);
    let [b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11] = *blinding;
    let size = domain.size();
    let powers = stages.time("powers of τ", || setup.powers(circuit));
    let powers = powers.ok_or(Unproved::Cancelled)?;
    let commit = |polynomials: &[&[C::Scalar]]| -> Vec<Affine<C::G1>> {
        polynomials.par_iter().map(|coefficients| powers.commit(coefficients)).collect()
    };

    let columns = stages.time("wires", || circuit.columns(witness)).ok_or(Unproved::Cancelled)??;
    let public = &columns[0][..circuit.layout.public];
    let interpolated = stages.time("transforms", || {
        let mut polynomials = columns.clone();
        polynomials.par_iter_mut().zip([[b2, b1], [b4, b3], [b6, b5]]).for_each(|(column, factors)| {
            domain.inverse(column, Order::Natural);
            blind(column, &factors);
        });
        polynomials
    });
    let [a, b, c] = interpolated.ok_or(Unproved::Cancelled)?;
    let wires = stages.time("commitments to a, b, c", || commit(&[&a, &b, &c]));
    let wires = wires.ok_or(Unproved::Cancelled)?;

    let fixed: Vec<Affine<C::G1>> =
        (0..key.commitments.len()).map(|index| key.commitments.get(index)).collect();
    let beta: C::Scalar =
        Transcript::default().points(&fixed).scalars(public).points(&wires).challenge();
    let gamma: C::Scalar = Transcript::default().scalars(&[beta]).challenge();

    let cosets = [C::Scalar::ONE, circuit.cosets[0], circuit.cosets[1]];
    let permutation = Permutation { sigma: circuit.sigma, cosets, root: domain.root(), beta, gamma };
    let product = stages.time("grand product", || {
        let (mut z, closes) =
            grand_product(&permutation, [&columns[0], &columns[1], &columns[2]], setup.cpu);
        domain.inverse(&mut z, Order::Natural);
        blind(&mut z, &[b9, b8, b7]);
        closes.then_some(z)
    });
    let z = product.ok_or(Unproved::Cancelled)?.ok_or(Unproved::Unsatisfied)?;
    let committed = stages.time("commitment to z", || powers.commit(&z));
    let committed_z = committed.ok_or(Unproved::Cancelled)?;
    let alpha: C::Scalar =
        Transcript::default().scalars(&[beta, gamma]).points(&[committed_z]).challenge();

    let rounds = Rounds { a, b, c, z, beta, gamma, alpha };
    let quotient = stages.time("quotient", || quotient::quotient(setup, &rounds, &permutation, public));
    let mut quotient = quotient.ok_or(Unproved::Cancelled)?;
    let t3 = {
        let mut t3 = quotient.split_off(2 * size);
        t3[0] -= b11;
        t3
    };
    let t2 = {
        let mut t2 = quotient.split_off(size);
        t2[0] -= b10;
        t2.push(b11);
        t2
    };
    let mut t1 = quotient;
    t1.push(b10);
    let parts = stages.time("commitments to t", || commit(&[&t1, &t2, &t3]));
    let parts = parts.ok_or(Unproved::Cancelled)?;
    let xi: C::Scalar = Transcript::default().scalars(&[alpha]).points(&parts).challenge();

    let evaluated = stages.time("evaluations", || opening::evaluate(key, domain, &rounds, xi));
    let evaluations = evaluated.ok_or(Unproved::Cancelled)?;
    let openings = stages.time("openings", || {
        opening::openings(setup, &rounds, [&t1, &t2, &t3], public, xi, &evaluations)
    });
    let [at_xi, at_xi_omega] = openings.ok_or(Unproved::Cancelled)?.ok_or(Unproved::Unsatisfied)?;
    let openings = stages.time("commitments to openings", || commit(&[&at_xi, &at_xi_omega]));
    let openings = openings.ok_or(Unproved::Cancelled)?;

    let mut points = [Affine::<C::G1>::identity(); 9];
    let all = wires.into_iter().chain([committed_z]).chain(parts).chain(openings);
    points.iter_mut().zip(all).for_each(|(place, point)| *place = point);
    Ok(Proof { points, evaluations })
}
