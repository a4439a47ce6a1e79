//! The matrix C of a circuit folded into the bases of C, which spares each proof two transforms of six.
//!
//! A proof needs Σ h_j·H_j with h = a·b − c on the coset. The values of c there are linear in the witness: with T
//! the transform from the domain to the coset (`ntt`), Σ_j (T·C·w)_j·H_j = Σ_k w_k·D_k for D = Cᵀ·Tᵀ·H. So D_k is
//! taken off the base of signal k once, public signals get bases −D_k of their own, and h is a·b alone. A key has
//! no matrix C; it comes from the circuit's `.r1cs`, whose A and B must be those of the key.
//!
//! T = F·S·F⁻¹, with F the transform and S the shift; F is symmetric, so Tᵀ = F⁻¹·S·F: the same walk with the
//! roots inverted, over points. A scalar multiplication for each butterfly makes this slow (a minute for 2^16
//! constraints on one core), and done once a key.

use super::Key;
use crate::arithmetic::curve::{store_points, Curve};
use crate::arithmetic::field::{canonical, Canonical};
use crate::arithmetic::ntt::{root_of_unity, shifts};
use crate::formats::r1cs::Constraints;
use crate::formats::EntryFault;
use crate::groth16::prover::evaluate;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ff::{Field, One};
use rayon::prelude::*;

/// Butterflies below which a layer is not worth more threads.
const PARALLEL: usize = 64;

/// Bases for all signals, as a key stores points: C_k − D_k for private ones, −D_k for the others. `challenge` is
/// random: what matches the key in it matches everywhere. A fault's index is the constraint that differs.
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

/// Whether A and B of the constraints are those of the key: compared in the powers of `challenge`, which is
/// random. The key has more rows, which bind the public signals. A fault's index is the first row that differs.
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
                return Err(EntryFault {
                    index,
                    reason: format!("its {name} is another than the key's"),
                });
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

/// Tᵀ in place, in natural order.
fn transposed_to_coset<P: SWCurveConfig>(points: &mut [Projective<P>]) {
    let size = points.len();
    let log = size.trailing_zeros();
    let root: P::ScalarField = root_of_unity(log).expect("the key was opened with this domain");
    let coset: P::ScalarField = root_of_unity(log + 1).expect("the key was opened with this domain");
    down(points, root);
    points.par_iter_mut().zip(shifts(coset, size)).for_each(|(point, shift)| *point *= shift);
    up(points, root.inverse().expect("a root of unity is not zero"));
}

/// Gentleman–Sande: natural order in, bit-reversed out.
fn down<P: SWCurveConfig>(points: &mut [Projective<P>], root: P::ScalarField) {
    let half = points.len() / 2;
    if half == 0 {
        return;
    }
    let (low, high) = points.split_at_mut(half);
    butterflies(low, high, root, |low, high, twiddle| {
        let difference = *low - *high;
        *low += *high;
        *high = if twiddle.is_one() { difference } else { difference * twiddle };
    });
    rayon::join(|| down(low, root.square()), || down(high, root.square()));
}

/// Cooley–Tukey: bit-reversed order in, natural out.
fn up<P: SWCurveConfig>(points: &mut [Projective<P>], root: P::ScalarField) {
    let half = points.len() / 2;
    if half == 0 {
        return;
    }
    let (low, high) = points.split_at_mut(half);
    rayon::join(|| up(low, root.square()), || up(high, root.square()));
    butterflies(low, high, root, |low, high, twiddle| {
        let turned = if twiddle.is_one() { *high } else { *high * twiddle };
        *high = *low - turned;
        *low += turned;
    });
}

/// A layer: each pair with its power of the root.
fn butterflies<P: SWCurveConfig>(
    low: &mut [Projective<P>],
    high: &mut [Projective<P>],
    root: P::ScalarField,
    butterfly: impl Fn(&mut Projective<P>, &mut Projective<P>, P::ScalarField) + Sync,
) {
    let chunks = low.par_chunks_mut(PARALLEL).zip(high.par_chunks_mut(PARALLEL));
    chunks.enumerate().for_each(|(chunk, (low, high))| {
        let mut twiddle = root.pow([(chunk * PARALLEL) as u64]);
        for (low, high) in low.iter_mut().zip(high) {
            butterfly(low, high, twiddle);
            twiddle *= root;
        }
    });
}
