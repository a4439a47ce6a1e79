//! PLONK as snarkjs 0.7 has it: keys, the prover, and the verifier.
//!
//! A. Gabizon, Z. J. Williamson, O. Ciobotaru, "PLONK: Permutations over Lagrange-bases for oecumenical noninteractive
//! arguments of knowledge" (ia.cr/2019/953), with snarkjs' transcript and blinding. Given the same blinding, a proof is
//! the one that snarkjs makes, byte for byte.

pub mod key;
pub mod prover;
pub mod verify;

#[cfg(test)]
mod tests;

use crate::arithmetic::curve::{Curve, Fault};
use crate::arithmetic::field::Canonical;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::ntt::Domain;
use crate::formats::Span;
use crate::plonkish::check::InSection;
use crate::plonkish::circuit::{Circuit, Layout};
use crate::plonkish::proving::{Setup, System, Unproved};
use crate::stages::Stages;

/// See [`System`].
pub struct Plonk;

impl<C: Curve> System<C> for Plonk {
    type Key<'a> = key::Key<'a, C>;
    type Verifier = verify::Verifier<C>;

    const PRODUCTS: usize = 9;

    fn key<'a>(file: &'a [u8], layout: Layout, more: &[Span]) -> Result<key::Key<'a, C>, String> {
        if !more.is_empty() {
            return Err("the key has more sections than there are".into());
        }
        key::Key::new(file, layout)
    }

    fn circuit<'k, 'a: 'k>(key: &'k key::Key<'a, C>) -> &'k Circuit<'a, C> {
        &key.circuit
    }

    fn check<'d>(
        key: &key::Key<'_, C>,
        section: u32,
        domain: impl Fn() -> &'d Domain<C::Scalar>,
        cpu: Cpu,
        random: impl Fn(&mut [u8]) + Copy,
    ) -> Result<(), InSection> {
        key::check_section(key, section, domain, cpu, random)
    }

    fn prove(
        setup: &Setup<'_, C, key::Key<'_, C>>,
        witness: &[Canonical],
        blinding: &[C::Scalar],
        stages: &Stages<'_>,
    ) -> Result<Vec<u8>, Unproved> {
        let blinding = blinding.try_into().map_err(|_| Unproved::Blinding)?;
        prover::prove(setup, witness, blinding, stages).map(|proof| proof.to_bytes())
    }

    fn verifier(
        key: &[u8],
        public: usize,
        log: u32,
    ) -> Result<verify::Verifier<C>, (usize, Option<Fault>)> {
        verify::Verifier::new(key, public, log)
    }
}
