//! The boundary with Python: byte strings in, byte strings out, one exception for what is wrong.
//!
//! Words for people are made on the Python side; here a fault is a section, an index and a reason.
//! `key` is a key as Python sees it, over `opened`, which hides its curve; `tables` are those of a prepared key.

mod constraints;
mod key;
mod opened;
mod processor;
mod tables;
mod verifier;

use crate::curve::{multiples, Bls12381, Bn254, Curve};
use crate::key::KeyFault;
use pyo3::buffer::PyBuffer;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Mutex;

create_exception!(
    _native,
    NativeFault,
    PyException,
    "Something is wrong with the data. Arguments: section, index of the entry in it, reason."
);

fn refuse(index: usize, reason: impl Into<String>) -> KeyFault {
    KeyFault { index, reason: reason.into() }
}

fn fault(section: u32, fault: KeyFault) -> PyErr {
    NativeFault::new_err((section, fault.index, fault.reason))
}

/// Where the last panic was. Its message is left out: it might quote a value.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Has panics tell where they were in the fault of their job, in the place of a stack on standard error.
fn keep_panics() {
    if std::env::var_os("PROVE_BATCH_TRACEBACK").is_none() {
        std::panic::set_hook(Box::new(|panic| {
            if let (Some(place), Ok(mut last)) = (panic.location(), LAST_PANIC.lock()) {
                *last = format!(" at {}:{}; please report this", place.file(), place.line());
            }
        }));
    }
}

fn last_panic() -> String {
    LAST_PANIC.lock().map_or_else(|_| String::new(), |last| last.clone())
}

/// Runs `work` without the GIL on `threads` threads. A panic becomes an exception that a job can fail
/// with: PyO3's own derives from BaseException and would take the worker down.
fn run<T: Send>(py: Python<'_>, threads: usize, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .build()
            // No data is at fault: Python's own words for the same.
            .map_err(|_| PyRuntimeError::new_err("can't start new thread"))?;
        // The closure owns or only reads what it touches; nothing half-changed survives a panic.
        catch_unwind(AssertUnwindSafe(|| pool.install(work))).map_err(|_| {
            NativeFault::new_err((0, 0, format!("the native engine failed{}", last_panic())))
        })
    })
}

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
    use super::constraints::broken_constraints;
    #[pymodule_export]
    use super::key::ProvingKey;
    #[pymodule_export]
    use super::processor::{cpu_features, cpus};
    #[pymodule_export]
    use super::verifier::Verifier;
    #[pymodule_export]
    use super::{generator_multiples, NativeFault};

    #[pymodule_init]
    fn init(_module: &super::Bound<'_, super::PyModule>) -> super::PyResult<()> {
        super::keep_panics();
        Ok(())
    }
}
