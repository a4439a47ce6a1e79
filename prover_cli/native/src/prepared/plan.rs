//! Which tables save the most work within a budget of bytes.

use super::Table;
use crate::arithmetic::msm::{Lengths, Shape, Work};

/// What there can be a table of.
pub struct Bases {
    /// The scalars of all products over them in one proof: how many there are of each length.
    pub lengths: Lengths,
    /// The number of bases that are not at infinity.
    pub count: usize,
    /// The products over them in one proof, which have as many scalars each.
    pub products: usize,
    pub row_words: usize,
    /// What an addition costs, in additions over G1.
    pub addition: usize,
}

/// The work of a proof with and without tables, and of making them, in additions over G1.
pub struct Plan {
    pub tables: Vec<Table>,
    pub unprepared: usize,
    pub prepared: usize,
    pub preparation: usize,
}

/// The tables that save the most work within `budget` bytes, for scalars of up to `bits` bits; `None` if not even the
/// bases fit. A larger table must save what it takes to make within `proofs`: where most scalars are bits, the multiples
/// that only a few need may fill twice the memory to save a hundredth.
pub fn plan(bases: &[Bases], budget: usize, bits: usize, lanes: usize, proofs: usize) -> Option<Plan> {
    let forecasts: Vec<Vec<(Shape, usize)>> =
        bases.iter().map(|bases| Work::new(&bases.lengths, lanes).by_blocks(bits)).collect();
    let table = |i: usize, blocks: usize| {
        let (shape, additions) = forecasts[i][blocks - 1];
        let table = Table {
            count: bases[i].count,
            shape,
            blocks: shape.blocks(bits),
            row_bytes: 8 * bases[i].row_words,
        };
        (table, bases[i].products * bases[i].addition * additions)
    };
    let mut tables: Vec<(Table, usize)> = (0..bases.len()).map(|i| table(i, 1)).collect();
    let unprepared = tables.iter().map(|(_, work)| work).sum();
    let room = |tables: &[(Table, usize)]| {
        budget.checked_sub(tables.iter().map(|(table, _)| table.bytes()).sum())
    };
    room(&tables)?;
    let doublings = |table: &Table| table.count * (table.blocks - 1) * table.shape.apart();
    // Greedy: step by step, the larger table that saves the most for its bytes.
    while let Some((_, i, better)) = (0..bases.len())
        .flat_map(|i| (tables[i].0.blocks + 1..=bits).map(move |blocks| (i, blocks)))
        .filter_map(|(i, blocks)| {
            let better = table(i, blocks);
            let saved = tables[i].1.checked_sub(better.1).filter(|&saved| saved > 0)?;
            // Wider windows may save work and bytes at once.
            let more = better.0.bytes().saturating_sub(tables[i].0.bytes());
            let effort =
                bases[i].addition * doublings(&better.0).saturating_sub(doublings(&tables[i].0));
            let taken = more <= room(&tables)? && effort <= saved.saturating_mul(proofs);
            taken.then(|| (saved as f64 / more.max(1) as f64, i, better))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
    {
        tables[i] = better;
    }
    Some(Plan {
        unprepared,
        prepared: tables.iter().map(|(_, work)| work).sum(),
        preparation: tables
            .iter()
            .zip(bases)
            .map(|((table, _), bases)| bases.addition * doublings(table))
            .sum(),
        tables: tables.into_iter().map(|(table, _)| table).collect(),
    })
}
