//! What the proof systems with PLONK's arithmetisation share: gates over three wires, copy constraints, and commitments
//! by powers of τ.
//!
//! A. Gabizon, Z. J. Williamson, O. Ciobotaru, "PLONK: Permutations over Lagrange-bases for oecumenical noninteractive
//! arguments of knowledge" (ia.cr/2019/953). `circuit` is what a key has of its circuit, `check` looks at every entry of
//! it, and `tables` are multiples of the powers of τ. `wires` calculates the values of the wires from a witness,
//! `grand_product` is the argument that copies are equal, `gates` finds the gates that a witness breaks, `cosets` takes
//! polynomials to where quotients are calculated, `commitments` are Kate, Zaverucha and Goldberg's, `polynomial`
//! calculates with coefficients, `division` divides by binomials, `lagrange` calculates with values on the domain,
//! `transcript` draws the challenges, and `openings` verifies many proofs at once.

pub mod check;
pub mod circuit;
pub mod commitments;
pub mod cosets;
pub mod division;
pub mod gates;
pub mod grand_product;
pub mod lagrange;
pub mod openings;
pub mod polynomial;
pub mod proving;
pub mod tables;
pub mod transcript;
pub mod values;
pub mod wires;

#[cfg(test)]
pub mod sample;
