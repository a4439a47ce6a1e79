//! Fixed-base tables of a key that is used often: multiples of its bases, in rows as the lanes load them.
//!
//! There are three tables: the bases of A, those of B over G2, and those of C and H together, whose MSMs are summed
//! anyway. Bases at infinity are left out, and an index says which scalar each of the others takes.

use super::Key;
use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::{Canonical, Stored};
use crate::arithmetic::lanes::Laned;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{Bases, Lengths, Rows, Shape, Work, double, kernels, pack};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::PrimeField;

/// The tables of a key, in the order of the prepared file.
pub const TABLES: [&str; 3] = ["A", "B", "CH"];

/// An addition over G2 costs as much as three over G1: 17 products of the base field against 6.
const G2_ADDITIONS: usize = 3;

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

/// The work of a proof with and without tables, and of making them, in additions over G1.
pub struct Plan {
    pub tables: [Table; 3],
    pub unprepared: usize,
    pub prepared: usize,
    pub preparation: usize,
}

/// The bits of a scalar: 254 for BN254, which in many widths takes one window fewer than the 255 of BLS12-381.
fn scalar_bits<C: Curve>() -> usize {
    C::Scalar::MODULUS_BIT_SIZE as usize
}

/// The tables that save the most work within `budget` bytes; `None` if not even the bases fit. `witness` tells how long
/// the scalars are. Without it, all are taken to be as long as the field, which overrates what tables save. A larger
/// table must save what it takes to make within `proofs`: where most scalars are bits, the multiples that only a few
/// need may fill twice the memory to save a hundredth.
pub fn plan<C: Curve>(
    key: &Key<'_, C>,
    budget: usize,
    cpu: Cpu,
    witness: Option<&[Canonical]>,
    proofs: usize,
) -> Option<Plan> {
    let bits = scalar_bits::<C>();
    let (g1, g2) = (kernels::<C::G1>(cpu), kernels::<C::G2>(cpu));
    let bases = [(g1.row_words(), 1), (g2.row_words(), G2_ADDITIONS), (g1.row_words(), 1)];
    let indices = [0, 1, 2].map(|table| index(key, table));
    let forecasts = indices.each_ref().map(|index| {
        let lengths = match witness {
            None => Lengths::all(index.len(), bits),
            Some(witness) => {
                let known = index.iter().filter_map(|&place| witness.get(place as usize).copied());
                // The others are values of the quotient.
                let quotient = index.iter().filter(|&&place| place as usize >= witness.len()).count();
                Lengths::of(known).with(&Lengths::all(quotient, bits))
            }
        };
        Work::new(&lengths, g1.lanes()).by_blocks(bits)
    });
    let table = |i: usize, blocks: usize| {
        let (shape, additions) = forecasts[i][blocks - 1];
        let (row_words, weight) = bases[i];
        let table = Table {
            count: indices[i].len(),
            shape,
            blocks: shape.blocks(bits),
            row_bytes: 8 * row_words,
        };
        (table, weight * additions)
    };
    let mut tables = [0, 1, 2].map(|i| table(i, 1));
    let unprepared = tables.iter().map(|(_, work)| work).sum();
    let room = |tables: &[(Table, usize); 3]| {
        budget.checked_sub(tables.iter().map(|(table, _)| table.bytes()).sum())
    };
    room(&tables)?;
    let doublings = |table: &Table| table.count * (table.blocks - 1) * table.shape.apart();
    // Greedy: step by step, the larger table that saves the most for its bytes.
    while let Some((_, i, better)) = (0..3)
        .flat_map(|i| (tables[i].0.blocks + 1..=bits).map(move |blocks| (i, blocks)))
        .filter_map(|(i, blocks)| {
            let better = table(i, blocks);
            let saved = tables[i].1.checked_sub(better.1).filter(|&saved| saved > 0)?;
            // Wider windows may save work and bytes at once.
            let more = better.0.bytes().saturating_sub(tables[i].0.bytes());
            let effort = bases[i].1 * doublings(&better.0).saturating_sub(doublings(&tables[i].0));
            let taken = more <= room(&tables)? && effort <= saved.saturating_mul(proofs);
            taken.then(|| (saved as f64 / more.max(1) as f64, i, better))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
    {
        tables[i] = better;
    }
    let prepared = tables.iter().map(|(_, work)| work).sum();
    let tables = tables.map(|(table, _)| table);
    Some(Plan {
        tables,
        unprepared,
        prepared,
        preparation: (0..3).map(|i| bases[i].1 * doublings(&tables[i])).sum(),
    })
}

/// Which scalars the bases of a table take, in order: signals, and for H, counted on from the signals, places of the
/// quotient.
pub fn index<C: Curve>(key: &Key<'_, C>, table: usize) -> Vec<u32> {
    fn finite<P: SWCurveConfig<BaseField: Stored>>(points: Points<'_, P>, from: usize) -> Vec<u32> {
        let all = (0..points.len()).filter(|&i| !points.is_infinity(i));
        all.map(|i| (i + from) as u32).collect()
    }
    match table {
        0 => finite(key.a, 0),
        1 => finite(key.b2, 0),
        _ => [finite(key.c, first_of_c(key)), finite(key.h, key.layout.variables)].concat(),
    }
}

/// The signal of the first base of C: the first private one, or the first of all if the key is folded.
fn first_of_c<C: Curve>(key: &Key<'_, C>) -> usize {
    key.layout.variables - key.c.len()
}

/// Fills one block of a table's rows: with the bases, or with the block before it doubled as often as the shape says.
/// `rows` are those of the table up to the end of this block. `Err` says what does not belong together.
pub fn fill<C: Curve>(
    key: &Key<'_, C>,
    table: usize,
    shape: Shape,
    index: &[u32],
    rows: &mut [u64],
    cpu: Cpu,
) -> Result<(), String> {
    let (signals, all) = (key.layout.variables, key.layout.variables + key.h.len());
    let (from, to) = match table {
        0 | 1 => (0, signals),
        _ => (first_of_c(key), all),
    };
    if index.iter().any(|&place| !(from..to).contains(&(place as usize))) {
        return Err("a table's index names a scalar that does not exist".into());
    }
    match table {
        0 => fill_rows(shape, index, rows, cpu, |i| key.a.get(i)),
        1 => fill_rows(shape, index, rows, cpu, |i| key.b2.get(i)),
        _ => {
            let point =
                |i: usize| if i < signals { key.c.get(i - from) } else { key.h.get(i - signals) };
            fill_rows(shape, index, rows, cpu, point)
        }
    }
}

fn fill_rows<P: SWCurveConfig<BaseField: Laned>>(
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
