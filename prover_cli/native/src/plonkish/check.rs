//! Validation of a key: every entry in range, and what depends on the rest against the rest.
//!
//! A key has the same facts more than once: polynomials by coefficients, by values and by commitments, copies in the maps
//! and in the permutation. Each is compared with the others, at random points or in random linear combinations, which a
//! wrong one passes with a chance below 2^-100.

use super::circuit::{Circuit, Format, Layout};
use super::polynomial::{evaluate, scaled};
use super::values::{BLOWUP, Stretched};
use crate::arithmetic::curve::{Curve, Points};
use crate::arithmetic::field::{Canonical, Scalar, Stored};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{kernels, msm};
use crate::arithmetic::ntt::{Domain, Order, Transformed, root_of_unity};
use crate::formats::EntryFault;
use crate::formats::points::check_points;
use ark_ec::pairing::Pairing;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInt, Field, Zero, batch_inversion};
use rayon::prelude::*;

/// A fault of an entry, with the number of the section that it is counted in.
pub type InSection = (u32, EntryFault);

/// Bytes of a random factor of a linear combination.
const FACTOR: usize = 16;

/// Points that one thread works through at a time.
const CHUNK: usize = 1 << 10;

/// The fault of an entry.
pub fn at(index: usize, reason: impl Into<String>) -> EntryFault {
    EntryFault { index, reason: reason.into() }
}

/// One section of a circuit in full: 4 stands for the additions, the maps and the gates, and the last one of the
/// permutation also for the copies. `domain` is asked for where it is needed: making one takes tables of roots.
pub fn check_section<'d, C: Curve>(
    circuit: &Circuit<'_, C>,
    section: u32,
    x2: Affine<C::G2>,
    domain: impl Fn() -> &'d Domain<C::Scalar>,
    cpu: Cpu,
    random: impl Fn(&mut [u8]) + Copy,
) -> Result<(), InSection> {
    let Format { selectors, sigma, powers, .. } = circuit.format;
    let inside = |fault: EntryFault| (section, fault);
    if section == 4 {
        check_gates(circuit)?;
    }
    for (number, polynomial) in selectors.into_iter().zip(circuit.selectors.all()) {
        if number == section {
            check_polynomial(polynomial, domain(), cpu, random).map_err(inside)?;
        }
    }
    for (wire, polynomial) in circuit.sigma.into_iter().enumerate() {
        if sigma[wire] == section {
            let first = circuit.first_of_sigma(wire);
            check_polynomial(polynomial, domain(), cpu, random)
                .map_err(|EntryFault { index, reason }| inside(at(first + index, reason)))?;
        }
    }
    if section == sigma[2] {
        check_copies(circuit, domain().root())?;
    }
    if section == powers {
        check_powers(circuit, x2, cpu, random).map_err(inside)?;
    }
    Ok(())
}

/// The coefficients and the values of one polynomial: all are reduced, and the values are those of the coefficients, at a
/// random point. Index 0 is the constant coefficient, and the values follow the coefficients.
///
/// Over a domain of m points, f(ζ) = (ζ^m − 1)/m · Σ f(ω^i)·ω^i/(ζ − ω^i) for a polynomial of less than m coefficients
/// (J.-P. Berrut, L. N. Trefethen, "Barycentric Lagrange interpolation", SIAM Review 46, 2004).
pub fn check_polynomial<F: Transformed>(
    polynomial: Stretched<'_, F>,
    domain: &Domain<F>,
    cpu: Cpu,
    random: impl Fn(&mut [u8]),
) -> Result<(), EntryFault> {
    let Stretched { coefficients, values } = polynomial;
    let places = [(coefficients, 0), (values, coefficients.len())];
    for (numbers, first) in places {
        if let Some(index) = numbers.first_unreduced() {
            return Err(at(first + index, "the number is not below the scalar field's prime"));
        }
    }
    let zeta: F = challenge(&random);
    let size = values.len();
    let root: F = root_of_unity(size.trailing_zeros()).expect("the domain was found to exist");
    let sum: F = (0..size)
        .into_par_iter()
        .step_by(CHUNK)
        .map(|first| {
            let end = (first + CHUNK).min(size);
            let mut point = root.pow([first as u64]);
            let mut points = Vec::with_capacity(end - first);
            for _ in first..end {
                points.push(point);
                point *= root;
            }
            let mut divisors: Vec<F> = points.iter().map(|point| zeta - point).collect();
            batch_inversion(&mut divisors);
            let terms = (first..end).zip(points.iter().zip(&divisors));
            terms.map(|(index, (point, inverse))| values.get(index) * point * inverse).sum::<F>()
        })
        .sum();
    let factor = (zeta.pow([size as u64]) - F::ONE)
        * F::from(size as u64).inverse().expect("a power of two is not zero");
    let own: Vec<F> = coefficients.iter().collect();
    if sum * factor == evaluate(&own, zeta) {
        return Ok(());
    }
    // They differ. On each coset of the domain, the values are those of a transform.
    let first_on_coset = |coset: usize| {
        let mut wanted = scaled(cpu, &own, F::ONE, root.pow([coset as u64]));
        domain.forward(&mut wanted, Order::Natural);
        let place = |row: usize| BLOWUP * row + coset;
        let wrong = (0..wanted.len()).find(|&row| wanted[row] != values.get(place(row)));
        wrong.map(place)
    };
    let wrong = (0..BLOWUP).filter_map(first_on_coset).min().unwrap_or(0);
    Err(at(own.len() + wrong, "the value is not that of the polynomial's coefficients"))
}

/// The maps against the sizes, the gates that bind the public signals, those of the additions, and the points of the
/// domain past the last gate, where there must be none.
pub fn check_gates<C: Curve>(circuit: &Circuit<'_, C>) -> Result<(), InSection> {
    let Layout { public, gates, domain, signals, .. } = circuit.layout;
    circuit.additions.check::<C::Scalar>(circuit.layout.witness()).map_err(|fault| (3, fault))?;
    for (section, map) in (4..).zip(circuit.maps) {
        map.check(signals).map_err(|fault| (section, fault))?;
    }
    let selectors = circuit.selectors.all();
    let differs = |gate: usize, wanted: [C::Scalar; 5]| {
        (0..5).find(|&index| selectors[index].on_domain(gate) != wanted[index])
    };
    let [zero, one] = [C::Scalar::ZERO, C::Scalar::ONE];
    let fault = |index: usize, gate: usize, reason: &str| {
        Err((circuit.format.selectors[index], at(domain + BLOWUP * gate, reason)))
    };
    for gate in 0..public {
        let reason = "the gate does not bind its public signal";
        if circuit.maps[0].get(gate) != gate + 1 {
            return Err((4, at(gate, reason)));
        }
        if let Some(index) = differs(gate, [zero, one, zero, zero, zero]) {
            return fault(index, gate, reason);
        }
    }
    let mut gate = public;
    for (index, (summands, [f, g])) in circuit.additions.iter::<C::Scalar>().enumerate() {
        let sum = circuit.layout.witness() + index;
        // A sum is not used before the gate that makes it, and those come in the order of the additions.
        while gate < gates && circuit.maps[2].get(gate) != sum {
            gate += 1;
        }
        let is_made = gate < gates
            && [circuit.maps[0].get(gate), circuit.maps[1].get(gate)] == summands
            && differs(gate, [zero, -f, -g, one, zero]).is_none();
        if !is_made {
            return Err((3, at(index, "no gate makes this sum")));
        }
        gate += 1;
    }
    let unused = (gates..domain).find_map(|gate| Some((differs(gate, [zero; 5])?, gate)));
    unused.map_or(Ok(()), |(index, gate)| fault(index, gate, "a gate follows the last one"))
}

/// The constants k1 and k2 with which the header begins: those that circom's tools use.
pub fn check_cosets<C: Curve>(circuit: &Circuit<'_, C>) -> Result<(), EntryFault> {
    for (index, (constant, usual)) in circuit.cosets.into_iter().zip([2u64, 3]).enumerate() {
        let is_reduced = C::Scalar::is_reduced(&circuit.header[index * C::Scalar::SIZE..]);
        if !is_reduced || constant != C::Scalar::from(usual) {
            return Err(at(index, format!("the constant is not {usual}")));
        }
    }
    Ok(())
}

/// The permutation against the maps. Going through the gates, and through a, b and c in each, a place has the position of
/// the place before it with the same signal, and the first of them that of the last, as snarkjs makes it. Only then does
/// each signal have one value: a permutation of other cycles might leave it several. Points that are apart stay in their
/// places.
pub fn check_copies<C: Curve>(circuit: &Circuit<'_, C>, root: C::Scalar) -> Result<(), InSection> {
    let size = circuit.layout.domain;
    // Place i + wire·n is that of a wire at gate i. Sorted by signal, and then as snarkjs goes through them.
    let mut places: Vec<(usize, usize)> = (0..3 * (size - circuit.format.apart))
        .map(|order| (circuit.maps[order % 3].get(order / 3), order / 3 + order % 3 * size))
        .collect();
    places.sort_by_key(|(signal, _)| *signal);
    let mut before: Vec<usize> = (0..3 * size).collect();
    for same in places.chunk_by(|one, other| one.0 == other.0) {
        let mut last = same[same.len() - 1].1;
        for &(_, place) in same {
            before[place] = last;
            last = place;
        }
    }
    let mut powers = Vec::with_capacity(size);
    let mut power = C::Scalar::ONE;
    for _ in 0..size {
        powers.push(power);
        power *= root;
    }
    let cosets = [C::Scalar::ONE, circuit.cosets[0], circuit.cosets[1]];
    let wrong = (0..3 * size).into_par_iter().find_first(|&place| {
        let (wire, gate) = (place / size, place % size);
        let (other_wire, other_gate) = (before[place] / size, before[place] % size);
        circuit.sigma[wire].on_domain(gate) != cosets[other_wire] * powers[other_gate]
    });
    wrong.map_or(Ok(()), |place| {
        let (wire, gate) = (place / size, place % size);
        let index = circuit.first_of_sigma(wire) + size + BLOWUP * gate;
        let reason = "the permutation does not connect the wires that carry the same signal";
        Err((circuit.format.sigma[wire], at(index, reason)))
    })
}

/// The powers of τ: on their curve, in their group, and each τ times the one before, by the pairing with X_2. The first
/// is the generator.
pub fn check_powers<C: Curve>(
    circuit: &Circuit<'_, C>,
    x2: Affine<C::G2>,
    cpu: Cpu,
    random: impl Fn(&mut [u8]),
) -> Result<(), EntryFault> {
    let bytes = circuit.powers.bytes();
    check_points::<C::G1>(kernels(cpu), bytes, C::G1_FACTOR, &random)?;
    let count = circuit.powers.len();
    if let Some(index) = (0..count).find(|&index| circuit.powers.is_infinity(index)) {
        return Err(at(index, "the point is at infinity"));
    }
    if circuit.powers.get(0) != Affine::generator() {
        return Err(at(0, "the point is not the generator"));
    }
    // Where a power is the generator or its opposite, which have the same x, the powers repeat, and polynomials of other
    // coefficients have the same commitment. A ceremony without contributions, whose τ is 1, is warned of.
    let generator = first_coordinate(circuit.powers, 0);
    let repeats = (1..count).find(|&index| first_coordinate(circuit.powers, index) == generator);
    if let Some(index) = repeats.filter(|_| x2 != Affine::generator()) {
        return Err(at(index, "the powers of τ repeat"));
    }
    let size = Points::<C::G1>::SIZE;
    let follow = |from: usize, to: usize| {
        let factors: Vec<Canonical> = (from..to).map(|_| factor(&random)).collect();
        let sum = |first: usize| {
            let points = Points::new(&bytes[first * size..(first + factors.len()) * size]);
            msm::<C::G1>(kernels(cpu), points, &factors).into_affine()
        };
        let sides = [-sum(from), sum(from + 1)];
        C::Pairing::multi_pairing(sides, [x2, Affine::generator()]).is_zero()
    };
    if follow(0, count - 1) {
        return Ok(());
    }
    // Halving finds the first that does not follow.
    let (mut from, mut to) = (0, count - 1);
    while to - from > 1 {
        let middle = from.midpoint(to);
        if follow(from, middle) { from = middle } else { to = middle }
    }
    Err(at(to, "the point is not τ times the one before it"))
}

/// The image of a point's x.
fn first_coordinate<'a, P: SWCurveConfig<BaseField: Stored>>(
    points: Points<'a, P>,
    index: usize,
) -> &'a [u8] {
    &points.bytes()[index * Points::<P>::SIZE..][..P::BaseField::SIZE]
}

/// A random factor of a linear combination.
pub fn factor(random: &impl Fn(&mut [u8])) -> Canonical {
    let mut bytes = [0; FACTOR];
    random(&mut bytes);
    let value = u128::from_le_bytes(bytes);
    [value as u64, (value >> 64) as u64, 0, 0]
}

/// The same as a scalar.
pub fn scalar<F: Scalar>(value: &Canonical) -> F {
    F::from_bigint(BigInt(*value)).expect("128 bits are below the prime")
}

/// A point at random: of 128 bits, so that a polynomial of less than 2^28 coefficients that is not zero is zero there
/// with a chance below 2^-100.
fn challenge<F: Scalar>(random: &impl Fn(&mut [u8])) -> F {
    scalar(&factor(random))
}
