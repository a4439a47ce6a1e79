//! Where the time of a proof goes: a clock that each step is handed.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Seconds of each step, in the order in which they ended. Steps of several threads overlap.
#[derive(Default)]
pub struct Stages(Mutex<Vec<(&'static str, Duration)>>);

impl Stages {
    /// Does `work` and notes how long it took.
    pub fn time<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0.lock().expect("no step panics while it notes").push((name, start.elapsed()));
        result
    }

    pub fn into_seconds(self) -> Vec<(&'static str, f64)> {
        let noted = self.0.into_inner().expect("no step panics while it notes");
        noted.into_iter().map(|(name, took)| (name, took.as_secs_f64())).collect()
    }
}
