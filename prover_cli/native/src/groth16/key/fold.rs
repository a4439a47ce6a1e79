//! The matrix C of a circuit folded into the bases of C, which spares each proof two transforms of six.
//!
//! A proof needs Σ h_j·H_j with h = a·b − c on the coset. The values of c there are linear in the witness: with T
//! the transform from the domain to the coset (`ntt`), Σ_j (T·C·w)_j·H_j = Σ_k w_k·D_k for D = Cᵀ·Tᵀ·H. So D_k is
//! subtracted from the base of signal k once, public signals get bases −D_k of their own, and h is a·b alone. A key
//! has no matrix C; it comes from the circuit's `.r1cs`, whose A and B must be those of the key.
//!
//! Tᵀ·H takes a scalar multiplication for each butterfly, which makes folding slow: a minute for 2^16 constraints
//! on one core. It is done once per key.

use super::Key;
use crate::arithmetic::curve::{Curve, store_points};
use crate::arithmetic::field::{Canonical, canonical};
use crate::arithmetic::ntt::transposed_to_coset;
use crate::formats::EntryFault;
use crate::formats::r1cs::Constraints;
use crate::groth16::prover::evaluate;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ff::One;
use rayon::prelude::*;

/// The stored bases for all signals: C_k − D_k for private ones, −D_k for the others. A and B of the constraints must
/// be those of the key, see [`matches()`].
pub fn fold<C: Curve>(
    key: &Key<'_, C>,
    constraints: &Constraints<'_, C::Scalar>,
    challenge: C::Scalar,
) -> Result<Vec<u8>, EntryFault> {
    matches(key, constraints, challenge)?;
    let mut lagrange: Vec<Projective<C::G1>> = (0..key.h.len()).map(|i| key.h.get(i).into()).collect();
    transposed_to_coset(&mut lagrange);
    let lagrange = Projective::normalize_batch(&lagrange);

    let mut terms: Vec<(usize, usize, C::Scalar)> = (constraints.rows().iter().enumerate())
        .flat_map(|(row, [_, _, c])| c.terms().map(move |(signal, value)| (signal, row, value)))
        .collect();
    terms.sort_by_key(|&(signal, row, _)| (signal, row));
    let mut bases: Vec<Projective<C::G1>> = vec![Projective::ZERO; key.layout.variables - key.c.len()];
    bases.extend((0..key.c.len()).map(|i| Projective::from(key.c.get(i))));
    let by_signal: Vec<_> = terms.chunk_by(|one, next| one.0 == next.0).collect();
    let sums: Vec<(usize, Projective<C::G1>)> = by_signal
        .par_iter()
        .map(|terms| {
            let terms_of = terms.iter().map(|&(_, row, value)| times(&lagrange[row], value));
            (terms[0].0, terms_of.sum())
        })
        .collect();
    for (signal, sum) in sums {
        bases[signal] -= sum;
    }
    Ok(store_points(&Projective::normalize_batch(&bases)))
}

/// Compares A and B of the constraints with those of the key, on the powers of `challenge` as a witness. If that is
/// random, matrices that differ are told apart, except with a probability of at most the number of signals over the
/// field's size. The key has more rows, which bind the public signals. The index of a fault is the first row that
/// differs.
pub fn matches<C: Curve>(
    key: &Key<'_, C>,
    constraints: &Constraints<'_, C::Scalar>,
    challenge: C::Scalar,
) -> Result<(), EntryFault> {
    let rows = constraints.rows();
    if rows.len() + key.layout.public + 1 > key.layout.domain {
        let reason = "there are more constraints than the key has room for".into();
        return Err(EntryFault { index: key.layout.domain, reason });
    }
    let powers: Vec<C::Scalar> =
        std::iter::successors(Some(C::Scalar::one()), |power| Some(*power * challenge))
            .take(key.layout.variables)
            .collect();
    let values: Vec<Canonical> = powers.iter().map(|&power| canonical(power)).collect();
    for matrix in 0..2 {
        let own = evaluate(key, &values, matrix);
        for (index, value) in own.into_iter().enumerate() {
            let wanted = match rows.get(index) {
                Some(row) => row[matrix as usize].value(&powers),
                None if matrix == 0 && index - rows.len() <= key.layout.public => {
                    powers[index - rows.len()]
                }
                None => C::Scalar::ZERO,
            };
            if value != wanted {
                let name = ["A", "B"][matrix as usize];
                return Err(EntryFault { index, reason: format!("its {name} differs from the key's") });
            }
        }
    }
    Ok(())
}

fn times<P: SWCurveConfig>(point: &Affine<P>, scalar: P::ScalarField) -> Projective<P> {
    // Nearly all coefficients of a circuit are one or minus one.
    if scalar.is_one() {
        (*point).into()
    } else if (-scalar).is_one() {
        (-*point).into()
    } else {
        *point * scalar
    }
}
