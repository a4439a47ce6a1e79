//! Transforms of group elements (FFT in the exponent), in projective coordinates.
//!
//! The butterflies are those of `butterflies`, with a scalar multiplication for each product: slow, and only for
//! what is done once, as changing the basis that a structured reference string is in.

use super::roots::{root_of_unity, shifts};
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ff::{Field, One};
use rayon::prelude::*;

/// Butterflies that one thread does at a time. Each costs a scalar multiplication, so few are enough.
const PARALLEL: usize = 64;

/// The transpose of [`Domain::to_coset`](super::Domain::to_coset), in place and in natural order. For values v,
/// Σ to_coset(v)_j · P_j = Σ v_k · transposed(P)_k.
///
/// to_coset is F·S·F⁻¹, with F the forward transform and S the diagonal of shifts. F is symmetric, so the transpose
/// is F⁻¹·S·F: the same steps with the roots inverted. Panics if the field has no such domain with its coset.
pub fn transposed_to_coset<P: SWCurveConfig>(points: &mut [Projective<P>]) {
    let size = points.len();
    assert!(size.is_power_of_two(), "a domain has a power of two of points");
    let log = size.trailing_zeros();
    let root: P::ScalarField = root_of_unity(log).expect("the field has the domain");
    let coset: P::ScalarField = root_of_unity(log + 1).expect("the field has its coset");
    gentleman_sande(points, root);
    points.par_iter_mut().zip(shifts(coset, size)).for_each(|(point, shift)| *point *= shift);
    cooley_tukey(points, root.inverse().expect("a root of unity is not zero"));
}

/// Decimation in frequency: natural order in, bit-reversed order out.
fn gentleman_sande<P: SWCurveConfig>(points: &mut [Projective<P>], root: P::ScalarField) {
    let half = points.len() / 2;
    if half == 0 {
        return;
    }
    let (low, high) = points.split_at_mut(half);
    butterflies(low, high, root, |low, high, twiddle| {
        let difference = *low - *high;
        *low += *high;
        *high = if twiddle.is_one() { difference } else { difference * twiddle };
    });
    rayon::join(|| gentleman_sande(low, root.square()), || gentleman_sande(high, root.square()));
}

/// Decimation in time: bit-reversed order in, natural order out.
fn cooley_tukey<P: SWCurveConfig>(points: &mut [Projective<P>], root: P::ScalarField) {
    let half = points.len() / 2;
    if half == 0 {
        return;
    }
    let (low, high) = points.split_at_mut(half);
    rayon::join(|| cooley_tukey(low, root.square()), || cooley_tukey(high, root.square()));
    butterflies(low, high, root, |low, high, twiddle| {
        let turned = if twiddle.is_one() { *high } else { *high * twiddle };
        *high = *low - turned;
        *low += turned;
    });
}

/// One layer: each pair with its power of the root.
fn butterflies<P: SWCurveConfig>(
    low: &mut [Projective<P>],
    high: &mut [Projective<P>],
    root: P::ScalarField,
    butterfly: impl Fn(&mut Projective<P>, &mut Projective<P>, P::ScalarField) + Sync,
) {
    let chunks = low.par_chunks_mut(PARALLEL).zip(high.par_chunks_mut(PARALLEL));
    chunks.enumerate().for_each(|(chunk, (low, high))| {
        let mut twiddle = root.pow([(chunk * PARALLEL) as u64]);
        for (low, high) in low.iter_mut().zip(high) {
            butterfly(low, high, twiddle);
            twiddle *= root;
        }
    });
}
