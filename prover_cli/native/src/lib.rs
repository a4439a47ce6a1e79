//! The fast engine of prove-batch: Groth16 proofs straight from a mapped circom key.
//!
//! In: the bytes of a `.zkey` (where its sections lie was found and checked on the Python side), the
//! values of a witness and two blinding factors. Out: the three points of a proof.
//! Read `prover` first; it follows the equations of the paper, and each step leads to its folder.

pub mod curve;
pub mod field;
pub mod key;
pub mod lanes;
pub mod msm;
pub mod ntt;
pub mod prover;
pub mod verify;

#[cfg(feature = "python")]
mod python;
