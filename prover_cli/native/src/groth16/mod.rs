//! Groth16 (J. Groth, "On the size of pairing-based non-interactive arguments", EUROCRYPT 2016, ia.cr/2016/260).
//!
//! `key` is a proving key of circom's tools and what can be prepared of it, `prover` makes proofs, and `verify`
//! checks them. Read `prover` first: it follows the equations of the paper.

pub mod key;
pub mod prover;
pub mod verify;

#[cfg(test)]
mod tests;
