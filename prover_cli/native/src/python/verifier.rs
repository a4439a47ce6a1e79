//! Verification keys for Python.

use super::{Refused, guarded, run};
use crate::arithmetic::curve::{Bls12381, Bn254, Curve, Points};
use crate::groth16::verify;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rayon::prelude::*;

#[allow(clippy::large_enum_variant)] // a process has a few of them
enum AnyVerifier {
    Bn254(verify::Verifier<Bn254>),
    Bls12381(verify::Verifier<Bls12381>),
}

/// A verification key, prepared.
#[pyclass(frozen)]
pub(super) struct Verifier(AnyVerifier);

#[pymethods]
impl Verifier {
    /// `key`: alpha, beta, gamma, delta and IC as plain coordinates. Raises CorruptEntry with the
    /// index of a point, Mismatch for another size.
    #[new]
    fn new(py: Python<'_>, curve: &str, key: &[u8]) -> PyResult<Self> {
        let verifier = match curve {
            "bn128" => guarded(py, || opened(key).map(AnyVerifier::Bn254))?,
            "bls12381" => guarded(py, || opened(key).map(AnyVerifier::Bls12381))?,
            _ => return Err(PyValueError::new_err(format!("unknown curve {curve}"))),
        };
        verifier.map(Self).map_err(|found| found.of_section(0))
    }

    /// Whether the proof holds for the public signals (plain little-endian integers).
    fn verify(&self, py: Python<'_>, proof: &[u8], public: &[u8]) -> PyResult<bool> {
        guarded(py, || match &self.0 {
            AnyVerifier::Bn254(verifier) => verifier.verify(proof, public),
            AnyVerifier::Bls12381(verifier) => verifier.verify(proof, public),
        })
    }

    /// Whether each of many proofs holds, by one random linear combination; `factors` has 16 random bytes for
    /// each of `claims`, a proof and its public signals.
    fn verify_all(
        &self,
        py: Python<'_>,
        claims: Vec<(Vec<u8>, Vec<u8>)>,
        factors: &[u8],
        threads: usize,
    ) -> PyResult<Vec<bool>> {
        let factors = factors_of(factors, claims.len())?;
        run(py, threads, || self.0.verify_all(&claims, &factors))
    }
}

/// Factors of a random linear combination, one for each of so many claims.
pub(super) fn factors_of(bytes: &[u8], claims: usize) -> PyResult<Vec<[u8; 16]>> {
    let (factors, rest) = bytes.as_chunks::<16>();
    if factors.len() != claims || !rest.is_empty() {
        return Err(PyValueError::new_err("a factor for each claim"));
    }
    Ok(factors.to_vec())
}

/// Whether two points, as plain coordinates, are the same multiple of their groups' generators.
#[pyfunction]
pub(super) fn same_scalar(py: Python<'_>, curve: &str, in_g1: &[u8], in_g2: &[u8]) -> PyResult<bool> {
    match curve {
        "bn128" => guarded(py, || verify::same_scalar::<Bn254>(in_g1, in_g2)),
        "bls12381" => guarded(py, || verify::same_scalar::<Bls12381>(in_g1, in_g2)),
        _ => Err(PyValueError::new_err(format!("unknown curve {curve}"))),
    }
}

fn opened<C: Curve>(key: &[u8]) -> Result<verify::Verifier<C>, Refused> {
    let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
    let points = key.len().checked_sub(g1 + 3 * g2).filter(|rest| *rest >= g1 && rest % g1 == 0);
    if points.is_none() {
        return Err(Refused::mismatch(format!("no verification key has {} bytes", key.len())));
    }
    verify::Verifier::new(key)
        .map_err(|(index, what)| Refused::CorruptEntry { index, reason: what.words().into() })
}

impl AnyVerifier {
    fn verify_all(&self, claims: &[(Vec<u8>, Vec<u8>)], factors: &[[u8; 16]]) -> Vec<bool> {
        fn all<C: Curve>(
            verifier: &verify::Verifier<C>,
            claims: &[(Vec<u8>, Vec<u8>)],
            factors: &[[u8; 16]],
        ) -> Vec<bool> {
            let claims =
                claims.par_iter().map(|(proof, public)| verifier.claim(proof, public)).collect();
            let factors = factors.iter().map(|bytes| u128::from_le_bytes(*bytes).into()).collect();
            verify::verify_all(verifier, claims, factors)
        }
        match self {
            AnyVerifier::Bn254(verifier) => all(verifier, claims, factors),
            AnyVerifier::Bls12381(verifier) => all(verifier, claims, factors),
        }
    }
}
