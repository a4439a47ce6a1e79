//! What every system with this arithmetisation does, what its prover takes, and why it may give no proof.

use super::check::InSection;
use super::circuit::{Circuit, Layout};
use super::commitments::Powers;
use super::openings::Verifier;
use crate::arithmetic::curve::{Curve, Fault, write_point};
use crate::arithmetic::field::{Canonical, Stored};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::ntt::Domain;
use crate::formats::{EntryFault, Span};
use crate::prepared::Mapped;
use crate::stages::Stages;
use ark_ec::short_weierstrass::Affine;

/// Why there is no proof.
#[derive(Debug, PartialEq, Eq)]
pub enum Unproved {
    Cancelled,
    /// The witness breaks a gate or a copy constraint, or the key is damaged.
    Unsatisfied,
    /// There are more or fewer blinding factors than the system has.
    Blinding,
    /// A section of the key has an entry that cannot be.
    Corrupt(EntryFault),
}

impl From<EntryFault> for Unproved {
    fn from(fault: EntryFault) -> Self {
        Self::Corrupt(fault)
    }
}

/// Everything that a proof is made with, apart from the witness.
pub struct Setup<'a, C: Curve, K> {
    pub key: &'a K,
    pub domain: &'a Domain<C::Scalar>,
    pub cpu: Cpu,
    /// The powers of τ with their multiples. Without them, the key's own are packed for each proof.
    pub table: Option<Mapped<'a>>,
}

impl<C: Curve, K> Setup<'_, C, K> {
    /// The powers of τ, ready for the commitments of one proof.
    pub fn powers(&self, circuit: &Circuit<'_, C>) -> Powers<'_, C> {
        match &self.table {
            Some(table) => Powers::prepared(table, self.cpu),
            None => Powers::new(circuit.powers, self.cpu),
        }
    }
}

/// A proof system, over one curve.
pub trait System<C: Curve>: 'static + Send + Sync {
    type Key<'a>;
    type Verifier: Verifier<C>;

    /// The products over all powers of τ in a proof, for the plan of a table.
    const PRODUCTS: usize;

    /// Borrows a key's sections; `more` are those besides the circuit's. `Err` says which length is wrong.
    fn key<'a>(file: &'a [u8], layout: Layout, more: &[Span]) -> Result<Self::Key<'a>, String>;

    fn circuit<'k, 'a: 'k>(key: &'k Self::Key<'a>) -> &'k Circuit<'a, C>;

    /// Checks one section of a key in full, with random numbers from the operating system. `domain` is asked for where it
    /// is needed.
    fn check<'d>(
        key: &Self::Key<'_>,
        section: u32,
        domain: impl Fn() -> &'d Domain<C::Scalar>,
        cpu: Cpu,
        random: impl Fn(&mut [u8]) + Copy,
    ) -> Result<(), InSection>;

    /// Proves `witness` (a value for each signal but the sums, the first one 1) on the threads of the current rayon pool.
    /// The points and evaluations of the proof, as canonical integers.
    fn prove(
        setup: &Setup<'_, C, Self::Key<'_>>,
        witness: &[Canonical],
        blinding: &[C::Scalar],
        stages: &Stages<'_>,
    ) -> Result<Vec<u8>, Unproved>;

    /// From the points of a verification key, for so many public signals and a domain of 2^log points. A fault comes with
    /// the index of its point; `None` in its place stands for a size that is wrong, or a constant that is not reduced.
    fn verifier(key: &[u8], public: usize, log: u32) -> Result<Self::Verifier, (usize, Option<Fault>)>;
}

/// Points and evaluations as canonical integers.
pub fn proof_bytes<C: Curve>(points: &[Affine<C::G1>], evaluations: &[C::Scalar]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for point in points {
        write_point(point, &mut bytes);
    }
    for evaluation in evaluations {
        evaluation.write_canonical(&mut bytes);
    }
    bytes
}
