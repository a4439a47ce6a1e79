//! The openings of C0, C1 and C2: at the roots of X⁸ − ξ, X⁴ − ξ and (X³ − ξ)(X³ − ξω), and then at y.

use super::super::identities::{At, Evaluations, Opening};
use super::super::key::Key;
use super::Setup;
use crate::arithmetic::curve::Curve;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::ntt::Transformed;
use crate::arithmetic::pointwise::Column;
use crate::plonkish::division::divide;
use crate::plonkish::polynomial::combined;
use ark_ff::AdditiveGroup;

/// Places by which whole lanes end before the shortest quotient does.
const SPARE: usize = 64;

/// C0, C1 and C2 divided by where they are opened, and what they leave, which are the evaluations.
pub struct Divided<F> {
    /// The remainders, and the quotients behind them.
    of: [Vec<F>; 3],
    pub evaluations: Evaluations<F>,
    /// T0, T1, T2 at ξ.
    pub quotients: [F; 3],
}

/// Divides by X⁸ − ξ, X⁴ − ξ, X³ − ξ and X³ − ξω. The remainder of an interleaved polynomial has the values of its parts
/// for coefficients, so that nothing need be evaluated.
pub fn divided<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    c1: &[C::Scalar],
    c2: &[C::Scalar],
    opening: &Opening<C::Scalar>,
) -> Divided<C::Scalar> {
    let Opening { xi, xi_omega, .. } = *opening;
    let Setup { key, cpu, .. } = *setup;
    let (first, (second, third)) = rayon::join(
        || {
            let mut quotient: Vec<C::Scalar> = key.interleaved.iter().collect();
            divide(cpu, &mut quotient, 8, xi);
            quotient
        },
        || {
            rayon::join(
                || {
                    let mut quotient = c1.to_vec();
                    divide(cpu, &mut quotient, 4, xi);
                    quotient
                },
                || {
                    let mut quotient = c2.to_vec();
                    divide(cpu, &mut quotient, 3, xi);
                    divide(cpu, &mut quotient[3..], 3, xi_omega);
                    quotient
                },
            )
        },
    );
    let (l, w, (h, next)) = (&first[..8], &second[..4], third[..6].split_at(3));
    // C2 = h + (X³ − ξ)·(next + (X³ − ξω)·quotient2).
    let at_next = |index: usize| h[index] + (xi_omega - xi) * next[index];
    let evaluations = [
        l[0],
        l[1],
        l[3],
        l[2],
        l[4],
        l[5],
        l[6],
        l[7],
        w[0],
        w[1],
        w[2],
        h[0],
        at_next(0),
        at_next(1),
        at_next(2),
    ];
    let quotients = [w[3], h[1], h[2]];
    Divided { of: [first, second, third], evaluations, quotients }
}

impl<F: Transformed> Divided<F> {
    /// The coefficients of W1: the quotients of C0, C1 and C2, with the factors 1, α, α².
    pub fn mixed(self, cpu: Cpu, size: usize, alpha: F) -> Vec<F> {
        let factors = [F::ONE, alpha, alpha.square()];
        let [first, second, third] = &self.of;
        let quotients = [&first[8..], &second[4..], &third[6..]];
        let terms: Vec<_> = (factors.into_iter().zip(quotients))
            .map(|(factor, quotient)| (factor, Column::of(quotient), quotient.len()))
            .collect();
        combined(cpu, &terms, 8 * size - SPARE)
    }
}

/// What is left of Σ factor·(C − R(y)) − m0·W1 over X − y, which is zero, and behind it the coefficients of W2. `None` if
/// something is left.
pub fn last<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    [c1, c2, w1]: [&[C::Scalar]; 3],
    at: &At<C::Scalar>,
    y: C::Scalar,
) -> Option<Vec<C::Scalar>> {
    let Setup { key, domain, cpu, .. } = *setup;
    let [first, second, third] = at.factors;
    let terms = [
        (first, key.interleaved.column(0, 1), key.interleaved.len()),
        (second, Column::of(c1), c1.len()),
        (third, Column::of(c2), c2.len()),
        (-at.divisors[0], Column::of(w1), w1.len()),
    ];
    let mut sum = combined(cpu, &terms, 8 * domain.size());
    sum[0] -= at.sum_left();
    divide(cpu, &mut sum, 1, y);
    (sum[0] == C::Scalar::ZERO).then_some(sum)
}
