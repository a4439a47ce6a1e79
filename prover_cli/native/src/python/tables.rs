//! Tables of a prepared key as they cross the border: tuples of numbers, and a mapped file.

use super::Refused;
use super::bytes_of;
use crate::arithmetic::curve::Curve;
use crate::arithmetic::lanes::Laned;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::Shape;
use crate::groth16::key::tables::{Mapped, Table};
use crate::groth16::prover;
use ark_ec::short_weierstrass::SWCurveConfig;
use pyo3::buffer::PyBuffer;

/// Count, window width, sets of buckets, multiples and bytes of a row of each table; then the work of a proof
/// without tables, with them, and of making them, in additions.
pub(super) type TablePlan = ([TableShape; 3], [usize; 3]);
pub(super) type TableShape = (usize, usize, usize, usize, usize);

/// A table, and where its index and its rows begin in the file.
pub(super) type TablePlace = (TableShape, usize, usize);

pub(super) fn shape_of(table: &Table) -> TableShape {
    (table.count, table.shape.width, table.shape.sets, table.blocks, table.row_bytes)
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
