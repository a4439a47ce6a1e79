//! Keys and verifiers of PLONK for Python.

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
use crate::formats::{EntryFault, Span, witness};
use crate::plonk::key::{
    Key, Layout, MORE_POWERS, check_commitments, check_copies, check_gates, check_header,
    check_polynomial, check_powers, tables,
};
use crate::plonk::prover::{Setup, Unproved, broken, prove};
use crate::plonk::verify;
use crate::plonkish::values::{BLOWUP, Stretched};
use crate::prepared::Mapped;
use crate::stages::Stages;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rayon::prelude::*;
use std::sync::OnceLock;

/// A fault of an entry with the section that it is counted in.
type InSection = (u32, EntryFault);

/// What a key does, with its curve hidden.
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
    fn accepts(&self, table: &PreparedPowers) -> Result<(), Refused>;
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

struct Opened<C: Curve> {
    layout: Layout,
    /// Made when the first proof asks for it: looking at a key takes no tables of roots.
    domain: OnceLock<Domain<C::Scalar>>,
    cpu: Cpu,
}

impl<C: Curve> Opened<C> {
    fn open(file: &[u8], layout: Layout, cpu: Cpu) -> Result<Box<dyn AnyKey>, String> {
        Key::<C>::new(file, layout)?;
        let blown_up = layout.domain.checked_mul(BLOWUP / 2);
        if layout.domain < 8 || !blown_up.is_some_and(Domain::<C::Scalar>::exists) {
            return Err("the field has no domain of this size".into());
        }
        Ok(Box::new(Self { layout, domain: OnceLock::new(), cpu }))
    }

    fn key<'a>(&self, file: &'a [u8]) -> Key<'a, C> {
        Key::new(file, self.layout).expect("its lengths were checked when it was opened")
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

impl<C: Curve> AnyKey for Opened<C> {
    fn check(&self, file: &[u8], section: u32) -> Result<(), InSection> {
        let key = self.key(file);
        let (header_at, header_length) = self.layout.header;
        let (powers_at, powers_length) = self.layout.powers;
        let inside = |fault: EntryFault| (section, fault);
        let selectors = key.selectors;
        match section {
            2 => check_header(&key, &file[header_at..header_at + header_length]).map_err(inside)?,
            4 => check_gates(&key)?,
            7 => check_polynomial(selectors.m, self.domain(), self.cpu, random).map_err(inside)?,
            8 => check_polynomial(selectors.l, self.domain(), self.cpu, random).map_err(inside)?,
            9 => check_polynomial(selectors.r, self.domain(), self.cpu, random).map_err(inside)?,
            10 => check_polynomial(selectors.o, self.domain(), self.cpu, random).map_err(inside)?,
            11 => check_polynomial(selectors.c, self.domain(), self.cpu, random).map_err(inside)?,
            12 => {
                let block = (1 + BLOWUP) * self.layout.domain;
                for (wire, sigma) in key.sigma.iter().enumerate() {
                    check_polynomial(*sigma, self.domain(), self.cpu, random).map_err(
                        |EntryFault { index, reason }| {
                            inside(EntryFault { index: index + wire * block, reason })
                        },
                    )?;
                }
                check_copies(&key, self.domain().root()).map_err(inside)?;
            }
            14 => {
                let bytes = &file[powers_at..powers_at + powers_length];
                check_powers(&key, bytes, self.cpu, random).map_err(inside)?;
                check_commitments(&key, self.cpu, random).map_err(|fault| {
                    // The header has k1 and k2 before the commitments.
                    (2, EntryFault { index: 2 + fault.index, reason: fault.reason })
                })?;
            }
            _ => {}
        }
        Ok(())
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
        let factors = factors
            .and_then(|factors| factors.try_into().ok())
            .ok_or_else(|| Refused::mismatch("a blinding factor is out of range"))?;
        let table = table.map(|table| self.mapped(table)).transpose()?;
        let setup = Setup { key: &self.key(file), domain: self.domain(), cpu: self.cpu, table };
        match prove(&setup, &witness, &factors, stages) {
            Ok(proof) => Ok(proof.to_bytes()),
            Err(Unproved::Cancelled) => Err(Refused::Cancelled),
            Err(Unproved::Unsatisfied) => Err(Refused::Unsatisfied),
            Err(Unproved::Corrupt(fault)) => Err(damaged(&fault)),
        }
    }

    fn accepts(&self, table: &PreparedPowers) -> Result<(), Refused> {
        let mapped = self.mapped(table)?;
        let count = self.layout.domain + MORE_POWERS;
        let in_order = (0..mapped.table.count).all(|base| mapped.scalar(base) == base);
        (mapped.table.count == count && in_order)
            .then_some(())
            .ok_or_else(|| Refused::mismatch("a table does not have the powers in their order"))
    }

    fn plan(&self, file: &[u8], budget: usize, proofs: usize) -> Option<TablePlan> {
        tables::plan(&self.key(file), budget, self.cpu, proofs).as_ref().map(plan_of)
    }

    fn index(&self, file: &[u8]) -> Vec<u32> {
        tables::index(&self.key(file))
    }

    fn fill(&self, file: &[u8], shape: Shape, index: &[u32], rows: &mut [u64]) -> Result<(), Refused> {
        tables::fill(&self.key(file), shape, index, rows, self.cpu).map_err(Refused::mismatch)
    }

    fn broken(&self, file: &[u8], witness: &[u8], most: usize) -> Result<Vec<usize>, Refused> {
        let witness = self.witness(witness)?;
        broken(&self.key(file), &witness, most).map_err(|fault| damaged(&fault))
    }
}

/// A key opened for proving. It borrows the buffer (a read-only map of the file) for its whole life.
#[pyclass(frozen)]
pub(super) struct PlonkKey {
    key: Box<dyn AnyKey>,
    file: PyBuffer<u8>,
    table: Option<PreparedPowers>,
}

#[pymethods]
impl PlonkKey {
    /// Opens the sections. `sizes`: signals with sums, public signals, domain, additions, gates. `spans`: offset and
    /// length of the header from k1 on, and of sections 3 to 12 and 14. `table`: a prepared file, and the place of the
    /// powers in it, made for the same kind of rows.
    #[new]
    #[pyo3(signature = (curve, file, sizes, spans, cpu, table=None))]
    fn new(
        py: Python<'_>,
        curve: &str,
        file: PyBuffer<u8>,
        sizes: [usize; 5],
        spans: [Span; 12],
        cpu: &str,
        table: Option<(PyBuffer<u8>, TablePlace)>,
    ) -> PyResult<Self> {
        let cpu = available(cpu, curve)?;
        let file = contiguous(file)?;
        let [signals, public, domain, additions, gates] = sizes;
        let [header, additions_at, a, b, c, qm, ql, qr, qo, qc, sigma, powers] = spans;
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
            sigma,
            powers,
        };
        let bytes = bytes_of(&file);
        let opened = match curve {
            "bn128" => run(py, 1, || Opened::<Bn254>::open(bytes, layout, cpu))?,
            "bls12381" => run(py, 1, || Opened::<Bls12381>::open(bytes, layout, cpu))?,
            _ => return Err(PyValueError::new_err(format!("unknown curve {curve}"))),
        };
        let key = opened.map_err(|reason| Refused::mismatch(reason).of_section(0))?;
        let table = match table {
            Some((file, place)) => Some(PreparedPowers { file: contiguous(file)?, place }),
            None => None,
        };
        if let Some(table) = &table {
            run(py, 1, || key.accepts(table))?.map_err(|found| found.of_section(0))?;
        }
        Ok(Self { key, file, table })
    }

    /// Checks a section in full: 2 the header, 4 the additions, maps and the gates of public signals, 7 to 11 the
    /// selectors, 12 the permutation, 14 the powers of τ and the commitments. Raises CorruptEntry.
    fn check(&self, py: Python<'_>, section: u32, threads: usize) -> PyResult<()> {
        run(py, threads, || self.key.check(bytes_of(&self.file), section))?
            .map_err(|(section, fault)| Refused::from(fault).of_section(section))
    }

    /// The points and evaluations of a proof as plain little-endian integers. `blinding` has b_1 to b_11. Once the first
    /// byte of `cancel` is not zero the proof is given up before its next step: Cancelled. Raises Unsatisfied.
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

#[allow(clippy::large_enum_variant)] // a process has a few of them
enum AnyVerifier {
    Bn254(verify::Verifier<Bn254>),
    Bls12381(verify::Verifier<Bls12381>),
}

/// A verification key, its points checked.
#[pyclass(frozen)]
pub(super) struct PlonkVerifier(AnyVerifier);

#[pymethods]
impl PlonkVerifier {
    /// `key`: Qm, Ql, Qr, Qo, Qc, S1, S2, S3, X_2 as plain coordinates, k1, k2; `log` that of the domain's size. Raises
    /// CorruptEntry with the index of a point, Mismatch for sizes that cannot be.
    #[new]
    fn new(py: Python<'_>, curve: &str, key: &[u8], public: usize, log: u32) -> PyResult<Self> {
        let verifier = match curve {
            "bn128" => guarded(py, || verify::Verifier::new(key, public, log).map(AnyVerifier::Bn254))?,
            "bls12381" => {
                guarded(py, || verify::Verifier::new(key, public, log).map(AnyVerifier::Bls12381))?
            }
            _ => return Err(PyValueError::new_err(format!("unknown curve {curve}"))),
        };
        let refused = |(index, fault): (usize, Option<Fault>)| match fault {
            Some(fault) => Refused::CorruptEntry { index, reason: fault.words().into() },
            None => Refused::mismatch("a size or a constant is out of range"),
        };
        verifier.map(Self).map_err(|found| refused(found).of_section(0))
    }

    /// Whether the proof is valid for the public signals (plain little-endian integers).
    fn verify(&self, py: Python<'_>, proof: &[u8], public: &[u8]) -> PyResult<bool> {
        guarded(py, || match &self.0 {
            AnyVerifier::Bn254(verifier) => verifier.verify(proof, public),
            AnyVerifier::Bls12381(verifier) => verifier.verify(proof, public),
        })
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
        run(py, threads, || match &self.0 {
            AnyVerifier::Bn254(verifier) => all(verifier, &claims, &factors),
            AnyVerifier::Bls12381(verifier) => all(verifier, &claims, &factors),
        })
    }
}

fn all<C: Curve>(
    verifier: &verify::Verifier<C>,
    claims: &[(Vec<u8>, Vec<u8>)],
    factors: &[[u8; 16]],
) -> Vec<bool> {
    let claims: Vec<_> =
        claims.par_iter().map(|(proof, public)| verifier.claim(proof, public)).collect();
    let factors: Vec<C::Scalar> =
        factors.iter().map(|bytes| u128::from_le_bytes(*bytes).into()).collect();
    verifier.verify_all(&claims, &factors)
}

/// A polynomial as a PLONK key stores it, from its canonical values on the domain: for benchmark keys.
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
