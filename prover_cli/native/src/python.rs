//! The boundary with Python: byte strings in, byte strings out, one exception for what is wrong.
//!
//! Words for people are made on the Python side; here a fault is a section, an index and a reason.

use crate::curve::{multiples, Bls12381, Bn254, Curve};
use crate::field::Stored;
use crate::key::tables::{self, Mapped, Table};
use crate::key::{self, Key, KeyFault, Layout, Span};
use crate::lanes::cpu::Cpu;
use crate::msm::Shape;
use crate::ntt::Domain;
use crate::prover::{prove, Blinding, Setup, Stages};
use crate::verify;
use pyo3::buffer::PyBuffer;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rayon::prelude::*;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::OnceLock;

create_exception!(
    _native,
    NativeFault,
    PyException,
    "Something is wrong with the data. Arguments: section, index of the entry in it, reason."
);

fn fault(section: u32, fault: KeyFault) -> PyErr {
    NativeFault::new_err((section, fault.index, fault.reason))
}

/// Runs `work` without the GIL on `threads` threads. A panic becomes an exception that a job can fail
/// with: PyO3's own derives from BaseException and would take the worker down.
fn run<T: Send>(py: Python<'_>, threads: usize, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let outcome = py.detach(|| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .build()
            .map_err(|error| error.to_string())?;
        // The closure owns or only reads what it touches; nothing half-changed survives a panic.
        catch_unwind(AssertUnwindSafe(|| pool.install(work))).map_err(|_| "panicked".to_string())
    });
    outcome
        .map_err(|reason| NativeFault::new_err((0, 0, format!("the native engine failed: {reason}"))))
}

/// What a key does, with its curve hidden.
trait AnyKey: Send + Sync {
    fn check(&self, file: &[u8], section: u32, from: usize, count: usize) -> Result<(), KeyFault>;
    fn prove(
        &self,
        file: &[u8],
        witness: &[u8],
        blinding: [&[u8]; 2],
        tables: Option<&Tables>,
        stages: &Stages,
    ) -> Result<Vec<u8>, KeyFault>;
    fn accepts(&self, tables: &Tables) -> Result<(), KeyFault>;
    fn plan(&self, file: &[u8], budget: usize) -> Result<Option<TablePlan>, KeyFault>;
    fn index(&self, file: &[u8], table: usize) -> Result<Vec<u32>, KeyFault>;
    fn fill(
        &self,
        file: &[u8],
        table: usize,
        shape: Shape,
        index: &[u32],
        rows: &mut [u64],
    ) -> Result<(), KeyFault>;
}

/// Count, window width, sets of buckets, multiples and bytes of a row of each table; then the work of a proof
/// without tables, with them, and of making them, in additions.
type TablePlan = ([TableShape; 3], [usize; 3]);
type TableShape = (usize, usize, usize, usize, usize);

/// A table, and where its index and its rows begin in the file.
type TablePlace = (TableShape, usize, usize);

fn shape_of(table: &Table) -> TableShape {
    (table.count, table.shape.width, table.shape.sets, table.blocks, table.row_bytes)
}

fn table_of((count, width, sets, blocks, row_bytes): TableShape) -> Table {
    Table { count, shape: Shape { width, sets }, blocks, row_bytes }
}

/// A prepared file, mapped, and where the index and the rows of each table lie in it.
struct Tables {
    file: PyBuffer<u8>,
    places: [TablePlace; 3],
}

impl Tables {
    fn mapped<C: Curve>(&self) -> Result<[Mapped<'_>; 3], KeyFault> {
        let bytes = bytes_of(&self.file);
        let open = |(shape, index, rows): TablePlace| {
            Mapped::new::<C>(bytes, table_of(shape), index, rows).map_err(|reason| refuse(0, reason))
        };
        let [a, b, ch] = self.places;
        Ok([open(a)?, open(b)?, open(ch)?])
    }
}

struct Opened<C: Curve> {
    layout: Layout,
    /// Made when the first proof asks for it: looking at a key takes no tables of roots.
    domain: OnceLock<Domain<C::Scalar>>,
    cpu: Cpu,
}

fn refuse(index: usize, reason: impl Into<String>) -> KeyFault {
    KeyFault { index, reason: reason.into() }
}

impl<C: Curve> Opened<C> {
    fn open(file: &[u8], layout: Layout, cpu: Cpu) -> Result<Box<dyn AnyKey>, String> {
        Key::<C>::new(file, layout)?;
        if !Domain::<C::Scalar>::exists(layout.domain) {
            return Err("the field has no domain of this size".into());
        }
        Ok(Box::new(Self { layout, domain: OnceLock::new(), cpu }))
    }
}

impl<C: Curve> AnyKey for Opened<C> {
    fn check(&self, file: &[u8], section: u32, from: usize, count: usize) -> Result<(), KeyFault> {
        use crate::curve::Points;
        let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
        let entry = Key::<C>::COEFFICIENT;
        let (span, size) = match section {
            4 => (self.layout.coefficients, entry),
            5 => (self.layout.a, g1),
            7 => (self.layout.b2, g2),
            8 => (self.layout.c, g1),
            9 => (self.layout.h, g1),
            _ => return Err(refuse(0, format!("section {section} has no check"))),
        };
        let end = (from + count).min(span.1 / size);
        let bytes = &file[span.0..][..span.1][from * size..end * size];
        let checked = match section {
            4 => key::check_coefficients::<C>(bytes, &self.layout),
            7 => key::check_points::<C::G2>(bytes),
            _ => key::check_points::<C::G1>(bytes),
        };
        checked.map_err(|fault| KeyFault { index: fault.index + from, ..fault })
    }

    fn prove(
        &self,
        file: &[u8],
        witness: &[u8],
        blinding: [&[u8]; 2],
        tables: Option<&Tables>,
        stages: &Stages,
    ) -> Result<Vec<u8>, KeyFault> {
        let key = Key::<C>::new(file, self.layout).map_err(|reason| refuse(0, reason))?;
        let witness = key::read_witness::<C>(witness)
            .map_err(|index| refuse(index, "the value is not below the scalar field's prime"))?;
        if witness.len() != self.layout.variables {
            return Err(refuse(0, "the witness has another number of values than the key"));
        }
        let scalar = |bytes: &[u8]| {
            (bytes.len() == C::Scalar::SIZE).then(|| C::Scalar::from_plain(bytes)).flatten()
        };
        let blinding = scalar(blinding[0])
            .zip(scalar(blinding[1]))
            .and_then(|(r1, r2)| Blinding::new(r1, r2))
            .ok_or_else(|| refuse(0, "a blinding factor is out of range"))?;
        let tables = tables.map(Tables::mapped::<C>).transpose()?;
        let domain = self.domain.get_or_init(|| {
            Domain::new(self.layout.domain, self.cpu).expect("found to exist when the key was opened")
        });
        let setup = Setup { key: &key, domain, cpu: self.cpu, tables };
        Ok(prove(&setup, &witness, &blinding, stages).to_bytes())
    }

    fn accepts(&self, tables: &Tables) -> Result<(), KeyFault> {
        tables.mapped::<C>().map(|_| ())
    }

    fn plan(&self, file: &[u8], budget: usize) -> Result<Option<TablePlan>, KeyFault> {
        let key = Key::<C>::new(file, self.layout).map_err(|reason| refuse(0, reason))?;
        let plan = tables::plan(&key, budget, self.cpu);
        Ok(plan.map(|plan| {
            let work = [plan.unprepared, plan.prepared, plan.preparation];
            (plan.tables.map(|table| shape_of(&table)), work)
        }))
    }

    fn index(&self, file: &[u8], table: usize) -> Result<Vec<u32>, KeyFault> {
        let key = Key::<C>::new(file, self.layout).map_err(|reason| refuse(0, reason))?;
        Ok(tables::index(&key, table))
    }

    fn fill(
        &self,
        file: &[u8],
        table: usize,
        shape: Shape,
        index: &[u32],
        rows: &mut [u64],
    ) -> Result<(), KeyFault> {
        let key = Key::<C>::new(file, self.layout).map_err(|reason| refuse(0, reason))?;
        tables::fill(&key, table, shape, index, rows, self.cpu)
            .then_some(())
            .ok_or_else(|| refuse(0, "a base is no point of its group; check the key"))
    }
}

/// A key opened for proving. It borrows the buffer (a read-only map of the file) for its whole life.
#[pyclass(frozen)]
struct ProvingKey {
    key: Box<dyn AnyKey>,
    file: PyBuffer<u8>,
    tables: Option<Tables>,
}

impl ProvingKey {
    fn bytes(&self) -> &[u8] {
        bytes_of(&self.file)
    }
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

fn available(cpu: &str) -> PyResult<Cpu> {
    Cpu::by_name(cpu)
        .filter(|cpu| cpu.is_available())
        .ok_or_else(|| PyValueError::new_err(format!("{cpu} is not available here")))
}

/// The kinds of arithmetic that work here, the fastest first.
#[pyfunction]
fn cpus() -> Vec<&'static str> {
    let fastest = Cpu::fastest();
    let others = Cpu::ALL.into_iter().filter(|cpu| *cpu != fastest && cpu.is_available());
    std::iter::once(fastest).chain(others).map(Cpu::name).collect()
}

#[pymethods]
impl ProvingKey {
    /// Opens the sections. `spans`: offset and length of header points, coefficients, A, B2, C, H. `cpu` is
    /// one of `cpus()`; `tables` a prepared file and the places in it, made for the same kind of rows.
    #[new]
    #[pyo3(signature = (curve, file, sizes, spans, cpu, tables=None))]
    fn new(
        py: Python<'_>,
        curve: &str,
        file: PyBuffer<u8>,
        sizes: (usize, usize, usize),
        spans: [Span; 6],
        cpu: &str,
        tables: Option<(PyBuffer<u8>, [TablePlace; 3])>,
    ) -> PyResult<Self> {
        let cpu = available(cpu)?;
        let file = contiguous(file)?;
        let (variables, public, domain) = sizes;
        let [header_points, coefficients, a, b2, c, h] = spans;
        let layout = Layout { variables, public, domain, header_points, coefficients, a, b2, c, h };
        let bytes = bytes_of(&file);
        let opened = match curve {
            "bn128" => run(py, 1, || Opened::<Bn254>::open(bytes, layout, cpu))?,
            "bls12381" => run(py, 1, || Opened::<Bls12381>::open(bytes, layout, cpu))?,
            _ => Err(format!("unknown curve {curve}")),
        };
        let key = opened.map_err(|reason| NativeFault::new_err((0, 0, reason)))?;
        let tables = match tables {
            Some((file, places)) => Some(Tables { file: contiguous(file)?, places }),
            None => None,
        };
        if let Some(tables) = &tables {
            key.accepts(tables).map_err(|found| fault(0, found))?;
        }
        Ok(Self { key, file, tables })
    }

    /// Checks `count` entries of a section from `start` on; raises NativeFault at the first bad one.
    fn check(
        &self,
        py: Python<'_>,
        section: u32,
        start: usize,
        count: usize,
        threads: usize,
    ) -> PyResult<()> {
        run(py, threads, || self.key.check(self.bytes(), section, start, count))?
            .map_err(|found| fault(section, found))
    }

    /// A, B, C of the blinded proof as plain little-endian coordinates.
    fn prove<'py>(
        &self,
        py: Python<'py>,
        witness: &[u8],
        r1: &[u8],
        r2: &[u8],
        threads: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let stages = Stages::default();
        let proof = run(py, threads, || {
            self.key.prove(self.bytes(), witness, [r1, r2], self.tables.as_ref(), &stages)
        })?
        .map_err(|found| fault(2, found))?;
        Ok(PyBytes::new(py, &proof))
    }

    /// The tables that save the most work within `budget` bytes: their shapes, and the work in additions without
    /// them, with them, and of making them. None where not even the bases fit.
    fn plan_tables(&self, py: Python<'_>, budget: usize) -> PyResult<Option<TablePlan>> {
        run(py, 1, || self.key.plan(self.bytes(), budget))?.map_err(|found| fault(0, found))
    }

    /// The index of a table, as little-endian words of four bytes.
    fn table_index<'py>(&self, py: Python<'py>, table: usize) -> PyResult<Bound<'py, PyBytes>> {
        let index =
            run(py, 1, || self.key.index(self.bytes(), table))?.map_err(|found| fault(0, found))?;
        let bytes: Vec<u8> = index.iter().flat_map(|place| place.to_le_bytes()).collect();
        Ok(PyBytes::new(py, &bytes))
    }

    /// Fills one block of a table's rows in `file`, at `at`: the bases first, then multiples of the block before.
    #[allow(clippy::too_many_arguments)] // places in a file, each by its name
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
    ) -> PyResult<()> {
        let Table { count, row_bytes, shape, blocks } = table_of(shape);
        let file = contiguous(file)?;
        let end = rows_at + (block + 1) * count * row_bytes;
        if file.readonly()
            || block >= blocks
            || rows_at % 8 != 0
            || index_at + 4 * count > rows_at
            || end > file.len_bytes()
            || file.buf_ptr().align_offset(8) != 0
        {
            return Err(PyValueError::new_err("the file has no room for the table"));
        }
        let index: Vec<u32> = bytes_of(&file)[index_at..][..4 * count]
            .chunks_exact(4)
            .map(|chunk| u32::from_le_bytes(chunk.try_into().expect("four bytes")))
            .collect();
        // SAFETY: the range lies in the buffer, is aligned, and is written by this call alone: the caller holds
        // the file's lock, and the buffer is exported to nobody else.
        let rows = unsafe {
            std::slice::from_raw_parts_mut(
                file.buf_ptr().cast::<u8>().add(rows_at).cast::<u64>(),
                (end - rows_at) / 8,
            )
        };
        run(py, threads, || self.key.fill(self.bytes(), table, shape, &index, rows))?
            .map_err(|found| fault(0, found))
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
            .map_err(|found| fault(2, found))?;
        Ok(stages.into_seconds())
    }
}

#[allow(clippy::large_enum_variant)] // a process has a few of them
enum AnyVerifier {
    Bn254(verify::Verifier<Bn254>),
    Bls12381(verify::Verifier<Bls12381>),
}

/// A verification key, prepared.
#[pyclass(frozen)]
struct Verifier(AnyVerifier);

#[pymethods]
impl Verifier {
    /// `key`: alpha, beta, gamma, delta and IC as plain coordinates.
    #[new]
    fn new(curve: &str, key: &[u8]) -> PyResult<Self> {
        let verifier = match curve {
            "bn128" => verify::Verifier::new(key).map(AnyVerifier::Bn254),
            "bls12381" => verify::Verifier::new(key).map(AnyVerifier::Bls12381),
            _ => return Err(PyValueError::new_err(format!("unknown curve {curve}"))),
        };
        verifier.map(Self).map_err(|(index, what)| NativeFault::new_err((0, index, what.words())))
    }

    /// Whether the proof holds for the public signals (plain little-endian integers).
    fn verify(&self, py: Python<'_>, proof: &[u8], public: &[u8]) -> bool {
        py.detach(|| match &self.0 {
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
        let factors: Vec<[u8; 16]> = factors
            .chunks_exact(16)
            .map(|chunk| chunk.try_into().expect("chunks of sixteen bytes"))
            .collect();
        if factors.len() != claims.len() {
            return Err(PyValueError::new_err("a factor for each claim"));
        }
        run(py, threads, || self.0.verify_all(&claims, &factors))
    }
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

/// What the processor has of the instructions that matter here.
#[pyfunction]
fn cpu_features() -> Vec<&'static str> {
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
    use super::{cpu_features, cpus, generator_multiples, NativeFault, ProvingKey, Verifier};
}
