//! The values of the three wires of each gate, from a witness.
//!
//! A gate has two inputs, so a longer linear combination is cut into additions of two signals, whose sums are further
//! signals. Signal 0 is not the constant 1 here: it is 0, and stands where a wire is not used.

use crate::arithmetic::field::{Canonical, Scalar, Stored};
use crate::formats::EntryFault;
use ark_ff::BigInt;
use rayon::prelude::*;

/// The additions of a key: two signals and their two factors, in Montgomery form.
#[derive(Clone, Copy)]
pub struct Additions<'a> {
    bytes: &'a [u8],
}

fn word(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes[..4].try_into().expect("four bytes")) as usize
}

impl<'a> Additions<'a> {
    /// The bytes of one.
    pub const fn size<F: Stored>() -> usize {
        8 + 2 * F::SIZE
    }

    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Signals and factors of each.
    pub fn iter<F: Stored>(self) -> impl Iterator<Item = ([usize; 2], [F; 2])> + 'a {
        self.bytes.chunks_exact(Self::size::<F>()).map(|entry| {
            (
                [word(entry), word(&entry[4..])],
                [F::from_montgomery(&entry[8..]), F::from_montgomery(&entry[8 + F::SIZE..])],
            )
        })
    }

    /// Checks that each adds signals before it, where `first` is the number of the first sum, with reduced factors.
    pub fn check<F: Stored>(self, first: usize) -> Result<(), EntryFault> {
        for (index, entry) in self.bytes.chunks_exact(Self::size::<F>()).enumerate() {
            let reason = if word(entry).max(word(&entry[4..])) >= first + index {
                "it adds a signal that is not known before it".to_string()
            } else if !F::is_reduced(&entry[8..]) || !F::is_reduced(&entry[8 + F::SIZE..]) {
                "a factor is not below the scalar field's prime".to_string()
            } else {
                continue;
            };
            return Err(EntryFault { index, reason });
        }
        Ok(())
    }
}

/// The values of all signals: 0, those of the witness from the second on, and the sums. `Err` is an addition of a signal
/// that is not there.
pub fn signals<F: Scalar>(
    witness: &[Canonical],
    additions: Additions<'_>,
) -> Result<Vec<F>, EntryFault> {
    let mut values: Vec<F> = Vec::with_capacity(witness.len() + additions.bytes.len() / 72);
    values.par_extend(
        witness
            .par_iter()
            .map(|value| F::from_bigint(BigInt(*value)).expect("a witness is reduced when it is read")),
    );
    if let Some(first) = values.first_mut() {
        *first = F::ZERO;
    }
    for (index, ([one, other], [f, g])) in additions.iter::<F>().enumerate() {
        let known = |signal: usize| {
            let reason = || format!("it adds signal {signal}, which is not known before it");
            values.get(signal).copied().ok_or_else(|| EntryFault { index, reason: reason() })
        };
        let sum = f * known(one)? + g * known(other)?;
        values.push(sum);
    }
    Ok(values)
}

/// Which signal is on a wire, gate by gate.
#[derive(Clone, Copy)]
pub struct Map<'a> {
    bytes: &'a [u8],
}

impl<'a> Map<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The signal on the wire of a gate; 0 past the last one.
    pub fn get(&self, gate: usize) -> usize {
        self.bytes.get(4 * gate..4 * gate + 4).map_or(0, word)
    }

    /// Checks that each signal is below their number.
    pub fn check(&self, signals: usize) -> Result<(), EntryFault> {
        let found = self.bytes.chunks_exact(4).position(|entry| word(entry) >= signals);
        found.map_or(Ok(()), |index| {
            let reason = format!("signal {} is outside the circuit's {signals}", self.get(index));
            Err(EntryFault { index, reason })
        })
    }

    /// The values on the wire at each point of the domain. `Err` is a gate whose signal does not exist.
    pub fn column<F: Scalar>(&self, signals: &[F], domain: usize) -> Result<Vec<F>, EntryFault> {
        let mut column = Vec::with_capacity(domain);
        for (index, entry) in self.bytes.chunks_exact(4).enumerate() {
            let value = signals.get(word(entry)).copied();
            column.push(value.ok_or_else(|| EntryFault {
                index,
                reason: format!("signal {} does not exist", word(entry)),
            })?);
        }
        column.resize(domain, F::ZERO);
        Ok(column)
    }
}
