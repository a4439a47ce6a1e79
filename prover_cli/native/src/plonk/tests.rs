//! The prover, the verifier and the checks over the sample's files, which snarkjs made.

use super::Plonk;
use crate::arithmetic::curve::{Bn254, write_point};
use crate::plonkish::check::check_copies;
use crate::plonkish::sample::Sample;
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

fn sample() -> Sample<Plonk> {
    Sample::new("quartic-plonk", &[7, 8, 9, 10, 11, 12, 14], 11, 9).with(
        |key: &super::key::Key<'_, Bn254>| {
            let mut bytes = Vec::new();
            for index in 0..key.commitments.len() {
                write_point(&key.commitments.get(index), &mut bytes);
            }
            write_point(&key.x2, &mut bytes);
            bytes
        },
    )
}

#[test]
fn the_sample_passes() {
    sample().passes();
}

#[test]
fn another_root_does_not_fit_the_permutation() {
    let sample = sample();
    let key = sample.key();
    assert!(check_copies(&key.circuit, sample.domain().root()).is_ok());
    assert!(check_copies(&key.circuit, Fr::ZERO).is_err());
}
