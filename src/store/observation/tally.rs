//! Counts and latencies of a stretch of observations: what a rollup row holds, what a point of a graph shows.

use std::time::Duration;

use crate::domain::observation::Outcome;

use super::codec::Sample;
use super::histogram::Histogram;

/// Latency counts looks that got an answer (pass and slow): the time until a failure says nothing about speed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub pass: u64,
    pub slow: u64,
    pub fail: u64,
    pub inconclusive: u64,
    pub latency_sum_us: u64,
    pub latency_max_us: u64,
    pub histogram: Histogram,
}

impl Tally {
    #[must_use]
    pub fn of(samples: &[Sample]) -> Self {
        let mut tally = Self::default();
        for sample in samples {
            tally.add(sample);
        }
        tally
    }

    pub fn add(&mut self, sample: &Sample) {
        match sample.outcome {
            Outcome::Pass => self.pass += 1,
            Outcome::Slow => self.slow += 1,
            Outcome::Fail => self.fail += 1,
            Outcome::Inconclusive => self.inconclusive += 1,
        }
        if matches!(sample.outcome, Outcome::Pass | Outcome::Slow) {
            self.latency_sum_us = self.latency_sum_us.saturating_add(sample.latency_us);
            self.latency_max_us = self.latency_max_us.max(sample.latency_us);
            self.histogram.add(sample.latency_us);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.pass = self.pass.saturating_add(other.pass);
        self.slow = self.slow.saturating_add(other.slow);
        self.fail = self.fail.saturating_add(other.fail);
        self.inconclusive = self.inconclusive.saturating_add(other.inconclusive);
        self.latency_sum_us = self.latency_sum_us.saturating_add(other.latency_sum_us);
        self.latency_max_us = self.latency_max_us.max(other.latency_max_us);
        self.histogram.merge(&other.histogram);
    }

    /// Everything seen, our own faults included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.pass + self.slow + self.fail + self.inconclusive
    }

    /// As [`Histogram::quantile`]: 500 is the median, 950 what all but one in twenty stay below.
    #[must_use]
    pub fn latency(&self, per_mille: u64) -> Option<Duration> {
        self.histogram.quantile(per_mille)
    }
}
