//! The steps of a proof, of any system: where its time goes, and where it can be cancelled.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// The time of each step, in the order in which they ended. Steps on several threads overlap.
#[derive(Default)]
pub struct Stages<'a> {
    noted: Mutex<Vec<(&'static str, Duration)>>,
    cancel: Option<&'a AtomicU8>,
}

impl<'a> Stages<'a> {
    /// Steps that are no longer begun once `cancel` is not zero.
    pub fn until(cancel: Option<&'a AtomicU8>) -> Self {
        Self { cancel, ..Self::default() }
    }

    /// Does `work` and notes how long it took; `None` if the proof was cancelled.
    pub fn time<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> Option<T> {
        if self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed) != 0) {
            return None;
        }
        let start = Instant::now();
        let result = work();
        self.noted.lock().expect("no step panics while it notes").push((name, start.elapsed()));
        Some(result)
    }

    /// The name and the seconds of each step.
    pub fn into_seconds(self) -> Vec<(&'static str, f64)> {
        let noted = self.noted.into_inner().expect("no step panics while it notes");
        noted.into_iter().map(|(name, took)| (name, took.as_secs_f64())).collect()
    }
}
