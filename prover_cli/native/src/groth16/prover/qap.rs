//! The quotient polynomial of the quadratic arithmetic program (QAP), as scalars for the key's section 9.
//!
//! A key has H in the Lagrange basis of the coset, and the division by the vanishing polynomial is already in its
//! points. What is needed is a·b − c on ω·domain, with ω the 2·domain-th root of unity.

use crate::arithmetic::curve::Curve;
use crate::arithmetic::field::{Canonical, Scalar, canonical};
use crate::arithmetic::ntt::Domain;
use crate::groth16::key::Key;
use crate::stages::Stages;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

/// a·b − c on the coset, as canonical integers in the order of the key's H. `None` if `stages` was cancelled.
pub fn quotient<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    witness: &[Canonical],
    stages: &Stages<'_>,
) -> Option<Vec<Canonical>> {
    let [mut a, mut b] = matrices(key, witness, stages)?;
    // A key has no matrix C. Row by row, c is a·b if the witness satisfies the constraints. For one that does not, the
    // proof will not verify.
    let mut c: Vec<C::Scalar> = a.iter().zip(&b).map(|(a, b)| *a * b).collect();
    stages.time("transforms", || {
        rayon::join(
            || domain.to_coset(&mut a),
            || rayon::join(|| domain.to_coset(&mut b), || domain.to_coset(&mut c)),
        )
    })?;
    Some(a.par_iter().zip(&b).zip(&c).map(|((a, b), c)| canonical(*a * b - c)).collect())
}

/// a·b on the coset, for keys with C folded into their bases. `None` if `stages` was cancelled.
pub fn product<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    witness: &[Canonical],
    stages: &Stages<'_>,
) -> Option<Vec<Canonical>> {
    let [mut a, mut b] = matrices(key, witness, stages)?;
    stages
        .time("transforms", || rayon::join(|| domain.to_coset(&mut a), || domain.to_coset(&mut b)))?;
    Some(a.par_iter().zip(&b).map(|(a, b)| canonical(*a * b)).collect())
}

fn matrices<C: Curve>(
    key: &Key<'_, C>,
    witness: &[Canonical],
    stages: &Stages<'_>,
) -> Option<[Vec<C::Scalar>; 2]> {
    stages
        .time("matrices", || rayon::join(|| evaluate(key, witness, 0), || evaluate(key, witness, 1)))
        .map(<[_; 2]>::from)
}

/// The matrix A (0) or B (1) times the witness: a value for each point of the domain.
pub fn evaluate<C: Curve>(key: &Key<'_, C>, witness: &[Canonical], matrix: u32) -> Vec<C::Scalar> {
    let mut rows = vec![C::Scalar::ZERO; key.layout.domain];
    for entry in key.coefficients().filter(|entry| entry.matrix == matrix) {
        let value = &witness[entry.signal];
        if *value != [0; 4] {
            rows[entry.constraint] += entry.value.times_canonical(value);
        }
    }
    rows
}
