//! Tables of a prepared key as they cross the border: tuples of numbers, and a mapped file.

use super::Refused;
use super::bytes_of;
use crate::arithmetic::curve::Curve;
use crate::arithmetic::lanes::Laned;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::Shape;
use crate::groth16::prover;
use crate::prepared::{Mapped, Plan, Table};
use ark_ec::short_weierstrass::SWCurveConfig;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Count, window width, sets of buckets, multiples and bytes of a row of each table; then the work of a proof
/// without tables, with them, and of making them, in additions.
pub(super) type TablePlan = (Vec<TableShape>, [usize; 3]);
pub(super) type TableShape = (usize, usize, usize, usize, usize);

/// A table, and where its index and its rows begin in the file.
pub(super) type TablePlace = (TableShape, usize, usize);

pub(super) fn shape_of(table: &Table) -> TableShape {
    (table.count, table.shape.width, table.shape.sets, table.blocks, table.row_bytes)
}

pub(super) fn plan_of(plan: &Plan) -> TablePlan {
    let work = [plan.unprepared, plan.prepared, plan.preparation];
    (plan.tables.iter().map(shape_of).collect(), work)
}

/// The index of a table and its rows up to the end of a block, to be filled in place. Raises ValueError unless the file
/// has room for them.
#[allow(clippy::mut_from_ref)] // the memory is the file's, not what the reference is to
pub(super) fn block_of(
    file: &PyBuffer<u8>,
    shape: TableShape,
    (index_at, rows_at): (usize, usize),
    block: usize,
) -> PyResult<(Vec<u32>, &mut [u64])> {
    let Table { count, row_bytes, shape, blocks } = table_of(shape);
    // Checked arithmetic: a product that wrapped around would make the slice below one of any memory.
    let filled =
        block.checked_add(1).and_then(|blocks| blocks.checked_mul(count)?.checked_mul(row_bytes));
    let end = filled.and_then(|filled| rows_at.checked_add(filled));
    let index_end = count.checked_mul(4).and_then(|index| index_at.checked_add(index));
    let end = match (end, index_end) {
        (Some(end), Some(index_end))
            if !file.readonly()
                && block < blocks
                && shape.is_sound()
                && rows_at.is_multiple_of(8)
                && row_bytes.is_multiple_of(8)
                && index_end <= rows_at
                && end <= file.len_bytes()
                && file.buf_ptr().align_offset(8) == 0 =>
        {
            end
        }
        _ => return Err(PyValueError::new_err("the file has no room for the table")),
    };
    let index: Vec<u32> = bytes_of(file)[index_at..][..4 * count]
        .chunks_exact(4)
        .map(|chunk| u32::from_le_bytes(chunk.try_into().expect("four bytes")))
        .collect();
    // SAFETY: the range lies in the buffer, is aligned, and is written by this call alone: the caller holds the file's
    // lock, and the buffer is exported to nobody else.
    let rows = unsafe {
        std::slice::from_raw_parts_mut(
            file.buf_ptr().cast::<u8>().add(rows_at).cast::<u64>(),
            (end - rows_at) / 8,
        )
    };
    Ok((index, rows))
}

pub(super) fn table_of((count, width, sets, blocks, row_bytes): TableShape) -> Table {
    Table { count, shape: Shape { width, sets }, blocks, row_bytes }
}

/// A prepared file, mapped, and where the index and the rows of each table lie in it.
pub(super) struct Tables {
    pub(super) file: PyBuffer<u8>,
    pub(super) places: [TablePlace; 3],
    pub(super) folded: bool,
}

impl Tables {
    pub(super) fn mapped<C: Curve>(&self, cpu: Cpu) -> Result<prover::Tables<'_>, Refused> {
        let [a, b, ch] = self.places;
        Ok(prover::Tables {
            a: self.open::<C, C::G1>(a, cpu)?,
            b: self.open::<C, C::G2>(b, cpu)?,
            ch: self.open::<C, C::G1>(ch, cpu)?,
            folded: self.folded,
        })
    }

    fn open<C: Curve, P: SWCurveConfig<BaseField: Laned>>(
        &self,
        (shape, index, rows): TablePlace,
        cpu: Cpu,
    ) -> Result<Mapped<'_>, Refused> {
        Mapped::new::<C, P>(bytes_of(&self.file), table_of(shape), index, rows, cpu)
            .map_err(Refused::mismatch)
    }
}
