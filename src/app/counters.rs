//! What the rooms count for themselves, as Prometheus reads it: looked at only when we are scraped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::sync::watch;

use super::SharedShelf;
use crate::domain::delivery::DeliveryState;
use crate::domain::estate::Estate;
use crate::domain::observation::Outcome;
use crate::notify::Counts;
use crate::watch::pace::{LAG_BOUNDS_MS, Pace};
use crate::watch::tally::Tally;

/// Where the numbers are.
pub(super) struct Rooms {
    pub pace: Arc<Pace>,
    pub tally: Arc<Tally>,
    pub counts: Arc<Counts>,
    pub shelf: SharedShelf,
    pub estate: watch::Receiver<Arc<Estate>>,
    pub ledger: watch::Receiver<i64>,
}

impl fmt::Debug for Rooms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rooms")
    }
}

impl Collector for Rooms {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        self.watch(&mut page)?;
        self.notify(&mut page)?;
        self.publish(&mut page)
    }
}

impl Rooms {
    fn watch(&self, page: &mut Page<'_>) -> fmt::Result {
        let checks = self
            .estate
            .borrow()
            .components
            .iter()
            .map(|one| one.checks.len())
            .sum::<usize>();
        page.gauge(
            "checks",
            "Checks in the configuration",
            as_gauge(checks as u64),
        )?;
        page.counter("checks_started", "Looks begun", self.pace.started())?;
        page.counter(
            "checks_skipped",
            "Looks not begun because the one before had not ended",
            self.pace.skipped(),
        )?;
        page.gauge(
            "checks_in_flight",
            "Looks going on",
            as_gauge(self.pace.in_flight()),
        )?;
        page.gauge(
            "checks_waiting",
            "Looks that are due and wait for a permit",
            as_gauge(self.pace.waiting()),
        )?;
        page.lag(&self.pace)?;
        let seen = [
            Outcome::Pass,
            Outcome::Slow,
            Outcome::Fail,
            Outcome::Inconclusive,
        ]
        .map(|outcome| (outcome.name(), self.tally.count(outcome)));
        page.counters(
            "observations",
            "Observations taken in, by outcome",
            "outcome",
            &seen,
        )
    }

    fn notify(&self, page: &mut Page<'_>) -> fmt::Result {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counts = &self.counts;
        let outcomes = [
            ("sent", read(&counts.sent)),
            ("retried", read(&counts.retried)),
            ("dead", read(&counts.dead)),
            ("released", read(&counts.released)),
            ("superseded", read(&counts.superseded)),
        ];
        page.counters(
            "deliveries",
            "Deliveries settled, by outcome",
            "outcome",
            &outcomes,
        )?;
        page.counter(
            "deliveries_queued",
            "Deliveries made by fan-out",
            read(&counts.queued),
        )?;
        page.counter(
            "delivery_policy_refusals",
            "Refusals that are about us: content, reputation, sender",
            read(&counts.policy_refusals),
        )?;
        page.counter(
            "mail_lane_pauses",
            "Times a mail lane paused because the relay failed",
            read(&counts.lane_pauses),
        )?;
        let rows = [
            ("ready", DeliveryState::Ready),
            ("leased", DeliveryState::Leased),
            ("held", DeliveryState::Held),
            ("dead", DeliveryState::Dead),
        ]
        .map(|(name, state)| (name, counts.rows_in(state)));
        page.gauges("delivery_rows", "Deliveries now, by state", "state", &rows)
    }

    fn publish(&self, page: &mut Page<'_>) -> fmt::Result {
        page.gauge(
            "ledger_seq",
            "Number of the last event committed",
            *self.ledger.borrow(),
        )?;
        let snapshot = self.shelf.load();
        page.gauge(
            "snapshot_seq",
            "Number of the last event the page knows",
            snapshot.seq,
        )?;
        page.gauge(
            "snapshot_made_timestamp_seconds",
            "When the published snapshot was made",
            snapshot.generated_at.as_seconds(),
        )?;
        page.gauge(
            "snapshot_valid_until_timestamp_seconds",
            "Until when the published snapshot is good",
            snapshot.valid_until.as_seconds(),
        )
    }
}

fn as_gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What is written to.
struct Page<'a>(DescriptorEncoder<'a>);

impl<'a> Page<'a> {
    fn metric<'s>(
        &'s mut self,
        name: &'s str,
        help: &'s str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error>
    where
        'a: 's,
    {
        self.0.encode_descriptor(name, help, None, kind)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let counter = ConstCounter::new(value);
        counter.encode(self.metric(name, help, counter.metric_type())?)
    }

    fn gauge(&mut self, name: &str, help: &str, value: i64) -> fmt::Result {
        let gauge = ConstGauge::new(value);
        gauge.encode(self.metric(name, help, gauge.metric_type())?)
    }

    fn counters(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: &[(&str, u64)],
    ) -> fmt::Result {
        let mut family = self.metric(name, help, MetricType::Counter)?;
        for (of, value) in values {
            ConstCounter::new(*value).encode(family.encode_family(&[(label, *of)])?)?;
        }
        Ok(())
    }

    fn gauges(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: &[(&str, i64)],
    ) -> fmt::Result {
        let mut family = self.metric(name, help, MetricType::Gauge)?;
        for (of, value) in values {
            ConstGauge::new(*value).encode(family.encode_family(&[(label, *of)])?)?;
        }
        Ok(())
    }

    fn lag(&mut self, pace: &Pace) -> fmt::Result {
        let help = "How long after its due time a look began";
        let bounds = LAG_BOUNDS_MS
            .iter()
            .map(|ms| *ms as f64 / 1000.0)
            .chain([f64::INFINITY]);
        let counts = pace.lag_counts();
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        self.metric("scheduler_lag_seconds", help, MetricType::Histogram)?
            .encode_histogram::<NoLabelSet>(
                pace.lag_sum().as_secs_f64(),
                counts.iter().sum(),
                &buckets,
                None,
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::shelf::Shelf;
    use crate::telemetry::metrics::Metrics;

    #[test]
    fn what_the_rooms_count_is_in_the_scrape() {
        let counts = Arc::<Counts>::default();
        counts.sent.store(4169, Ordering::Relaxed);
        let (_estates, estate) = watch::channel(Arc::default());
        let (_seqs, ledger) = watch::channel(7);
        let rooms = Rooms {
            pace: Arc::default(),
            tally: Arc::default(),
            counts,
            shelf: Arc::new(Shelf::empty()),
            estate,
            ledger,
        };

        let text = Metrics::reading(rooms).text();

        for line in [
            "allclear_deliveries_total{outcome=\"sent\"} 4169",
            "allclear_observations_total{outcome=\"inconclusive\"} 0",
            "allclear_ledger_seq 7",
            "allclear_scheduler_lag_seconds_bucket{le=\"+Inf\"} 0",
            "allclear_snapshot_valid_until_timestamp_seconds 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in {text}");
        }
    }
}
