//! Proving keys for Python.

use super::constraints::Place;
use super::opened::{AnyKey, Opened};
use super::processor::available;
use super::tables::{TablePlace, TablePlan, TableShape, Tables, block_of, table_of};
use super::{Refused, bytes_of, contiguous, flag_of, run};
use crate::arithmetic::curve::{Bls12381, Bn254};
use crate::formats::Span;
use crate::groth16::key::Layout;
use crate::stages::Stages;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A key opened for proving. It borrows the buffer (a read-only map of the file) for its whole life.
#[pyclass(frozen)]
pub(super) struct ProvingKey {
    key: Box<dyn AnyKey>,
    file: PyBuffer<u8>,
    tables: Option<Tables>,
}

impl ProvingKey {
    fn bytes(&self) -> &[u8] {
        bytes_of(&self.file)
    }
}

#[pymethods]
impl ProvingKey {
    /// Opens the sections. `spans`: offset and length of header points, coefficients, A, B1, B2, C, H. `cpu` is
    /// one of `cpus()`; `tables` a prepared file, the places in it, made for the same kind of rows, and whether it
    /// was made from folded bases.
    #[new]
    #[pyo3(signature = (curve, file, sizes, spans, cpu, tables=None))]
    fn new(
        py: Python<'_>,
        curve: &str,
        file: PyBuffer<u8>,
        sizes: (usize, usize, usize),
        spans: [Span; 7],
        cpu: &str,
        tables: Option<(PyBuffer<u8>, [TablePlace; 3], bool)>,
    ) -> PyResult<Self> {
        let cpu = available(cpu, curve)?;
        let file = contiguous(file)?;
        let (variables, public, domain) = sizes;
        let [header_points, coefficients, a, b1, b2, c, h] = spans;
        let layout = Layout { variables, public, domain, header_points, coefficients, a, b1, b2, c, h };
        let bytes = bytes_of(&file);
        let opened = match curve {
            "bn128" => run(py, 1, || Opened::<Bn254>::open(bytes, layout, cpu))?,
            "bls12381" => run(py, 1, || Opened::<Bls12381>::open(bytes, layout, cpu))?,
            _ => return Err(PyValueError::new_err(format!("unknown curve {curve}"))),
        };
        let key = opened.map_err(|reason| Refused::mismatch(reason).of_section(0))?;
        let tables = match tables {
            Some((file, places, folded)) => Some(Tables { file: contiguous(file)?, places, folded }),
            None => None,
        };
        if let Some(tables) = &tables {
            run(py, 1, || key.accepts(tables))?.map_err(|found| found.of_section(0))?;
        }
        Ok(Self { key, file, tables })
    }

    /// Checks `count` entries of a section from `start` on; raises CorruptEntry at the first bad one.
    fn check(
        &self,
        py: Python<'_>,
        section: u32,
        start: usize,
        count: usize,
        threads: usize,
    ) -> PyResult<()> {
        run(py, threads, || self.key.check(self.bytes(), section, start, count))?
            .map_err(|found| found.of_section(section))
    }

    /// A, B, C of the blinded proof as plain little-endian coordinates. Once the first byte of `cancel` is not
    /// zero the proof is given up before its next step: Cancelled.
    #[pyo3(signature = (witness, r1, r2, threads, cancel=None))]
    fn prove<'py>(
        &self,
        py: Python<'py>,
        witness: &[u8],
        r1: &[u8],
        r2: &[u8],
        threads: usize,
        cancel: Option<PyBuffer<u8>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let stages = Stages::until(cancel.as_ref().and_then(flag_of));
        let proof = run(py, threads, || {
            self.key.prove(self.bytes(), witness, [r1, r2], self.tables.as_ref(), &stages)
        })?
        .map_err(|found| found.of_section(2))?;
        Ok(PyBytes::new(py, &proof))
    }

    /// Bases with the matrix C of the constraints folded in, one for each signal, as a key stores points.
    fn fold<'py>(
        &self,
        py: Python<'py>,
        constraints: PyBuffer<u8>,
        place: Place,
        challenge: &[u8],
        threads: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let constraints = contiguous(constraints)?;
        let given = (bytes_of(&constraints), place);
        let bases = run(py, threads, || self.key.fold(self.bytes(), given, challenge))?
            .map_err(|found| found.of_section(2))?;
        Ok(PyBytes::new(py, &bases))
    }

    /// Compares A and B of the constraints with the key's; raises CorruptEntry with the first that differs.
    fn matches(
        &self,
        py: Python<'_>,
        constraints: PyBuffer<u8>,
        place: Place,
        challenge: &[u8],
        threads: usize,
    ) -> PyResult<()> {
        let constraints = contiguous(constraints)?;
        let given = (bytes_of(&constraints), place);
        run(py, threads, || self.key.matches(self.bytes(), given, challenge))?
            .map_err(|found| found.of_section(2))
    }

    /// The tables that save the most work within `budget` bytes: their shapes, and the work in additions without
    /// them, with them, and of making them. None where not even the bases fit. `witness` is one that is like those to
    /// come: it tells how long their values are. Without it, all are taken to be as long as the field. Each table saves
    /// what it takes to make within so many proofs.
    #[pyo3(signature = (budget, folded=None, witness=None, proofs=1000))]
    fn plan_tables(
        &self,
        py: Python<'_>,
        budget: usize,
        folded: Option<&[u8]>,
        witness: Option<&[u8]>,
        proofs: usize,
    ) -> PyResult<Option<TablePlan>> {
        run(py, 1, || self.key.plan((self.bytes(), folded), budget, witness, proofs))?
            .map_err(|found| found.of_section(0))
    }

    /// The index of a table, as little-endian words of four bytes.
    #[pyo3(signature = (table, folded=None))]
    fn table_index<'py>(
        &self,
        py: Python<'py>,
        table: usize,
        folded: Option<&[u8]>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let index = run(py, 1, || self.key.index((self.bytes(), folded), table))?
            .map_err(|found| found.of_section(0))?;
        let bytes: Vec<u8> = index.iter().flat_map(|place| place.to_le_bytes()).collect();
        Ok(PyBytes::new(py, &bytes))
    }

    /// Fills one block of a table's rows in `file`, at `at`: the bases first, then multiples of the block before.
    #[allow(clippy::too_many_arguments)] // places in a file, each by its name
    #[pyo3(signature = (table, shape, file, index_at, rows_at, block, threads, folded=None))]
    fn fill_table(
        &self,
        py: Python<'_>,
        table: usize,
        shape: TableShape,
        file: PyBuffer<u8>,
        index_at: usize,
        rows_at: usize,
        block: usize,
        threads: usize,
        folded: Option<&[u8]>,
    ) -> PyResult<()> {
        let file = contiguous(file)?;
        let (index, rows) = block_of(&file, shape, (index_at, rows_at), block)?;
        let shape = table_of(shape).shape;
        run(py, threads, || self.key.fill((self.bytes(), folded), table, shape, &index, rows))?
            .map_err(|found| found.of_section(0))
    }

    /// Proves on one thread, and gives the seconds of each step instead of the proof.
    fn stages(
        &self,
        py: Python<'_>,
        witness: &[u8],
        r1: &[u8],
        r2: &[u8],
    ) -> PyResult<Vec<(&'static str, f64)>> {
        let stages = Stages::default();
        run(py, 1, || self.key.prove(self.bytes(), witness, [r1, r2], self.tables.as_ref(), &stages))?
            .map_err(|found| found.of_section(2))?;
        Ok(stages.into_seconds())
    }
}
