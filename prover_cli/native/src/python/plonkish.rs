//! Keys and verifiers of PLONK and FFLONK for Python.

use super::opened::random;
use super::processor::available;
use super::tables::{TablePlace, TablePlan, TableShape, block_of, plan_of, table_of};
use super::verifier::factors_of;
use super::{Refused, bytes_of, contiguous, flag_of, guarded, run};
use crate::arithmetic::curve::{Bls12381, Bn254, Curve, Fault};
use crate::arithmetic::field::{Canonical, Stored};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::Shape;
use crate::arithmetic::ntt::{Domain, Order, Transformed};
use crate::fflonk::Fflonk;
use crate::formats::{EntryFault, Span, witness};
use crate::plonk::Plonk;
use crate::plonkish::check::InSection;
use crate::plonkish::circuit::Layout;
use crate::plonkish::openings::Verifier;
use crate::plonkish::proving::{Setup, System, Unproved};
use crate::plonkish::tables;
use crate::plonkish::values::{BLOWUP, Stretched};
use crate::prepared::Mapped;
use crate::stages::Stages;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rayon::prelude::*;
use std::marker::PhantomData;
use std::sync::OnceLock;

/// Calls a function of a system and a curve by their names. FFLONK is over BN254 alone: snarkjs' constants for it are.
macro_rules! by_name {
    ($system:expr, $curve:expr, $function:ident($($argument:expr),*)) => {
        match ($system, $curve) {
            ("plonk", "bn128") => Ok($function::<Bn254, Plonk>($($argument),*)),
            ("plonk", "bls12381") => Ok($function::<Bls12381, Plonk>($($argument),*)),
            ("fflonk", "bn128") => Ok($function::<Bn254, Fflonk>($($argument),*)),
            (system, curve) => Err(PyValueError::new_err(format!("no system {system} over {curve}"))),
        }
    };
}

/// What a key does, with its system and its curve hidden.
trait AnyKey: Send + Sync {
    fn check(&self, file: &[u8], section: u32) -> Result<(), InSection>;
    fn prove(
        &self,
        file: &[u8],
        witness: &[u8],
        blinding: &[u8],
        table: Option<&PreparedPowers>,
        stages: &Stages<'_>,
    ) -> Result<Vec<u8>, Refused>;
    fn accepts(&self, file: &[u8], table: &PreparedPowers) -> Result<(), Refused>;
    fn plan(&self, file: &[u8], budget: usize, proofs: usize) -> Option<TablePlan>;
    fn index(&self, file: &[u8]) -> Vec<u32>;
    fn fill(&self, file: &[u8], shape: Shape, index: &[u32], rows: &mut [u64]) -> Result<(), Refused>;
    fn broken(&self, file: &[u8], witness: &[u8], most: usize) -> Result<Vec<usize>, Refused>;
}

/// A prepared file, mapped, and where the table of the powers lies in it.
struct PreparedPowers {
    file: PyBuffer<u8>,
    place: TablePlace,
}

struct Opened<C: Curve, S> {
    layout: Layout,
    /// Sections besides the circuit's.
    more: Vec<Span>,
    system: PhantomData<fn() -> S>,
    /// Made when the first proof asks for it: looking at a key takes no tables of roots.
    domain: OnceLock<Domain<C::Scalar>>,
    cpu: Cpu,
}

fn open<C: Curve, S: System<C>>(
    file: &[u8],
    layout: Layout,
    more: Vec<Span>,
    cpu: Cpu,
) -> Result<Box<dyn AnyKey>, String> {
    S::key(file, layout, &more)?;
    let blown_up = layout.domain.checked_mul(BLOWUP / 2);
    if layout.domain < 8 || !blown_up.is_some_and(Domain::<C::Scalar>::exists) {
        return Err("the field has no domain of this size".into());
    }
    let system = PhantomData::<fn() -> S>;
    Ok(Box::new(Opened::<C, S> { layout, more, system, domain: OnceLock::new(), cpu }))
}

impl<C: Curve, S: System<C>> Opened<C, S> {
    fn key<'a>(&self, file: &'a [u8]) -> S::Key<'a> {
        S::key(file, self.layout, &self.more).expect("its lengths were checked when it was opened")
    }

    fn domain(&self) -> &Domain<C::Scalar> {
        self.domain.get_or_init(|| {
            Domain::new(self.layout.domain, self.cpu).expect("found to exist when the key was opened")
        })
    }

    fn mapped<'a>(&self, table: &'a PreparedPowers) -> Result<Mapped<'a>, Refused> {
        let (shape, index, rows) = table.place;
        Mapped::new::<C, C::G1>(bytes_of(&table.file), table_of(shape), index, rows, self.cpu)
            .map_err(Refused::mismatch)
    }

    fn witness(&self, bytes: &[u8]) -> Result<Vec<Canonical>, Refused> {
        let witness = witness::read::<C>(bytes).map_err(|index| Refused::NotReduced { index })?;
        if witness.len() != self.layout.witness() {
            return Err(Refused::mismatch(
                "the number of values in the witness differs from the key's",
            ));
        }
        Ok(witness)
    }
}

fn damaged(fault: &EntryFault) -> Refused {
    Refused::mismatch(format!(
        "an addition or a map of the key is damaged, at entry {}: {}",
        fault.index, fault.reason
    ))
}

impl<C: Curve, S: System<C>> AnyKey for Opened<C, S> {
    fn check(&self, file: &[u8], section: u32) -> Result<(), InSection> {
        S::check(&self.key(file), section, || self.domain(), self.cpu, random)
    }

    fn prove(
        &self,
        file: &[u8],
        witness: &[u8],
        blinding: &[u8],
        table: Option<&PreparedPowers>,
        stages: &Stages<'_>,
    ) -> Result<Vec<u8>, Refused> {
        let witness = self.witness(witness)?;
        let factors: Option<Vec<C::Scalar>> =
            blinding.chunks(C::Scalar::SIZE).map(C::Scalar::from_canonical).collect();
        let factors = factors.ok_or_else(|| Refused::mismatch("a blinding factor is out of range"))?;
        let table = table.map(|table| self.mapped(table)).transpose()?;
        let setup = Setup { key: &self.key(file), domain: self.domain(), cpu: self.cpu, table };
        S::prove(&setup, &witness, &factors, stages).map_err(|unproved| match unproved {
            Unproved::Cancelled => Refused::Cancelled,
            Unproved::Unsatisfied => Refused::Unsatisfied,
            Unproved::Blinding => Refused::mismatch("more or fewer blinding factors than there are"),
            Unproved::Corrupt(fault) => damaged(&fault),
        })
    }

    fn accepts(&self, file: &[u8], table: &PreparedPowers) -> Result<(), Refused> {
        let (mapped, key) = (self.mapped(table)?, self.key(file));
        let count = S::circuit(&key).powers.len();
        let in_order = (0..mapped.table.count).all(|base| mapped.scalar(base) == base);
        (mapped.table.count == count && in_order)
            .then_some(())
            .ok_or_else(|| Refused::mismatch("a table does not have the powers in their order"))
    }

    fn plan(&self, file: &[u8], budget: usize, proofs: usize) -> Option<TablePlan> {
        tables::plan(S::circuit(&self.key(file)), S::PRODUCTS, budget, self.cpu, proofs)
            .as_ref()
            .map(plan_of)
    }

    fn index(&self, file: &[u8]) -> Vec<u32> {
        tables::index(S::circuit(&self.key(file)))
    }

    fn fill(&self, file: &[u8], shape: Shape, index: &[u32], rows: &mut [u64]) -> Result<(), Refused> {
        let key = self.key(file);
        tables::fill(S::circuit(&key), shape, index, rows, self.cpu).map_err(Refused::mismatch)
    }

    fn broken(&self, file: &[u8], witness: &[u8], most: usize) -> Result<Vec<usize>, Refused> {
        let witness = self.witness(witness)?;
        let broken = S::circuit(&self.key(file)).broken(&witness, most);
        broken.map_err(|fault| damaged(&fault))
    }
}

/// A key opened for proving. It borrows the buffer (a read-only map of the file) for its whole life.
#[pyclass(frozen)]
pub(super) struct PlonkishKey {
    key: Box<dyn AnyKey>,
    file: PyBuffer<u8>,
    table: Option<PreparedPowers>,
}

#[pymethods]
impl PlonkishKey {
    /// Opens the sections of a key of "plonk" or "fflonk". `sizes`: signals with sums, public signals, domain, additions,
    /// gates. `spans`: offset and length of the header from k1 on, the additions, the maps of a, b, c, the polynomials Qm,
    /// Ql, Qr, Qo, Qc, S1, S2, S3, the powers of τ, and for FFLONK the coefficients of C0. `table`: a prepared file, and
    /// the place of the powers in it, made for the same kind of rows.
    #[new]
    #[pyo3(signature = (system, curve, file, sizes, spans, cpu, table=None))]
    #[allow(clippy::too_many_arguments)] // a key's parts, each by its name
    fn new(
        py: Python<'_>,
        system: &str,
        curve: &str,
        file: PyBuffer<u8>,
        sizes: [usize; 5],
        spans: Vec<Span>,
        cpu: &str,
        table: Option<(PyBuffer<u8>, TablePlace)>,
    ) -> PyResult<Self> {
        let cpu = available(cpu, curve)?;
        let file = contiguous(file)?;
        let [signals, public, domain, additions, gates] = sizes;
        let [header, additions_at, a, b, c, qm, ql, qr, qo, qc, s1, s2, s3, powers, ref more @ ..] =
            spans[..]
        else {
            return Err(PyValueError::new_err("a section's place is missing"));
        };
        let layout = Layout {
            signals,
            public,
            domain,
            additions,
            gates,
            header,
            additions_at,
            maps: [a, b, c],
            selectors: [qm, ql, qr, qo, qc],
            sigma: [s1, s2, s3],
            powers,
        };
        let (bytes, more) = (bytes_of(&file), more.to_vec());
        let opened = run(py, 1, || by_name!(system, curve, open(bytes, layout, more, cpu)))??;
        let key = opened.map_err(|reason| Refused::mismatch(reason).of_section(0))?;
        let table = match table {
            Some((tables, place)) => Some(PreparedPowers { file: contiguous(tables)?, place }),
            None => None,
        };
        if let Some(table) = &table {
            run(py, 1, || key.accepts(bytes_of(&file), table))?.map_err(|found| found.of_section(0))?;
        }
        Ok(Self { key, file, table })
    }

    /// Checks a section in full: see `System::check`. Raises CorruptEntry.
    fn check(&self, py: Python<'_>, section: u32, threads: usize) -> PyResult<()> {
        run(py, threads, || self.key.check(bytes_of(&self.file), section))?
            .map_err(|(section, fault)| Refused::from(fault).of_section(section))
    }

    /// The points and evaluations of a proof as plain little-endian integers. `blinding` has b_1, b_2 and so on, as many
    /// as the system's proofs take. Once the first byte of `cancel` is not zero the proof is given up before its next
    /// step: Cancelled. Raises Unsatisfied.
    #[pyo3(signature = (witness, blinding, threads, cancel=None))]
    fn prove<'py>(
        &self,
        py: Python<'py>,
        witness: &[u8],
        blinding: &[u8],
        threads: usize,
        cancel: Option<PyBuffer<u8>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let stages = Stages::until(cancel.as_ref().and_then(flag_of));
        let table = self.table.as_ref();
        let proof = run(py, threads, || {
            self.key.prove(bytes_of(&self.file), witness, blinding, table, &stages)
        })?
        .map_err(|found| found.of_section(2))?;
        Ok(PyBytes::new(py, &proof))
    }

    /// The first `most` gates that a witness breaks, in order.
    fn broken(
        &self,
        py: Python<'_>,
        witness: &[u8],
        most: usize,
        threads: usize,
    ) -> PyResult<Vec<usize>> {
        run(py, threads, || self.key.broken(bytes_of(&self.file), witness, most))?
            .map_err(|found| found.of_section(2))
    }

    /// Proves on one thread, and gives the seconds of each step instead of the proof.
    fn stages(
        &self,
        py: Python<'_>,
        witness: &[u8],
        blinding: &[u8],
    ) -> PyResult<Vec<(&'static str, f64)>> {
        let stages = Stages::default();
        let table = self.table.as_ref();
        run(py, 1, || self.key.prove(bytes_of(&self.file), witness, blinding, table, &stages))?
            .map_err(|found| found.of_section(2))?;
        Ok(stages.into_seconds())
    }

    /// The table that saves the most work within `budget` bytes: see the same of `ProvingKey`.
    #[pyo3(signature = (budget, proofs=1000))]
    fn plan_tables(&self, py: Python<'_>, budget: usize, proofs: usize) -> PyResult<Option<TablePlan>> {
        run(py, 1, || self.key.plan(bytes_of(&self.file), budget, proofs))
    }

    /// The index of the table, as little-endian words of four bytes.
    fn table_index<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let index = run(py, 1, || self.key.index(bytes_of(&self.file)))?;
        let bytes: Vec<u8> = index.iter().flat_map(|place| place.to_le_bytes()).collect();
        Ok(PyBytes::new(py, &bytes))
    }

    /// Fills one block of the table's rows in `file`: the bases first, then multiples of the block before.
    #[allow(clippy::too_many_arguments)] // places in a file, each by its name
    fn fill_table(
        &self,
        py: Python<'_>,
        shape: TableShape,
        file: PyBuffer<u8>,
        index_at: usize,
        rows_at: usize,
        block: usize,
        threads: usize,
    ) -> PyResult<()> {
        let file = contiguous(file)?;
        let (index, rows) = block_of(&file, shape, (index_at, rows_at), block)?;
        let shape = table_of(shape).shape;
        run(py, threads, || self.key.fill(bytes_of(&self.file), shape, &index, rows))?
            .map_err(|found| found.of_section(0))
    }
}

/// What a verification key does, with its system and its curve hidden.
trait AnyVerifier: Send + Sync {
    fn verify(&self, proof: &[u8], public: &[u8]) -> bool;
    fn verify_all(&self, claims: &[(Vec<u8>, Vec<u8>)], factors: &[[u8; 16]]) -> Vec<bool>;
}

struct Judge<C, V>(V, PhantomData<fn() -> C>);

impl<C: Curve, V: Verifier<C>> AnyVerifier for Judge<C, V> {
    fn verify(&self, proof: &[u8], public: &[u8]) -> bool {
        self.0.verify(proof, public)
    }

    fn verify_all(&self, claims: &[(Vec<u8>, Vec<u8>)], factors: &[[u8; 16]]) -> Vec<bool> {
        let claims: Vec<_> =
            claims.par_iter().map(|(proof, public)| self.0.claim(proof, public)).collect();
        let factors: Vec<C::Scalar> =
            factors.iter().map(|bytes| u128::from_le_bytes(*bytes).into()).collect();
        self.0.openings().which_hold(&claims, &factors)
    }
}

fn verifier<C: Curve, S: System<C, Verifier: 'static>>(
    key: &[u8],
    public: usize,
    log: u32,
) -> Result<Box<dyn AnyVerifier>, (usize, Option<Fault>)> {
    Ok(Box::new(Judge::<C, S::Verifier>(S::verifier(key, public, log)?, PhantomData)))
}

/// A verification key, its points checked.
#[pyclass(frozen)]
pub(super) struct PlonkishVerifier(Box<dyn AnyVerifier>);

#[pymethods]
impl PlonkishVerifier {
    /// `key`: the points in G1 (PLONK: Qm, Ql, Qr, Qo, Qc, S1, S2, S3; FFLONK: C0) and X_2 as plain coordinates, k1, k2;
    /// `log` that of the domain's size. Raises CorruptEntry with the index of a point, Mismatch for sizes that cannot be.
    #[new]
    fn new(
        py: Python<'_>,
        system: &str,
        curve: &str,
        key: &[u8],
        public: usize,
        log: u32,
    ) -> PyResult<Self> {
        let verifier = guarded(py, || by_name!(system, curve, verifier(key, public, log)))??;
        let refused = |(index, fault): (usize, Option<Fault>)| match fault {
            Some(fault) => Refused::CorruptEntry { index, reason: fault.words().into() },
            None => Refused::mismatch("a size or a constant is out of range"),
        };
        verifier.map(Self).map_err(|found| refused(found).of_section(0))
    }

    /// Whether the proof is valid for the public signals (plain little-endian integers).
    fn verify(&self, py: Python<'_>, proof: &[u8], public: &[u8]) -> PyResult<bool> {
        guarded(py, || self.0.verify(proof, public))
    }

    /// Whether each of many proofs is valid, by one random linear combination; `factors` has 16 random bytes for each
    /// of `claims`, a proof and its public signals.
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

/// A polynomial as a key of PLONK or FFLONK stores it, from its canonical values on the domain: for benchmark keys.
#[pyfunction]
pub(super) fn interpolated<'py>(
    py: Python<'py>,
    curve: &str,
    values: &[u8],
    threads: usize,
) -> PyResult<Bound<'py, PyBytes>> {
    let block = match curve {
        "bn128" => run(py, threads, || stretched::<Bn254>(values))?,
        "bls12381" => run(py, threads, || stretched::<Bls12381>(values))?,
        _ => return Err(PyValueError::new_err(format!("unknown curve {curve}"))),
    };
    let block = block.ok_or_else(|| PyValueError::new_err("no domain has so many values"))?;
    Ok(PyBytes::new(py, &block))
}

fn stretched<C: Curve>(values: &[u8]) -> Option<Vec<u8>> {
    let mut numbers = values
        .chunks(C::Scalar::SIZE)
        .map(|image| (image.len() == C::Scalar::SIZE).then(|| C::Scalar::from_canonical(image))?)
        .collect::<Option<Vec<C::Scalar>>>()?;
    transformed(&mut numbers, true)?;
    let size = numbers.len();
    let mut blown_up = numbers.clone();
    blown_up.resize(BLOWUP * size, C::Scalar::default());
    transformed(&mut blown_up, false)?;
    numbers.extend(blown_up);
    debug_assert_eq!(Some(numbers.len() * C::Scalar::SIZE), Stretched::<C::Scalar>::size(size));
    let mut words = vec![0u64; numbers.len() * C::Scalar::SIZE / 8];
    for (number, words) in numbers.iter().zip(words.chunks_exact_mut(C::Scalar::SIZE / 8)) {
        number.write_montgomery(words);
    }
    Some(words.into_iter().flat_map(u64::to_le_bytes).collect())
}

/// In place, by the simplest arithmetic. `None` if there is no such domain.
fn transformed<F: Transformed>(values: &mut [F], inverse: bool) -> Option<()> {
    let domain = Domain::new(values.len(), Cpu::Portable)?;
    if inverse {
        domain.inverse(values, Order::Natural);
    } else {
        domain.forward(values, Order::Natural);
    }
    Some(())
}
