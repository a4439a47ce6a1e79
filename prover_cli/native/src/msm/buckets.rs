//! One window of the product: bases gathered by digit, then Σ d · bucket_d by running sums.

use super::window;
use crate::curve::Points;
use crate::field::{Plain, Stored};
use ark_ec::short_weierstrass::{Bucket, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, AffineRepr};

/// Σ digit(scalar_i) · base_i for one window.
///
/// Buckets are kept in XYZZ coordinates (EFD "shortw/xyzz": a mixed addition is 8 products and 2
/// squares, with no inversion).
pub fn sum_window<P: SWCurveConfig<BaseField: Stored>>(
    bases: Points<'_, P>,
    scalars: &[Plain],
    index: usize,
    width: usize,
) -> Projective<P> {
    let mut buckets = vec![Bucket::<P>::ZERO; 1 << (width - 1)];
    let mut largest = 0;
    for (i, scalar) in scalars.iter().enumerate() {
        let digit = window::digit(scalar, index, width);
        if digit == 0 {
            continue;
        }
        let base = bases.get(i);
        if base.is_zero() {
            continue;
        }
        let at = digit.unsigned_abs() as usize;
        largest = largest.max(at);
        if digit > 0 {
            buckets[at - 1] += &base;
        } else {
            buckets[at - 1] -= &base;
        }
    }
    // Σ d·B_d = Σ_k (B_k + B_{k+1} + …), from the top down.
    let (mut running, mut total) = (Bucket::<P>::ZERO, Bucket::<P>::ZERO);
    for bucket in buckets[..largest].iter().rev() {
        running += bucket;
        total += &running;
    }
    if total.is_zero() {
        Projective::ZERO
    } else {
        total.into()
    }
}
