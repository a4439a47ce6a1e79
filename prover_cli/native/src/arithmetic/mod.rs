//! Finite fields, elliptic curves, multi-scalar multiplication (MSM) and number-theoretic transforms (NTT, FFT).
//!
//! Nothing here knows of a proof system, so any of them can be built on top. `field` and `lanes` have the field
//! elements, alone and packed for SIMD; `curve` has the groups; `msm` and `ntt` are what takes a prover's time.
//!
//! | here | gnark-crypto | arkworks |
//! | --- | --- | --- |
//! | [`curve::Curve`] | a package, `ecc/bn254` | `ark_ec::pairing::Pairing`, on which it builds |
//! | [`msm::Bases::product`], [`msm::msm`] | `MultiExp` | `VariableBaseMSM::msm` |
//! | [`ntt::Domain`] | `fft.Domain` | `EvaluationDomain` |
//! | [`lanes::Lanes`] | `fr.Vector` (in part) | none; Plonky3's `PackedField` |

pub mod curve;
pub mod field;
pub mod lanes;
pub mod msm;
pub mod ntt;
pub mod pointwise;
