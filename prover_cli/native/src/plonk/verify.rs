//! The PLONK verifier (section 8.4 of the paper), of one proof and of many together.
//!
//! It is stricter than snarkjs': evaluations, coordinates and public signals must be reduced, and points in their group.

use crate::arithmetic::curve::{Curve, Fault, Points};
use crate::arithmetic::field::Stored;
use crate::arithmetic::ntt::root_of_unity;
use crate::plonkish::transcript::Transcript;
use ark_ec::pairing::Pairing;
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field, Zero, batch_inversion};

/// The points of a verification key in G1: Qm, Ql, Qr, Qo, Qc, S1, S2, S3.
const FIXED: usize = 8;

/// The points of a proof: A, B, C, Z, T1, T2, T3, W_ξ, W_ξω.
const POINTS: usize = 9;

/// A verification key: its points checked, its sizes known.
pub struct Verifier<C: Curve> {
    fixed: [Affine<C::G1>; FIXED],
    x2: <C::Pairing as Pairing>::G2Prepared,
    generator2: <C::Pairing as Pairing>::G2Prepared,
    cosets: [C::Scalar; 2],
    public: usize,
    size: usize,
    root: C::Scalar,
}

/// Challenges that the prover's linearisation and the verifier share.
pub(super) struct Challenges<F> {
    pub beta: F,
    pub gamma: F,
    pub alpha: F,
    pub xi: F,
}

impl<F: Field> Challenges<F> {
    /// The factor of z, that of S3, and the constant, in the linearisation R. `first` is L_1(ξ).
    pub fn linear_factors(&self, [k1, k2]: [F; 2], evaluations: &[F; 6], first: F) -> (F, F, F) {
        let Self { beta, gamma, alpha, xi, .. } = self;
        let [a, b, c, s1, s2, zw] = *evaluations;
        let position = *beta * xi;
        let identity =
            (a + position + gamma) * (b + k1 * position + gamma) * (c + k2 * position + gamma);
        let permuted = *alpha * (a + *beta * s1 + gamma) * (b + *beta * s2 + gamma) * zw;
        let start = alpha.square() * first;
        (*alpha * identity + start, permuted * beta, permuted * (c + gamma) + start)
    }
}

/// L_1(ξ) = (ξ^n − 1)/(n·(ξ − 1)), with the n-th power of ξ given; `None` where ξ is 1.
pub(super) fn lagrange_first<F: Field>(size: usize, xi: F, power: F) -> Option<F> {
    let divisor = F::from(size as u64) * (xi - F::ONE);
    Some((power - F::ONE) * divisor.inverse()?)
}

/// −Σ public_i·L_i(ξ); `None` where ξ is a point of the domain.
pub(super) fn public_evaluation<F: Field>(
    root: F,
    size: usize,
    public: &[F],
    xi: F,
    power: F,
) -> Option<F> {
    let mut point = F::ONE;
    let mut points = Vec::with_capacity(public.len());
    let mut divisors = Vec::with_capacity(public.len());
    for _ in public {
        points.push(point);
        divisors.push(F::from(size as u64) * (xi - point));
        point *= root;
    }
    if divisors.iter().any(F::is_zero) {
        return None;
    }
    batch_inversion(&mut divisors);
    let sum: F = public
        .iter()
        .zip(points)
        .zip(divisors)
        .map(|((value, point), inverse)| *value * point * inverse)
        .sum();
    Some(-sum * (power - F::ONE))
}

/// The claim that a proof is valid for these public signals: e(W_ξ + u·W_ξω, X_2) = e(Σ scalar·point, G_2), where the
/// points are the key's, the proof's, and the generator.
pub struct Claim<C: Curve> {
    points: [Affine<C::G1>; POINTS],
    u: C::Scalar,
    /// Of the proof's points.
    own: [C::Scalar; POINTS],
    /// Of the key's points, and of the generator.
    shared: [C::Scalar; FIXED + 1],
}

impl<C: Curve> Verifier<C> {
    /// `bytes`: the points, then X_2, as canonical coordinates, then k1 and k2. A fault comes with the index of its point
    /// (X_2 is 8). `None` in its place stands for a size that is wrong, or a constant that is not reduced.
    pub fn new(bytes: &[u8], public: usize, log: u32) -> Result<Self, (usize, Option<Fault>)> {
        let (g1, g2, scalar) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE, C::Scalar::SIZE);
        let unusable = |index: usize| (index, None);
        let root = root_of_unity(log).filter(|_| log < usize::BITS).ok_or(unusable(FIXED + 1))?;
        if bytes.len() != FIXED * g1 + g2 + 2 * scalar || public > 1 << log {
            return Err(unusable(FIXED + 1));
        }
        let mut fixed = [Affine::identity(); FIXED];
        for (index, point) in fixed.iter_mut().enumerate() {
            *point = Points::<C::G1>::from_canonical(&bytes[index * g1..])
                .map_err(|fault| (index, Some(fault)))?;
        }
        let x2 = Points::<C::G2>::from_canonical(&bytes[FIXED * g1..])
            .map_err(|fault| (FIXED, Some(fault)))?;
        if x2.is_zero() {
            return Err((FIXED, Some(Fault::AtInfinity)));
        }
        let constant = |index: usize| {
            let at = FIXED * g1 + g2 + index * scalar;
            C::Scalar::from_canonical(&bytes[at..at + scalar]).ok_or(unusable(FIXED + 1))
        };
        Ok(Self {
            fixed,
            x2: x2.into(),
            generator2: Affine::<C::G2>::generator().into(),
            cosets: [constant(0)?, constant(1)?],
            public,
            size: 1 << log,
            root,
        })
    }

    /// Whether the proof is valid for the public signals.
    pub fn verify(&self, proof: &[u8], public: &[u8]) -> bool {
        self.claim(proof, public).is_some_and(|claim| self.hold(&[(0, &claim, C::Scalar::ONE)]))
    }

    /// Decodes a proof and its public signals, canonical integers both; `None` if they are malformed.
    pub fn claim(&self, proof: &[u8], public: &[u8]) -> Option<Claim<C>> {
        let (g1, scalar) = (Points::<C::G1>::SIZE, C::Scalar::SIZE);
        if proof.len() != POINTS * g1 + 6 * scalar || public.len() != self.public * scalar {
            return None;
        }
        let mut points = [Affine::<C::G1>::identity(); POINTS];
        for (point, image) in points.iter_mut().zip(proof.chunks_exact(g1)) {
            *point = Points::from_canonical(image).ok()?;
        }
        let mut evaluations = [C::Scalar::ZERO; 6];
        for (evaluation, image) in evaluations.iter_mut().zip(proof[POINTS * g1..].chunks_exact(scalar))
        {
            *evaluation = C::Scalar::from_canonical(image)?;
        }
        let public =
            public.chunks_exact(scalar).map(C::Scalar::from_canonical).collect::<Option<Vec<_>>>()?;
        self.equation(&points, &evaluations, &public)
    }

    fn equation(
        &self,
        points: &[Affine<C::G1>; POINTS],
        evaluations: &[C::Scalar; 6],
        public: &[C::Scalar],
    ) -> Option<Claim<C>> {
        let [a, b, c, s1, s2, zw] = *evaluations;
        let draw = Transcript::default;
        let beta: C::Scalar =
            draw().points(&self.fixed).scalars(public).points(&points[..3]).challenge();
        let gamma: C::Scalar = draw().scalars(&[beta]).challenge();
        let alpha: C::Scalar = draw().scalars(&[beta, gamma]).points(&points[3..4]).challenge();
        let xi: C::Scalar = draw().scalars(&[alpha]).points(&points[4..7]).challenge();
        let v: C::Scalar = draw().scalars(&[xi]).scalars(evaluations).challenge();
        let u: C::Scalar = draw().points(&points[7..]).challenge();

        let power = xi.pow([self.size as u64]);
        let first = lagrange_first(self.size, xi, power)?;
        let bound = public_evaluation(self.root, self.size, public, xi, power)?;
        let challenges = Challenges { beta, gamma, alpha, xi };
        let (z_factor, s3_factor, constant) =
            challenges.linear_factors(self.cosets, evaluations, first);
        let vanishing = C::Scalar::ONE - power;
        let powers_of_v: Vec<C::Scalar> =
            std::iter::successors(Some(v), |power| Some(*power * v)).take(5).collect();
        let opened: C::Scalar =
            [a, b, c, s1, s2].iter().zip(&powers_of_v).map(|(value, power)| *value * power).sum();
        Some(Claim {
            points: *points,
            u,
            own: [
                powers_of_v[0],
                powers_of_v[1],
                powers_of_v[2],
                z_factor + u,
                vanishing,
                vanishing * power,
                vanishing * power.square(),
                xi,
                u * xi * self.root,
            ],
            shared: [
                a * b,
                a,
                b,
                c,
                C::Scalar::ONE,
                powers_of_v[3],
                powers_of_v[4],
                -s3_factor,
                bound - constant - opened - u * zw,
            ],
        })
    }

    /// Whether each claim is valid; one that is `None` was malformed. `factors` are random, one for each claim.
    ///
    /// The equations are over the same two points of G2, so a random linear combination of all of them is one equation
    /// of that kind, with one multi-scalar product for all (M. Bellare, J. Garay, T. Rabin, "Fast batch verification for
    /// modular exponentiation and digital signatures", EUROCRYPT 1998; the error is 2^-128). If it fails, halving finds the
    /// culprits.
    pub fn verify_all(&self, claims: &[Option<Claim<C>>], factors: &[C::Scalar]) -> Vec<bool> {
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
        let mut shared = [C::Scalar::ZERO; FIXED + 1];
        for (_, claim, factor) in claims {
            left.0.extend(&claim.points[POINTS - 2..]);
            left.1.extend([*factor, claim.u * factor]);
            right.0.extend(&claim.points);
            right.1.extend(claim.own.map(|scalar| scalar * factor));
            for (sum, scalar) in shared.iter_mut().zip(claim.shared) {
                *sum += scalar * factor;
            }
        }
        right.0.extend(&self.fixed);
        right.0.push(Affine::generator());
        right.1.extend(shared);
        let product = |(points, scalars): &(Vec<_>, Vec<_>)| {
            Projective::<C::G1>::msm(points, scalars).expect("a scalar for each point").into_affine()
        };
        let (left, right) = rayon::join(|| -product(&left), || product(&right));
        let sides = [left, right].map(<C::Pairing as Pairing>::G1Prepared::from);
        C::Pairing::multi_pairing(sides, [self.x2.clone(), self.generator2.clone()]).is_zero()
    }
}

/// A claim with its place among all, and its random factor.
type Weighted<'a, C> = (usize, &'a Claim<C>, <C as Curve>::Scalar);
