//! The prover, the verifier and the checks over the sample's files, which snarkjs made.

use super::Fflonk;
use super::key::{CONSTANTS, check_header, check_interleaved};
use crate::arithmetic::curve::{Bn254, write_point};
use crate::arithmetic::field::Stored;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::plonkish::circuit::Layout;
use crate::plonkish::proving::System;
use crate::plonkish::sample::Sample;
use ark_bn254::Fr;

fn sample() -> Sample<Fflonk> {
    Sample::new("quartic-fflonk", &[9, 7, 8, 10, 11, 12, 16, 17], 9, 4).with(
        |key: &super::key::Key<'_, Bn254>| {
            let mut bytes = Vec::new();
            write_point(&key.c0, &mut bytes);
            write_point(&key.x2, &mut bytes);
            bytes
        },
    )
}

#[test]
fn the_sample_passes() {
    sample().passes();
}

/// The fault of each check, in a key with one byte changed.
fn with_changed(at: usize) -> (Option<usize>, Option<(u32, usize)>) {
    let mut sample = sample();
    sample.file[at] ^= 1;
    let key = sample.key();
    let header = check_header(&key).err().map(|fault| fault.index);
    let interleaved = check_interleaved(&key, Cpu::Portable).err();
    (header, interleaved.map(|(section, fault)| (section, fault.index)))
}

#[test]
fn constants_of_the_header_are_those_of_snarkjs() {
    let (start, _) = sample().layout.header;
    for constant in 0..CONSTANTS {
        assert_eq!(with_changed(start + constant * Fr::SIZE), (Some(constant), None));
    }
    assert_eq!(with_changed(start + CONSTANTS * Fr::SIZE).0, Some(CONSTANTS), "X_2");
    let c0 = start + CONSTANTS * Fr::SIZE + 4 * 32;
    assert_eq!(with_changed(c0), (Some(CONSTANTS + 1), Some((2, CONSTANTS + 1))), "C0");
}

#[test]
fn interleaved_coefficients_are_those_of_the_polynomials() {
    let (start, length) = sample().more[0];
    for index in [0, 9, length / Fr::SIZE - 1] {
        assert_eq!(with_changed(start + index * Fr::SIZE), (None, Some((17, index))));
    }
}

#[test]
fn two_points_of_the_domain_have_no_gates() {
    let sample = sample();
    let full = Layout { gates: sample.layout.domain - 1, ..sample.layout };
    assert!(<Fflonk as System<Bn254>>::key(&sample.file, full, &sample.more).is_err());
    assert!(<Fflonk as System<Bn254>>::key(&sample.file, sample.layout, &[]).is_err());
}
