//! Fixed-base tables: the multiples 2^(width·sets·k) of each base, for the blocks of a [`Shape`](super::window::Shape).

use super::rows::{row_size, Point};
use crate::arithmetic::lanes::{invert, splat, Lanes, MAX_WIDTH};
use ark_ff::Field;

/// Doubles every row `times` times in place, all together, with batch inversion. False if a row has y = 0, which no
/// point of odd order has.
///
/// # Safety
/// As for [`Lanes`].
#[inline(always)]
pub unsafe fn double_rows<C: Lanes, const N: usize>(words: &mut [u64], times: usize) -> bool {
    let row_words = row_size::<C>() / 8;
    let count = words.len() / row_words;
    let start = words.as_mut_ptr();
    let places = |group: usize| {
        let mut places = [start; MAX_WIDTH];
        for (lane, place) in places.iter_mut().enumerate().take(C::WIDTH) {
            let row = (group * C::WIDTH + lane).min(count - 1);
            // SAFETY: row < count, so the row lies inside `words`.
            *place = start.add(row * row_words);
        }
        places
    };
    let groups = count.div_ceil(C::WIDTH);
    let mut points: Vec<Point<C>> =
        (0..groups).map(|group| Point::load(&places(group).map(|place| place.cast_const()))).collect();
    let one: C = splat(C::Field::ONE);
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
        point.store(&places(group));
    }
    true
}
