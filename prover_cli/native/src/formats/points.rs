//! Validation of the points of a section: ranges, curve equations, subgroups.
//!
//! Nearly all of the time went to subgroups of G2, point by point. Tested together they take a seventieth of it: for the
//! dense circuit of the corpus 5.4 s of CPU time became 0.09, for 2^18 constraints 21.8 became 0.32, and over BLS12-381,
//! where G1 has subgroups too, 3.1 became 0.29 for 2^14 (Granite Rapids with IFMA).

use super::EntryFault;
use crate::arithmetic::curve::{Fault, Points};
use crate::arithmetic::field::Stored;
use crate::arithmetic::msm::{Bases, Kernels, Plan, Rows, pack};
use ark_ec::short_weierstrass::SWCurveConfig;
use rayon::prelude::*;

/// Checks stored points in parallel and reports one that is wrong. `factor` is the smallest prime factor of the cofactor,
/// if it is not 1, and `random` fills bytes from the operating system's source: subgroups are tested for many points at
/// once (see `msm::membership`). Only if one is outside they are looked at one by one, for its place.
pub fn check_points<P: SWCurveConfig<BaseField: Stored>>(
    kernels: Kernels<P>,
    bytes: &[u8],
    factor: Option<u64>,
    random: impl Fn(&mut [u8]),
) -> Result<(), EntryFault> {
    let points = Points::<P>::new(bytes);
    let found = |check: &(dyn Fn(usize) -> Result<(), Fault> + Sync)| {
        (0..points.len()).into_par_iter().try_for_each(|index| {
            check(index).map_err(|fault| EntryFault { index, reason: fault.words().into() })
        })
    };
    found(&|index| points.check_curve(index))?;
    let Some(factor) = factor else { return Ok(()) };
    let there: Vec<u32> =
        (0..points.len() as u32).filter(|&index| !points.is_infinity(index as usize)).collect();
    let words = pack(kernels, there.len(), |i| points.get(there[i] as usize));
    let rows = Rows::of_words(&words, kernels.row_words());
    let bases = Bases { kernels, rows, count: there.len(), apart: None };
    if bases.are_in_subgroup(Plan::for_points(there.len(), factor), random) {
        return Ok(());
    }
    found(&|index| points.check(index))
}
