//! Constraints of any bytes: they are refused with the one that is wrong, or every witness can be held against them.
//!
//!     cargo +nightly fuzz run r1cs
#![no_main]

use _native::arithmetic::field::Canonical;
use _native::formats::r1cs::Constraints;
use ark_bn254::Fr;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u8, bool, &[u8])| {
    let (count, wires, damaged, section) = input;
    let (wires, count) =
        (usize::from(wires), if damaged { usize::MAX - usize::from(count) } else { count.into() });
    match Constraints::<Fr>::new(section, count, wires) {
        Ok(constraints) => {
            assert_eq!(constraints.rows().len(), count);
            let witness: Vec<Canonical> = (0..wires as u64).map(|i| [i + 1, i, 0, 0]).collect();
            assert!(constraints.broken(&witness, 3).len() <= 3);
        }
        Err(fault) => assert!(fault.index <= count && !fault.reason.is_empty()),
    }
});
