//! A Groth16 proof (Groth, "On the size of pairing-based non-interactive arguments", 2016, §3.2) from
//! a mapped key and a witness:
//!
//! ```text
//! A0 = α + Σ w_i·A_i        B0 = β + Σ w_i·B_i        C0 = Σ_private w_i·C_i + Σ h_j·H_j
//! ```
//!
//! then blinded by `blinding`. The textbook's fourth product (B over G1) is never needed.

mod blinding;
mod qap;

use blinding::rerandomise;
pub use blinding::Blinding;

use crate::curve::{write_point, Curve};
use crate::field::Plain;
use crate::key::Key;
use crate::lanes::cpu::Cpu;
use crate::msm::{kernels, msm};
use crate::ntt::Domain;
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::CurveGroup;

/// The three points of a proof, blinded.
pub struct Proof<C: Curve> {
    pub a: Affine<C::G1>,
    pub b: Affine<C::G2>,
    pub c: Affine<C::G1>,
}

/// A proof before blinding. It tells about the witness, so it never leaves this module.
struct Unblinded<C: Curve> {
    a: Projective<C::G1>,
    b: Projective<C::G2>,
    c: Projective<C::G1>,
}

/// Proves `witness` (a value for each signal, the first one 1) with the threads of the current pool.
pub fn prove<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    cpu: Cpu,
    witness: &[Plain],
    blinding: &Blinding<C::Scalar>,
) -> Proof<C> {
    rerandomise(key.delta2, unblinded(key, domain, cpu, witness), blinding)
}

fn unblinded<C: Curve>(
    key: &Key<'_, C>,
    domain: &Domain<C::Scalar>,
    cpu: Cpu,
    witness: &[Plain],
) -> Unblinded<C> {
    let (g1, g2) = (kernels::<C::G1>(cpu), kernels::<C::G2>(cpu));
    let private = &witness[key.layout.public + 1..];
    let (quotient, (b, (a, c))) = rayon::join(
        || msm(&g1, key.h, &qap::quotient(key, domain, witness)),
        || {
            rayon::join(
                || msm(&g2, key.b2, witness),
                || rayon::join(|| msm(&g1, key.a, witness), || msm(&g1, key.c, private)),
            )
        },
    );
    Unblinded { a: a + key.alpha1, b: b + key.beta2, c: c + quotient }
}

impl<C: Curve> Proof<C> {
    /// A, B, C as plain little-endian coordinates, G2 with c0 before c1.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_point(&self.a, &mut bytes);
        write_point(&self.b, &mut bytes);
        write_point(&self.c, &mut bytes);
        bytes
    }
}

impl<C: Curve> Unblinded<C> {
    fn blinded(a: Projective<C::G1>, b: Projective<C::G2>, c: Projective<C::G1>) -> Proof<C> {
        Proof { a: a.into_affine(), b: b.into_affine(), c: c.into_affine() }
    }
}
