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
use std::marker::PhantomData;

/// The points that a step adds, one to each of the first so many sums.
pub trait Addends<C> {
    /// How many there are.
    fn count(&self) -> usize;
    /// Prefetches the point in a place, if there is one.
    fn prefetch(&self, place: usize);
    /// The points of a group. In the lanes past the last place it is any point.
    fn load(&self, group: usize) -> Point<C>;
}

/// What a step keeps of each group between its two passes.
#[derive(Clone, Copy)]
struct Kept<C> {
    addend: Point<C>,
    /// The prefix product: that of all differences before its own.
    before: C,
}

/// Sums that take addends step by step.
///
/// A step takes two passes: one loads the addends and keeps the prefix products of all differences x2 − x1, the other goes
/// back, where the inverse of each difference falls out, and finishes the additions. The second pass of each step is the
/// first of the next one as well, so that the loads are spread among six products each, which hides the latency of
/// memory: with a first pass of its own, an MSM over 2^19 bases with all multiples took a sixth longer (Xeon of 2023).
pub struct Steps<C: Lanes, const N: usize> {
    features: C::Features,
    sums: Vec<Point<C>>,
    kept: Vec<Kept<C>>,
    /// The product of all differences, for each stream.
    products: [C; N],
    /// How many sums take an addend.
    count: usize,
    /// Whether the first pass went up through the groups.
    upwards: bool,
    /// The groups and the lanes of exceptional additions, in the order of the first pass, and the sums that were there.
    left_out: Vec<(usize, u32, Point<C>)>,
}

/// The groups of so many places, in whole streams.
fn groups<C: Lanes, const N: usize>(places: usize) -> usize {
    places.div_ceil(C::WIDTH).next_multiple_of(N)
}

impl<C: Lanes, const N: usize> Steps<C, N> {
    /// The first points become the sums, and the second ones the addends of the first step.
    #[inline(always)]
    pub fn new(features: C::Features, first: &impl Addends<C>, second: &impl Addends<C>) -> Self {
        let zero: C = splat(features, C::Field::ZERO);
        let nowhere = Point { x: zero, y: zero };
        let mut steps = Self {
            features,
            sums: vec![nowhere; groups::<C, N>(first.count())],
            kept: vec![Kept { addend: nowhere, before: zero }; groups::<C, N>(second.count())],
            products: [splat(features, C::Field::ONE); N],
            count: second.count(),
            upwards: true,
            left_out: Vec::new(),
        };
        for group in (0..steps.sums.len()).step_by(N) {
            Ahead::<_, C, N>::new(first, group + N).prefetch_all();
            for s in 0..N {
                steps.sums[group + s] = first.load(group + s);
            }
        }
        for group in (0..steps.kept.len()).step_by(N) {
            Ahead::<_, C, N>::new(second, group + N).prefetch_all();
            steps.begin(group, second);
        }
        steps
    }

    pub fn sums(&self) -> &[Point<C>] {
        &self.sums
    }

    /// The places of the last step in which the sum and the addend were equal or opposite points. The sum is what it was
    /// before. There may be such places past the last addend.
    pub fn left_out(&self) -> impl Iterator<Item = usize> {
        self.left_out.iter().flat_map(|&(group, lanes, _)| {
            let lanes = (0..C::WIDTH).filter(move |lane| lanes >> lane & 1 != 0);
            lanes.map(move |lane| group * C::WIDTH + lane)
        })
    }

    /// Loads the addends of a group in each stream and extends the prefix products.
    #[inline(always)]
    fn begin(&mut self, group: usize, addends: &impl Addends<C>) {
        let mut differences = self.products;
        for (s, difference) in differences.iter_mut().enumerate() {
            let kept = &mut self.kept[group + s];
            kept.addend = addends.load(group + s);
            kept.before = self.products[s];
            *difference = kept.addend.x.sub(&self.sums[group + s].x);
        }
        self.products = C::mul(self.products.each_ref(), differences.each_ref());
    }

    /// Adds the current addends, and begins to add the next ones.
    #[inline(always)]
    pub fn step(&mut self, next: &impl Addends<C>) {
        let (count, turns) = (self.count, groups::<C, N>(self.count) / N);
        let next_groups = groups::<C, N>(next.count());
        self.left_out.clear();
        // The first ones are on their way during the inversion.
        let first = if self.upwards { next_groups.wrapping_sub(N) } else { 0 };
        Ahead::<_, C, N>::new(next, first).prefetch_all();
        let mut inverses = match invert(&self.products) {
            Some(inverses) => inverses,
            None => self.leave_out(),
        };
        self.count = next.count();
        self.products = [splat(self.features, C::Field::ONE); N];
        self.upwards = !self.upwards;
        let mut to_restore = self.left_out.len();
        for turn in 0..turns {
            let group = N * if self.upwards { turn } else { turns - 1 - turn };
            // The last groups may have sums that are finished.
            let finished = (count < (group + N) * C::WIDTH).then(|| {
                let mut sums = [self.sums[group]; N];
                sums.copy_from_slice(&self.sums[group..group + N]);
                sums
            });
            let following = if self.upwards { group + N } else { group.wrapping_sub(N) };
            let ahead = Ahead::<_, C, N>::new(next, following);
            self.finish(group, &mut inverses, &ahead);
            for (s, sum) in finished.iter().flatten().enumerate() {
                let taken = count.saturating_sub((group + s) * C::WIDTH).min(C::WIDTH);
                self.sums[group + s] = Point::select((1 << taken) - 1, &self.sums[group + s], sum);
            }
            while let Some((at, lanes, sum)) = self.left_out[..to_restore].last()
                && (group..group + N).contains(at)
            {
                self.sums[*at] = Point::select(*lanes, sum, &self.sums[*at]);
                to_restore -= 1;
            }
            if group < next_groups {
                self.begin(group, next);
            }
        }
    }

    /// λ = (y2 − y1)/(x2 − x1), x3 = λ² − x1 − x2, y3 = λ(x1 − x3) − y1, for a group in each stream.
    #[inline(always)]
    fn finish(
        &mut self,
        group: usize,
        inverses: &mut [C; N],
        ahead: &Ahead<'_, impl Addends<C>, C, N>,
    ) {
        let sums = &mut self.sums[group..group + N];
        let kept = &self.kept[group..group + N];
        let mut differences = *inverses;
        let mut before = [&kept[0].before; N];
        for s in 0..N {
            differences[s] = kept[s].addend.x.sub(&sums[s].x);
            before[s] = &kept[s].before;
        }
        ahead.prefetch(0);
        let inverse = C::mul(inverses.each_ref(), before);
        ahead.prefetch(1);
        *inverses = C::mul(inverses.each_ref(), differences.each_ref());
        let mut rises = inverse;
        for s in 0..N {
            rises[s] = kept[s].addend.y.sub(&sums[s].y);
        }
        ahead.prefetch(2);
        let slope = C::mul(rises.each_ref(), inverse.each_ref());
        ahead.prefetch(3);
        let square = C::square(slope.each_ref());
        let mut runs = rises;
        for s in 0..N {
            let x3 = square[s].tidy_sub_two(&sums[s].x, &kept[s].addend.x);
            runs[s] = sums[s].x.sub(&x3);
            sums[s].x = x3;
        }
        ahead.prefetch(4);
        let product = C::mul(slope.each_ref(), runs.each_ref());
        for s in 0..N {
            sums[s].y = product[s].tidy_sub(&sums[s].y);
        }
        ahead.prefetch(5);
    }

    /// Finds the exceptional additions, whose difference is zero. Gives their lanes another addend, notes the sum that was
    /// there, and takes the prefix products and the inverses again.
    ///
    /// Circuits have equal points in their keys, where signals stand in the same constraints. In one that verifies EdDSA
    /// signatures, looking for them element by element took a sixth of the time of a proof.
    #[cold]
    #[inline(never)]
    fn leave_out(&mut self) -> [C; N] {
        self.features.run(
            #[inline(always)]
            || self.leave_out_in_lanes(),
        )
    }

    #[inline(always)]
    fn leave_out_in_lanes(&mut self) -> [C; N] {
        let groups = groups::<C, N>(self.count);
        let mut products = [splat::<C>(self.features, C::Field::ONE); N];
        for turn in 0..groups {
            let group = if self.upwards { turn } else { groups - 1 - turn };
            let (sum, kept, product) =
                (&self.sums[group], &mut self.kept[group], &mut products[group % N]);
            kept.before = *product;
            // No prefix product is zero, so the next one is where the difference is.
            *product = C::mul([&kept.before], [&kept.addend.x.sub(&sum.x)])[0];
            let lanes = product.zeros();
            if lanes != 0 {
                let mut x2 = sum.x.to_fields();
                for x2 in &mut x2 {
                    *x2 += C::Field::ONE;
                }
                let other = C::from_fields(self.features, &x2);
                kept.addend.x = C::select(lanes, &other, &kept.addend.x);
                self.left_out.push((group, lanes, *sum));
                *product = C::mul([&kept.before], [&kept.addend.x.sub(&sum.x)])[0];
            }
        }
        invert(&products).expect("no difference is zero any more")
    }
}

/// The products of an addition in lanes.
const PARTS: usize = 6;

/// The addends of the next turn, which are prefetched during this one, a few before each product: all together they
/// filled the queue of the processor's loads. Prefetching four turns ahead instead of one took a tenth longer.
struct Ahead<'a, A, C, const N: usize> {
    addends: &'a A,
    first: usize,
    lanes: PhantomData<C>,
}

impl<'a, C: Lanes, A: Addends<C>, const N: usize> Ahead<'a, A, C, N> {
    /// Those of a group in each stream, of which any may be missing.
    #[inline(always)]
    fn new(addends: &'a A, group: usize) -> Self {
        Self { addends, first: group.wrapping_mul(C::WIDTH), lanes: PhantomData }
    }

    #[inline(always)]
    fn prefetch_all(&self) {
        for part in 0..PARTS {
            self.prefetch(part);
        }
    }

    /// Those of one part.
    #[inline(always)]
    fn prefetch(&self, part: usize) {
        let places = N * C::WIDTH;
        let size = places.div_ceil(PARTS);
        for place in part * size..((part + 1) * size).min(places) {
            self.addends.prefetch(self.first.wrapping_add(place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arithmetic::lanes::One;
    use crate::arithmetic::lanes::features::Any;
    use ark_bn254::{Fq, G1Projective};
    use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};

    type Lane = One<Fq>;

    struct Given(Vec<Point<Lane>>);

    impl Addends<Lane> for Given {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn prefetch(&self, _: usize) {}

        fn load(&self, group: usize) -> Point<Lane> {
            self.0[group.min(self.0.len() - 1)]
        }
    }

    fn multiples(multiples: &[u64]) -> Given {
        let point = |&multiple: &u64| {
            let point = (G1Projective::generator() * ark_bn254::Fr::from(multiple)).into_affine();
            let (x, y) = point.xy().expect("not infinity");
            Point { x: splat(Any, x), y: splat(Any, y) }
        };
        Given(multiples.iter().map(point).collect())
    }

    /// However many sums take an addend in each step, wherever the equal points are.
    #[test]
    fn equal_points_are_left_out_and_the_others_added() {
        for count in 1..12u64 {
            for equal in [vec![], vec![0], vec![count - 1], vec![count / 2], (0..count).collect()] {
                for second in 1..=count {
                    let mut wanted: Vec<u64> = (1..=count).collect();
                    let columns: [Vec<u64>; 3] = [count, second, second.div_ceil(2)].map(|taking| {
                        let addend = |i: u64| if equal.contains(&i) { i + 1 } else { i + 100 * taking };
                        (0..taking).map(addend).collect()
                    });
                    let columns = [wanted.clone()].into_iter().chain(columns);
                    let mut next = columns.clone().skip(2).chain([vec![]]);
                    let given: Vec<Given> = columns.clone().map(|column| multiples(&column)).collect();
                    let mut steps = Steps::<Lane, 4>::new(Any, &given[0], &given[1]);
                    for column in columns.skip(1) {
                        steps.step(&multiples(&next.next().expect("as many")));
                        let mut left_out: Vec<usize> =
                            steps.left_out().filter(|&place| place < column.len()).collect();
                        left_out.sort_unstable();
                        let same = |place: &usize| wanted[*place] == column[*place];
                        assert_eq!(left_out, (0..column.len()).filter(same).collect::<Vec<_>>());
                        for (wanted, addend) in wanted.iter_mut().zip(&column) {
                            *wanted += if *wanted == *addend { 0 } else { *addend };
                        }
                    }
                    for (sum, wanted) in steps.sums().iter().zip(&multiples(&wanted).0) {
                        assert_eq!(
                            sum.x.to_fields()[0],
                            wanted.x.to_fields()[0],
                            "{count} {second} {equal:?}"
                        );
                        assert_eq!(
                            sum.y.to_fields()[0],
                            wanted.y.to_fields()[0],
                            "{count} {second} {equal:?}"
                        );
                    }
                }
            }
        }
    }
}
