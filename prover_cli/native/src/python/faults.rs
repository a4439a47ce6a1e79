//! What goes wrong, as Python gets it: one exception a kind, each with its facts. Words for people are made there.

use crate::formats::EntryFault;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::prelude::*;
use rayon::ThreadPool;
use std::cell::{Cell, OnceCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

create_exception!(_native, NativeFault, PyException, "The extension did not do what it was asked for.");
create_exception!(
    _native,
    NotReduced,
    NativeFault,
    "A value of a witness is not below the scalar field's prime. Arguments: its index."
);
create_exception!(
    _native,
    Unsatisfied,
    NativeFault,
    "The witness breaks a gate of the circuit, or the key is damaged."
);
create_exception!(
    _native,
    Cancelled,
    NativeFault,
    "The caller's flag was raised before the work was done."
);
create_exception!(
    _native,
    CorruptEntry,
    NativeFault,
    "An entry cannot be what it stands for. Arguments: the section, the index of the entry in it, the reason."
);
create_exception!(
    _native,
    Mismatch,
    NativeFault,
    "What was given does not belong together. Arguments: the reason."
);
create_exception!(
    _native,
    Panicked,
    NativeFault,
    "A defect of the extension. Arguments: the file and the line that it was noticed in."
);

/// A kind of fault with its facts, before it becomes an exception.
pub(super) enum Refused {
    NotReduced { index: usize },
    Cancelled,
    Unsatisfied,
    CorruptEntry { index: usize, reason: String },
    Mismatch { reason: String },
}

impl Refused {
    pub(super) fn mismatch(reason: impl Into<String>) -> Self {
        Self::Mismatch { reason: reason.into() }
    }

    /// As an exception; `section` is where entries are counted from.
    pub(super) fn of_section(self, section: u32) -> PyErr {
        match self {
            Self::NotReduced { index } => NotReduced::new_err((index,)),
            Self::Cancelled => Cancelled::new_err(()),
            Self::Unsatisfied => Unsatisfied::new_err(()),
            Self::CorruptEntry { index, reason } => CorruptEntry::new_err((section, index, reason)),
            Self::Mismatch { reason } => Mismatch::new_err((reason,)),
        }
    }
}

impl From<EntryFault> for Refused {
    fn from(EntryFault { index, reason }: EntryFault) -> Self {
        Self::CorruptEntry { index, reason }
    }
}

/// Where the last panic was. Its message is left out: it might quote a value.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Has panics tell where they were in the fault of their job, in the place of a stack on standard error.
pub(super) fn keep_panics() {
    if std::env::var_os("PROVE_BATCH_TRACEBACK").is_none() {
        std::panic::set_hook(Box::new(|panic| {
            if let (Some(place), Ok(mut last)) = (panic.location(), LAST_PANIC.lock()) {
                *last = format!("{}:{}", place.file(), place.line());
            }
        }));
    }
}

fn last_panic() -> String {
    LAST_PANIC.lock().map_or_else(|_| String::new(), |last| last.clone())
}

/// Runs `work` without the GIL. A panic becomes an exception that a job can fail with: PyO3's own derives from
/// BaseException and would take the worker down. Every entry point of the extension is behind this.
pub(super) fn guarded<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    // The closure owns or only reads what it touches; nothing half-changed survives a panic.
    py.detach(|| catch_unwind(AssertUnwindSafe(work))).map_err(|_| Panicked::new_err((last_panic(),)))
}

/// The same on `threads` threads.
pub(super) fn run<T: Send>(
    py: Python<'_>,
    threads: usize,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    guarded(py, || {
        if threads <= 1
            && let Some(pool) = of_this_thread()
        {
            return Ok(pool.install(work));
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .build()
            // No data is at fault: Python's own words for the same.
            .map_err(|_| PyRuntimeError::new_err("can't start new thread"))?;
        Ok(pool.install(work))
    })?
}

/// Calls of a thread before it gets a pool of its own, which is never freed: threads that end soon get none.
const SETTLED: u32 = 64;

/// The most such pools, of 8 KB each. The workers of a pool of processes have one thread that proves.
const MOST_POOLS: u32 = 256;
static POOLS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static OWN: OnceCell<Option<&'static ThreadPool>> = const { OnceCell::new() };
}

/// A pool of this thread alone. Starting another thread for each call takes 70 µs, of 1 ms for a proof of a circuit with
/// 3 constraints.
fn of_this_thread() -> Option<&'static ThreadPool> {
    let calls = CALLS.get();
    CALLS.set(calls.saturating_add(1));
    if calls < SETTLED {
        return None;
    }
    OWN.with(|own| {
        *own.get_or_init(|| {
            if POOLS.fetch_add(1, Ordering::Relaxed) >= MOST_POOLS {
                return None;
            }
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
            pool.ok().map(|pool| &*Box::leak(Box::new(pool)))
        })
    })
}
