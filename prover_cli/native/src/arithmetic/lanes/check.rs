//! Self-check of packed field arithmetic: every operation of a point addition and of a transform, against arkworks.
//!
//! Some of the code runs on processors that its authors never had. Each field that is used is checked, in microseconds.

use super::features::Features;
use super::{Lanes, MAX_WIDTH, PrimeLanes};
use ark_ff::{Field, PrimeField};

/// The kinds of lanes that were checked, by their types' names.
#[cfg(test)]
pub static CHECKED: std::sync::Mutex<Vec<&str>> = std::sync::Mutex::new(Vec::new());

#[cfg(test)]
fn note<C>() {
    CHECKED.lock().expect("nobody panics with it").push(std::any::type_name::<C>());
}

#[cfg(not(test))]
fn note<C>() {}

/// Whether the processor has the instructions, and lanes of this kind agree with arkworks.
pub fn works<C: Lanes>() -> bool {
    note::<C>();
    C::Features::found().is_some_and(|features| {
        features.run(
            #[inline(always)]
            || agrees::<C>(features),
        )
    })
}

/// The same for lanes over a prime field, with what the transforms use.
pub fn works_for_transforms<C: PrimeLanes<Field: PrimeField>>() -> bool {
    note::<C>();
    C::Features::found().is_some_and(|features| {
        features.run(
            #[inline(always)]
            || agrees::<C>(features) && agrees_on_prime::<C>(features),
        )
    })
}

/// Whether lanes of this kind agree with arkworks.
#[inline(always)]
pub fn agrees<C: Lanes>(features: C::Features) -> bool {
    let (a, b) = spread::<C>();
    let mut words = vec![0u64; C::WORDS * MAX_WIDTH];
    let rows = rows::<C>(&mut words);
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

    let difference = x.sub(&y);
    let [product, square] = C::mul([&difference, &x], [&y, &x]);
    let [slope] = C::square([&product]);
    same(product, |i| (a[i] - b[i]) * b[i])
        && same(slope.tidy_sub_two(&x, &y), |i| ((a[i] - b[i]) * b[i]).square() - a[i] - b[i])
        && same(product.tidy_sub(&x), |i| (a[i] - b[i]) * b[i] - a[i])
        && same(C::mul([&square.triple()], [&x.double()])[0], |i| {
            a[i].square() * a[i] * C::Field::from(6u64)
        })
        && C::select(1, &product.tidy_sub(&x), &C::mul([&x.sub(&x)], [&y])[0]).zeros()
            == ((1 << C::WIDTH) - 1) & !1
}

#[inline(always)]
fn agrees_on_prime<C: PrimeLanes<Field: PrimeField>>(features: C::Features) -> bool {
    let (a, b) = spread::<C>();
    let (x, y) = (C::from_fields(features, &a), C::from_fields(features, &b));
    let difference = x.sub(&y);
    let [product] = C::mul([&difference], [&y]);
    let [dot] = C::dot([&difference], [&x], [&difference.negate()], [&x.add(&y)]);
    let mut block = [x; MAX_WIDTH];
    block[1] = y;
    C::transpose(&mut block);
    let transposed = block[0].to_fields();
    let mut words = vec![0u64; C::WORDS * MAX_WIDTH];
    let rows = rows::<C>(&mut words);
    // SAFETY: `words` has room for MAX_WIDTH rows.
    let integers = unsafe {
        x.store_integers(&rows);
        C::load_integers(features, &rows.map(|row| row.cast_const()))
    };
    same(dot.settle(), |i| -((a[i] - b[i]) * b[i]))
        && same(x.tidy_add(&product), |i| a[i] + (a[i] - b[i]) * b[i])
        && same(integers, |i| a[i])
        && (C::WIDTH == 1 || transposed[0] == a[0] && transposed[1] == b[0])
}

#[inline(always)]
fn same<C: Lanes>(found: C, wanted: impl Fn(usize) -> C::Field) -> bool {
    let found = found.to_fields();
    (0..C::WIDTH).all(|lane| found[lane] == wanted(lane))
}

/// A row for each lane.
fn rows<C: Lanes>(words: &mut [u64]) -> [*mut u64; MAX_WIDTH] {
    let start = words.as_mut_ptr();
    std::array::from_fn(|lane| start.wrapping_add(lane * C::WORDS))
}

/// Two elements for each lane.
fn spread<C: Lanes>() -> ([C::Field; MAX_WIDTH], [C::Field; MAX_WIDTH]) {
    type Base<F> = <F as Field>::BasePrimeField;
    let parts =
        (0..C::Field::extension_degree()).map(|k| Base::<C::Field>::from(0x9e37_79b9_7f4a_7c15 + k));
    let mut seed =
        C::Field::from_base_prime_field_elems(parts).expect("as many as its degree").pow([9]);
    let mut values = || {
        std::array::from_fn(|_| {
            seed = seed.square() + C::Field::ONE;
            seed
        })
    };
    (values(), values())
}
