//! Keys of PLONK and FFLONK of any sizes over any bytes: a key is refused, or every look at its entries stays inside of
//! the file.
//!
//!     cargo +nightly fuzz run plonkish_key
#![no_main]

use _native::arithmetic::curve::{Bls12381, Bn254, Curve, Points};
use _native::arithmetic::field::Stored;
use _native::arithmetic::lanes::cpu::Cpu;
use _native::arithmetic::ntt::Domain;
use _native::fflonk::Fflonk;
use _native::formats::Span;
use _native::plonk::Plonk;
use _native::plonkish::circuit::Layout;
use _native::plonkish::proving::{Setup, System};
use _native::plonkish::values::Stretched;
use _native::plonkish::wires::Additions;
use _native::stages::Stages;
use libfuzzer_sys::fuzz_target;

fn look<C: Curve, S: System<C>>(file: &[u8], layout: Layout, more: &[Span], factors: usize) {
    let Ok(key) = S::key(file, layout, more) else { return };
    let Some(domain) = Domain::<C::Scalar>::new(layout.domain, Cpu::Portable) else { return };
    // Zeros are as good as others: nothing here is found by chance.
    let random = |bytes: &mut [u8]| bytes.fill(0);
    for section in 2..=17 {
        let _ = S::check(&key, section, || &domain, Cpu::Portable, random);
    }
    let witness = vec![[1, 0, 0, 0]; layout.witness()];
    let _ = S::circuit(&key).broken(&witness, 3);
    let blinding = vec![C::Scalar::from(3u64); factors];
    let setup = Setup { key: &key, domain: &domain, cpu: Cpu::Portable, table: None };
    let _ = S::prove(&setup, &witness, &blinding, &Stages::default());
}

/// Places one after the other and as long as they must be, since others hardly ever fit. Returns that of more coefficients
/// besides.
fn layout<C: Curve>(numbers: [u8; 4], scalars: usize, points: usize, powers: usize) -> (Layout, Span) {
    let [signals, public, additions, gates] = numbers.map(|number| usize::from(number % 16));
    let (g1, g2, domain) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE, 8);
    let block = Stretched::<C::Scalar>::size(domain).expect("it is small");
    let mut at = 0;
    let mut next = |length: usize| -> Span {
        at += length;
        (at - length, length)
    };
    let layout = Layout {
        signals,
        public,
        domain,
        additions,
        gates,
        header: next(scalars * C::Scalar::SIZE + points * g1 + g2),
        additions_at: next(additions * Additions::size::<C::Scalar>()),
        maps: [(); 3].map(|()| next(4 * gates)),
        selectors: [(); 5].map(|()| next(block)),
        sigma: [(); 3].map(|()| next(block)),
        powers: next(powers * g1),
    };
    (layout, next(8 * domain * C::Scalar::SIZE))
}

fuzz_target!(|input: ([u8; 4], u8, &[u8])| {
    let (numbers, which, bytes) = input;
    let mut file = bytes.to_vec();
    file.resize(file.len().max(1 << 15), 0);
    match which % 3 {
        0 => look::<Bls12381, Plonk>(&file, layout::<Bls12381>(numbers, 2, 8, 14).0, &[], 11),
        1 => look::<Bn254, Plonk>(&file, layout::<Bn254>(numbers, 2, 8, 14).0, &[], 11),
        _ => {
            let (layout, interleaved) = layout::<Bn254>(numbers, 6, 1, 90);
            look::<Bn254, Fflonk>(&file, layout, &[interleaved], 9);
        }
    }
});
