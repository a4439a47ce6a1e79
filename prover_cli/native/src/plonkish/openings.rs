//! What is left of the verification of one proof or of many: an equation between two pairings.
//!
//! e(Σ scalar·point, X_2) = e(Σ scalar·point, G_2), where X_2 is τ·G_2, and all points are in G1: the proof's own, the
//! key's, and the generator.

use crate::arithmetic::curve::{Curve, Fault, Points};
use crate::arithmetic::field::Stored;
use crate::arithmetic::ntt::root_of_unity;
use ark_ec::pairing::Pairing;
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field, Zero};

/// Scalars and the points that they are for.
pub type Terms<C> = Vec<(<C as Curve>::Scalar, Affine<<C as Curve>::G1>)>;

/// That a proof is valid for its public signals.
pub struct Claim<C: Curve> {
    /// Beside X_2.
    pub left: Terms<C>,
    /// Beside G_2, of the proof's points.
    pub right: Terms<C>,
    /// Beside G_2, for each of the key's points, and for the generator.
    pub shared: Vec<C::Scalar>,
}

/// What all claims of a key are verified with.
pub struct Openings<C: Curve> {
    /// The key's points, and the generator.
    shared: Vec<Affine<C::G1>>,
    x2: <C::Pairing as Pairing>::G2Prepared,
    generator2: <C::Pairing as Pairing>::G2Prepared,
}

/// A claim with its place among all, and its random factor.
type Weighted<'a, C> = (usize, &'a Claim<C>, <C as Curve>::Scalar);

impl<C: Curve> Openings<C> {
    /// Of a key's points in G1, and its X_2.
    pub fn new(points: &[Affine<C::G1>], x2: Affine<C::G2>) -> Self {
        Self {
            shared: points.iter().copied().chain([Affine::generator()]).collect(),
            x2: x2.into(),
            generator2: Affine::<C::G2>::generator().into(),
        }
    }

    /// The key's points.
    pub fn points(&self) -> &[Affine<C::G1>] {
        &self.shared[..self.shared.len() - 1]
    }

    /// Whether a claim is valid.
    pub fn holds(&self, claim: &Claim<C>) -> bool {
        self.hold(&[(0, claim, C::Scalar::ONE)])
    }

    /// Whether each claim is valid; one that is `None` was malformed. `factors` are random, one for each claim.
    ///
    /// The equations are over the same two points of G2, so a random linear combination of all of them is one equation
    /// of that kind, with one multi-scalar product for all (M. Bellare, J. Garay, T. Rabin, "Fast batch verification for
    /// modular exponentiation and digital signatures", EUROCRYPT 1998; the error is 2^-128). If it fails, halving finds the
    /// culprits.
    pub fn which_hold(&self, claims: &[Option<Claim<C>>], factors: &[C::Scalar]) -> Vec<bool> {
        assert_eq!(claims.len(), factors.len(), "a factor for each claim");
        let weighted: Vec<Weighted<'_, C>> = (claims.iter().zip(factors).enumerate())
            .filter_map(|(place, (claim, factor))| Some((place, claim.as_ref()?, *factor)))
            .collect();
        let mut holds = vec![false; claims.len()];
        self.halve(&weighted, &mut holds);
        holds
    }

    fn halve(&self, claims: &[Weighted<'_, C>], holds: &mut [bool]) {
        if self.hold(claims) {
            for (place, ..) in claims {
                holds[*place] = true;
            }
        } else if claims.len() > 1 {
            let (low, high) = claims.split_at(claims.len() / 2);
            self.halve(low, holds);
            self.halve(high, holds);
        }
    }

    /// Whether the combination of the equations holds.
    fn hold(&self, claims: &[Weighted<'_, C>]) -> bool {
        let (mut left, mut right) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        let mut shared = vec![C::Scalar::ZERO; self.shared.len()];
        for (_, claim, weight) in claims {
            for (terms, (scalars, points)) in [(&claim.left, &mut left), (&claim.right, &mut right)] {
                scalars.extend(terms.iter().map(|(scalar, _)| *scalar * weight));
                points.extend(terms.iter().map(|(_, point)| *point));
            }
            for (sum, scalar) in shared.iter_mut().zip(&claim.shared) {
                *sum += *scalar * weight;
            }
        }
        right.0.extend(shared);
        right.1.extend(&self.shared);
        let product = |(scalars, points): &(Vec<_>, Vec<_>)| {
            Projective::<C::G1>::msm(points, scalars).expect("a scalar for each point").into_affine()
        };
        let (left, right) = rayon::join(|| -product(&left), || product(&right));
        let sides = [left, right].map(<C::Pairing as Pairing>::G1Prepared::from);
        C::Pairing::multi_pairing(sides, [self.x2.clone(), self.generator2.clone()]).is_zero()
    }
}

/// A verification key that proofs are verified with.
pub trait Verifier<C: Curve>: Send + Sync {
    fn openings(&self) -> &Openings<C>;

    /// What a proof and its public signals claim, canonical integers both; `None` if they are malformed.
    fn claim(&self, proof: &[u8], public: &[u8]) -> Option<Claim<C>>;

    /// Whether the proof is valid for the public signals.
    fn verify(&self, proof: &[u8], public: &[u8]) -> bool {
        self.claim(proof, public).is_some_and(|claim| self.openings().holds(&claim))
    }
}

/// So many public signals. `None` if there are others, or they are not reduced.
pub fn public_signals<F: Stored>(bytes: &[u8], count: usize) -> Option<Vec<F>> {
    if bytes.len() != count * F::SIZE {
        return None;
    }
    bytes.chunks_exact(F::SIZE).map(F::from_canonical).collect()
}

/// The points and the evaluations of a proof.
pub type Decoded<C, const POINTS: usize, const EVALUATIONS: usize> =
    ([Affine<<C as Curve>::G1>; POINTS], [<C as Curve>::Scalar; EVALUATIONS]);

/// Reads a proof. `None` if it has another length, numbers are not reduced, or points are not in their group.
pub fn decoded<C: Curve, const POINTS: usize, const EVALUATIONS: usize>(
    proof: &[u8],
) -> Option<Decoded<C, POINTS, EVALUATIONS>> {
    let (g1, scalar) = (Points::<C::G1>::SIZE, C::Scalar::SIZE);
    if proof.len() != POINTS * g1 + EVALUATIONS * scalar {
        return None;
    }
    let mut points = [Affine::<C::G1>::identity(); POINTS];
    for (point, image) in points.iter_mut().zip(proof.chunks_exact(g1)) {
        *point = Points::from_canonical(image).ok()?;
    }
    let mut evaluations = [C::Scalar::ZERO; EVALUATIONS];
    for (evaluation, image) in evaluations.iter_mut().zip(proof[POINTS * g1..].chunks_exact(scalar)) {
        *evaluation = C::Scalar::from_canonical(image)?;
    }
    Some((points, evaluations))
}

/// A verification key: its points checked, its sizes known.
pub struct VerificationKey<C: Curve> {
    pub openings: Openings<C>,
    /// How many public signals there are.
    pub public: usize,
    /// The size of the domain, and its root of unity.
    pub size: usize,
    pub root: C::Scalar,
    /// k1 and k2.
    pub cosets: [C::Scalar; 2],
}

impl<C: Curve> VerificationKey<C> {
    /// `bytes`: so many points in G1, then X_2, as canonical coordinates, then k1 and k2. The domain has 2^log points.
    ///
    /// A fault comes with the index of its point, where X_2 follows the others. `None` in its place stands for a size that
    /// is wrong, or a constant that is not reduced.
    pub fn read(
        bytes: &[u8],
        count: usize,
        public: usize,
        log: u32,
    ) -> Result<Self, (usize, Option<Fault>)> {
        let (g1, g2, scalar) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE, C::Scalar::SIZE);
        let unusable = (count + 1, None);
        let root = root_of_unity(log).filter(|_| log < usize::BITS).ok_or(unusable)?;
        if public > 1 << log || bytes.len() != count * g1 + g2 + 2 * scalar {
            return Err(unusable);
        }
        let point = |index: usize| {
            Points::<C::G1>::from_canonical(&bytes[index * g1..]).map_err(|fault| (index, Some(fault)))
        };
        let x2 = Points::<C::G2>::from_canonical(&bytes[count * g1..])
            .map_err(|fault| (count, Some(fault)))?;
        let points = (0..count).map(point).collect::<Result<Vec<_>, _>>()?;
        if x2.is_zero() {
            return Err((count, Some(Fault::AtInfinity)));
        }
        let constant = |index: usize| {
            let at = count * g1 + g2 + index * scalar;
            C::Scalar::from_canonical(&bytes[at..at + scalar]).ok_or(unusable)
        };
        let cosets = [constant(0)?, constant(1)?];
        Ok(Self { openings: Openings::new(&points, x2), public, size: 1 << log, root, cosets })
    }
}
