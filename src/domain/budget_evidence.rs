//! Budget evidence: what a burning error budget says about a component in public. Rule L3 of the derivation.
//!
//! Burn rate measures urgency for the operator, error ratio what a customer feels. So a level needs both: a pair that
//! fires, to be sure that it is real, and an absolute share of errors in the short window.

use std::time::Duration;

use crate::domain::burn_rate::{self, Measured, PairState, Tier};
use crate::domain::derive::{Facts, WindowReading};
use crate::domain::objective::{Indicator, Objective};
use crate::domain::sample::Sample;
use crate::domain::status::Level;

/// Older counts are no evidence.
pub const COUNTS_STALE_AFTER: Duration = Duration::from_mins(10);

/// In the short window at least this share of events must fail before customers are told anything (`public_floor`).
const PUBLIC_FLOOR_PERCENT: u32 = 1;
const PARTIAL_PERCENT: u32 = 5;
const MAJOR_PERCENT: u32 = 50;

/// The pairs of one objective, judged.
pub struct Burning {
    pub pairs: [(burn_rate::Pair, PairState); 5],
    /// What the short window of the quick pair held: "err(5m)".
    short: Option<Sample>,
}

impl Burning {
    #[must_use]
    pub fn of(objective: &Objective, facts: &Facts<'_>) -> Self {
        let catalogue = burn_rate::catalogue(burn_rate::period(&objective.window));
        let pairs = catalogue.map(|pair| {
            let long = fresh_reading(objective, pair.long, facts);
            let short = fresh_reading(objective, pair.short, facts);
            let measured = Measured {
                long: long.map(|reading| reading.sample),
                short: short.map(|reading| reading.sample),
                is_full: long.is_some_and(|reading| reading.is_full),
            };
            (pair, burn_rate::judge(&pair, objective.target, measured))
        });
        let [quick, ..] = catalogue;
        Self {
            pairs,
            short: fresh_reading(objective, quick.short, facts).map(|reading| reading.sample),
        }
    }

    /// Fresh counts that settle the quick pair are evidence, burning or not.
    #[must_use]
    pub fn is_evidence(&self) -> bool {
        let [(_, quick), ..] = self.pairs;
        quick != PairState::Unmeasured
    }

    #[must_use]
    pub fn fires(&self, tier: Tier) -> bool {
        self.pairs
            .iter()
            .any(|(pair, state)| pair.tier == tier && *state == PairState::Critical)
    }

    /// Rule L3: what customers feel, by absolute share, made sure by a pair that fires.
    #[must_use]
    pub fn public_level(&self, objective: &Objective) -> Level {
        let Some(Sample::Measured(short)) = self.short else {
            return Level::Operational;
        };
        let is_firing = self
            .pairs
            .iter()
            .any(|(pair, state)| pair.tier.is_public_evidence() && *state == PairState::Critical);
        if !objective.public || !is_firing || !short.has_bad_percent(PUBLIC_FLOOR_PERCENT) {
            return Level::Operational;
        }
        let is_latency = match objective.indicator {
            Indicator::Latency { .. } => true,
            Indicator::Prometheus { .. } | Indicator::Checks => false,
        };
        if is_latency || !self.fires(Tier::PageQuick) {
            return Level::Degraded;
        }
        if short.has_bad_percent(MAJOR_PERCENT) {
            return Level::Major;
        }
        if short.has_bad_percent(PARTIAL_PERCENT) {
            return Level::Partial;
        }
        Level::Degraded
    }
}

/// The reading of one window, unless it is stale.
#[must_use]
pub fn fresh_reading<'a>(
    objective: &Objective,
    window: Duration,
    facts: &Facts<'a>,
) -> Option<&'a WindowReading> {
    facts.readings.get(&objective.id)?.iter().find(|reading| {
        reading.window == window && facts.now.since(reading.at) <= COUNTS_STALE_AFTER
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::component::Component;
    use crate::domain::derive::{Readings, Streaks, derive};
    use crate::domain::hysteresis::Reading;
    use crate::domain::rule::Rule;
    use crate::domain::sample::{Answer, read};
    use crate::domain::specimen;
    use crate::domain::timestamp::Timestamp;

    const NOW: Timestamp = Timestamp::from_seconds(10_000);

    /// `(window in minutes, bad of 10 000)`, `age` seconds old.
    fn burn(component: &Component, held: &[(u64, f64)], age: i64) -> (Reading, Rule) {
        let windows = held.iter().map(|(minutes, bad)| WindowReading {
            window: Duration::from_secs(minutes * 60),
            at: Timestamp::from_seconds(10_000 - age),
            sample: read(Answer::Number(*bad), Answer::Number(10_000.0)),
            is_full: true,
        });
        let readings = Readings::from([(component.objectives[0].id, windows.collect())]);
        let derived = derive(&Facts {
            component,
            streaks: &Streaks::new(),
            readings: &readings,
            now: NOW,
        });
        (derived.reading, derived.rule)
    }

    fn with_objective() -> Component {
        let mut component = specimen::component(0);
        component.objectives.push(specimen::objective());
        component
    }

    #[test]
    fn a_burning_budget_is_public_by_what_customers_feel() {
        let component = with_objective();
        let level = |bad| burn(&component, &[(60, bad), (5, bad)], 0).0;
        assert_eq!(level(145.0), Reading::Known(Level::Degraded));
        assert_eq!(level(500.0), Reading::Known(Level::Partial));
        assert_eq!(level(5000.0), Reading::Known(Level::Major));
        assert_eq!(level(0.0), Reading::Known(Level::Operational));
        // The watch tier fires at 0.4 %, but the public floor is 1 %.
        assert_eq!(level(50.0), Reading::Known(Level::Operational));
        assert_eq!(level(100.0), Reading::Known(Level::Degraded));
    }

    #[test]
    fn latency_is_at_most_degraded_and_a_private_objective_shows_nothing() {
        let mut component = with_objective();
        component.objectives[0].indicator = Indicator::Latency {
            source: String::new(),
            good: String::new(),
            total: String::new(),
        };
        let held = [(60, 9000.0), (5, 9000.0)];
        assert_eq!(
            burn(&component, &held, 0).0,
            Reading::Known(Level::Degraded)
        );
        component.objectives[0].public = false;
        let calm = Reading::Known(Level::Operational);
        assert_eq!(burn(&component, &held, 0).0, calm);
    }

    #[test]
    fn stale_counts_are_no_evidence() {
        let component = with_objective();
        let held = [(60, 9000.0), (5, 9000.0)];
        assert_eq!(burn(&component, &held, 600).0, Reading::Known(Level::Major));
        let stale = (Reading::Unknown, Rule::NoFreshEvidence);
        assert_eq!(burn(&component, &held, 601), stale);
        assert_eq!(burn(&component, &[(60, 9000.0)], 0), stale);
    }
}
