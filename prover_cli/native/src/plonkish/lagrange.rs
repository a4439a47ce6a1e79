//! The Lagrange polynomials of the domain at a point ξ outside of it: L_i is 1 at ω^(i−1), and 0 at its other points.

use crate::arithmetic::ntt::{Domain, Order, Transformed};
use ark_ff::{Field, batch_inversion};

/// L_1(ξ) = (ξ^n − 1)/(n·(ξ − 1)), with the n-th power of ξ given; `None` where ξ is 1.
pub fn lagrange_first<F: Field>(size: usize, xi: F, power: F) -> Option<F> {
    let divisor = F::from(size as u64) * (xi - F::ONE);
    Some((power - F::ONE) * divisor.inverse()?)
}

/// −Σ public_i·L_i(ξ); `None` where ξ is a point of the domain.
pub fn public_evaluation<F: Field>(root: F, size: usize, public: &[F], xi: F, power: F) -> Option<F> {
    let mut point = F::ONE;
    let mut points = Vec::with_capacity(public.len());
    let mut divisors = Vec::with_capacity(public.len());
    for _ in public {
        points.push(point);
        divisors.push(F::from(size as u64) * (xi - point));
        point *= root;
    }
    if divisors.iter().any(F::is_zero) {
        return None;
    }
    batch_inversion(&mut divisors);
    let sum: F = public
        .iter()
        .zip(points)
        .zip(divisors)
        .map(|((value, point), inverse)| *value * point * inverse)
        .sum();
    Some(-sum * (power - F::ONE))
}

/// −Σ public_i·L_i(X), by its coefficients. `None` without public signals, where it is zero.
pub fn public_polynomial<F: Transformed>(domain: &Domain<F>, public: &[F]) -> Option<Vec<F>> {
    (!public.is_empty()).then(|| {
        let mut values: Vec<F> = public.iter().map(|value| -*value).collect();
        values.resize(domain.size(), F::ZERO);
        domain.inverse(&mut values, Order::Natural);
        values
    })
}
