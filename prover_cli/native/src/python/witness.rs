//! Programs that calculate witnesses, for Python.

use super::faults::Refused;
use super::{bytes_of, contiguous, guarded};
use crate::arithmetic::field::Canonical;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::witness::compile::compile;
use crate::witness::field_functions::Prime;
use crate::witness::program::{Program, first_of};
use crate::witness::run::{Place, Runner, runner_on};
use crate::witness::store::{self, Stored};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a value.
const SIZE: usize = 32;

/// From so many witnesses on, lanes are faster than one after the other, whatever their width: a run in lanes takes as long
/// as 2.1 (Poseidons) to 3.9 (SHA-256) witnesses one after the other with IFMA, and 2.7 to 3.8 with AVX2.
const LANES_PAY: usize = 4;

/// Compiles a calculator, in at most so many seconds. Gives the bytes of a file for [`WitnessProgram`], which also say why
/// there is no program, if there is none.
#[pyfunction]
pub(super) fn compile_witness<'py>(
    py: Python<'py>,
    wasm: PyBuffer<u8>,
    seconds: f64,
) -> PyResult<Bound<'py, PyBytes>> {
    let wasm = contiguous(wasm)?;
    let bytes = bytes_of(&wasm);
    let longest = Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err(format!("{seconds} is not a time limit in seconds")))?;
    let file = guarded(py, || store::write(&compile(bytes, longest)))?;
    Ok(PyBytes::new(py, &file))
}

/// A compiled calculator.
#[pyclass(frozen)]
pub(super) struct WitnessProgram {
    program: Option<Arc<Program>>,
    /// Why there is no program.
    #[pyo3(get)]
    reason: Option<String>,
    lanes: Option<Box<dyn Runner>>,
    one: Option<Box<dyn Runner>>,
}

#[pymethods]
impl WitnessProgram {
    /// `arithmetic` is a kind of `cpus()`. Raises Mismatch if the bytes are damaged or of another version.
    #[new]
    fn new(py: Python<'_>, file: PyBuffer<u8>, arithmetic: &str) -> PyResult<Self> {
        let file = contiguous(file)?;
        let bytes = bytes_of(&file);
        let cpu = Cpu::by_name(arithmetic)
            .ok_or_else(|| PyValueError::new_err(format!("{arithmetic} is no arithmetic")))?;
        let stored = guarded(py, || store::read(bytes))?;
        match stored.map_err(|store::Damaged(why)| Refused::mismatch(why).of_section(0))? {
            Stored::Reason(reason) => {
                Ok(Self { program: None, reason: Some(reason), lanes: None, one: None })
            }
            Stored::Program(program) => {
                let program: Arc<Program> = Arc::from(program);
                let lanes = guarded(py, || runner_on(Arc::clone(&program), cpu))?;
                // One after the other where there are few; on processors without MULX, arkworks' own arithmetic.
                let one = guarded(py, || {
                    [Cpu::Scalar, Cpu::Portable]
                        .into_iter()
                        .find_map(|cpu| runner_on(Arc::clone(&program), cpu))
                })?;
                Ok(Self { program: Some(program), reason: None, lanes, one })
            }
        }
    }

    /// The curve of its witnesses.
    #[getter]
    fn curve(&self) -> Option<&'static str> {
        self.program.as_ref().map(|program| match program.prime {
            Prime::Bn254 => "bn128",
            Prime::Bls12381 => "bls12381",
        })
    }

    /// Witnesses that are calculated at once.
    #[getter]
    fn lanes(&self) -> usize {
        self.lanes.as_ref().map_or(1, |lanes| lanes.width())
    }

    /// Values of a witness.
    #[getter]
    fn count(&self) -> u32 {
        self.program.as_ref().map_or(0, |program| program.outputs)
    }

    /// Of each input the hash of its name, where its values begin among those of all, and their number. A bus and its
    /// fields have the same values.
    #[getter]
    fn inputs(&self) -> Vec<(u64, u32, u32)> {
        let Some(program) = &self.program else { return Vec::new() };
        let first = first_of(&program.inputs);
        program.inputs.iter().map(|input| (input.hash, input.signal - first, input.size)).collect()
    }

    /// The number of values of all inputs.
    #[getter]
    fn input_count(&self) -> usize {
        self.program.as_ref().map_or(0, |program| program.input_count())
    }

    /// Witnesses from the values of all inputs, little-endian integers below the prime. None for those that fail.
    fn solve<'py>(
        &self,
        py: Python<'py>,
        inputs: Vec<PyBackedBytes>,
    ) -> PyResult<Vec<Option<Bound<'py, PyBytes>>>> {
        let Some(program) = &self.program else {
            return Err(PyValueError::new_err("there is no program"));
        };
        let wanted = program.input_count() * SIZE;
        if inputs.iter().any(|values| values.len() != wanted) {
            return Err(PyValueError::new_err(format!("a witness takes {wanted} bytes of inputs")));
        }
        let modulus = program.prime.modulus();
        let values: Vec<Vec<Canonical>> = inputs.iter().map(|values| canonical(values)).collect();
        if values.iter().flatten().any(|value| !crate::witness::integer::is_less(value, &modulus)) {
            return Err(PyValueError::new_err("an input is not below the prime"));
        }
        let count = program.outputs as usize;
        let made = values.iter().map(|_| unwritten(py, count * SIZE)).collect::<PyResult<Vec<_>>>()?;
        let mut places: Vec<&mut [Place]> = made
            .iter()
            // SAFETY: it has room for so many places, which may be unwritten, and nobody else has it yet.
            .map(|bytes| unsafe { std::slice::from_raw_parts_mut(start_of(bytes).cast(), count) })
            .collect();
        let failed = guarded(py, || self.calculate(&values, &mut places))?;
        Ok(made.into_iter().zip(failed).map(|(witness, failed)| (!failed).then_some(witness)).collect())
    }
}

impl WitnessProgram {
    /// Writes every place of each witness. Gives those that have failed.
    fn calculate(&self, inputs: &[Vec<Canonical>], witnesses: &mut [&mut [Place]]) -> Vec<bool> {
        let mut failed = Vec::with_capacity(inputs.len());
        while failed.len() < inputs.len() {
            let at = failed.len();
            let left = inputs.len() - at;
            let lanes = self.lanes.as_ref().filter(|_| left >= LANES_PAY);
            let runner = lanes.or(self.one.as_ref()).expect("the portable one is on every processor");
            let now = at..at + left.min(runner.width());
            let given: Vec<&[Canonical]> =
                inputs[now.clone()].iter().map(|values| &values[..]).collect();
            let bits = runner.run(&given, &mut witnesses[now]);
            failed.extend((0..given.len()).map(|lane| bits >> lane & 1 != 0));
        }
        failed
    }
}

fn canonical(values: &[u8]) -> Vec<Canonical> {
    let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    let value = |bytes: &[u8]| {
        [word(&bytes[..8]), word(&bytes[8..16]), word(&bytes[16..24]), word(&bytes[24..])]
    };
    values.chunks_exact(SIZE).map(value).collect()
}

/// Bytes that are yet to be written. `PyBytes::new_with` would write zeros first, and so go through memory twice.
fn unwritten(py: Python<'_>, size: usize) -> PyResult<Bound<'_, PyBytes>> {
    let size = isize::try_from(size).map_err(|_| PyMemoryError::new_err("the witness is too large"))?;
    // SAFETY: with a null pointer the function makes bytes of this size without touching them, or raises and gives null.
    let made = unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyBytes_FromStringAndSize(std::ptr::null(), size))
    };
    // SAFETY: the function makes nothing but bytes.
    made.map(|made| unsafe { made.cast_into_unchecked() })
}

fn start_of(bytes: &Bound<'_, PyBytes>) -> *mut u8 {
    // SAFETY: it is bytes.
    unsafe { ffi::PyBytes_AsString(bytes.as_ptr()).cast() }
}
