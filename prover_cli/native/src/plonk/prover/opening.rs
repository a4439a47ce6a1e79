//! Rounds 4 and 5: the evaluations at ξ and ξ·ω, the linearisation, and the quotients that open the commitments.

use super::super::key::Key;
use super::Rounds;
use crate::arithmetic::curve::Curve;
use crate::arithmetic::ntt::Domain;
use crate::plonk::verify::{Challenges, lagrange_first, public_evaluation};
use crate::plonkish::polynomial::{add_multiple, divide_by_linear, evaluate as value};
use crate::plonkish::transcript::Transcript;
use crate::plonkish::values::Values;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

/// a, b, c, s1, s2 at ξ, and z at ξ·ω.
pub fn evaluate<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    rounds: &Rounds<C::Scalar>,
    xi: C::Scalar,
) -> [C::Scalar; 6] {
    let sigma = |wire: usize| {
        let coefficients: Vec<C::Scalar> = key.sigma[wire].coefficients.iter().collect();
        value(&coefficients, xi)
    };
    let Rounds { a, b, c, z, .. } = rounds;
    [value(a, xi), value(b, xi), value(c, xi), sigma(0), sigma(1), value(z, xi * domain.root())]
}

/// The coefficients of W_ξ and W_ξω. `None` if the linearisation is not zero at ξ: then the quotient was none, because
/// the witness breaks a gate. Nothing else here would notice it.
pub fn openings<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    rounds: &Rounds<C::Scalar>,
    parts: [&[C::Scalar]; 3],
    public: &[C::Scalar],
    xi: C::Scalar,
    evaluations: &[C::Scalar; 6],
) -> Option<[Vec<C::Scalar>; 2]> {
    let Rounds { beta, gamma, alpha, .. } = *rounds;
    let [a, b, c, s1, s2, zw] = *evaluations;
    let v: C::Scalar = Transcript::default().scalars(&[xi]).scalars(evaluations).challenge();
    let size = domain.size();
    let power = xi.pow([size as u64]);
    let challenges = Challenges { beta, gamma, alpha, xi };
    let first = lagrange_first(size, xi, power)?;
    let public = public_evaluation(domain.root(), size, public, xi, power)?;
    let (z_factor, s3_factor, constant) =
        challenges.linear_factors([key.k1, key.k2], evaluations, first);

    let t3 = parts[2];
    let vanishing = power - C::Scalar::ONE;
    let mut sum = vec![C::Scalar::ZERO; t3.len()];
    for (part, factor) in parts.iter().zip([C::Scalar::ONE, power, power.square()]) {
        add_multiple(&mut sum, -vanishing * factor, part.par_iter().copied());
    }
    let stored = |sum: &mut Vec<C::Scalar>, factor: C::Scalar, values: Values<'_, C::Scalar>| {
        let all = (0..values.len()).into_par_iter().map(|index| values.get(index));
        add_multiple(sum, factor, all);
    };
    let selectors = key.selectors;
    for (selector, factor) in [
        (selectors.m, a * b),
        (selectors.l, a),
        (selectors.r, b),
        (selectors.o, c),
        (selectors.c, C::Scalar::ONE),
        (key.sigma[2], -s3_factor),
        (key.sigma[0], v.pow([4])),
        (key.sigma[1], v.pow([5])),
    ] {
        stored(&mut sum, factor, selector.coefficients);
    }
    add_multiple(&mut sum, z_factor, rounds.z.par_iter().copied());
    let mut power_of_v = C::Scalar::ONE;
    for polynomial in [&rounds.a, &rounds.b, &rounds.c] {
        power_of_v *= v;
        add_multiple(&mut sum, power_of_v, polynomial.par_iter().copied());
    }
    sum[0] += public - constant;
    let mut power_of_v = C::Scalar::ONE;
    for evaluation in [a, b, c, s1, s2] {
        power_of_v *= v;
        sum[0] -= power_of_v * evaluation;
    }
    if divide_by_linear(&mut sum, xi) != C::Scalar::ZERO {
        return None;
    }
    let mut next = rounds.z.clone();
    next[0] -= zw;
    divide_by_linear(&mut next, xi * domain.root());
    Some([sum, next])
}
