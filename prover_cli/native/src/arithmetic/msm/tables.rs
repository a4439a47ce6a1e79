//! Fixed-base tables: the multiples 2^(width·sets·k) of each base, for the blocks of a [`Shape`](super::window::Shape).

use super::rows::{Point, row_size};
use crate::arithmetic::lanes::{Lanes, MAX_WIDTH, invert, splat};
use ark_ff::Field;

/// Doubles every row `times` times in place, all together, with batch inversion. False if a row has y = 0, which no
/// point of odd order has.
#[inline(always)]
pub fn double_rows<C: Lanes, const N: usize>(
    features: C::Features,
    words: &mut [u64],
    times: usize,
) -> bool {
    let row_words = row_size::<C>() / 8;
    let count = words.len() / row_words;
    let start = words.as_mut_ptr();
    let places = |group: usize| {
        let mut places = [start; MAX_WIDTH];
        for (lane, place) in places.iter_mut().enumerate().take(C::WIDTH) {
            let row = (group * C::WIDTH + lane).min(count - 1);
            *place = start.wrapping_add(row * row_words);
        }
        places
    };
    let groups = count.div_ceil(C::WIDTH);
    let mut points: Vec<Point<C>> = Vec::with_capacity(groups);
    for group in 0..groups {
        let places = places(group).map(|place| place.cast_const());
        // SAFETY: each place is that of a row below `count`, so the row lies inside `words`.
        points.push(unsafe { Point::load(features, &places) });
    }
    let one: C = splat(features, C::Field::ONE);
    let mut before = vec![one; groups];
    for _ in 0..times {
        // λ = 3x²/2y, x3 = λ² − 2x, y3 = λ(x − x3) − y; all curves here have a = 0.
        let mut run = [one; N];
        for group in 0..groups {
            before[group] = run[group % N];
            run[group % N] = C::mul([&run[group % N]], [&points[group].y.double()])[0];
        }
        let Some(mut inverses) = invert(&run) else { return false };
        for group in (0..groups).rev() {
            let Point { x, y } = points[group];
            let chain = &mut inverses[group % N];
            let [inverse, next, square] =
                C::mul([&*chain, &*chain, &x], [&before[group], &y.double(), &x]);
            *chain = next;
            let [slope] = C::mul([&square.triple()], [&inverse]);
            let [squared] = C::square([&slope]);
            let x3 = squared.tidy_sub_two(&x, &x);
            let [product] = C::mul([&slope], [&x.sub(&x3)]);
            points[group] = Point { x: x3, y: product.tidy_sub(&y) };
        }
    }
    for (group, point) in points.iter().enumerate() {
        // SAFETY: as above. Nothing else borrows `words`.
        unsafe { point.store(&places(group)) };
    }
    true
}
