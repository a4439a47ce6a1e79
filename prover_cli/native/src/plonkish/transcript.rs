//! Challenges by the Fiat–Shamir transform, as snarkjs draws them (`src/Keccak256Transcript.js`).
//!
//! Each challenge is a fresh hash over one concatenation: Keccak-256 with the padding of the original submission, not
//! that of SHA-3. Scalars and coordinates are canonical and big-endian; the point at infinity is all zeros.

use crate::arithmetic::curve::write_point;
use crate::arithmetic::field::{Scalar, Stored};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use sha3::{Digest, Keccak256};

/// What one challenge is drawn from.
#[derive(Default)]
pub struct Transcript {
    hash: Keccak256,
}

impl Transcript {
    /// Absorbs points.
    #[must_use]
    pub fn points<P: SWCurveConfig<BaseField: Stored>>(mut self, points: &[Affine<P>]) -> Self {
        for point in points {
            let mut bytes = Vec::new();
            write_point(point, &mut bytes);
            for coordinate in bytes.chunks_exact_mut(P::BaseField::SIZE) {
                coordinate.reverse();
                self.hash.update(coordinate);
            }
        }
        self
    }

    /// Absorbs scalars.
    #[must_use]
    pub fn scalars<F: Stored>(mut self, scalars: &[F]) -> Self {
        for scalar in scalars {
            let mut bytes = Vec::new();
            scalar.write_canonical(&mut bytes);
            bytes.reverse();
            self.hash.update(&bytes);
        }
        self
    }

    /// The digest as a big-endian integer, modulo the field's prime.
    pub fn challenge<F: Scalar>(self) -> F {
        F::from_be_bytes_mod_order(&self.hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{Fr, G1Affine};
    use ark_ec::AffineRepr;
    use ark_ff::PrimeField;

    /// The digests are those of `ethers.keccak256`, which is not ours.
    #[test]
    fn it_is_the_keccak_of_ethereum() {
        let empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        let digest: Vec<u8> = Keccak256::digest([]).to_vec();
        assert_eq!(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), empty);
    }

    #[test]
    fn numbers_are_absorbed_in_words_from_the_top() {
        let mut words = [0u8; 128];
        (words[31], words[63], words[95]) = (7, 1, 2);
        let infinity = G1Affine::identity();
        let drawn: Fr = Transcript::default()
            .scalars(&[Fr::from(7)])
            .points(&[G1Affine::generator()])
            .scalars(&[Fr::from(0)])
            .challenge();
        assert_eq!(drawn, Fr::from_be_bytes_mod_order(&Keccak256::digest(words)));
        let drawn: Fr = Transcript::default().points(&[infinity]).challenge();
        assert_eq!(drawn, Fr::from_be_bytes_mod_order(&Keccak256::digest([0; 64])));
    }
}
