//! A circuit's constraints for Python.

use super::{Refused, bytes_of, contiguous, run};
use crate::arithmetic::curve::{Bls12381, Bn254, Curve};
use crate::formats::r1cs::Constraints;
use crate::formats::{Span, witness};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Section 2 of an `.r1cs`: offset and length, constraints, wires.
pub(super) type Place = (Span, usize, usize);

pub(super) fn open<C: Curve>(
    file: &[u8],
    ((from, length), count, wires): Place,
) -> Result<Constraints<'_, C::Scalar>, Refused> {
    let section = from.checked_add(length).and_then(|to| file.get(from..to));
    let section = section.ok_or_else(|| Refused::mismatch("the section ends past the file"))?;
    Ok(Constraints::new(section, count, wires)?)
}

fn broken<C: Curve>(
    file: &[u8],
    place: Place,
    witness: &[u8],
    most: usize,
) -> Result<Vec<usize>, Refused> {
    let constraints = open::<C>(file, place)?;
    let witness = witness::read::<C>(witness).map_err(|index| Refused::NotReduced { index })?;
    if witness.len() != place.2 {
        return Err(Refused::mismatch(
            "the number of values in the witness differs from the number of wires",
        ));
    }
    Ok(constraints.broken(&witness, most))
}

/// The first `most` constraints that a witness breaks; raises CorruptEntry where a constraint cannot be read.
#[pyfunction]
pub(super) fn broken_constraints(
    py: Python<'_>,
    curve: &str,
    file: PyBuffer<u8>,
    place: Place,
    witness: &[u8],
    most: usize,
    threads: usize,
) -> PyResult<Vec<usize>> {
    let file = contiguous(file)?;
    let bytes = bytes_of(&file);
    let found = match curve {
        "bn128" => run(py, threads, || broken::<Bn254>(bytes, place, witness, most))?,
        "bls12381" => run(py, threads, || broken::<Bls12381>(bytes, place, witness, most))?,
        _ => return Err(PyValueError::new_err(format!("unknown curve {curve}"))),
    };
    found.map_err(|found| found.of_section(2))
}
