//! What was seen, counted by outcome: telemetry reads it, nobody decides by it.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::observation::Outcome;

/// Observations taken in since start.
#[derive(Debug, Default)]
pub struct Tally {
    pass: AtomicU64,
    slow: AtomicU64,
    fail: AtomicU64,
    inconclusive: AtomicU64,
}

impl Tally {
    pub(super) fn add(&self, outcome: Outcome) {
        self.of(outcome).fetch_add(1, Ordering::Relaxed);
    }

    #[must_use]
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.of(outcome).load(Ordering::Relaxed)
    }

    const fn of(&self, outcome: Outcome) -> &AtomicU64 {
        match outcome {
            Outcome::Pass => &self.pass,
            Outcome::Slow => &self.slow,
            Outcome::Fail => &self.fail,
            Outcome::Inconclusive => &self.inconclusive,
        }
    }
}
