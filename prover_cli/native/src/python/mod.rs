//! The boundary with Python: byte strings in, byte strings out, an exception for each kind of fault (`faults`).
//!
//! `key` is a Groth16 key as Python sees it, over `opened`, which hides its curve; `tables` are those of a prepared key.
//! `plonkish` has keys and verifiers of PLONK and FFLONK.

mod allocator;
mod constraints;
mod faults;
mod key;
mod opened;
mod plonkish;
mod processor;
mod tables;
mod verifier;
mod witness;

use crate::arithmetic::curve::{Bls12381, Bn254, Curve, multiples};
use faults::{Refused, guarded, run};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::atomic::AtomicU8;

fn bytes_of(buffer: &PyBuffer<u8>) -> &[u8] {
    // SAFETY: the buffer is C-contiguous (checked when it was taken) and stays exported, hence mapped,
    // as long as `buffer` lives. It is read-only for Python. Another process may change a mapped file
    // under us: elements are then wrong, but every access is bounds-checked and no value is trusted
    // to be in range for memory safety.
    unsafe { std::slice::from_raw_parts(buffer.buf_ptr().cast::<u8>(), buffer.len_bytes()) }
}

fn contiguous(buffer: PyBuffer<u8>) -> PyResult<PyBuffer<u8>> {
    if buffer.is_c_contiguous() {
        Ok(buffer)
    } else {
        Err(PyValueError::new_err("the key's buffer is not contiguous"))
    }
}

/// The first byte of a buffer, as the flag that ends a proof; `None` if it is empty.
fn flag_of(buffer: &PyBuffer<u8>) -> Option<&AtomicU8> {
    // SAFETY: the byte is there, and stays exported, hence in its place, as long as `buffer` lives. Python writes it
    // whole, and nobody but us reads it meanwhile.
    (buffer.len_bytes() > 0).then(|| unsafe { AtomicU8::from_ptr(buffer.buf_ptr().cast()) })
}

/// Multiples of a group's generator, as a key stores points: for benchmark keys, whose setup is known.
#[pyfunction]
fn generator_multiples<'py>(
    py: Python<'py>,
    curve: &str,
    group: u32,
    scalars: &[u8],
    threads: usize,
) -> PyResult<Bound<'py, PyBytes>> {
    let points = match (curve, group) {
        ("bn128", 1) => run(py, threads, || multiples::<<Bn254 as Curve>::G1>(scalars))?,
        ("bn128", 2) => run(py, threads, || multiples::<<Bn254 as Curve>::G2>(scalars))?,
        ("bls12381", 1) => run(py, threads, || multiples::<<Bls12381 as Curve>::G1>(scalars))?,
        ("bls12381", 2) => run(py, threads, || multiples::<<Bls12381 as Curve>::G2>(scalars))?,
        _ => return Err(PyValueError::new_err(format!("no group {group} of curve {curve}"))),
    };
    Ok(PyBytes::new(py, &points))
}

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::allocator::{give_back_memory, keep_memory};
    #[pymodule_export]
    use super::constraints::broken_constraints;
    #[pymodule_export]
    use super::faults::{
        Cancelled, CorruptEntry, Mismatch, NativeFault, NotReduced, Panicked, Unsatisfied,
    };
    #[pymodule_export]
    use super::generator_multiples;
    #[pymodule_export]
    use super::key::ProvingKey;
    #[pymodule_export]
    use super::plonkish::{PlonkishKey, PlonkishVerifier, interpolated};
    #[pymodule_export]
    use super::processor::{cpu_features, cpus, works};
    #[pymodule_export]
    use super::verifier::{Verifier, same_scalar};
    #[pymodule_export]
    use super::witness::{WitnessProgram, compile_witness};

    #[pymodule_init]
    fn init(_module: &super::Bound<'_, super::PyModule>) -> super::PyResult<()> {
        super::faults::keep_panics();
        Ok(())
    }
}
