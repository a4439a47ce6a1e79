//! Validation of a key: what it has besides its circuit, whose checks are `plonkish::check`'s.

use super::{COMMITMENTS, Key};
use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::ntt::Domain;
use crate::formats::EntryFault;
use crate::plonkish::check::{self, InSection, at, check_cosets, factor, scalar};
use crate::plonkish::commitments::Powers;
use crate::plonkish::polynomial::add_multiple;
use ark_ec::short_weierstrass::Projective;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

/// One section in full: 2 the header, 4 the additions, maps and gates, 7 to 11 the selectors, 12 the permutation, 14 the
/// powers of τ and the commitments.
pub fn check_section<'d, C: Curve>(
    key: &Key<'_, C>,
    section: u32,
    domain: impl Fn() -> &'d Domain<C::Scalar>,
    cpu: Cpu,
    random: impl Fn(&mut [u8]) + Copy,
) -> Result<(), InSection> {
    if section == 2 {
        check_header(key).map_err(|fault| (2, fault))?;
    }
    check::check_section(&key.circuit, section, key.x2, domain, cpu, random)?;
    if section == key.circuit.format.powers {
        // The header has k1 and k2 before the commitments.
        check_commitments(key, cpu, random)
            .map_err(|EntryFault { index, reason }| (2, at(2 + index, reason)))?;
    }
    Ok(())
}

/// The constants and the points of the header, in this order.
pub fn check_header<C: Curve>(key: &Key<'_, C>) -> Result<(), EntryFault> {
    check_cosets(&key.circuit)?;
    for index in 0..COMMITMENTS {
        key.commitments.check(index).map_err(|fault| at(2 + index, fault.words()))?;
    }
    let x2 = &key.circuit.header[key.circuit.header.len() - Points::<C::G2>::SIZE..];
    let found = Points::<C::G2>::new(x2).check(0).map_err(|fault| at(2 + COMMITMENTS, fault.words()));
    if found.is_ok() && key.x2.is_zero() {
        return Err(at(2 + COMMITMENTS, "the point is at infinity"));
    }
    found
}

/// The commitments in the header against the polynomials, in a random linear combination. The index is that of a
/// commitment.
pub fn check_commitments<C: Curve>(
    key: &Key<'_, C>,
    cpu: Cpu,
    random: impl Fn(&mut [u8]),
) -> Result<(), EntryFault> {
    let circuit = &key.circuit;
    let polynomials: Vec<_> = circuit.selectors.all().into_iter().chain(circuit.sigma).collect();
    let powers = Powers::<C>::new(circuit.powers, cpu);
    let mut combined = vec![C::Scalar::ZERO; circuit.layout.domain];
    let mut wanted = Projective::<C::G1>::ZERO;
    for (index, polynomial) in polynomials.iter().enumerate() {
        let factor = scalar::<C::Scalar>(&factor(&random));
        let values = polynomial.coefficients;
        add_multiple(
            &mut combined,
            factor,
            (0..values.len()).into_par_iter().map(|index| values.get(index)),
        );
        wanted += key.commitments.get(index) * factor;
    }
    if powers.commit(&combined) == wanted.into_affine() {
        return Ok(());
    }
    let wrong = polynomials.iter().enumerate().position(|(index, polynomial)| {
        let coefficients: Vec<C::Scalar> = polynomial.coefficients.iter().collect();
        powers.commit(&coefficients) != key.commitments.get(index)
    });
    Err(at(wrong.unwrap_or(0), "the commitment is not that to the polynomial's coefficients"))
}
