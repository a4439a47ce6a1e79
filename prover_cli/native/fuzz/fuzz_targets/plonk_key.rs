//! PLONK keys of any sizes over any bytes: a key is refused, or every look at its entries stays inside of the file.
//!
//!     cargo +nightly fuzz run plonk_key
#![no_main]

use _native::arithmetic::curve::{Bls12381, Bn254, Curve, Points};
use _native::arithmetic::field::Stored;
use _native::arithmetic::lanes::cpu::Cpu;
use _native::arithmetic::ntt::Domain;
use _native::formats::Span;
use _native::plonk::key::{
    Key, Layout, MORE_POWERS, check_commitments, check_copies, check_gates, check_polynomial,
    check_powers,
};
use _native::plonk::prover::{Setup, broken, prove};
use _native::plonkish::values::Stretched;
use _native::plonkish::wires::Additions;
use _native::stages::Stages;
use libfuzzer_sys::fuzz_target;

fn look<C: Curve>(file: &[u8], layout: Layout) {
    let Ok(key) = Key::<C>::new(file, layout) else { return };
    let Some(domain) = Domain::<C::Scalar>::new(layout.domain, Cpu::Portable) else { return };
    // Zeros are as good as others: nothing here is found by chance.
    let random = |bytes: &mut [u8]| bytes.fill(0);
    let (at, length) = layout.powers;
    let _ = check_gates(&key);
    let _ = check_copies(&key, domain.root());
    let _ = check_powers(&key, &file[at..at + length], Cpu::Portable, random);
    let _ = check_commitments(&key, Cpu::Portable, random);
    for polynomial in [key.selectors.m, key.sigma[2]] {
        let _ = check_polynomial(polynomial, &domain, Cpu::Portable, random);
    }
    let witness = vec![[1, 0, 0, 0]; layout.witness()];
    let _ = broken(&key, &witness, 3);
    let blinding = [C::Scalar::from(3u64); 11];
    let setup = Setup { key: &key, domain: &domain, cpu: Cpu::Portable, table: None };
    let _ = prove(&setup, &witness, &blinding, &Stages::default());
}

/// Places one after the other and as long as they must be, since others hardly ever fit.
fn layout<C: Curve>(numbers: [u8; 4]) -> Layout {
    let [signals, public, additions, gates] = numbers.map(|number| usize::from(number % 16));
    let (g1, g2, domain) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE, 8);
    let block = Stretched::<C::Scalar>::size(domain).expect("it is small");
    let mut at = 0;
    let mut next = |length: usize| -> Span {
        at += length;
        (at - length, length)
    };
    Layout {
        signals,
        public,
        domain,
        additions,
        gates,
        header: next(2 * C::Scalar::SIZE + 8 * g1 + g2),
        additions_at: next(additions * Additions::size::<C::Scalar>()),
        maps: [(); 3].map(|()| next(4 * gates)),
        selectors: [(); 5].map(|()| next(block)),
        sigma: next(3 * block),
        powers: next((domain + MORE_POWERS) * g1),
    }
}

fuzz_target!(|input: ([u8; 4], bool, &[u8])| {
    let (numbers, other, bytes) = input;
    let mut file = bytes.to_vec();
    file.resize(file.len().max(1 << 15), 0);
    if other {
        look::<Bls12381>(&file, layout::<Bls12381>(numbers));
    } else {
        look::<Bn254>(&file, layout::<Bn254>(numbers));
    }
});
