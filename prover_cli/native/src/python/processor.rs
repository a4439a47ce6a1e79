//! What the processor has, and which arithmetic it is given.

use crate::arithmetic::lanes::cpu::Cpu;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pub(super) fn available(cpu: &str) -> PyResult<Cpu> {
    Cpu::by_name(cpu)
        .filter(|cpu| cpu.is_available())
        .ok_or_else(|| PyValueError::new_err(format!("{cpu} is not available here")))
}

/// The kinds of arithmetic that work here, the fastest first.
#[pyfunction]
pub(super) fn cpus() -> Vec<&'static str> {
    let fastest = Cpu::fastest();
    let others = Cpu::ALL.into_iter().filter(|cpu| *cpu != fastest && cpu.is_available());
    std::iter::once(fastest).chain(others).map(Cpu::name).collect()
}

/// What the processor has of the instructions that matter here.
#[pyfunction]
pub(super) fn cpu_features() -> Vec<&'static str> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! look {
            ($($name:tt),*) => { $(if is_x86_feature_detected!($name) { found.push($name); })* };
        }
        look!("adx", "bmi2", "avx2", "fma", "avx512f", "avx512ifma");
    }
    #[cfg(target_arch = "aarch64")]
    found.push("neon");
    found
}
