//! Division of a polynomial by X^k − root (synthetic division, Ruffini's rule), in lanes.
//!
//! Each coefficient of the quotient needs the one k places above it, which is a chain of products as long as the
//! polynomial. So the coefficients are cut into segments, of which every lane has its own: one pass takes what each leaves,
//! as if there were none above it, a short chain over the segments tells what comes down to each, and a second pass
//! divides. Two products in lanes cost less than one in a chain: the divisions for the openings of a proof, with the copies
//! around them, take 91 ms instead of 125 where n = 2^16 (one thread of a Xeon of 2023 with IFMA).

use crate::arithmetic::field::Scalar;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::{MAX_WIDTH, PrimeLanes, splat};
use crate::arithmetic::ntt::Transformed;
use crate::arithmetic::pointwise::{LaneWork, Places};
use rayon::prelude::*;

/// Chains side by side in each lane, which hides the latency of a product.
const STREAMS: usize = 4;

/// The segments of a part, for any number of lanes.
const SEGMENTS: usize = STREAMS * MAX_WIDTH;

/// The fewest coefficients of a segment, in rows of k.
const ROWS: usize = 16;

/// Divides by X^step − root, in place: the first `step` places then hold the remainder, and those behind them the
/// quotient. The remainder has the values at `root` of the polynomials that are interleaved: those whose coefficients are
/// `step` apart.
pub fn divide<F: Transformed>(cpu: Cpu, coefficients: &mut [F], step: usize, root: F) {
    let parts = rayon::current_num_threads();
    let rows = coefficients.len() / (step * SEGMENTS * parts);
    // An odd number of them: segments that lie a power of two apart would share the same few places of a cache.
    let segment = if rows < ROWS { 0 } else { step * ((rows - 1) | 1) };
    let whole = segment * SEGMENTS * parts;
    divide_in_chain(&mut coefficients[whole..], step, root);
    if whole > 0 {
        divide_segments(cpu, coefficients, Shape { step, segment }, whole, root);
    }
}

/// One coefficient after the other. What is left stands in the first places.
fn divide_in_chain<F: Scalar>(coefficients: &mut [F], step: usize, root: F) {
    for place in (step..coefficients.len()).rev() {
        let quotient = coefficients[place];
        coefficients[place - step] += root * quotient;
    }
}

#[derive(Clone, Copy)]
struct Shape {
    step: usize,
    /// The coefficients of a segment, a multiple of `step`.
    segment: usize,
}

/// Divides the first coefficients, a whole number of segments, of which those behind them are divided already.
fn divide_segments<F: Transformed>(
    cpu: Cpu,
    coefficients: &mut [F],
    shape: Shape,
    whole: usize,
    root: F,
) {
    let Shape { step, segment } = shape;
    let part = SEGMENTS * segment;
    let (coefficients, above) = coefficients.split_at_mut(whole);
    let mut carried: Vec<F> = above.iter().copied().take(step).collect();
    carried.resize(step, F::ZERO);
    let mut left: Vec<F> = coefficients
        .par_chunks_mut(part)
        .flat_map_iter(|part| {
            let mut left = vec![F::ZERO; SEGMENTS * step];
            let carries = &mut left;
            F::in_lanes(cpu, Pass::<F, false> { places: Places::new(part), shape, root, carries });
            left
        })
        .collect();
    // What a segment leaves is what it would alone, and what came down to it, times the root for each of its rows.
    let power = root.pow([(segment / step) as u64]);
    for left in left.chunks_exact_mut(step).rev() {
        for (left, carried) in left.iter_mut().zip(&mut carried) {
            let down = *left + power * *carried;
            *left = std::mem::replace(carried, down);
        }
    }
    coefficients.par_chunks_mut(part).zip(left.par_chunks_mut(SEGMENTS * step)).for_each(
        |(part, carries)| {
            F::in_lanes(cpu, Pass::<F, true> { places: Places::new(part), shape, root, carries });
        },
    );
}

/// One pass over a part, which stores the quotient if `STORED`.
struct Pass<'a, F, const STORED: bool> {
    places: Places<'a, F>,
    shape: Shape,
    root: F,
    /// `step` elements for each segment: what comes down to it, and then what it leaves.
    carries: &'a mut [F],
}

impl<F: Scalar, const STORED: bool> LaneWork<F> for Pass<'_, F, STORED> {
    type Output = ();

    #[inline(always)]
    fn run<V: PrimeLanes<Field = F>>(self, features: V::Features) {
        let Self { mut places, shape: Shape { step, segment }, root, carries } = self;
        let by: V = splat(features, root);
        let zero: V = splat(features, F::ZERO);
        let mut carries = Places::new(carries);
        let mut sums = vec![[zero; STREAMS]; step];
        // Segments that are a lane's width apart go side by side, as many groups as there are.
        for first in (0..SEGMENTS).step_by(STREAMS * V::WIDTH) {
            let group = |stream: usize| first + stream * V::WIDTH;
            for (offset, sums) in sums.iter_mut().enumerate() {
                for (stream, sum) in sums.iter_mut().enumerate() {
                    *sum = carries.load_every(features, group(stream) * step + offset, step);
                }
            }
            for row in (0..segment).step_by(step).rev() {
                for (offset, sums) in sums.iter_mut().enumerate() {
                    let products = V::mul(sums.each_ref(), [&by; STREAMS]);
                    for stream in 0..STREAMS {
                        let place = group(stream) * segment + row + offset;
                        let own: V = places.load_every(features, place, segment);
                        sums[stream] = own.tidy_add(&products[stream]);
                        if STORED {
                            places.store_every(place, segment, &sums[stream]);
                        }
                    }
                }
            }
            for (offset, sums) in sums.iter().enumerate() {
                for (stream, sum) in sums.iter().enumerate() {
                    carries.store_every(group(stream) * step + offset, step, sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plonkish::polynomial::{evaluate, tests::numbers};
    use ark_bn254::Fr;
    use ark_ff::AdditiveGroup;
    use ark_poly::DenseUVPolynomial;
    use ark_poly::univariate::{DenseOrSparsePolynomial, DensePolynomial};

    /// In lanes, in a chain, and where neither divides evenly.
    #[test]
    fn quotient_and_remainder_are_those_of_arkworks() {
        let few = [(1, 1), (2, 1), (3, 1), (100, 1), (2, 4), (4, 4), (5, 4), (96, 3), (97, 8)];
        let many =
            [(511, 1), (512, 1), (513, 1), (1535, 3), (1536, 3), (1541, 3), (4096, 8), (9001, 4)];
        for (count, step) in few.into_iter().chain(many) {
            let (given, root) = (numbers(count), Fr::from(98_765u64));
            let dividend = DensePolynomial::from_coefficients_slice(&given);
            let mut divisor = vec![Fr::ZERO; step + 1];
            (divisor[0], divisor[step]) = (-root, Fr::from(1u64));
            let divisor = DensePolynomial::from_coefficients_vec(divisor);
            let (quotient, remainder) = DenseOrSparsePolynomial::from(&dividend)
                .divide_with_q_and_r(&(&divisor).into())
                .expect("the divisor is not zero");
            let parts: Vec<Fr> = (0..step)
                .map(|first| {
                    let part: Vec<Fr> = given.iter().skip(first).step_by(step).copied().collect();
                    evaluate(&part, root)
                })
                .collect();
            for cpu in Cpu::fastest_first().iter().copied().filter(|cpu| Fr::works_on(*cpu)) {
                for threads in [1, 3] {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                    let mut coefficients = given.clone();
                    pool.expect("threads").install(|| divide(cpu, &mut coefficients, step, root));
                    let mut rest = coefficients;
                    let found = rest.split_off(step.min(count as usize));
                    rest.resize(step, Fr::ZERO);
                    let what = format!("{count} by {step}, {} on {threads}", cpu.name());
                    assert_eq!(rest, parts, "{what}");
                    assert_eq!(DensePolynomial::from_coefficients_vec(found), quotient, "{what}");
                    assert_eq!(DensePolynomial::from_coefficients_vec(rest), remainder, "{what}");
                }
            }
        }
    }
}
