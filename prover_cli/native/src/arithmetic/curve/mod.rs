//! Pairing-friendly curves: BN254 and BLS12-381 behind one trait, and points as binary files store them.

mod multiples;
mod points;

pub use multiples::multiples;
pub use points::{Fault, Points, store_points, write_point};

use crate::arithmetic::lanes::Laned;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::ntt::Transformed;
use ark_ec::CurveConfig;
use ark_ec::pairing::Pairing;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};

/// A pairing-friendly curve. Everything built on this trait is written once for all of them.
pub trait Curve: 'static + Send + Sync {
    /// The scalar field, of the prime order r of the groups.
    type Scalar: Transformed;
    type G1: SWCurveConfig<BaseField: Laned, ScalarField = Self::Scalar>;
    type G2: SWCurveConfig<BaseField: Laned, ScalarField = Self::Scalar>;
    /// The smallest prime factor of each cofactor; `None` where all curve points are in the group.
    const G1_FACTOR: Option<u64>;
    const G2_FACTOR: Option<u64>;
    type Pairing: Pairing<
            ScalarField = Self::Scalar,
            G1Affine = Affine<Self::G1>,
            G2Affine = Affine<Self::G2>,
            G1 = Projective<Self::G1>,
            G2 = Projective<Self::G2>,
        >;

    /// Whether the processor has this kind of arithmetic and it agrees with arkworks on each of the curve's fields. Found
    /// out once per process, in microseconds.
    fn works_on(cpu: Cpu) -> bool {
        <Self::G1 as CurveConfig>::BaseField::works_on(cpu)
            && <Self::G2 as CurveConfig>::BaseField::works_on(cpu)
            && Self::Scalar::works_on(cpu)
    }
}

/// BN254: alt_bn128 of EIP-196, which snarkjs calls "bn128".
pub struct Bn254;

impl Curve for Bn254 {
    type Scalar = ark_bn254::Fr;
    type G1 = ark_bn254::g1::Config;
    type G2 = ark_bn254::g2::Config;
    const G1_FACTOR: Option<u64> = None;
    const G2_FACTOR: Option<u64> = Some(10_069);
    type Pairing = ark_bn254::Bn254;
}

/// BLS12-381, which snarkjs calls "bls12381".
pub struct Bls12381;

impl Curve for Bls12381 {
    type Scalar = ark_bls12_381::Fr;
    type G1 = ark_bls12_381::g1::Config;
    type G2 = ark_bls12_381::g2::Config;
    const G1_FACTOR: Option<u64> = Some(3);
    const G2_FACTOR: Option<u64> = Some(13);
    type Pairing = ark_bls12_381::Bls12_381;
}

#[cfg(test)]
mod tests;
