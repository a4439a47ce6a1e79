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
