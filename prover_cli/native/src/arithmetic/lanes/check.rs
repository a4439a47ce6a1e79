//! Self-test of packed field arithmetic: every operation of a point addition and of a transform, against arkworks.

use super::{MAX_WIDTH, PrimeLanes};
use ark_ff::{Field, PrimeField};

/// Whether lanes of this kind agree with arkworks.
#[inline(always)]
pub fn agrees<C: PrimeLanes<Field: PrimeField>>(features: C::Features) -> bool {
    let mut seed = C::Field::from(0x9e37_79b9_7f4a_7c15u64).pow([9]);
    let mut values = || -> [C::Field; MAX_WIDTH] {
        std::array::from_fn(|_| {
            seed = seed.square() + C::Field::ONE;
            seed
        })
    };
    let (a, b) = (values(), values());
    let mut words = vec![0u64; C::WORDS * MAX_WIDTH];
    let start = words.as_mut_ptr();
    let rows: [*mut u64; MAX_WIDTH] = std::array::from_fn(|lane| start.wrapping_add(lane * C::WORDS));
    // SAFETY: `words` has room for MAX_WIDTH rows.
    let stored = unsafe {
        C::from_fields(features, &a).store(&rows);
        C::load(features, &rows.map(|row| row.cast_const()))
    };
    let x = stored.negate_where(0b0101_0110);
    let a: [C::Field; MAX_WIDTH] =
        std::array::from_fn(|lane| if 0b0101_0110 >> lane & 1 != 0 { -a[lane] } else { a[lane] });
    let y = C::select(0b1100_1010, &C::from_fields(features, &b), &x);
    let b: [C::Field; MAX_WIDTH] =
        std::array::from_fn(|lane| if 0b1100_1010 >> lane & 1 != 0 { b[lane] } else { a[lane] });

    let same = |found: C, wanted: &dyn Fn(usize) -> C::Field| {
        let found = found.to_fields();
        (0..C::WIDTH).all(|lane| found[lane] == wanted(lane))
    };
    let difference = x.sub(&y);
    let [product, square] = C::mul([&difference, &x], [&y, &x]);
    let [slope] = C::square([&product]);
    let [dot] = C::dot([&difference], [&x], [&difference.negate()], [&x.add(&y)]);
    let mut block = [x; MAX_WIDTH];
    block[1] = y;
    C::transpose(&mut block);
    // SAFETY: as above.
    let integers = unsafe {
        C::from_fields(features, &a).store_integers(&rows);
        C::load_integers(features, &rows.map(|row| row.cast_const()))
    };
    let transposed = block[0].to_fields();
    same(product, &|i| (a[i] - b[i]) * b[i])
        && same(slope.tidy_sub_two(&x, &y), &|i| ((a[i] - b[i]) * b[i]).square() - a[i] - b[i])
        && same(product.tidy_sub(&x), &|i| (a[i] - b[i]) * b[i] - a[i])
        && same(C::mul([&square.triple()], [&x.double()])[0], &|i| {
            a[i].square() * a[i] * C::Field::from(6u64)
        })
        && same(dot.settle(), &|i| -((a[i] - b[i]) * b[i]))
        && same(x.tidy_add(&product.tidy()), &|i| a[i] + (a[i] - b[i]) * b[i])
        && same(integers, &|i| a[i])
        && (C::WIDTH == 1 || transposed[0] == a[0] && transposed[1] == b[0])
}
