//! What the processor has, and which arithmetic it is given.

use crate::arithmetic::curve::{Bls12381, Bn254, Curve};
use crate::arithmetic::lanes::cpu::Cpu;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The kind with this name, if it works here on every field of the curve.
pub(super) fn available(cpu: &str, curve: &str) -> PyResult<Cpu> {
    let works = working(Some(curve))?;
    Cpu::by_name(cpu)
        .filter(|cpu| works(*cpu))
        .ok_or_else(|| PyValueError::new_err(format!("{cpu} is not available here")))
}

fn working(curve: Option<&str>) -> PyResult<fn(Cpu) -> bool> {
    match curve {
        Some("bn128") => Ok(Bn254::works_on),
        Some("bls12381") => Ok(Bls12381::works_on),
        Some(name) => Err(PyValueError::new_err(format!("unknown curve {name}"))),
        None => Ok(|cpu| Bn254::works_on(cpu) && Bls12381::works_on(cpu)),
    }
}

/// The kinds of arithmetic that work here, the fastest first: on the fields of one curve, or on those of all.
#[pyfunction]
#[pyo3(signature = (curve=None))]
pub(super) fn cpus(curve: Option<&str>) -> PyResult<Vec<&'static str>> {
    let works = working(curve)?;
    Ok(Cpu::fastest_first().iter().copied().filter(|cpu| works(*cpu)).map(Cpu::name).collect())
}

/// Whether this kind of arithmetic works here: on the fields of one curve, or on those of all. Measures nothing.
#[pyfunction]
#[pyo3(signature = (cpu, curve=None))]
pub(super) fn works(cpu: &str, curve: Option<&str>) -> PyResult<bool> {
    Ok(Cpu::by_name(cpu).is_some_and(working(curve)?))
}

/// What the processor has of the instructions that matter here.
#[pyfunction]
pub(super) fn cpu_features() -> Vec<&'static str> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! look {
            ($($name:tt),*) => { $(if is_x86_feature_detected!($name) { found.push($name); })* };
        }
        look!("adx", "bmi2", "avx2", "fma", "avx512f", "avx512ifma");
    }
    #[cfg(target_arch = "aarch64")]
    found.push("neon");
    found
}
