use super::{Scalar, Stored, canonical};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use proptest::prelude::*;

fn montgomery<F: PrimeField>(value: F) -> Vec<u8> {
    let mut image = value;
    for _ in 0..64 * F::MODULUS.as_ref().len() {
        image.double_in_place();
    }
    image.into_bigint().to_bytes_le()
}

fn round_trip<F: PrimeField + Stored>(value: F) {
    let image = montgomery(value);
    assert!(F::is_reduced(&image));
    assert_eq!(F::from_montgomery(&image), value);
    let mut bytes = Vec::new();
    value.write_canonical(&mut bytes);
    assert_eq!(bytes, value.into_bigint().to_bytes_le());
    assert_eq!(F::from_canonical(&bytes), Some(value));
}

fn times_canonical<F: Scalar>(constant: F, value: F) {
    // A file that stores R² times the constant, which read as Montgomery form is R times it.
    let mut carried = constant;
    for _ in 0..256 {
        carried.double_in_place();
    }
    assert_eq!(carried.times_canonical(&canonical(value)), constant * value);
}

fn inverse<F: Stored>(value: F) {
    assert_eq!(value.quick_inverse(), value.inverse());
}

fn modulus_is_refused<F: PrimeField + Stored>() {
    let modulus = F::MODULUS.to_bytes_le();
    assert!(!F::is_reduced(&modulus));
    assert_eq!(F::from_canonical(&modulus), None);
    assert_eq!(F::from_canonical(&vec![0xff; F::SIZE]), None);
}

proptest! {
    #[test]
    fn images_and_products_agree_with_arkworks(seed in any::<[u64; 2]>()) {
        use ark_bls12_381 as bls;
        use ark_bn254 as bn;
        let spread = |i: usize| [seed[i % 2] | 1];
        round_trip(bn::Fq::from(7u64).pow(spread(0)));
        round_trip(bls::Fq::from(7u64).pow(spread(1)));
        round_trip(bn::Fr::from(7u64).pow(spread(0)));
        times_canonical(bn::Fr::from(11u64).pow(spread(0)), bn::Fr::from(13u64).pow(spread(1)));
        times_canonical(bls::Fr::from(11u64).pow(spread(0)), bls::Fr::from(13u64).pow(spread(1)));
    }

    #[test]
    fn inverses_agree_with_arkworks(words in any::<[u64; 6]>(), zeros in 0usize..=6, shift in 0u32..64) {
        // Short and sparse numbers as well: they end the steps early, or at odd places.
        let mut words = words;
        words[6 - zeros..].fill(0);
        words[0] >>= shift;
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        inverse(ark_bn254::Fq::from_le_bytes_mod_order(&bytes));
        inverse(ark_bn254::Fr::from_le_bytes_mod_order(&bytes));
        inverse(ark_bls12_381::Fq::from_le_bytes_mod_order(&bytes));
        inverse(ark_bls12_381::Fr::from_le_bytes_mod_order(&bytes));
        let (low, high) = bytes.split_at(24);
        inverse(ark_bn254::Fq2::new(
            ark_bn254::Fq::from_le_bytes_mod_order(low), ark_bn254::Fq::from_le_bytes_mod_order(high)));
        inverse(ark_bls12_381::Fq2::new(
            ark_bls12_381::Fq::from_le_bytes_mod_order(low), ark_bls12_381::Fq::from_le_bytes_mod_order(high)));
    }
}

fn inverses_of_edges<F: PrimeField + Stored>() {
    let mut power = F::ONE;
    for _ in 0..F::MODULUS_BIT_SIZE + 2 {
        for value in [power, -power, power - F::ONE, power + F::ONE] {
            inverse(value);
        }
        power.double_in_place();
    }
}

#[test]
fn edges_agree_with_arkworks() {
    inverses_of_edges::<ark_bn254::Fq>();
    inverses_of_edges::<ark_bn254::Fr>();
    inverses_of_edges::<ark_bls12_381::Fq>();
    inverses_of_edges::<ark_bls12_381::Fr>();
    for value in [ark_bn254::Fr::ZERO, ark_bn254::Fr::ONE, -ark_bn254::Fr::ONE] {
        round_trip(value);
        times_canonical(value, -ark_bn254::Fr::ONE);
    }
    modulus_is_refused::<ark_bn254::Fq>();
    modulus_is_refused::<ark_bls12_381::Fq>();
    modulus_is_refused::<ark_bls12_381::Fr>();
}
