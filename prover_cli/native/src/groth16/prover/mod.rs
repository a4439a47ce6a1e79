//! The Groth16 prover: a proof from a mapped key and a witness.
//!
//! Following J. Groth, "On the size of pairing-based non-interactive arguments" (EUROCRYPT 2016, ia.cr/2016/260),
//! section 3.2:
//!
//! ```text
//! A0 = α + Σ w_i·A_i        B0 = β + Σ w_i·B_i        C0 = Σ_private w_i·C_i + Σ h_j·H_j
//! ```
//!
//! and then `blinding` re-randomises it. The textbook's fourth MSM (B over G1) is never needed.

mod blinding;
mod qap;

pub use blinding::Blinding;
use blinding::rerandomise;
pub use qap::evaluate;

use crate::arithmetic::curve::{Curve, write_point};
use crate::arithmetic::field::Canonical;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::{kernels, msm};
use crate::arithmetic::ntt::Domain;
use crate::groth16::key::Key;
use crate::prepared::Mapped;
use crate::stages::Stages;
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective};

/// The three points of a proof, blinded.
pub struct Proof<C: Curve> {
    pub a: Affine<C::G1>,
    pub b: Affine<C::G2>,
    pub c: Affine<C::G1>,
}

/// A proof before blinding. It reveals something about the witness, so it never leaves this module.
struct Unblinded<C: Curve> {
    a: Projective<C::G1>,
    b: Projective<C::G2>,
    c: Projective<C::G1>,
}

/// The tables of a prepared key.
pub struct Tables<'a> {
    pub a: Mapped<'a>,
    pub b: Mapped<'a>,
    /// C with H.
    pub ch: Mapped<'a>,
    /// Whether the matrix C is folded into its bases, so that the quotient has no c.
    pub folded: bool,
}

/// Everything that a proof is made with, apart from the witness.
pub struct Setup<'a, C: Curve> {
    pub key: &'a Key<'a, C>,
    pub domain: &'a Domain<C::Scalar>,
    pub cpu: Cpu,
    /// Without them, the MSMs use the key's own bases.
    pub tables: Option<Tables<'a>>,
}

/// Proves `witness` (a value for each signal, the first one 1) on the threads of the current rayon pool. `None` if
/// `stages` was cancelled.
pub fn prove<C: Curve>(
    setup: &Setup<'_, C>,
    witness: &[Canonical],
    blinding: &Blinding<C::Scalar>,
    stages: &Stages<'_>,
) -> Option<Proof<C>> {
    let proof = match &setup.tables {
        Some(tables) => prepared(setup, tables, witness, stages)?,
        None => unprepared(setup, witness, stages)?,
    };
    stages.time("blinding", || rerandomise(setup.key.delta2, proof, blinding))
}

fn unprepared<C: Curve>(
    setup: &Setup<'_, C>,
    witness: &[Canonical],
    stages: &Stages<'_>,
) -> Option<Unblinded<C>> {
    let key = setup.key;
    let (g1, g2) = (kernels::<C::G1>(setup.cpu), kernels::<C::G2>(setup.cpu));
    let private = &witness[key.layout.public + 1..];
    let (h, (b, (a, c))) = rayon::join(
        || {
            let quotient = qap::quotient(key, setup.domain, witness, stages)?;
            stages.time("H", || msm(g1, key.h, &quotient))
        },
        || {
            rayon::join(
                || stages.time("B", || msm(g2, key.b2, witness)),
                || {
                    rayon::join(
                        || stages.time("A", || msm(g1, key.a, witness)),
                        || stages.time("C", || msm(g1, key.c, private)),
                    )
                },
            )
        },
    );
    Some(Unblinded { a: a? + key.alpha1, b: b? + key.beta2, c: c? + h? })
}

fn prepared<C: Curve>(
    setup: &Setup<'_, C>,
    Tables { a, b, ch, folded }: &Tables<'_>,
    witness: &[Canonical],
    stages: &Stages<'_>,
) -> Option<Unblinded<C>> {
    let key = setup.key;
    let ((a, b), ch) = rayon::join(
        || {
            rayon::join(
                || stages.time("A", || a.bases(setup.cpu).product(|i| witness[a.scalar(i)])),
                || stages.time("B", || b.bases(setup.cpu).product(|i| witness[b.scalar(i)])),
            )
        },
        || {
            let quotient = if *folded {
                qap::product(key, setup.domain, witness, stages)?
            } else {
                qap::quotient(key, setup.domain, witness, stages)?
            };
            let scalar = |i: usize| {
                let place = ch.scalar(i);
                witness.get(place).copied().unwrap_or_else(|| quotient[place - witness.len()])
            };
            stages.time("C and H", || ch.bases(setup.cpu).product(scalar))
        },
    );
    Some(Unblinded { a: a? + key.alpha1, b: b? + key.beta2, c: ch? })
}

impl<C: Curve> Proof<C> {
    /// A, B, C as canonical little-endian coordinates, G2 with c0 before c1.
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
