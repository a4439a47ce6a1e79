//! Whether many points of a curve lie in its subgroup of prime order r, tested together.
//!
//! A single test is a multiplication: 90 µs over G2 of BN254. Sums take additions, of which lanes make ten in a
//! microsecond, and if all points lie in the subgroup, so do all of their sums. What is left is to sum them such that a
//! point outside seldom escapes. Two ways do that, whatever the points are, with chances that are taken after the points
//! are fixed:
//!
//! - **Small exponents.** Σ c_i·P_i with independent c_i below 2^k, where 2^k is at most ℓ, the smallest prime factor of
//!   the cofactor. If P_1 is outside, an order of its image in the curve modulo the subgroup is at least ℓ. Whatever the
//!   other terms are, the sum lies in the subgroup for one c_1 at most, since two of them would differ by a multiple of
//!   that order. It escapes with a chance of 2^-k or less. M. Bellare, J. A. Garay, T. Rabin, "Fast batch verification for
//!   modular exponentiation and digital signatures" (EUROCRYPT 1998), section 3; with cofactors: C. Boyd, C. Pavlovski,
//!   "Attacking and repairing batch verification schemes" (ASIACRYPT 2000).
//! - **Buckets.** Each P_i is added to one of 2^k buckets, and each bucket's sum is tested. Wherever the others are, all
//!   sums lie in the subgroup for one place of P_1 at most: the bucket where the others' sum is outside as well. It escapes
//!   with a chance of 2^-k or less, whatever the cofactor is. M. Bellare, J. A. Garay, T. Rabin, section 4 (the bucket
//!   test).
//!
//! D. Koshelev, Y. El Housni, G. Fotiadis, "Batch subgroup membership testing on pairing-friendly curves", compare such
//! tests.
//!
//! Either is repeated until the chance is below 2^-100. G2 of BN254 has ℓ = 10 069: eight sums with 13 bits, 2^-104.
//! BLS12-381 has ℓ = 3 in G1 and 13 in G2, and takes buckets, as many as cost the least. All curve points are in G1 of
//! BN254.

use super::entries::Listed;
use super::{Bases, accumulate};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, CurveGroup};
use rayon::prelude::*;

/// A point outside is overlooked with a chance below 2^-100.
const SECURITY: u32 = 100;

/// What a single test costs, in additions in lanes: some 30 µs to 90 µs, and 0.06 µs to 0.2 µs.
const TEST: usize = 400;

/// Coefficients shorter than this are not worth it: buckets take as few sums of any number of bits.
const SHORTEST: u32 = 10;

/// How points are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// One by one.
    Each,
    /// So many sums, with coefficients of so many bits.
    Sums { rounds: u32, bits: u32 },
    /// As many times in 2^bits buckets.
    Buckets { rounds: u32, bits: u32 },
}

impl Plan {
    /// The cheapest for so many points on a curve whose cofactor has this smallest prime factor.
    pub fn for_points(count: usize, factor: u64) -> Self {
        let bits = factor.ilog2().min(16);
        let sums = SECURITY.div_ceil(bits);
        let mut best = (TEST * count, Plan::Each);
        let mut offer = |work: usize, plan: Plan| {
            if work < best.0 {
                best = (work, plan);
            }
        };
        if bits >= SHORTEST {
            // The reduction of a sum takes as many additions as it has buckets, and twice that.
            let work = sums as usize * (count + TEST + count.min(3 << bits));
            offer(work, Plan::Sums { rounds: sums, bits });
        }
        for bits in 1..=12 {
            let rounds = SECURITY.div_ceil(bits);
            let work = rounds as usize * (count + (TEST << bits));
            offer(work, Plan::Buckets { rounds, bits });
        }
        best.1
    }
}

impl<P: SWCurveConfig> Bases<'_, P> {
    /// Whether all bases, which are on their curve, lie in its subgroup of prime order. `random` fills bytes from the
    /// operating system's source.
    pub fn are_in_subgroup(&self, plan: Plan, random: impl Fn(&mut [u8])) -> bool {
        match plan {
            Plan::Each => (0..self.count)
                .into_par_iter()
                .all(|row| is_inside(&self.kernels.point(self.rows, row))),
            Plan::Sums { rounds, bits } => (0..rounds).all(|_| {
                let drawn = draw(self.count, bits, &random);
                is_inside(&self.product(|i| [drawn[i].into(), 0, 0, 0]).into_affine())
            }),
            Plan::Buckets { rounds, bits } => (0..rounds)
                .all(|_| self.buckets_are_inside(&draw(self.count, bits, &random), 1 << bits)),
        }
    }

    /// Whether the sum of each bucket lies in the subgroup, with the bucket of each base.
    fn buckets_are_inside(&self, places: &[u16], count: usize) -> bool {
        let listed = Listed { buckets: count, places };
        let buckets = accumulate::accumulate(self.kernels, self.rows, &listed);
        // Additions of equal or opposite points were left out.
        let mut sums: Vec<Projective<P>> = (0..count)
            .map(|bucket| match buckets.row(bucket) {
                Some(row) => self.kernels.point(buckets.rows(self.kernels), row).into(),
                None => Projective::ZERO,
            })
            .collect();
        for (bucket, point) in &buckets.exceptional {
            sums[*bucket as usize] += point;
        }
        let sums = Projective::normalize_batch(&sums);
        sums.par_iter().all(is_inside)
    }
}

fn is_inside<P: SWCurveConfig>(point: &Affine<P>) -> bool {
    P::is_in_correct_subgroup_assuming_on_curve(point)
}

/// So many numbers of so many bits, each as likely as any other.
fn draw(count: usize, bits: u32, random: impl Fn(&mut [u8])) -> Vec<u16> {
    let mut bytes = vec![0; 2 * count];
    random(&mut bytes);
    let mask = ((1u32 << bits) - 1) as u16;
    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]) & mask).collect()
}
