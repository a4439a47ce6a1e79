//! Prepared tables of any shape over any bytes: a table is refused, or every look at it stays inside of the file.
//!
//!     cargo +nightly fuzz run tables
#![no_main]

use _native::arithmetic::curve::{Bn254, Curve};
use _native::arithmetic::lanes::cpu::Cpu;
use _native::arithmetic::msm::Shape;
use _native::prepared::{Mapped, Table};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: ([u64; 7], bool, &[u8])| {
    let (numbers, small, file) = input;
    let [count, width, sets, blocks, row_bytes, index, rows] =
        numbers.map(|number| if small { number % 160 } else { number } as usize);
    for cpu in Cpu::ALL.into_iter().filter(|cpu| cpu.is_available()) {
        let table = Table { count, shape: Shape { width, sets }, blocks, row_bytes };
        let opened = Mapped::new::<Bn254, <Bn254 as Curve>::G1>(file, table, index, rows, cpu);
        if let Ok(opened) = opened {
            let sound = opened.takes_scalars_below(1 << 20);
            assert_eq!(sound, (0..count).all(|i| opened.scalar(i) < 1 << 20));
            assert!(count.checked_mul(4).is_some_and(|length| length <= file.len()));
            let _ = opened.bases::<<Bn254 as Curve>::G1>(cpu);
        }
    }
});
