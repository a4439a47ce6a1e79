use super::{plain, Scalar, Stored};
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
    value.write_plain(&mut bytes);
    assert_eq!(bytes, value.into_bigint().to_bytes_le());
    assert_eq!(F::from_plain(&bytes), Some(value));
}

fn coefficient<F: Scalar>(coefficient: F, value: F) {
    // What section 4 holds: R² times the coefficient, which read as Montgomery form is R times it.
    let mut carried = coefficient;
    for _ in 0..256 {
        carried.double_in_place();
    }
    assert_eq!(carried.times_plain(&plain(value)), coefficient * value);
}

fn modulus_is_refused<F: PrimeField + Stored>() {
    let modulus = F::MODULUS.to_bytes_le();
    assert!(!F::is_reduced(&modulus));
    assert_eq!(F::from_plain(&modulus), None);
    assert_eq!(F::from_plain(&vec![0xff; F::SIZE]), None);
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
        coefficient(bn::Fr::from(11u64).pow(spread(0)), bn::Fr::from(13u64).pow(spread(1)));
        coefficient(bls::Fr::from(11u64).pow(spread(0)), bls::Fr::from(13u64).pow(spread(1)));
    }
}

#[test]
fn edges_agree_with_arkworks() {
    for value in [ark_bn254::Fr::ZERO, ark_bn254::Fr::ONE, -ark_bn254::Fr::ONE] {
        round_trip(value);
        coefficient(value, -ark_bn254::Fr::ONE);
    }
    modulus_is_refused::<ark_bn254::Fq>();
    modulus_is_refused::<ark_bls12_381::Fq>();
    modulus_is_refused::<ark_bls12_381::Fr>();
}
