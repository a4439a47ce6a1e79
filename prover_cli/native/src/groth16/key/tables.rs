//! The tables of a prepared key.
//!
//! There are three: the bases of A, those of B over G2, and those of C and H together, whose MSMs are summed anyway.
//! Bases at infinity are left out, and an index says which scalar each of the others takes.

use super::Key;
use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::{Canonical, Stored};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{Lengths, Shape, kernels};
use crate::prepared::{self, Bases, Plan, fill_rows, scalar_bits};
use ark_ec::short_weierstrass::SWCurveConfig;

/// The tables of a key, in the order of the prepared file.
pub const TABLES: [&str; 3] = ["A", "B", "CH"];

/// An addition over G2 costs as much as three over G1: 17 products of the base field against 6.
const G2_ADDITIONS: usize = 3;

/// The tables that save the most work within `budget` bytes; see [`prepared::plan`]. `witness` tells how long the scalars
/// are. Without it, all are taken to be as long as the field, which overrates what tables save.
pub fn plan<C: Curve>(
    key: &Key<'_, C>,
    budget: usize,
    cpu: Cpu,
    witness: Option<&[Canonical]>,
    proofs: usize,
) -> Option<Plan> {
    let bits = scalar_bits::<C>();
    let (g1, g2) = (kernels::<C::G1>(cpu), kernels::<C::G2>(cpu));
    let sizes = [(g1.row_words(), 1), (g2.row_words(), G2_ADDITIONS), (g1.row_words(), 1)];
    let bases = [0, 1, 2].map(|table| {
        let index = index(key, table);
        let lengths = match witness {
            None => Lengths::all(index.len(), bits),
            Some(witness) => {
                let known = index.iter().filter_map(|&place| witness.get(place as usize).copied());
                // The others are values of the quotient.
                let quotient = index.iter().filter(|&&place| place as usize >= witness.len()).count();
                Lengths::of(known).with(&Lengths::all(quotient, bits))
            }
        };
        let (row_words, addition) = sizes[table];
        Bases { lengths, count: index.len(), products: 1, row_words, addition }
    });
    prepared::plan(&bases, budget, bits, g1.lanes(), proofs)
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
