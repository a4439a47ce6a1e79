//! `foreign-arkworks CURVE VKEY PROOF PUBLIC`: reads the three files to their ends, checks that arkworks writes
//! the same bytes, and prints what ark-groth16 says of the proof.

use std::{env, fs};

use ark_bls12_381::Bls12_381;
use ark_bn254::Bn254;
use ark_ec::pairing::Pairing;
use ark_groth16::{prepare_verifying_key, Groth16, Proof, VerifyingKey};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};

fn read<T: CanonicalDeserialize + CanonicalSerialize>(path: &str) -> T {
    let bytes = fs::read(path).unwrap();
    let mut rest = bytes.as_slice();
    let value = T::deserialize_compressed(&mut rest).unwrap();
    assert!(rest.is_empty(), "{path}: {} bytes too many", rest.len());
    let mut again = Vec::new();
    value.serialize_compressed(&mut again).unwrap();
    assert_eq!(bytes, again, "{path}: arkworks writes it differently");
    value
}

fn verify<E: Pairing>(files: &[String]) -> bool {
    let key: VerifyingKey<E> = read(&files[0]);
    let proof: Proof<E> = read(&files[1]);
    let public: Vec<E::ScalarField> = read(&files[2]);
    Groth16::<E>::verify_proof(&prepare_verifying_key(&key), &proof, &public).unwrap()
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let valid = match arguments[0].as_str() {
        "bn128" => verify::<Bn254>(&arguments[1..]),
        _ => verify::<Bls12_381>(&arguments[1..]),
    };
    println!("{}", if valid { "valid" } else { "invalid" });
}
