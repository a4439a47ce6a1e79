//! Validation of a key: what it has besides its circuit, whose checks are `plonkish::check`'s.

use super::{CONSTANTS, INTERLEAVED, Key};
use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::Stored;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::ntt::{Domain, root_of_unity};
use crate::formats::EntryFault;
use crate::plonkish::check::{self, InSection, at, check_cosets};
use crate::plonkish::commitments::Powers;
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use rayon::prelude::*;

/// The section of C0's coefficients.
const SECTION: u32 = 17;

/// One section in full: 2 the header, 4 the additions, maps and gates, 7 to 11 the selectors, 12 to 14 the permutation,
/// 16 the powers of τ, 17 the coefficients of C0 and the commitment to it.
pub fn check_section<'d, C: Curve>(
    key: &Key<'_, C>,
    section: u32,
    domain: impl Fn() -> &'d Domain<C::Scalar>,
    cpu: Cpu,
    random: impl Fn(&mut [u8]) + Copy,
) -> Result<(), InSection> {
    match section {
        2 => check_header(key).map_err(|fault| (2, fault)),
        SECTION => check_interleaved(key, cpu),
        _ => check::check_section(&key.circuit, section, key.x2, domain, cpu, random),
    }
}

/// The constants and the points of the header, in this order.
pub fn check_header<C: Curve>(key: &Key<'_, C>) -> Result<(), EntryFault> {
    check_cosets(&key.circuit)?;
    let (header, size) = (key.circuit.header, C::Scalar::SIZE);
    for (index, (name, wanted)) in (2..).zip(roots::<C::Scalar>(key.circuit.layout.domain)) {
        let image = &header[index * size..];
        if !C::Scalar::is_reduced(image) || wanted != Some(C::Scalar::from_montgomery(image)) {
            return Err(at(index, format!("the constant is not snarkjs' {name}")));
        }
    }
    let points = &header[CONSTANTS * size..];
    let x2 = Points::<C::G2>::new(&points[..Points::<C::G2>::SIZE]);
    x2.check(0).map_err(|fault| at(CONSTANTS, fault.words()))?;
    if key.x2.is_zero() {
        return Err(at(CONSTANTS, "the point is at infinity"));
    }
    let c0 = Points::<C::G1>::new(&points[Points::<C::G2>::SIZE..]);
    c0.check(0).map_err(|fault| at(CONSTANTS + 1, fault.words()))
}

/// Roots of unity as snarkjs defines them: w3 is 5^(2(r−1)/3), w4 and w8 those that transforms take, and wr a cube root of
/// that of the domain. They tell its verifiers where polynomials are opened; nothing here needs them.
fn roots<F: PrimeField>(domain: usize) -> [(&'static str, Option<F>); 4] {
    let mut minus_one = F::MODULUS;
    minus_one.as_mut()[0] -= 1; // a prime is odd
    // r − 1 over 3, limb by limb from the top.
    let mut carry = 0;
    for limb in minus_one.as_mut().iter_mut().rev() {
        let value = u128::from(carry) << 64 | u128::from(*limb);
        (*limb, carry) = ((value / 3) as u64, (value % 3) as u64);
    }
    let w3 = F::from(5u64).pow(minus_one).square();
    // A third modulo a power of two: (n + 1)/3 or (2n + 1)/3, whichever is whole.
    let third = if domain % 3 == 2 { (domain + 1) / 3 } else { (2 * domain + 1) / 3 };
    let wr = root_of_unity(domain.trailing_zeros()).map(|root: F| root.pow([third as u64]));
    [("w3", (carry == 0).then_some(w3)), ("w4", root_of_unity(2)), ("w8", root_of_unity(3)), ("wr", wr)]
}

/// The coefficients of C0 against the polynomials that it interleaves, and the commitment in the header against them.
pub fn check_interleaved<C: Curve>(key: &Key<'_, C>, cpu: Cpu) -> Result<(), InSection> {
    let (polynomials, interleaved) = (key.polynomials(), key.interleaved);
    if let Some(index) = interleaved.first_unreduced() {
        return Err((SECTION, at(index, "the number is not below the scalar field's prime")));
    }
    let wrong = (0..interleaved.len()).into_par_iter().find_first(|&index| {
        let wanted = polynomials[index % INTERLEAVED].coefficients.get(index / INTERLEAVED);
        interleaved.get(index) != wanted
    });
    if let Some(index) = wrong {
        let reason = "the coefficient is not that of the selector or the permutation";
        return Err((SECTION, at(index, reason)));
    }
    let coefficients: Vec<C::Scalar> = interleaved.iter().collect();
    if Powers::<C>::new(key.circuit.powers, cpu).commit(&coefficients) != key.c0 {
        let reason = "the commitment is not that to the polynomial's coefficients";
        return Err((2, at(CONSTANTS + 1, reason)));
    }
    Ok(())
}
