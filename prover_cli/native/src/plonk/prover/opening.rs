//! Rounds 4 and 5: the evaluations at ξ and ξ·ω, the linearisation, and the quotients that open the commitments.

use super::super::key::Key;
use super::super::verify::Challenges;
use super::{Rounds, Setup};
use crate::arithmetic::curve::Curve;
use crate::arithmetic::ntt::Domain;
use crate::arithmetic::pointwise::Column;
use crate::plonkish::division::divide;
use crate::plonkish::lagrange::{lagrange_first, public_evaluation};
use crate::plonkish::polynomial::{combined, evaluate as value};
use crate::plonkish::transcript::Transcript;
use ark_ff::{AdditiveGroup, Field};

/// a, b, c, s1, s2 at ξ, and z at ξ·ω.
pub fn evaluate<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    rounds: &Rounds<C::Scalar>,
    xi: C::Scalar,
) -> [C::Scalar; 6] {
    let sigma = |wire: usize| {
        let coefficients: Vec<C::Scalar> = key.circuit.sigma[wire].coefficients.iter().collect();
        value(&coefficients, xi)
    };
    let Rounds { a, b, c, z, .. } = rounds;
    [value(a, xi), value(b, xi), value(c, xi), sigma(0), sigma(1), value(z, xi * domain.root())]
}

/// The coefficients of W_ξ and W_ξω. `None` if the linearisation is not zero at ξ: then the quotient was none, because
/// the witness breaks a gate. Nothing else here would notice it.
pub fn openings<C: Curve>(
    setup: &Setup<'_, C, Key<'_, C>>,
    rounds: &Rounds<C::Scalar>,
    parts: [&[C::Scalar]; 3],
    public: &[C::Scalar],
    xi: C::Scalar,
    evaluations: &[C::Scalar; 6],
) -> Option<[Vec<C::Scalar>; 2]> {
    let (circuit, domain) = (&setup.key.circuit, setup.domain);
    let Rounds { beta, gamma, alpha, .. } = *rounds;
    let [a, b, c, s1, s2, zw] = *evaluations;
    let v: C::Scalar = Transcript::default().scalars(&[xi]).scalars(evaluations).challenge();
    let size = domain.size();
    let power = xi.pow([size as u64]);
    let challenges = Challenges { beta, gamma, alpha, xi };
    let first = lagrange_first(size, xi, power)?;
    let public = public_evaluation(domain.root(), size, public, xi, power)?;
    let (z_factor, s3_factor, constant) = challenges.linear_factors(circuit.cosets, evaluations, first);
    let vanishing = C::Scalar::ONE - power;
    let powers_of_v: Vec<C::Scalar> =
        std::iter::successors(Some(v), |power| Some(*power * v)).take(5).collect();

    let selectors = circuit.selectors;
    let stored = [
        (a * b, selectors.m),
        (a, selectors.l),
        (b, selectors.r),
        (c, selectors.o),
        (C::Scalar::ONE, selectors.c),
        (-s3_factor, circuit.sigma[2]),
        (powers_of_v[3], circuit.sigma[0]),
        (powers_of_v[4], circuit.sigma[1]),
    ];
    let own = [
        (z_factor, &rounds.z[..]),
        (vanishing, parts[0]),
        (vanishing * power, parts[1]),
        (vanishing * power.square(), parts[2]),
        (powers_of_v[0], &rounds.a),
        (powers_of_v[1], &rounds.b),
        (powers_of_v[2], &rounds.c),
    ];
    let stored =
        stored.map(|(factor, polynomial)| (factor, polynomial.coefficients.column(0, 1), size));
    let own = own.map(|(factor, values)| (factor, Column::of(values), values.len()));
    let terms: Vec<_> = stored.into_iter().chain(own).collect();
    let mut sum = combined(setup.cpu, &terms, size);
    let opened: C::Scalar =
        [a, b, c, s1, s2].iter().zip(powers_of_v).map(|(value, power)| power * value).sum();
    sum[0] += public - constant - opened;
    divide(setup.cpu, &mut sum, 1, xi);
    if sum.remove(0) != C::Scalar::ZERO {
        return None;
    }
    let mut next = rounds.z.clone();
    next[0] -= zw;
    divide(setup.cpu, &mut next, 1, xi * domain.root());
    next.remove(0);
    Some([sum, next])
}
