//! CPU features, detected at run time: which packed field arithmetic this processor is given.

use super::features::Features;
use super::{Laned, Lanes, One, PrimeLanes, check, splat};
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

    /// Whether the processor has the instructions, this build has the code, and a self-test passes: some of the code
    /// runs on processors that its authors never had. Found out once per process, in microseconds.
    pub fn is_available(self) -> bool {
        static FOUND: [OnceLock<bool>; 4] = [const { OnceLock::new() }; 4];
        *FOUND[self as usize].get_or_init(|| match self {
            Cpu::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Cpu::Scalar => works::<<Fq as Laned>::Adx>(),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => works::<<Fq as Laned>::Avx2>(),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => works::<<Fq as Laned>::Ifma>(),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        })
    }

    /// The fastest kind here: eight lanes if there are any, four if a short measurement says that they pay.
    pub fn fastest() -> Self {
        static FASTEST: OnceLock<Cpu> = OnceLock::new();
        *FASTEST.get_or_init(|| {
            if Cpu::Avx512.is_available() {
                Cpu::Avx512
            } else if Cpu::Avx2.is_available() && avx2_pays() {
                Cpu::Avx2
            } else {
                Cpu::scalar()
            }
        })
    }
}

/// Whether the processor has the instructions, and lanes of this kind pass the self-test.
fn works<C: PrimeLanes<Field = Fq>>() -> bool {
    C::Features::found().is_some_and(|features| {
        features.run(
            #[inline(always)]
            || check::agrees::<C>(features),
        )
    })
}

#[cfg(target_arch = "x86_64")]
fn avx2_pays() -> bool {
    let one = match Cpu::scalar() {
        Cpu::Scalar => time_products::<<Fq as Laned>::Adx>(),
        _ => time_products::<One<Fq>>(),
    };
    let lanes = time_products::<<Fq as Laned>::Avx2>();
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
