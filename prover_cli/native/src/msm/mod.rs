//! The multi-scalar product Σ scalar_i · base_i over bases that lie in a mapped key.
//!
//! Bucket method (Pippenger) with signed windows; windows are independent and run in parallel.
//! `window` chooses the width and cuts scalars, `buckets` sums one window, `affine` adds points.

mod affine;
mod buckets;
mod window;

use crate::curve::Points;
use crate::field::{Plain, Stored};
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ec::AdditiveGroup;
use rayon::prelude::*;

/// Σ scalars_i · bases_i. Both have the same length; scalars are plain integers below the order.
pub fn msm<P: SWCurveConfig<BaseField: Stored>>(
    bases: Points<'_, P>,
    scalars: &[Plain],
) -> Projective<P> {
    assert_eq!(bases.len(), scalars.len(), "one scalar a base");
    let bits = scalars.iter().map(window::bit_length).max().unwrap_or(0);
    if bits == 0 {
        return Projective::ZERO;
    }
    // What adds nothing is left out once, not in each window: two of three bases of a circuit of bits.
    let active: Vec<u32> = (0..scalars.len() as u32)
        .filter(|&i| scalars[i as usize] != [0; 4] && !bases.is_infinity(i as usize))
        .collect();
    let width = window::width(active.len());
    let sums: Vec<Projective<P>> = (0..window::count(bits, width))
        .into_par_iter()
        .map(|index| buckets::sum_window(bases, scalars, &active, index, width))
        .collect();
    // Horner from the most significant window down.
    sums.into_iter().rev().fold(Projective::ZERO, |mut total, sum| {
        for _ in 0..width {
            total.double_in_place();
        }
        total + sum
    })
}

#[cfg(test)]
mod tests;
