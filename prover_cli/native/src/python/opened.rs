//! A key with its curve hidden: what Python asks of it, in byte strings.

use super::Refused;
use super::constraints::{self, Place};
use super::tables::{TablePlan, Tables, plan_of};
use crate::arithmetic::curve::Curve;
use crate::arithmetic::field::{Canonical, Stored};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{Shape, kernels};
use crate::arithmetic::ntt::Domain;
use crate::formats::points::check_points;
use crate::formats::r1cs::Constraints;
use crate::formats::section::section as borrow;
use crate::formats::witness;
use crate::groth16::key::tables;
use crate::groth16::key::{self, Key, Layout};
use crate::groth16::prover::{self, Blinding, Setup, prove};
use crate::stages::Stages;
use std::sync::OnceLock;

/// What a key does, with its curve hidden.
pub(super) trait AnyKey: Send + Sync {
    fn check(&self, file: &[u8], section: u32, from: usize, count: usize) -> Result<(), Refused>;
    fn prove(
        &self,
        file: &[u8],
        witness: &[u8],
        blinding: [&[u8]; 2],
        tables: Option<&Tables>,
        stages: &Stages<'_>,
    ) -> Result<Vec<u8>, Refused>;
    fn accepts(&self, tables: &Tables) -> Result<(), Refused>;
    /// A key is its file, and the folded bases that take the place of C.
    /// `witness` is one that is like those to come.
    fn plan(
        &self,
        key: Bytes<'_>,
        budget: usize,
        witness: Option<&[u8]>,
        proofs: usize,
    ) -> Result<Option<TablePlan>, Refused>;
    fn index(&self, key: Bytes<'_>, table: usize) -> Result<Vec<u32>, Refused>;
    fn fold(
        &self,
        file: &[u8],
        constraints: (&[u8], Place),
        challenge: &[u8],
    ) -> Result<Vec<u8>, Refused>;
    fn matches(
        &self,
        file: &[u8],
        constraints: (&[u8], Place),
        challenge: &[u8],
    ) -> Result<(), Refused>;
    fn fill(
        &self,
        key: Bytes<'_>,
        table: usize,
        shape: Shape,
        index: &[u32],
        rows: &mut [u64],
    ) -> Result<(), Refused>;
}

/// Bytes from the operating system's random source. Panics if it has none, which Linux, macOS and Windows do not.
pub(super) fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

/// The bytes of a key: its file, and folded bases.
pub(super) type Bytes<'a> = (&'a [u8], Option<&'a [u8]>);

pub(super) struct Opened<C: Curve> {
    layout: Layout,
    /// Made when the first proof asks for it: looking at a key takes no tables of roots.
    domain: OnceLock<Domain<C::Scalar>>,
    cpu: Cpu,
}

impl<C: Curve> Opened<C> {
    pub(super) fn open(file: &[u8], layout: Layout, cpu: Cpu) -> Result<Box<dyn AnyKey>, String> {
        Key::<C>::new(file, layout)?;
        if !Domain::<C::Scalar>::exists(layout.domain) {
            return Err("the field has no domain of this size".into());
        }
        Ok(Box::new(Self { layout, domain: OnceLock::new(), cpu }))
    }

    fn key<'a>(&self, (file, folded): Bytes<'a>) -> Result<Key<'a, C>, Refused> {
        let key = Key::new(file, self.layout);
        let key = match folded {
            Some(bases) => key.and_then(|key| key.folded(bases)),
            None => key,
        };
        key.map_err(Refused::mismatch)
    }

    fn witness(&self, bytes: &[u8]) -> Result<Vec<Canonical>, Refused> {
        let witness = witness::read::<C>(bytes).map_err(|index| Refused::NotReduced { index })?;
        if witness.len() != self.layout.variables {
            return Err(Refused::mismatch(
                "the number of values in the witness differs from the key's",
            ));
        }
        Ok(witness)
    }
}

impl<C: Curve> Opened<C> {
    /// Constraints over as many wires as the key has signals, and the challenge that they are compared in.
    fn held_against<'a>(
        &self,
        (constraints, place): (&'a [u8], Place),
        challenge: &[u8],
    ) -> Result<(Constraints<'a, C::Scalar>, C::Scalar), Refused> {
        let challenge = (challenge.len() == C::Scalar::SIZE)
            .then(|| C::Scalar::from_canonical(challenge))
            .flatten()
            .ok_or_else(|| Refused::mismatch("the challenge is out of range"))?;
        if place.2 != self.layout.variables {
            let (wires, signals) = (place.2, self.layout.variables);
            return Err(Refused::mismatch(format!(
                "it is over {wires} wires, the key over {signals} signals"
            )));
        }
        Ok((constraints::open::<C>(constraints, place)?, challenge))
    }
}

impl<C: Curve> AnyKey for Opened<C> {
    fn check(&self, file: &[u8], section: u32, from: usize, count: usize) -> Result<(), Refused> {
        use crate::arithmetic::curve::Points;
        let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
        let entry = Key::<C>::COEFFICIENT;
        let (span, size) = match section {
            4 => (self.layout.coefficients, entry),
            5 => (self.layout.a, g1),
            6 => (self.layout.b1, g1),
            7 => (self.layout.b2, g2),
            8 => (self.layout.c, g1),
            9 => (self.layout.h, g1),
            _ => return Err(Refused::mismatch(format!("section {section} has no check"))),
        };
        let entries = borrow(file, span, &section.to_string(), None)
            .map_err(Refused::mismatch)?
            .chunks_exact(size);
        let (from, count) = (from.min(entries.len()), count.min(entries.len()));
        let end = (from + count).min(entries.len());
        let bytes = &file[span.0..][from * size..end * size];
        let checked = match section {
            4 => key::check_coefficients::<C>(bytes, &self.layout),
            7 => check_points::<C::G2>(kernels(self.cpu), bytes, C::G2_FACTOR, random),
            _ => check_points::<C::G1>(kernels(self.cpu), bytes, C::G1_FACTOR, random),
        };
        checked
            .map_err(|fault| Refused::CorruptEntry { index: fault.index + from, reason: fault.reason })
    }

    fn prove(
        &self,
        file: &[u8],
        witness: &[u8],
        blinding: [&[u8]; 2],
        tables: Option<&Tables>,
        stages: &Stages<'_>,
    ) -> Result<Vec<u8>, Refused> {
        let key = self.key((file, None))?;
        let witness = self.witness(witness)?;
        let scalar = |bytes: &[u8]| {
            (bytes.len() == C::Scalar::SIZE).then(|| C::Scalar::from_canonical(bytes)).flatten()
        };
        let blinding = scalar(blinding[0])
            .zip(scalar(blinding[1]))
            .and_then(|(r1, r2)| Blinding::new(r1, r2))
            .ok_or_else(|| Refused::mismatch("a blinding factor is out of range"))?;
        let tables = tables.map(|tables| tables.mapped::<C>(self.cpu)).transpose()?;
        let domain = self.domain.get_or_init(|| {
            Domain::new(self.layout.domain, self.cpu).expect("found to exist when the key was opened")
        });
        let setup = Setup { key: &key, domain, cpu: self.cpu, tables };
        prove(&setup, &witness, &blinding, stages)
            .map(|proof| proof.to_bytes())
            .ok_or(Refused::Cancelled)
    }

    fn accepts(&self, tables: &Tables) -> Result<(), Refused> {
        let prover::Tables { a, b, ch, .. } = tables.mapped::<C>(self.cpu)?;
        let Layout { variables, domain, .. } = self.layout;
        let sound = a.takes_scalars_below(variables)
            && b.takes_scalars_below(variables)
            && ch.takes_scalars_below(variables + domain);
        sound
            .then_some(())
            .ok_or_else(|| Refused::mismatch("a table's index names a scalar that does not exist"))
    }

    fn plan(
        &self,
        key: Bytes<'_>,
        budget: usize,
        witness: Option<&[u8]>,
        proofs: usize,
    ) -> Result<Option<TablePlan>, Refused> {
        let witness = witness.map(|bytes| self.witness(bytes)).transpose()?;
        let plan = tables::plan(&self.key(key)?, budget, self.cpu, witness.as_deref(), proofs);
        Ok(plan.as_ref().map(plan_of))
    }

    fn index(&self, key: Bytes<'_>, table: usize) -> Result<Vec<u32>, Refused> {
        Ok(tables::index(&self.key(key)?, table))
    }

    fn fold(
        &self,
        file: &[u8],
        constraints: (&[u8], Place),
        challenge: &[u8],
    ) -> Result<Vec<u8>, Refused> {
        let (constraints, challenge) = self.held_against(constraints, challenge)?;
        Ok(key::fold(&self.key((file, None))?, &constraints, challenge)?)
    }

    fn matches(
        &self,
        file: &[u8],
        constraints: (&[u8], Place),
        challenge: &[u8],
    ) -> Result<(), Refused> {
        let (constraints, challenge) = self.held_against(constraints, challenge)?;
        Ok(key::matches(&self.key((file, None))?, &constraints, challenge)?)
    }

    fn fill(
        &self,
        key: Bytes<'_>,
        table: usize,
        shape: Shape,
        index: &[u32],
        rows: &mut [u64],
    ) -> Result<(), Refused> {
        tables::fill(&self.key(key)?, table, shape, index, rows, self.cpu).map_err(Refused::mismatch)
    }
}
