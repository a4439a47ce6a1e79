//! The fast engine of prove-batch: proofs straight from a mapped key of circom's tools.
//!
//! In: the bytes of a `.zkey`, whose sections were found and checked on the Python side, the values of a witness,
//! and the blinding factors. Out: the points of a proof.
//!
//! `arithmetic` knows of no proof system, `formats` reads what all of them share, `groth16`, `plonk` and `fflonk` are
//! the systems, `plonkish` is what the last two share, `prepared` has tables for keys that are used often, `stages` times and
//! cancels the steps of any proof, `witness` calculates witnesses from inputs, and `python` is the boundary. Read
//! the `prover` of a system first: each of their steps leads to its folder.

#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]

pub mod arithmetic;
pub mod fflonk;
pub mod formats;
pub mod groth16;
pub mod plonk;
pub mod plonkish;
pub mod prepared;
pub mod stages;
pub mod witness;

#[cfg(test)]
mod layering;
#[cfg(feature = "python")]
mod python;
