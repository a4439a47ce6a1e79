//! Rank-1 constraints (R1CS) of a circuit, as section 2 of an `.r1cs` holds them.
//!
//! Each constraint has three linear combinations A, B and C with A·B = C. A combination is stored as the number of
//! its terms, then the wire and the canonical coefficient of each. They are borrowed, not copied.

use super::EntryFault;
use crate::arithmetic::field::{Canonical, Scalar, Stored};
use rayon::prelude::*;
use std::marker::PhantomData;

/// A linear combination of wires.
#[derive(Clone, Copy)]
pub struct Combination<'a, F> {
    terms: &'a [u8],
    field: PhantomData<F>,
}

impl<'a, F: Stored> Combination<'a, F> {
    /// Wire and coefficient of each term.
    pub fn terms(self) -> impl Iterator<Item = (usize, F)> + 'a {
        self.terms.chunks_exact(4 + F::SIZE).map(|term| {
            let coefficient =
                F::from_canonical(&term[4..]).expect("checked when the constraints were opened");
            (word(term) as usize, coefficient)
        })
    }

    /// Its value for these wires.
    pub fn value(self, wires: &[F]) -> F {
        self.terms().map(|(wire, coefficient)| wires[wire] * coefficient).sum()
    }
}

/// All constraints of a circuit.
pub struct Constraints<'a, F> {
    rows: Vec<[Combination<'a, F>; 3]>,
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[..4].try_into().expect("four bytes"))
}

impl<'a, F: Stored> Constraints<'a, F> {
    /// Opens `count` constraints over `wires` wires. The index of a fault is that of the constraint.
    pub fn new(mut section: &'a [u8], count: usize, wires: usize) -> Result<Self, EntryFault> {
        let size = 4 + F::SIZE;
        // A constraint has at least twelve bytes. A count that needs more than there are is damage: make no room for
        // it.
        let mut rows = Vec::with_capacity(count.min(section.len() / 12));
        for index in 0..count {
            let mut combination = || -> Result<Combination<'a, F>, String> {
                let short = || "it ends past its section".to_string();
                let terms = section.get(..4).map(word).ok_or_else(short)? as usize;
                let length = terms.checked_mul(size).ok_or_else(short)?;
                let body = section[4..].get(..length).ok_or_else(short)?;
                section = &section[4 + length..];
                for term in body.chunks_exact(size) {
                    if word(term) as usize >= wires {
                        return Err(format!("wire {} is outside the circuit's {wires}", word(term)));
                    }
                    if !F::is_reduced(&term[4..]) {
                        return Err("a coefficient is not below the field's prime".into());
                    }
                }
                Ok(Combination { terms: body, field: PhantomData })
            };
            let row = combination()
                .and_then(|a| Ok([a, combination()?, combination()?]))
                .map_err(|reason| EntryFault { index, reason })?;
            rows.push(row);
        }
        if !section.is_empty() {
            let reason = format!("{} bytes follow the last constraint", section.len());
            return Err(EntryFault { index: count, reason });
        }
        Ok(Self { rows })
    }

    /// A, B and C of each constraint.
    pub fn rows(&self) -> &[[Combination<'a, F>; 3]] {
        &self.rows
    }
}

impl<F: Scalar> Constraints<'_, F> {
    /// The first `most` constraints that the witness violates, in order.
    pub fn broken(&self, witness: &[Canonical], most: usize) -> Vec<usize> {
        let wires: Vec<F> = witness.iter().map(|value| from_canonical(value)).collect();
        let mut broken: Vec<usize> = (self.rows.par_iter().enumerate())
            .filter(|(_, row)| {
                let [a, b, c] = row.map(|combination| combination.value(&wires));
                a * b != c
            })
            .map(|(index, _)| index)
            .collect();
        broken.truncate(most);
        broken
    }
}

/// The scalar that a value of a witness stands for.
fn from_canonical<F: Scalar>(value: &Canonical) -> F {
    F::from_bigint(ark_ff::BigInt(*value)).expect("a witness is reduced when it has been read")
}
