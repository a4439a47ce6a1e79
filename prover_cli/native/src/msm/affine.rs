//! Sums of many runs of points, in affine coordinates with shared inversions.
//!
//! An affine addition is five products, a square and an inversion; Montgomery's trick turns the inversions
//! of a whole round into three products each and a single inversion (as gnark-crypto does in its
//! `multiexp_affine`). Points of a run are added pairwise, like a tournament, so all additions of a round
//! are independent.

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field, Zero};

/// A run of neighbours that are to be added: their bucket, and how many are left.
#[derive(Clone, Copy)]
pub struct Run {
    pub bucket: u32,
    pub length: u32,
}

/// Buffers of one thread, used again block after block.
pub struct Scratch<P: SWCurveConfig> {
    denominators: Vec<P::BaseField>,
    products: Vec<P::BaseField>,
}

impl<P: SWCurveConfig> Scratch<P> {
    pub fn new() -> Self {
        Self { denominators: Vec::new(), products: Vec::new() }
    }
}

/// Adds up each run in place. Afterwards the first `runs.len()` points are the sums, in order.
pub fn sum_runs<P: SWCurveConfig>(
    points: &mut Vec<Affine<P>>,
    runs: &mut [Run],
    scratch: &mut Scratch<P>,
) {
    while runs.iter().any(|run| run.length > 1) {
        halve(points, runs, scratch);
    }
}

/// One round: every run of n points becomes one of ⌈n/2⌉.
fn halve<P: SWCurveConfig>(points: &mut Vec<Affine<P>>, runs: &mut [Run], scratch: &mut Scratch<P>) {
    scratch.denominators.clear();
    let mut at = 0;
    for run in runs.iter() {
        for pair in points[at..at + run.length as usize].chunks_exact(2) {
            scratch.denominators.push(denominator(&pair[0], &pair[1]));
        }
        at += run.length as usize;
    }
    invert_all(&mut scratch.denominators, &mut scratch.products);

    let mut inverses = scratch.denominators.iter();
    let (mut from, mut to) = (0, 0);
    for run in runs.iter_mut() {
        let length = run.length as usize;
        for pair in 0..length / 2 {
            let inverse = inverses.next().expect("one a pair");
            points[to] = add(&points[from + 2 * pair], &points[from + 2 * pair + 1], inverse);
            to += 1;
        }
        if length % 2 == 1 {
            points[to] = points[from + length - 1];
            to += 1;
        }
        from += length;
        run.length = length.div_ceil(2) as u32;
    }
    points.truncate(to);
}

/// What the slope of the line through two points is divided by; 1 where no line is needed.
fn denominator<P: SWCurveConfig>(left: &Affine<P>, right: &Affine<P>) -> P::BaseField {
    let (Some((x1, y1)), Some((x2, y2))) = (left.xy(), right.xy()) else {
        return P::BaseField::ONE;
    };
    let difference = x2 - x1;
    if !difference.is_zero() {
        difference
    } else if y1 == y2 && !y1.is_zero() {
        y1.double()
    } else {
        P::BaseField::ONE
    }
}

/// left + right, given the inverse of their denominator. Exceptional cases (an operand at infinity, equal
/// or opposite points) are told apart again here: they are rare, and the compare costs 1 % of an addition.
#[inline]
fn add<P: SWCurveConfig>(left: &Affine<P>, right: &Affine<P>, inverse: &P::BaseField) -> Affine<P> {
    let (Some((x1, y1)), Some((x2, y2))) = (left.xy(), right.xy()) else {
        return if left.is_zero() { *right } else { *left };
    };
    let slope = if x1 != x2 {
        (y2 - y1) * inverse
    } else if y1 == y2 && !y1.is_zero() {
        let square = x1.square();
        (square.double() + square + P::COEFF_A) * inverse
    } else {
        return Affine::identity();
    };
    let x3 = slope.square() - x1 - x2;
    Affine::new_unchecked(x3, slope * (x1 - x3) - y1)
}

/// Inverts every value with one inversion (Montgomery's trick), over two interleaved chains of products:
/// a single chain waits for each product's latency. No value is zero.
fn invert_all<F: Field>(values: &mut [F], products: &mut Vec<F>) {
    if values.is_empty() {
        return;
    }
    products.clear();
    let mut chains = [F::ONE; 2];
    for (index, value) in values.iter().enumerate() {
        let chain = &mut chains[index % 2];
        products.push(*chain);
        *chain *= value;
    }
    let both = (chains[0] * chains[1]).inverse().expect("no denominator is zero");
    let mut inverses = [both * chains[1], both * chains[0]];
    for (index, (value, before)) in values.iter_mut().zip(products.iter()).enumerate().rev() {
        let chain = &mut inverses[index % 2];
        let inverse = *chain * before;
        *chain *= *value;
        *value = inverse;
    }
}
