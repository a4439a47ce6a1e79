//! A table as it lies in a mapped file.

use super::{Table, scalar_bits};
use crate::arithmetic::curve::Curve;
use crate::arithmetic::lanes::Laned;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{Bases, Rows, kernels};
use ark_ec::short_weierstrass::SWCurveConfig;

/// A table as it lies in a mapped file.
#[derive(Clone, Copy)]
pub struct Mapped<'a> {
    pub table: Table,
    /// Four bytes per base, little-endian.
    index: &'a [u8],
    rows: &'a [u8],
}

impl<'a> Mapped<'a> {
    /// Borrows the index and the rows of a table over one of the curve's groups. The shape and the lengths are checked
    /// here, because every access relies on them and a file may contain anything. `Err` says what is wrong.
    pub fn new<C: Curve, P: SWCurveConfig<BaseField: Laned>>(
        file: &'a [u8],
        table: Table,
        index: usize,
        rows: usize,
        cpu: Cpu,
    ) -> Result<Self, String> {
        let part = |from: usize, lengths: &[usize]| {
            let length =
                lengths.iter().try_fold(1usize, |product, &factor| product.checked_mul(factor));
            length
                .and_then(|length| from.checked_add(length))
                .and_then(|to| file.get(from..to))
                .ok_or_else(|| "a table ends past its file".to_string())
        };
        if !table.shape.is_sound() {
            return Err("a table has an impossible window width, or no buckets".into());
        }
        if table.blocks < table.shape.blocks(scalar_bits::<C>()) {
            return Err("a table has too few multiples for its shape".into());
        }
        if table.row_bytes != 8 * kernels::<P>(cpu).row_words() {
            return Err("a table's rows do not have the size that this arithmetic needs".into());
        }
        Ok(Self {
            table,
            index: part(index, &[4, table.count])?,
            rows: part(rows, &[table.count, table.blocks, table.row_bytes])?,
        })
    }

    /// Whether every base takes one of so many scalars. Checked once for all proofs. If the file changes later, a wrong
    /// index fails the bounds check where it is used, which ends that proof and does no other harm.
    pub fn takes_scalars_below(&self, count: usize) -> bool {
        (0..self.table.count).all(|i| self.scalar(i) < count)
    }

    /// The scalar that base `i` takes.
    #[inline]
    pub fn scalar(&self, i: usize) -> usize {
        let bytes = self.index[4 * i..][..4].try_into().expect("four bytes");
        u32::from_le_bytes(bytes) as usize
    }

    /// The bases for an MSM.
    pub fn bases<P: SWCurveConfig<BaseField: Laned>>(&self, cpu: Cpu) -> Bases<'a, P> {
        let kernels = kernels::<P>(cpu);
        Bases {
            kernels,
            rows: Rows::new(self.rows, kernels.row_words()),
            count: self.table.count,
            apart: (self.table.blocks > 1).then(|| self.table.shape.apart()),
        }
    }
}
