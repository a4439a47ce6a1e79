//! What the proof systems with PLONK's arithmetisation share: gates over three wires, copy constraints, and commitments
//! by powers of τ.
//!
//! A. Gabizon, Z. J. Williamson, O. Ciobotaru, "PLONK: Permutations over Lagrange-bases for oecumenical noninteractive
//! arguments of knowledge" (ia.cr/2019/953). `wires` calculates the values of the wires from a witness, `grand_product`
//! is the argument that copies are equal, `gates` finds the gates that a witness breaks, `commitments` are Kate,
//! Zaverucha and Goldberg's, `polynomial` calculates with coefficients, and `transcript` draws the challenges.

pub mod commitments;
pub mod gates;
pub mod grand_product;
pub mod polynomial;
pub mod transcript;
pub mod values;
pub mod wires;
