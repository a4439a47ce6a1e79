//! Keys of any sizes over any bytes: a key is refused, or every look at its entries stays inside of the file.
//!
//!     cargo +nightly fuzz run key
#![no_main]

use _native::arithmetic::curve::{Bls12381, Bn254, Curve, Points};
use _native::arithmetic::lanes::cpu::Cpu;
use _native::arithmetic::msm::kernels;
use _native::formats::Span;
use _native::formats::points::check_points;
use _native::groth16::key::{Key, Layout, check_coefficients, tables};
use libfuzzer_sys::fuzz_target;

fn look<C: Curve>(file: &[u8], layout: Layout) {
    let Ok(key) = Key::<C>::new(file, layout) else { return };
    let part = |(from, length): Span| &file[from..from + length];
    // Zeros are as good as others: nothing here is found by chance.
    let random = |bytes: &mut [u8]| bytes.fill(0);
    let _ = check_points::<C::G1>(kernels(Cpu::Portable), part(layout.a), C::G1_FACTOR, random);
    let _ = check_points::<C::G2>(kernels(Cpu::Portable), part(layout.b2), C::G2_FACTOR, random);
    let _ = check_coefficients::<C>(part(layout.coefficients), &layout);
    let _ = tables::plan(&key, 1 << 16, Cpu::Portable, None, 1000);
    for table in 0..3 {
        let index = tables::index(&key, table);
        assert!(index.iter().all(|&place| (place as usize) < layout.variables + layout.domain));
    }
    assert!(key.coefficients().count() <= file.len());
}

/// Sizes and places as they come, or, since those hardly ever fit, places one after the other and as long as they must.
fn layout<C: Curve>(numbers: [u64; 17], fitting: bool) -> Layout {
    let [variables, public, domain, places @ ..] = numbers.map(|number| number as usize);
    let span = |i: usize| (places[2 * i], places[2 * i + 1]);
    if !fitting {
        let (header_points, coefficients) = (span(0), span(1));
        let (a, b1, b2, c, h) = (span(2), span(3), span(4), span(5), span(6));
        return Layout { variables, public, domain, header_points, coefficients, a, b1, b2, c, h };
    }
    let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
    let (variables, domain) = (variables % 8, domain % 8);
    let public = public % 8;
    let mut at = 0;
    let mut next = |length: usize| {
        at += length;
        (at - length, length)
    };
    Layout {
        variables,
        public,
        domain,
        header_points: next(3 * g1 + 3 * g2),
        coefficients: next(places[3] % 8 * Key::<C>::COEFFICIENT),
        a: next(variables * g1),
        b1: next(variables * g1),
        b2: next(variables * g2),
        c: next(variables.saturating_sub(public + 1) * g1),
        h: next(domain * g1),
    }
}

fuzz_target!(|input: ([u64; 17], bool, bool, &[u8])| {
    let (numbers, fitting, other, bytes) = input;
    let mut file = bytes.to_vec();
    if fitting {
        file.resize(file.len().max(1 << 14), 0);
    }
    if other {
        look::<Bls12381>(&file, layout::<Bls12381>(numbers, fitting));
    } else {
        look::<Bn254>(&file, layout::<Bn254>(numbers, fitting));
    }
});
