//! Run-time dispatch of the MSM's inner loops, which are compiled for each kind of processor.
//!
//! Everything that calls them is compiled once.

use super::accumulate::{Exceptional, block, sum_runs};
use super::rows::{self, Rows, row_size};
use super::runs::Block;
use super::tables::double_rows;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::features::Features;
use crate::arithmetic::lanes::{Laned, Lanes, One};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};

/// The loops for one curve on one kind of processor.
pub type Kernels<P> = &'static dyn Loops<P>;

/// The inner loops of an MSM.
pub trait Loops<P: SWCurveConfig>: Send + Sync {
    /// How many values lie side by side.
    fn lanes(&self) -> usize;

    /// The name of the lanes' type.
    #[cfg(test)]
    fn kind(&self) -> &'static str;

    /// The 64-bit words of a row.
    fn row_words(&self) -> usize;

    /// How many runs to give to `sum_runs` at a time, a power of two.
    fn block(&self) -> usize;

    /// Sums each run of a block into its row of `words`.
    fn sum_runs(
        &self,
        rows: Rows<'_>,
        block: &Block<'_>,
        words: &mut [u64],
        exceptional: &mut Vec<Exceptional<P>>,
    );

    /// Doubles every row `times` times. False if one of them has y = 0.
    fn double_rows(&self, words: &mut [u64], times: usize) -> bool;

    /// Packs a point that is not at infinity into a row.
    fn pack(&self, point: &Affine<P>, row: &mut [u64]);

    /// The point in a row.
    fn point(&self, rows: Rows<'_>, row: usize) -> Affine<P>;
}

/// The loops in lanes of the kind `C`, `N` values side by side. What [`Features::run`] is given is inlined, so it is
/// compiled for the instructions.
pub struct InLanes<C: Lanes, const N: usize>(C::Features);

impl<C: Lanes, const N: usize> InLanes<C, N> {
    /// `None` if the processor does not have the instructions.
    pub fn found<P: SWCurveConfig<BaseField = C::Field>>() -> Option<Kernels<P>> {
        // A box of nothing: the proof has no size, so nothing is allocated that could leak.
        C::Features::found().map(|features| Box::leak(Box::new(Self(features))) as Kernels<P>)
    }
}

impl<P: SWCurveConfig, C: Lanes<Field = P::BaseField>, const N: usize> Loops<P> for InLanes<C, N> {
    fn lanes(&self) -> usize {
        C::WIDTH
    }

    #[cfg(test)]
    fn kind(&self) -> &'static str {
        std::any::type_name::<C>()
    }

    fn row_words(&self) -> usize {
        row_size::<C>() / 8
    }

    fn block(&self) -> usize {
        block::<C>()
    }

    fn sum_runs(
        &self,
        rows: Rows<'_>,
        block: &Block<'_>,
        words: &mut [u64],
        exceptional: &mut Vec<Exceptional<P>>,
    ) {
        self.0.run(
            #[inline(always)]
            || sum_runs::<P, C, N>(self.0, rows, block, words, exceptional),
        );
    }

    fn double_rows(&self, words: &mut [u64], times: usize) -> bool {
        self.0.run(
            #[inline(always)]
            || double_rows::<C, N>(self.0, words, times),
        )
    }

    fn pack(&self, point: &Affine<P>, row: &mut [u64]) {
        rows::pack::<P, C>(point, row);
    }

    fn point(&self, rows: Rows<'_>, row: usize) -> Affine<P> {
        rows.point::<P, C>(row)
    }
}

/// The loops for `cpu`. Panics if it does not work here, see [`Laned::works_on`].
pub fn kernels<P: SWCurveConfig<BaseField: Laned>>(cpu: Cpu) -> Kernels<P> {
    assert!(P::BaseField::works_on(cpu), "{} does not work here", cpu.name());
    let found = match cpu {
        #[cfg(target_arch = "x86_64")]
        Cpu::Scalar => InLanes::<<P::BaseField as Laned>::Adx, 2>::found(),
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx2 => InLanes::<<P::BaseField as Laned>::Avx2, 4>::found(),
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx512 => InLanes::<<P::BaseField as Laned>::Ifma, 2>::found(),
        _ => InLanes::<One<P::BaseField>, 2>::found(),
    };
    found.expect("what works was found")
}
