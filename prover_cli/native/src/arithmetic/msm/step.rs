//! Batch affine addition (gnark-crypto's `batchAddG1Affine`): many independent additions with one shared inversion.
//!
//! Prefix products (batch inversion, Montgomery's trick; see [`invert`]) replace the inversions of a whole step by
//! three products each and a single inversion. Each lane of each stream has its own chain of prefix products, so no
//! product waits for the one before it. Exceptional additions, of equal or opposite points, are found and left to the
//! caller.

use super::rows::Point;
use crate::arithmetic::lanes::features::Features;
use crate::arithmetic::lanes::{Lanes, invert, splat};
use ark_ff::{AdditiveGroup, Field};

/// The source of the points that a step adds.
pub trait Addends<C> {
    /// The points of a group. Groups are loaded in order, so later ones can be prefetched.
    fn load(&self, group: usize) -> Point<C>;
}

/// What a step keeps of each group between its two passes.
pub struct Kept<C> {
    addend: Point<C>,
    /// The prefix product: that of all differences before its own.
    before: C,
}

impl<C: Copy> Clone for Kept<C> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Copy> Copy for Kept<C> {}

impl<C: Lanes> Kept<C> {
    /// Makes room for so many groups.
    #[inline(always)]
    pub fn room(features: C::Features, groups: usize) -> Vec<Self> {
        let zero: C = splat(features, C::Field::ZERO);
        (0..groups).map(|_| Self { addend: Point { x: zero, y: zero }, before: zero }).collect()
    }
}

/// Adds its addend to every sum. Exceptional additions (of equal or opposite points) are left out, and their lanes are
/// listed in `collided`, counted through the groups.
///
/// The first pass loads the addends and keeps the prefix products of all differences x2 − x1. The second one goes back,
/// where the inverse of each difference falls out, and finishes the additions. Loads that are spread among products
/// hide the latency of memory: in a pass of their own they took 110 of 300 ns per addition.
#[inline(always)]
pub fn add_all<C: Lanes, const N: usize>(
    features: C::Features,
    sums: &mut [Point<C>],
    addends: &impl Addends<C>,
    kept: &mut [Kept<C>],
    collided: &mut Vec<u32>,
) {
    let groups = sums.len();
    let kept = &mut kept[..groups];
    collided.clear();
    let one: C = splat(features, C::Field::ONE);
    let whole = groups - groups % N;
    let mut left_out: Vec<(usize, u32, Point<C>)> = Vec::new();

    let mut run = [one; N];
    for group in (0..whole).step_by(N) {
        let mut differences = [one; N];
        for s in 0..N {
            let kept = &mut kept[group + s];
            kept.addend = addends.load(group + s);
            kept.before = run[s];
            differences[s] = kept.addend.x.sub(&sums[group + s].x);
        }
        run = C::mul(run.each_ref(), differences.each_ref());
    }
    for group in whole..groups {
        let addend = addends.load(group);
        kept[group] = Kept { addend, before: run[0] };
        run[0] = C::mul([&run[0]], [&addend.x.sub(&sums[group].x)])[0];
    }
    let mut inverses = match invert(&run) {
        Some(inverses) => inverses,
        None => leave_out::<C, N>(features, sums, kept, &mut left_out),
    };

    for group in (whole..groups).rev() {
        let Kept { addend, before } = &kept[group];
        let difference = addend.x.sub(&sums[group].x);
        let inverse = C::mul([&inverses[0]], [before]);
        inverses[0] = C::mul([&inverses[0]], [&difference])[0];
        finish::<C, 1>(&mut sums[group..=group], &kept[group..=group], &inverse);
    }
    for group in (0..whole).step_by(N).rev() {
        let kept = &kept[group..group + N];
        let mut differences = [one; N];
        let mut products = [&kept[0].before; N];
        for s in 0..N {
            differences[s] = kept[s].addend.x.sub(&sums[group + s].x);
            products[s] = &kept[s].before;
        }
        let inverse = C::mul(inverses.each_ref(), products);
        inverses = C::mul(inverses.each_ref(), differences.each_ref());
        finish::<C, N>(&mut sums[group..group + N], kept, &inverse);
    }

    for (group, lanes, original) in left_out {
        sums[group] = Point::select(lanes, &original, &sums[group]);
        let lanes = (0..C::WIDTH).filter(|lane| lanes >> lane & 1 != 0);
        collided.extend(lanes.map(|lane| (group * C::WIDTH + lane) as u32));
    }
}

/// λ = (y2 − y1)/(x2 − x1), x3 = λ² − x1 − x2, y3 = λ(x1 − x3) − y1.
#[inline(always)]
fn finish<C: Lanes, const N: usize>(sums: &mut [Point<C>], kept: &[Kept<C>], inverse: &[C; N]) {
    let mut rises = [inverse[0]; N];
    for s in 0..N {
        rises[s] = kept[s].addend.y.sub(&sums[s].y);
    }
    let slope = C::mul(rises.each_ref(), inverse.each_ref());
    let square = C::square(slope.each_ref());
    let mut runs = rises;
    for s in 0..N {
        let x3 = square[s].tidy_sub_two(&sums[s].x, &kept[s].addend.x);
        runs[s] = sums[s].x.sub(&x3);
        sums[s].x = x3;
    }
    let product = C::mul(slope.each_ref(), runs.each_ref());
    for s in 0..N {
        sums[s].y = product[s].tidy_sub(&sums[s].y);
    }
}

/// Finds the exceptional additions, whose difference is zero. Gives their lanes another addend, notes the sum that was
/// there, and takes the prefix products and the inverses again.
///
/// Circuits have equal points in their keys, where signals stand in the same constraints. In one that verifies EdDSA
/// signatures, looking for them element by element took a sixth of the time of a proof.
#[cold]
#[inline(never)]
fn leave_out<C: Lanes, const N: usize>(
    features: C::Features,
    sums: &[Point<C>],
    kept: &mut [Kept<C>],
    left_out: &mut Vec<(usize, u32, Point<C>)>,
) -> [C; N] {
    features.run(
        #[inline(always)]
        || leave_out_in_lanes(features, sums, kept, left_out),
    )
}

#[inline(always)]
fn leave_out_in_lanes<C: Lanes, const N: usize>(
    features: C::Features,
    sums: &[Point<C>],
    kept: &mut [Kept<C>],
    left_out: &mut Vec<(usize, u32, Point<C>)>,
) -> [C; N] {
    let whole = sums.len() - sums.len() % N;
    let mut run = [splat::<C>(features, C::Field::ONE); N];
    for (group, (sum, kept)) in sums.iter().zip(kept).enumerate() {
        let stream = if group < whole { group % N } else { 0 };
        kept.before = run[stream];
        // No prefix product is zero, so the next one is where the difference is.
        let mut product = C::mul([&kept.before], [&kept.addend.x.sub(&sum.x)])[0];
        let lanes = product.zeros();
        if lanes != 0 {
            let mut x2 = sum.x.to_fields();
            for x2 in &mut x2 {
                *x2 += C::Field::ONE;
            }
            let other = C::from_fields(features, &x2);
            kept.addend.x = C::select(lanes, &other, &kept.addend.x);
            left_out.push((group, lanes, *sum));
            product = C::mul([&kept.before], [&kept.addend.x.sub(&sum.x)])[0];
        }
        run[stream] = product;
    }
    invert(&run).expect("no difference is zero any more")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arithmetic::lanes::One;
    use crate::arithmetic::lanes::features::Any;
    use ark_bn254::{Fq, G1Affine, G1Projective};
    use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};

    type Lane = One<Fq>;

    struct Given(Vec<Point<Lane>>);

    impl Addends<Lane> for Given {
        fn load(&self, group: usize) -> Point<Lane> {
            self.0[group]
        }
    }

    fn point(multiple: u64) -> Point<Lane> {
        let point: G1Affine = (G1Projective::generator() * ark_bn254::Fr::from(multiple)).into_affine();
        let (x, y) = point.xy().expect("not infinity");
        Point { x: splat(Any, x), y: splat(Any, y) }
    }

    /// However many groups are left after the last whole stream, wherever the equal points are.
    #[test]
    fn equal_points_are_left_out_and_the_others_added() {
        for groups in 1..12u64 {
            for equal in [vec![], vec![0], vec![groups - 1], vec![groups / 2], (0..groups).collect()] {
                let mut sums: Vec<Point<Lane>> = (0..groups).map(|i| point(i + 1)).collect();
                let addend = |i: u64| if equal.contains(&i) { i + 1 } else { i + 100 };
                let addends = Given((0..groups).map(|i| point(addend(i))).collect());
                let mut kept = Kept::room(Any, groups as usize);
                let mut collided = Vec::new();
                add_all::<Lane, 4>(Any, &mut sums, &addends, &mut kept, &mut collided);
                collided.sort_unstable();
                assert_eq!(collided, equal.iter().map(|&i| i as u32).collect::<Vec<_>>());
                for (i, sum) in (0..groups).zip(&sums) {
                    let wanted =
                        if equal.contains(&i) { point(i + 1) } else { point(i + 1 + addend(i)) };
                    let same = |a: Lane, b: Lane| a.to_fields()[0] == b.to_fields()[0];
                    assert!(
                        same(sum.x, wanted.x) && same(sum.y, wanted.y),
                        "{i} of {groups}, {equal:?}"
                    );
                }
            }
        }
    }
}
