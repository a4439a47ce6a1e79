//! Run-time dispatch of the MSM's inner loops: compiled for each kind of processor, behind plain function pointers.
//!
//! Everything that calls them is compiled once.

use super::accumulate::{block, sum_runs, Exceptional, Run};
use super::entries::Entry;
use super::reduce::{walk, Sums};
use super::rows::{self, row_size, Rows};
use super::tables::double_rows;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::{Laned, One};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};

type SumRuns<P> = unsafe fn(Rows<'_>, &[Entry], &[Run], &mut [u64], &mut Vec<Exceptional<P>>);
type Place<'a> = &'a dyn Fn(usize, usize) -> *const u64;

/// The loops for one curve on one kind of processor.
pub struct Kernels<P: SWCurveConfig> {
    /// The 64-bit words of a row.
    pub row_words: usize,
    /// How many runs to give to `sum_runs` at a time.
    pub block: usize,
    pub sum_runs: SumRuns<P>,
    pub walk: unsafe fn(usize, usize, Place<'_>, &mut Vec<Sums<P>>) -> bool,
    pub double_rows: unsafe fn(&mut [u64], usize) -> bool,
    pub pack: fn(&Affine<P>, &mut [u64]),
    pub point: fn(Rows<'_>, usize) -> Affine<P>,
}

impl<P: SWCurveConfig> Clone for Kernels<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: SWCurveConfig> Copy for Kernels<P> {}

/// The three loops inside functions that may use the instructions. Everything in them is inlined.
macro_rules! kernels {
    ($name:ident, $lanes:ty, $streams:literal $(, $features:literal)?) => {
        fn $name<P: SWCurveConfig<BaseField: Laned>>() -> Kernels<P> {
            $(#[target_feature(enable = $features)])?
            unsafe fn sum<P: SWCurveConfig<BaseField: Laned>>(
                rows: Rows<'_>,
                entries: &[Entry],
                runs: &[Run],
                words: &mut [u64],
                exceptional: &mut Vec<Exceptional<P>>,
            ) {
                sum_runs::<P, $lanes, $streams>(rows, entries, runs, words, exceptional)
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn down<P: SWCurveConfig<BaseField: Laned>>(
                segments: usize,
                length: usize,
                place: Place<'_>,
                sums: &mut Vec<Sums<P>>,
            ) -> bool {
                walk::<P, $lanes, $streams>(segments, length, place, sums)
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn double<P: SWCurveConfig<BaseField: Laned>>(
                words: &mut [u64],
                times: usize,
            ) -> bool {
                double_rows::<$lanes, $streams>(words, times)
            }
            Kernels {
                row_words: row_size::<$lanes>() / 8,
                block: block::<$lanes>(),
                sum_runs: sum::<P>,
                walk: down::<P>,
                double_rows: double::<P>,
                pack: rows::pack::<P, $lanes>,
                point: |rows, row| rows.point::<P, $lanes>(row),
            }
        }
    };
}

kernels!(portable, One<P::BaseField>, 2);
#[cfg(target_arch = "x86_64")]
kernels!(scalar, <P::BaseField as Laned>::Adx, 2, "bmi2,adx");
#[cfg(target_arch = "x86_64")]
kernels!(avx2, <P::BaseField as Laned>::Avx2, 4, "avx2,fma");
#[cfg(ifma)]
kernels!(avx512, <P::BaseField as Laned>::Ifma, 2, "avx2,fma,avx512f,avx512ifma");

/// The loops for `cpu`. Panics if the processor does not have it, because running them would be undefined behaviour.
pub fn kernels<P: SWCurveConfig<BaseField: Laned>>(cpu: Cpu) -> Kernels<P> {
    assert!(cpu.is_available(), "{} is not available here", cpu.name());
    match cpu {
        #[cfg(target_arch = "x86_64")]
        Cpu::Scalar => scalar(),
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx2 => avx2(),
        #[cfg(ifma)]
        Cpu::Avx512 => avx512(),
        _ => portable(),
    }
}
