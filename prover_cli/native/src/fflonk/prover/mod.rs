//! The FFLONK prover: a proof from a mapped key and a witness, in the rounds of the paper (section 7).

mod opening;
mod quotients;

use super::identities::{EVALUATIONS, Opening, Points, permutation_challenges};
use super::key::Key;
use crate::arithmetic::curve::Curve;
use crate::arithmetic::field::Canonical;
use crate::arithmetic::ntt::Order;
use crate::plonkish::grand_product::{Permutation, grand_product, start_quotient};
use crate::plonkish::polynomial::{blind, interleaved};
use crate::plonkish::proving::{Setup, Unproved, proof_bytes};
use crate::plonkish::transcript::Transcript;
use crate::stages::Stages;
use ark_ec::short_weierstrass::Affine;
use ark_ff::Field;
use rayon::prelude::*;

/// The blinding factors of a proof, b_1 to b_9. The caller takes them from the operating system's random source.
pub type Blinding<F> = [F; 9];

/// The points and the evaluations of a proof.
pub struct Proof<C: Curve> {
    /// C1, C2, W1, W2.
    pub points: [Affine<C::G1>; 4],
    /// See [`EVALUATIONS`], and `inv`.
    pub evaluations: [C::Scalar; EVALUATIONS + 1],
}

impl<C: Curve> Proof<C> {
    /// The points, then the evaluations, as canonical integers.
    pub fn to_bytes(&self) -> Vec<u8> {
        proof_bytes::<C>(&self.points, &self.evaluations)
    }
}

/// Proves `witness` (a value for each signal but the sums, the first one 1) on the threads of the current rayon pool.
pub fn prove<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    witness: &[Canonical],
    blinding: &Blinding<C::Scalar>,
    stages: &Stages<'_>,
) -> Result<Proof<C>, Unproved> {
    let (key, circuit, domain) = (setup.key, &setup.key.circuit, setup.domain);
    let [b1, b2, b3, b4, b5, b6, b7, b8, b9] = *blinding;
    let size = domain.size();
    let points = Points { size, root: domain.root(), cosets: circuit.cosets };
    let powers = stages.time("powers of τ", || setup.powers(circuit)).ok_or(Unproved::Cancelled)?;

    let columns = stages.time("wires", || circuit.columns(witness)).ok_or(Unproved::Cancelled)??;
    let columns = blinded(columns, [[b1, b2], [b3, b4], [b5, b6]]);
    let wires = [&columns[0][..], &columns[1], &columns[2]];
    let public = &columns[0][..circuit.layout.public];
    let interpolated = stages.time("transforms", || {
        let mut polynomials = columns.clone();
        polynomials.par_iter_mut().for_each(|column| domain.inverse(column, Order::Natural));
        polynomials
    });
    let [a, b, c] = interpolated.ok_or(Unproved::Cancelled)?;
    let on_cosets = stages.time("wires on cosets", || quotients::on_cosets(setup, [&a, &b, &c]));
    let on_cosets = on_cosets.ok_or(Unproved::Cancelled)?;
    let gates = stages.time("quotient of the gates", || quotients::gates(setup, &on_cosets, public));
    let t0 = gates.ok_or(Unproved::Cancelled)?;
    let c1 = interleaved(&[&a, &b, &c, &t0], 2 * size);
    let committed = stages.time("commitment to C1", || powers.commit(&c1));
    let committed_c1 = committed.ok_or(Unproved::Cancelled)?;
    let challenges @ [beta, gamma] = permutation_challenges::<C>(key.c0, public, committed_c1);

    let cosets = [C::Scalar::ONE, circuit.cosets[0], circuit.cosets[1]];
    let permutation = Permutation { sigma: circuit.sigma, cosets, root: domain.root(), beta, gamma };
    let product = stages.time("grand product", || {
        let (mut z, closes) = grand_product(&permutation, wires, setup.cpu);
        domain.inverse(&mut z, Order::Natural);
        blind(&mut z, &[b9, b8, b7]);
        closes.then_some(z)
    });
    let z = product.ok_or(Unproved::Cancelled)?.ok_or(Unproved::Unsatisfied)?;
    let copies = stages.time("quotients of the copies", || {
        let t1 = start_quotient(setup.cpu, &z, size);
        let t2 = quotients::copies(setup, &on_cosets, &permutation, &z);
        interleaved(&[&z, &t1, &t2], 3 * size)
    });
    drop(on_cosets);
    let c2 = copies.ok_or(Unproved::Cancelled)?;
    let committed = stages.time("commitment to C2", || powers.commit(&c2));
    let committed_c2 = committed.ok_or(Unproved::Cancelled)?;
    let opening = Opening::new::<C>(challenges, committed_c2, &points);

    let opened = stages.time("evaluations", || opening::divided(setup, &c1, &c2, &opening));
    let opened = opened.ok_or(Unproved::Cancelled)?;
    let (evaluations, at_xi) = (opened.evaluations, opened.quotients);
    // Nothing else here would notice that a quotient was none, because the witness breaks a gate.
    if opening.quotients(&evaluations, &points, public) != Some(at_xi) {
        return Err(Unproved::Unsatisfied);
    }
    let alpha = opening.alpha(&evaluations);
    let first = stages.time("first opening", || opened.mixed(setup.cpu, size, alpha));
    let w1 = first.ok_or(Unproved::Cancelled)?;
    let committed = stages.time("commitment to W1", || powers.commit(&w1));
    let committed_w1 = committed.ok_or(Unproved::Cancelled)?;
    let y: C::Scalar = Transcript::default().scalars(&[alpha]).points(&[committed_w1]).challenge();
    let at = super::identities::At::new(&opening, &evaluations, at_xi, alpha, y)
        .ok_or(Unproved::Unsatisfied)?;
    let second = stages.time("second opening", || opening::last(setup, [&c1, &c2, &w1], &at, y));
    let w2 = second.ok_or(Unproved::Cancelled)?.ok_or(Unproved::Unsatisfied)?;
    let committed = stages.time("commitment to W2", || powers.commit(&w2[1..]));
    let committed_w2 = committed.ok_or(Unproved::Cancelled)?;

    let inverse = at.to_be_inverted(&opening, &points, circuit.layout.public).inverse();
    let inverse = inverse.ok_or(Unproved::Unsatisfied)?;
    let mut numbers = [inverse; EVALUATIONS + 1];
    numbers[..EVALUATIONS].copy_from_slice(&evaluations);
    let points = [committed_c1, committed_c2, committed_w1, committed_w2];
    Ok(Proof { points, evaluations: numbers })
}

/// The values on the wires, with blinding factors at the two points of the domain that have no gates.
///
/// snarkjs takes a factor's Montgomery form for the factor itself, so what stands here is b·R, for R = 2^256.
fn blinded<F: Field>(mut columns: [Vec<F>; 3], factors: [[F; 2]; 3]) -> [Vec<F>; 3] {
    let montgomery = F::from(2u64).pow([256]);
    for (column, factors) in columns.iter_mut().zip(factors) {
        for (place, factor) in column.iter_mut().rev().zip(factors.iter().rev()) {
            *place = *factor * montgomery;
        }
    }
    columns
}
