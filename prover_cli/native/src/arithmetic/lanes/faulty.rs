//! Lanes of which one operation is wrong, for the self-check: it must notice each of them.

use super::check::{agrees, works, works_for_transforms};
use super::features::Any;
use super::{Lanes, MAX_WIDTH, One, PrimeLanes};
use ark_bn254::Fr;
use ark_ff::Field;

/// An operation that can be wrong.
type Fault = u8;

const NONE: Fault = 0;
const MUL: Fault = 1;
const SQUARE: Fault = 2;
const SUB: Fault = 3;
const TIDY_SUB: Fault = 4;
const TIDY_SUB_TWO: Fault = 5;
const DOUBLE: Fault = 6;
const TRIPLE: Fault = 7;
const NEGATE_WHERE: Fault = 8;
const SELECT: Fault = 9;
const LOAD: Fault = 10;
const STORE: Fault = 11;
const DOT: Fault = 12;
const ADD: Fault = 13;
const NEGATE: Fault = 14;
const SETTLE: Fault = 15;
const TIDY_ADD: Fault = 16;
const LOAD_INTEGERS: Fault = 17;
const STORE_INTEGERS: Fault = 18;
const ZEROS: Fault = 19;

#[derive(Clone, Copy)]
struct Faulty<const WRONG: Fault>(One<Fr>);

impl<const WRONG: Fault> Faulty<WRONG> {
    /// The value, or another one if this operation is wrong.
    fn new(fault: Fault, value: One<Fr>) -> Self {
        if fault == WRONG {
            let mut fields = value.to_fields();
            fields[0] += Fr::ONE;
            return Self(One::from_fields(Any, &fields));
        }
        Self(value)
    }
}

impl<const WRONG: Fault> Lanes for Faulty<WRONG> {
    type Field = Fr;
    type Features = Any;
    const WIDTH: usize = 1;
    const WORDS: usize = 4;

    fn features(&self) -> Any {
        Any
    }

    fn mul<const N: usize>(a: [&Self; N], b: [&Self; N]) -> [Self; N] {
        One::mul(a.map(|a| &a.0), b.map(|b| &b.0)).map(|value| Self::new(MUL, value))
    }

    fn square<const N: usize>(a: [&Self; N]) -> [Self; N] {
        One::square(a.map(|a| &a.0)).map(|value| Self::new(SQUARE, value))
    }

    fn sub(&self, other: &Self) -> Self {
        Self::new(SUB, self.0.sub(&other.0))
    }

    fn tidy_sub(&self, other: &Self) -> Self {
        Self::new(TIDY_SUB, self.0.tidy_sub(&other.0))
    }

    fn tidy_sub_two(&self, first: &Self, second: &Self) -> Self {
        Self::new(TIDY_SUB_TWO, self.0.tidy_sub_two(&first.0, &second.0))
    }

    fn double(&self) -> Self {
        Self::new(DOUBLE, self.0.double())
    }

    fn triple(&self) -> Self {
        Self::new(TRIPLE, self.0.triple())
    }

    fn negate_where(&self, lanes: u32) -> Self {
        Self::new(NEGATE_WHERE, self.0.negate_where(lanes))
    }

    fn select(lanes: u32, yes: &Self, no: &Self) -> Self {
        Self::new(SELECT, One::select(lanes, &yes.0, &no.0))
    }

    unsafe fn load(features: Any, rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: what the caller answers for is the same.
        Self::new(LOAD, unsafe { One::load(features, rows) })
    }

    unsafe fn store(&self, rows: &[*mut u64; MAX_WIDTH]) {
        // SAFETY: what the caller answers for is the same.
        unsafe { Self::new(STORE, self.0).0.store(rows) };
    }

    fn from_fields(features: Any, values: &[Fr; MAX_WIDTH]) -> Self {
        Self(One::from_fields(features, values))
    }

    fn to_fields(&self) -> [Fr; MAX_WIDTH] {
        self.0.to_fields()
    }

    fn zeros(&self) -> u32 {
        self.0.zeros() ^ u32::from(WRONG == ZEROS)
    }

    fn pack(value: &Fr, words: &mut [u64]) {
        One::<Fr>::pack(value, words);
    }

    fn unpack(words: &[u64]) -> Fr {
        One::<Fr>::unpack(words)
    }
}

impl<const WRONG: Fault> PrimeLanes for Faulty<WRONG> {
    fn dot<const N: usize>(a: [&Self; N], b: [&Self; N], c: [&Self; N], d: [&Self; N]) -> [Self; N] {
        let sums = One::dot(a.map(|a| &a.0), b.map(|b| &b.0), c.map(|c| &c.0), d.map(|d| &d.0));
        sums.map(|value| Self::new(DOT, value))
    }

    fn add(&self, other: &Self) -> Self {
        Self::new(ADD, self.0.add(&other.0))
    }

    fn negate(&self) -> Self {
        Self::new(NEGATE, self.0.negate())
    }

    fn settle(&self) -> Self {
        Self::new(SETTLE, self.0.settle())
    }

    fn tidy_add(&self, other: &Self) -> Self {
        Self::new(TIDY_ADD, self.0.tidy_add(&other.0))
    }

    unsafe fn load_integers(features: Any, rows: &[*const u64; MAX_WIDTH]) -> Self {
        // SAFETY: what the caller answers for is the same.
        Self::new(LOAD_INTEGERS, unsafe { One::load_integers(features, rows) })
    }

    unsafe fn store_integers(&self, rows: &[*mut u64; MAX_WIDTH]) {
        // SAFETY: what the caller answers for is the same.
        unsafe { Self::new(STORE_INTEGERS, self.0).0.store_integers(rows) };
    }

    fn transpose(_values: &mut [Self; MAX_WIDTH]) {}
}

macro_rules! check {
    ($check:ident, $($fault:ident),*) => {$(
        $check::<$fault>(stringify!($fault));
    )*};
}

#[test]
fn the_self_check_notices_each_operation_that_is_wrong() {
    fn noticed<const WRONG: Fault>(name: &str) {
        assert!(!agrees::<Faulty<WRONG>>(Any), "{name}");
        assert!(!works::<Faulty<WRONG>>(), "{name}");
        assert!(!works_for_transforms::<Faulty<WRONG>>(), "{name}");
    }
    fn noticed_for_transforms<const WRONG: Fault>(name: &str) {
        assert!(works::<Faulty<WRONG>>(), "{name} is not used there");
        assert!(!works_for_transforms::<Faulty<WRONG>>(), "{name}");
    }
    assert!(works::<Faulty<NONE>>() && works_for_transforms::<Faulty<NONE>>());
    check!(
        noticed,
        MUL,
        SQUARE,
        SUB,
        TIDY_SUB,
        TIDY_SUB_TWO,
        DOUBLE,
        TRIPLE,
        NEGATE_WHERE,
        SELECT,
        LOAD,
        STORE,
        ZEROS
    );
    check!(noticed_for_transforms, DOT, ADD, NEGATE, SETTLE, TIDY_ADD, LOAD_INTEGERS, STORE_INTEGERS);
}
