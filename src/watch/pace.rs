//! Whether looks keep time: counters that telemetry reads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the lag histogram, in milliseconds; the last bucket has none.
pub const LAG_BOUNDS_MS: [u64; 9] = [5, 10, 25, 50, 100, 250, 500, 1000, 5000];

/// Counts since start. Lag is how long after its due time a look began.
#[derive(Debug, Default)]
pub struct Pace {
    started: AtomicU64,
    skipped: AtomicU64,
    in_flight: AtomicU64,
    waiting: AtomicU64,
    lag_sum_ms: AtomicU64,
    lag_counts: [AtomicU64; LAG_BOUNDS_MS.len() + 1],
}

impl Pace {
    /// Looks begun.
    pub fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// Looks not begun because the one before had not ended: skipped, not piled up.
    pub fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Due, and waiting for a permit.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    pub fn lag_sum(&self) -> Duration {
        Duration::from_millis(self.lag_sum_ms.load(Ordering::Relaxed))
    }

    /// Looks per bucket of [`LAG_BOUNDS_MS`], not cumulated.
    pub fn lag_counts(&self) -> [u64; LAG_BOUNDS_MS.len() + 1] {
        std::array::from_fn(|bucket| {
            self.lag_counts
                .get(bucket)
                .map_or(0, |count| count.load(Ordering::Relaxed))
        })
    }

    pub(crate) fn began(&self, lag_ms: u64) {
        let bucket = LAG_BOUNDS_MS.partition_point(|bound| *bound < lag_ms);
        if let Some(count) = self.lag_counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.lag_sum_ms.fetch_add(lag_ms, Ordering::Relaxed);
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn skip(&self) {
        self.skipped.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn set_load(&self, in_flight: usize, waiting: usize) {
        self.in_flight.store(in_flight as u64, Ordering::Relaxed);
        self.waiting.store(waiting as u64, Ordering::Relaxed);
    }
}
