//! The steps of a proof: where its time goes, and where it can be given up.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Seconds of each step, in the order in which they ended. Steps of several threads overlap.
#[derive(Default)]
pub struct Stages<'a> {
    noted: Mutex<Vec<(&'static str, Duration)>>,
    cancel: Option<&'a AtomicU8>,
}

impl<'a> Stages<'a> {
    /// Steps that are left out once `cancel` is not zero.
    pub fn until(cancel: Option<&'a AtomicU8>) -> Self {
        Self { cancel, ..Self::default() }
    }

    /// Does `work` and notes how long it took; `None` where the proof was given up.
    pub fn time<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> Option<T> {
        if self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed) != 0) {
            return None;
        }
        let start = Instant::now();
        let result = work();
        self.noted.lock().expect("no step panics while it notes").push((name, start.elapsed()));
        Some(result)
    }

    pub fn into_seconds(self) -> Vec<(&'static str, f64)> {
        let noted = self.noted.into_inner().expect("no step panics while it notes");
        noted.into_iter().map(|(name, took)| (name, took.as_secs_f64())).collect()
    }
}
