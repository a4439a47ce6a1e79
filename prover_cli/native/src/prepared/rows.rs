//! Filling the rows of a table, block by block.

use crate::arithmetic::lanes::Laned;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{Shape, double, kernels, pack};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};

/// Fills one block: with the bases, which `point` gives by the numbers in `index`, or with the block before it doubled as
/// often as the shape says. `rows` are those of the table up to the end of this block. `Err` says what does not belong
/// together.
pub fn fill_rows<P: SWCurveConfig<BaseField: Laned>>(
    shape: Shape,
    index: &[u32],
    rows: &mut [u64],
    cpu: Cpu,
    point: impl Fn(usize) -> Affine<P> + Sync,
) -> Result<(), String> {
    let kernels = kernels::<P>(cpu);
    let size = index.len() * kernels.row_words();
    let Some((earlier, block)) =
        rows.len().checked_sub(size).and_then(|earlier| rows.split_at_mut_checked(earlier))
    else {
        return Err("a table's rows do not have the size that this arithmetic needs".into());
    };
    if earlier.is_empty() {
        block.copy_from_slice(&pack(kernels, index.len(), |i| point(index[i] as usize)));
        return Ok(());
    }
    let Some(before) = earlier.len().checked_sub(size).and_then(|from| earlier.get(from..)) else {
        return Err("a table's rows do not have the size that this arithmetic needs".into());
    };
    block.copy_from_slice(before);
    double(kernels, block, shape.apart())
        .then_some(())
        .ok_or_else(|| "a base is not a point of its group; check the key".into())
}
