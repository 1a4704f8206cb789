//! How fast, and when not at all: the relay's limit per second, and the pause while the relay is down.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::sync::watch;

use crate::clock::Stopwatch;
use crate::notify::retry;

/// So many per second over all connections; a burst is one second's worth.
pub(super) struct Pace {
    per_second: Option<f64>,
    bucket: Mutex<(f64, Stopwatch)>,
}

impl Pace {
    pub(super) fn new(per_second: Option<u32>) -> Self {
        let per_second = per_second.map(f64::from).filter(|rate| *rate > 0.0);
        Self {
            per_second,
            bucket: Mutex::new((1.0, Stopwatch::start())),
        }
    }

    /// Waits for one token.
    pub(super) async fn take(&self) {
        let Some(rate) = self.per_second else {
            return;
        };
        let wait = {
            let mut bucket = self.bucket.lock().await;
            let (tokens, since) = *bucket;
            let filled = (tokens + since.elapsed().as_secs_f64() * rate).min(rate.max(1.0));
            // May go below zero: those who come later wait longer, in the order they came.
            *bucket = (filled - 1.0, Stopwatch::start());
            Duration::from_secs_f64((1.0 - filled).max(0.0) / rate)
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}

/// Whether a relay is being left alone, and for how long next time.
pub(super) struct Pause {
    failures: AtomicU32,
    until: std::sync::Mutex<Option<(Stopwatch, Duration)>>,
}

impl Pause {
    pub(super) fn new() -> Self {
        Self {
            failures: AtomicU32::new(0),
            until: std::sync::Mutex::new(None),
        }
    }

    pub(super) fn is_on(&self) -> bool {
        !self.rest().is_zero()
    }

    fn rest(&self) -> Duration {
        let until = self
            .until
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        until.map_or(Duration::ZERO, |(since, span)| {
            span.saturating_sub(since.elapsed())
        })
    }

    /// The relay failed: everyone of this lane waits 1, 2, 4 … 60 s. Failures during a pause are the same one.
    pub(super) fn begin(&self) -> Option<Duration> {
        if self.is_on() {
            return None;
        }
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let span = retry::lane_pause(failures);
        let mut until = self
            .until
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *until = Some((Stopwatch::start(), span));
        Some(span)
    }

    /// The relay took a mail.
    pub(super) fn clear(&self) {
        if self.failures.swap(0, Ordering::Relaxed) > 0 {
            *self
                .until
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        }
    }

    /// Until the pause ends or we stop.
    pub(super) async fn wait(&self, stop: &mut watch::Receiver<bool>) {
        while self.is_on() && !*stop.borrow() {
            tokio::select! {
                () = tokio::time::sleep(self.rest()) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_that_is_on_is_not_made_longer() {
        let pause = Pause::new();
        assert!(!pause.is_on());
        assert_eq!(pause.begin(), Some(Duration::from_secs(1)));
        assert_eq!(pause.begin(), None);
        pause.clear();
        assert!(!pause.is_on());
        assert_eq!(pause.begin(), Some(Duration::from_secs(1)));
    }
}
