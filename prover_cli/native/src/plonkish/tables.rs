//! The table of a prepared key: all powers of τ, over which each commitment of a proof is a product. Keys of one ceremony
//! over domains of one size have the same, and share it.

use super::circuit::Circuit;
use crate::arithmetic::curve::Curve;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{Lengths, Shape, kernels};
use crate::prepared::{self, Bases, Plan, fill_rows, scalar_bits};

/// The table that saves the most work within `budget` bytes, if a proof has so many products over all powers; see
/// [`prepared::plan`]. Whatever the witness, coefficients are as long as the field.
pub fn plan<C: Curve>(
    circuit: &Circuit<'_, C>,
    products: usize,
    budget: usize,
    cpu: Cpu,
    proofs: usize,
) -> Option<Plan> {
    let (bits, kernels) = (scalar_bits::<C>(), kernels::<C::G1>(cpu));
    let count = circuit.powers.len();
    let bases = Bases {
        lengths: Lengths::all(count, bits),
        count,
        products,
        row_words: kernels.row_words(),
        addition: 1,
    };
    prepared::plan(&[bases], budget, bits, kernels.lanes(), proofs)
}

/// Which scalars the bases take: each its own.
pub fn index<C: Curve>(circuit: &Circuit<'_, C>) -> Vec<u32> {
    (0..circuit.powers.len() as u32).collect()
}

/// Fills one block of rows; see [`fill_rows`]. `Err` says what does not belong together.
pub fn fill<C: Curve>(
    circuit: &Circuit<'_, C>,
    shape: Shape,
    index: &[u32],
    rows: &mut [u64],
    cpu: Cpu,
) -> Result<(), String> {
    if index.len() != circuit.powers.len() || index.iter().zip(0..).any(|(&place, own)| place != own) {
        return Err("a table's index does not name the powers in their order".into());
    }
    if (0..circuit.powers.len()).any(|index| circuit.powers.is_infinity(index)) {
        return Err("a power is at infinity; check the key".into());
    }
    fill_rows(shape, index, rows, cpu, |index| circuit.powers.get(index))
}
