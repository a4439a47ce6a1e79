//! CPU features as values: code that has one may run the instructions, because only their detection gives it out.
//!
//! Every register and every packed element carries such a proof, of size zero. A function that takes one of them is
//! therefore safe to call, and the compiler checks that none is made without asking the processor first. (After the
//! tokens of the crate `pulp`, and `cpu::Features` in ring.)

/// A set of instructions that the processor was found to have.
pub trait Features: Copy + Send + Sync + 'static {
    /// Asks the processor; `None` if it does not have all of them.
    fn found() -> Option<Self>;

    /// Runs `work` inside a function that is compiled for these instructions. What is to be compiled for them must be
    /// inlined into `work`.
    fn run<R>(self, work: impl FnOnce() -> R) -> R;
}

/// The instructions that every processor has.
#[derive(Clone, Copy)]
pub struct Any;

impl Features for Any {
    fn found() -> Option<Self> {
        Some(Self)
    }

    #[inline(always)]
    fn run<R>(self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

#[cfg(target_arch = "x86_64")]
macro_rules! features {
    ($(#[$doc:meta])* $name:ident: $($feature:tt),*) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(());

        impl Features for $name {
            fn found() -> Option<Self> {
                ($(is_x86_feature_detected!($feature))&&*).then_some(Self(()))
            }

            #[inline(always)]
            fn run<R>(self, work: impl FnOnce() -> R) -> R {
                $(#[target_feature(enable = $feature)])*
                fn inside<R>(work: impl FnOnce() -> R) -> R {
                    work()
                }
                // SAFETY: there is no `self` unless `found` has found each of the instructions.
                unsafe { inside(work) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
features! {
    /// MULX, ADCX and ADOX.
    Adx: "bmi2", "adx"
}
#[cfg(target_arch = "x86_64")]
features! {
    /// 256-bit integers and fused multiply-add.
    Avx2: "avx2", "fma"
}
#[cfg(target_arch = "x86_64")]
features! {
    /// 512-bit integers and 52-bit multiply-add, and what comes with them.
    Avx512: "avx2", "fma", "avx512f", "avx512ifma"
}
