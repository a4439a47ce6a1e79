//! CPU features, detected at run time: which packed field arithmetic this processor is given.

use super::features::{self, Features};
use super::{Laned, Lanes, One, splat};
use ark_bn254::Fq;
use ark_ff::Field;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A kind of arithmetic. All kinds give the same results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    /// arkworks' own arithmetic, on any processor.
    Portable,
    /// One element at a time, with MULX, ADCX and ADOX (BMI2, ADX).
    Scalar,
    /// Four elements at a time, with AVX2 and FMA.
    Avx2,
    /// Eight elements at a time, with AVX-512 IFMA.
    Avx512,
}

/// AVX2 is chosen only if a product takes less than this share of the scalar product's time, because a point addition
/// spends part of its time outside of products. Processors that work on half a register at a time do not get there.
const WORTH_IT: f64 = 0.8;

impl Cpu {
    pub const ALL: [Cpu; 4] = [Cpu::Portable, Cpu::Scalar, Cpu::Avx2, Cpu::Avx512];

    /// Its name in `PROVE_BATCH_CPU`.
    pub fn name(self) -> &'static str {
        match self {
            Cpu::Portable => "portable",
            Cpu::Scalar => "scalar",
            Cpu::Avx2 => "avx2",
            Cpu::Avx512 => "avx512",
        }
    }

    /// The kind with this name. "scalar" is the portable arithmetic if this processor has no better scalar one.
    pub fn by_name(name: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|cpu| cpu.name() == name)?;
        Some(if found == Cpu::Scalar { Self::scalar() } else { found })
    }

    fn scalar() -> Self {
        if Cpu::Scalar.is_available() { Cpu::Scalar } else { Cpu::Portable }
    }

    /// Whether this build has the code and the processor the instructions. Whether they calculate as they should is
    /// checked for each field, see [`Laned::works_on`].
    pub fn is_available(self) -> bool {
        match self {
            Cpu::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Cpu::Scalar => features::Adx::found().is_some(),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => features::Avx2::found().is_some(),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => features::Avx512::found().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The kinds that are here, the fastest first: eight lanes if there are any, and four before one if a short
    /// measurement says that they pay. Measured once per process.
    pub fn fastest_first() -> &'static [Self] {
        static ORDER: OnceLock<Vec<Cpu>> = OnceLock::new();
        ORDER.get_or_init(|| {
            let available = Self::ALL.into_iter().filter(|cpu| cpu.is_available()).collect();
            order(available, avx2_pays)
        })
    }
}

/// Kinds of arithmetic in the order of [`Cpu::ALL`], the fastest first. Whether AVX2 pays is asked if it is among them.
fn order(mut kinds: Vec<Cpu>, avx2_pays: impl Fn() -> bool) -> Vec<Cpu> {
    kinds.reverse();
    // Also behind eight lanes, whose self-check may fail.
    if let Some(place) = kinds.iter().position(|&cpu| cpu == Cpu::Avx2).filter(|_| !avx2_pays()) {
        kinds.swap(place, place + 1);
    }
    kinds
}

/// What is found out once for each kind of arithmetic.
pub struct Findings([OnceLock<bool>; Cpu::ALL.len()]);

#[allow(clippy::new_without_default)] // they are statics, which a default cannot make
impl Findings {
    pub const fn new() -> Self {
        Self([const { OnceLock::new() }; Cpu::ALL.len()])
    }

    pub fn get(&self, cpu: Cpu, find: impl FnOnce() -> bool) -> bool {
        *self.0[cpu as usize].get_or_init(find)
    }
}

#[cfg(target_arch = "x86_64")]
fn avx2_pays() -> bool {
    let one = match Cpu::scalar() {
        Cpu::Scalar => time_products::<<Fq as Laned>::Adx>(),
        _ => time_products::<One<Fq>>(),
    };
    let lanes = time_products::<<Fq as Laned>::Avx2>();
    pays(one, lanes)
}

/// Whether lanes that take so long are worth it.
fn pays(one: Option<Duration>, lanes: Option<Duration>) -> bool {
    one.zip(lanes).is_some_and(|(one, lanes)| lanes.as_secs_f64() < WORTH_IT * one.as_secs_f64())
}

#[cfg(not(target_arch = "x86_64"))]
fn avx2_pays() -> bool {
    false
}

/// The time of a fixed number of products, whatever the width: 0.2 ms in all. `None` if the processor does not have the
/// instructions.
fn time_products<C: Lanes<Field = Fq>>() -> Option<Duration> {
    const PRODUCTS: usize = 1024;
    let features = C::Features::found()?;
    let third = Fq::from(3u64).inverse().expect("3 is not 0");
    let best = features.run(
        #[inline(always)]
        || {
            let mut values = [splat::<C>(features, third); 4];
            let factors = values;
            let mut best = Duration::MAX;
            for _ in 0..4 {
                let start = Instant::now();
                for _ in 0..PRODUCTS / (4 * C::WIDTH) {
                    values = C::mul(values.each_ref(), factors.each_ref());
                }
                best = best.min(start.elapsed());
            }
            std::hint::black_box(values[0].to_fields()[0]);
            best
        },
    );
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avx2_comes_first_only_where_it_pays() {
        let all = || Cpu::ALL.to_vec();
        assert_eq!(order(all(), || true), [Cpu::Avx512, Cpu::Avx2, Cpu::Scalar, Cpu::Portable]);
        assert_eq!(order(all(), || false), [Cpu::Avx512, Cpu::Scalar, Cpu::Avx2, Cpu::Portable]);
        assert_eq!(order(vec![Cpu::Portable, Cpu::Avx2], || false), [Cpu::Portable, Cpu::Avx2]);
        assert_eq!(
            order(vec![Cpu::Portable, Cpu::Scalar], || panic!("there is none")),
            [Cpu::Scalar, Cpu::Portable]
        );
    }

    #[test]
    fn lanes_pay_below_four_fifths_of_the_time() {
        let time = |nanoseconds| Some(Duration::from_nanos(nanoseconds));
        assert!(pays(time(100), time(79)) && !pays(time(100), time(80)) && !pays(time(100), time(100)));
        assert!(!pays(None, time(1)) && !pays(time(100), None));
    }

    #[test]
    fn products_take_time() {
        let taken = time_products::<One<Fq>>().expect("every processor has the instructions");
        assert!(taken > Duration::ZERO && taken < Duration::from_secs(10));
    }
}
