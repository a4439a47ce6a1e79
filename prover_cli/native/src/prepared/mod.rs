//! Prepared keys: fixed-base tables, multiples of bases that proofs use again and again, in rows as the lanes load them.
//!
//! `plan` chooses their shapes, `rows` fills them, and `mapped` borrows them from a file. Which bases a table has, and
//! which scalars those take, is each system's own.

mod mapped;
mod plan;
mod rows;

pub use mapped::Mapped;
pub use plan::{Bases, Plan, plan};
pub use rows::fill_rows;

use crate::arithmetic::curve::Curve;
use crate::arithmetic::msm::Shape;
use ark_ff::PrimeField;

/// What one table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The number of bases that are not at infinity.
    pub count: usize,
    pub shape: Shape,
    /// The number of multiples of each base, itself included.
    pub blocks: usize,
    pub row_bytes: usize,
}

impl Table {
    pub fn bytes(&self) -> usize {
        self.count * self.blocks * self.row_bytes
    }
}

/// The bits of a scalar: 254 for BN254, which in many widths takes one window fewer than the 255 of BLS12-381.
pub fn scalar_bits<C: Curve>() -> usize {
    C::Scalar::MODULUS_BIT_SIZE as usize
}
