//! What the notifier has done, as plain counters that telemetry reads.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::domain::delivery::DeliveryState;

/// Shared by every part of the notifier; only ever grows, but for the gauges.
#[derive(Debug, Default)]
pub struct Counts {
    /// Deliveries made by fan-out.
    pub queued: AtomicU64,
    pub sent: AtomicU64,
    pub retried: AtomicU64,
    pub dead: AtomicU64,
    /// Given back without counting the attempt: the relay was down, or we stopped.
    pub released: AtomicU64,
    /// Settlements that found their lease lost.
    pub fenced: AtomicU64,
    /// Rows a repeated fan-out found already there.
    pub duplicates_avoided: AtomicU64,
    /// Older mails replaced by a newer update before they went out.
    pub superseded: AtomicU64,
    pub quarantined: AtomicU64,
    /// Refusals that are about us: content, reputation, sender. Someone must act.
    pub policy_refusals: AtomicU64,
    /// Times a mail lane paused because the relay failed.
    pub lane_pauses: AtomicU64,
    /// Mails whose final reply was never read; each may arrive twice, under one Message-ID.
    pub in_doubt: AtomicU64,
    /// Rows now, per state, in the order of [`DeliveryState::ALL`].
    pub rows: [AtomicI64; 7],
}

impl Counts {
    pub(super) fn add(counter: &AtomicU64, by: usize) {
        counter.fetch_add(u64::try_from(by).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Rows that stand in `state`, as of the last look.
    #[must_use]
    pub fn rows_in(&self, state: DeliveryState) -> i64 {
        self.rows
            .get(usize::try_from(state.number()).unwrap_or(usize::MAX))
            .map_or(0, |gauge| gauge.load(Ordering::Relaxed))
    }

    pub(super) fn set_rows(&self, counted: &[(DeliveryState, i64)]) {
        for state in DeliveryState::ALL {
            let found = counted.iter().find(|(one, _)| *one == state);
            let count = found.map_or(0, |(_, count)| *count);
            if let Some(gauge) = usize::try_from(state.number())
                .ok()
                .and_then(|at| self.rows.get(at))
            {
                gauge.store(count, Ordering::Relaxed);
            }
        }
    }
}
