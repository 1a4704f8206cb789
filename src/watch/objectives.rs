//! Objectives: what their windows hold now, asked of Prometheus or counted from our own intervals.
//!
//! Bad and total are asked for separately, because "no errors ever counted" and "no data" look the same in a ratio.
//! A source that is down is one fault, not one for each query: the round ends for it there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::burn_rate::{period, windows};
use crate::domain::component::Component;
use crate::domain::derive::WindowReading;
use crate::domain::estate::Estate;
use crate::domain::id::ObjectiveId;
use crate::domain::objective::{Indicator, Objective};
use crate::domain::objective_report::{Report, WindowReport};
use crate::domain::sample::{self, Answer, Sample};
use crate::domain::slo::{self, BudgetStatus};
use crate::domain::span::span_text;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::egress::GuardedClient;
use crate::probe::ProbeSettings;
use crate::probe::prometheus::{Question, query as ask_source};
use crate::store::interval::{self, Interval, IntervalKind};
use crate::store::state::{self, ObjectiveState};
use crate::store::{Store, StoreError};

/// One query may take this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// What evaluation remembers between rounds.
pub struct Evaluator {
    store: Store,
    client: GuardedClient,
    settings: Arc<ProbeSettings>,
    asked: HashMap<(ObjectiveId, Duration), Timestamp>,
    reports: HashMap<ObjectiveId, Report>,
}

/// Short windows move quickly and are cheap to ask for; long ones are neither.
#[must_use]
pub fn ask_every(window: Duration) -> Duration {
    match window.as_secs() {
        0..=600 => Duration::from_secs(10),
        601..=21_600 => Duration::from_mins(1),
        _ => Duration::from_mins(5),
    }
}

impl Evaluator {
    #[must_use]
    pub fn new(store: Store, client: GuardedClient, settings: Arc<ProbeSettings>) -> Self {
        Self {
            store,
            client,
            settings,
            asked: HashMap::new(),
            reports: HashMap::new(),
        }
    }

    /// Reads every window that is due; answers what it learnt.
    pub async fn tick(
        &mut self,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<Vec<(ObjectiveId, Vec<WindowReading>)>, StoreError> {
        let mut silent = HashSet::new();
        let mut learnt = Vec::new();
        for (component, objective) in estate.objectives() {
            let due = self.due(objective, now);
            if due.is_empty() {
                continue;
            }
            let mut readings = Vec::with_capacity(due.len());
            for window in due {
                let (sample, is_full) = match &objective.indicator {
                    Indicator::Checks => self.count(component, window, now).await?,
                    Indicator::Prometheus { source, .. } | Indicator::Latency { source, .. } => {
                        self.ask(objective, source, (window, now), &mut silent)
                            .await
                    }
                };
                self.asked.insert((objective.id, window), now);
                readings.push(WindowReading {
                    window,
                    at: now,
                    sample,
                    is_full,
                });
            }
            self.report(objective, &readings, now).await?;
            learnt.push((objective.id, readings));
        }
        Ok(learnt)
    }

    fn due(&self, objective: &Objective, now: Timestamp) -> Vec<Duration> {
        let is_due = |window: &Duration| {
            let asked = self.asked.get(&(objective.id, *window));
            asked.is_none_or(|asked| now.since(*asked) >= ask_every(*window))
        };
        windows(period(&objective.window))
            .into_iter()
            .filter(is_due)
            .collect()
    }

    async fn ask(
        &self,
        objective: &Objective,
        source: &str,
        (window, now): (Duration, Timestamp),
        silent: &mut HashSet<String>,
    ) -> (Sample, bool) {
        if silent.contains(source) {
            return (Sample::SourceDown, false);
        }
        let (first, total, read): (_, _, fn(Answer, Answer) -> Sample) = match &objective.indicator
        {
            Indicator::Prometheus { bad, total, .. } => (bad, total, sample::read),
            Indicator::Latency { good, total, .. } => (good, total, sample::read_good),
            Indicator::Checks => return (Sample::NoData, false),
        };
        let total_now = self.answer(source, total, window, now).await;
        let first_now = self.answer(source, first, window, now).await;
        let sample = read(
            sample::over_window(first_now, window),
            sample::over_window(total_now, window),
        );
        if sample == Sample::SourceDown {
            silent.insert(source.to_owned());
            return (sample, false);
        }
        let shortest = windows(period(&objective.window))
            .first()
            .copied()
            .unwrap_or(window);
        let then = now - window.saturating_sub(shortest);
        let at_its_beginning = self.answer(source, total, shortest, then).await;
        let is_full = match at_its_beginning {
            Answer::Number(_) => true,
            Answer::Empty | Answer::Failed => false,
        };
        (sample, is_full)
    }

    /// One query of one series; several series are a query that forgot its `sum`, and no reading.
    async fn answer(&self, source: &str, query: &str, window: Duration, at: Timestamp) -> Answer {
        let Some(source) = self.settings.sources.get(source) else {
            return Answer::Failed;
        };
        let query = query.replace("{{window}}", &span_text(window));
        let question = Question {
            query: &query,
            at: Some(at),
            patience: PATIENCE,
        };
        match ask_source(&self.client, source, &question).await {
            Ok(values) => match values.as_slice() {
                [] => Answer::Empty,
                [value] => Answer::Number(*value),
                [..] => Answer::Failed,
            },
            Err(fault) => {
                tracing::warn!(%fault, "an objective's source gave no reading");
                Answer::Failed
            }
        }
    }

    /// Seconds in which the component was measured to be partly or fully out, of those in which it was measured.
    async fn count(
        &self,
        component: &Component,
        window: Duration,
        now: Timestamp,
    ) -> Result<(Sample, bool), StoreError> {
        let (id, from) = (component.id, now - window);
        let intervals = self
            .store
            .read(move |conn| interval::list_of(conn, id, IntervalKind::Measured, from))
            .await?;
        let (bad, total) = seconds(&intervals, from, now);
        let sample = match total {
            0 => Sample::NoData,
            #[expect(
                clippy::cast_precision_loss,
                reason = "seconds of a window fit a float"
            )]
            _ => sample::read(Answer::Number(bad as f64), Answer::Number(total as f64)),
        };
        Ok((sample, component.created_at <= from))
    }

    async fn report(
        &mut self,
        objective: &Objective,
        readings: &[WindowReading],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = objective.id;
        let report = self.reports.entry(id).or_insert_with(|| Report {
            budget: BudgetStatus::default(),
            remaining: None,
            windows: Vec::new(),
        });
        for reading in readings {
            let events = match reading.sample {
                Sample::Measured(events) => Some(events),
                Sample::NoTraffic | Sample::NoData | Sample::SourceDown | Sample::Invalid => None,
            };
            let shown = WindowReport {
                window: span_text(reading.window),
                at: reading.at,
                sample: reading.sample,
                error_ratio: events.map(slo::Events::error_ratio),
                burn: events.map(|events| events.burn(objective.target)),
            };
            match report
                .windows
                .iter_mut()
                .find(|known| known.window == shown.window)
            {
                Some(known) => *known = shown,
                None => report.windows.push(shown),
            }
            if reading.window == period(&objective.window)
                && let Some(events) = events
            {
                report.remaining = Some(events.budget_remaining(objective.target));
                report.budget = slo::budget_status(report.budget, events, objective.target);
            }
        }
        let row = ObjectiveState {
            objective: id,
            state: report.clone(),
            evaluated_at: now,
        };
        self.store
            .write(move |tx| state::set_objective(tx, &row))
            .await
    }
}

/// (bad, measured) whole seconds between `from` and `to`.
fn seconds(intervals: &[Interval], from: Timestamp, to: Timestamp) -> (u64, u64) {
    intervals.iter().fold((0, 0), |(bad, total), interval| {
        let began = interval.started_at.max(from);
        let ended = interval.ended_at.unwrap_or(to).min(to);
        let length = ended.since(began).as_secs();
        match interval.status {
            Status::PartialOutage | Status::MajorOutage => (bad + length, total + length),
            Status::Operational | Status::DegradedPerformance => (bad, total + length),
            Status::UnderMaintenance | Status::Unknown => (bad, total),
        }
    })
}
