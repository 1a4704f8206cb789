//! SLO arithmetic: what a window held and how much of the budget it spent.
//! What missing data means is said in [`crate::domain::sample`].
//!
//! Source: the SRE Workbook's chapter on alerting on SLOs, with OpenSLO's terms. Everything that decides is exact:
//! targets are parts per billion, events are whole millionths, and ratios are compared by cross-multiplication in
//! `u128`. (In floats `14.4 * (1 - 0.9999)` is a little less than 0.00144, and 144 bad of 100 000 would fire.) The
//! floats this file returns are for people to read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::objective::{BILLION, Target};

/// Events are counted in millionths: `rate()` times seconds gives 143.99999999999997 where 144 is meant.
const MILLION: f64 = 1_000_000.0;

/// More events than this in one window is a mistake, and would overflow what we multiply.
const MOST_EVENTS: f64 = 1e13;

/// Bad and total events of one window, in millionths of an event; `bad <= total` and `total > 0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    bad: u64,
    total: u64,
}

impl Events {
    /// Rounded to millionths; none when negative, not finite, beyond 10^13 events, bad above total, or no traffic.
    #[must_use]
    pub fn new(bad: f64, total: f64) -> Option<Self> {
        let (bad, total) = (millionths(bad)?, millionths(total)?);
        (total > 0 && bad <= total).then_some(Self { bad, total })
    }

    #[must_use]
    pub fn bad(self) -> f64 {
        to_events(self.bad)
    }

    #[must_use]
    pub fn total(self) -> f64 {
        to_events(self.total)
    }

    /// The error ratio, to be read.
    #[must_use]
    pub fn error_ratio(self) -> f64 {
        to_events(self.bad) / to_events(self.total)
    }

    /// `err / E`: 1 spends exactly the budget over the whole window of the objective. To be read.
    #[must_use]
    pub fn burn(self, target: Target) -> f64 {
        self.error_ratio() / ratio(u128::from(target.budget_parts()), u128::from(BILLION))
    }

    /// Whether `err > factor x E`, strictly and exactly.
    #[must_use]
    pub fn burns_faster_than(self, factor: Factor, target: Target) -> bool {
        let left = u128::from(self.bad) * u128::from(factor.denominator) * u128::from(BILLION);
        let right = u128::from(factor.numerator)
            * u128::from(target.budget_parts())
            * u128::from(self.total);
        left > right
    }

    /// Whether at least `percent` of events were bad, exactly.
    #[must_use]
    pub fn has_bad_percent(self, percent: u32) -> bool {
        u128::from(self.bad) * 100 >= u128::from(percent) * u128::from(self.total)
    }

    /// Whether at least so many whole events were bad.
    #[must_use]
    pub fn has_bad(self, events: u32) -> bool {
        u128::from(self.bad) >= u128::from(events) * 1_000_000
    }

    /// `R = 1 - err / E`, signed: less than nothing when overspent. To be read.
    #[must_use]
    pub fn budget_remaining(self, target: Target) -> f64 {
        1.0 - self.burn(target)
    }

    /// Whether the remaining budget is at most `percent` of the whole, exactly; 0 asks whether it is spent.
    #[must_use]
    pub fn has_at_most(self, percent: u8, target: Target) -> bool {
        let spent = u128::from(self.bad) * u128::from(BILLION) * 100;
        let share = u128::from(100_u8.saturating_sub(percent));
        spent >= share * u128::from(target.budget_parts()) * u128::from(self.total)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range was checked"
)]
fn millionths(events: f64) -> Option<u64> {
    (events.is_finite() && (0.0..=MOST_EVENTS).contains(&events))
        .then(|| (events * MILLION).round() as u64)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn to_events(millionths: u64) -> f64 {
    millionths as f64 / MILLION
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn ratio(part: u128, whole: u128) -> f64 {
    part as f64 / whole as f64
}

/// How many times faster than sustainable: an exact fraction, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    numerator: u64,
    denominator: u64,
}

impl Factor {
    /// Burning slower than 1 meets the objective, so a smaller factor is taken as 1 (28 days at 0.933 would fire on
    /// a service that keeps its promise).
    #[must_use]
    pub const fn new(numerator: u64, denominator: u64) -> Self {
        if denominator == 0 || numerator < denominator {
            return Self {
                numerator: 1,
                denominator: 1,
            };
        }
        Self {
            numerator,
            denominator,
        }
    }

    #[must_use]
    pub fn as_f64(self) -> f64 {
        ratio(u128::from(self.numerator), u128::from(self.denominator))
    }

    /// Whether `factor x E >= numerator / denominator`, exactly.
    #[must_use]
    pub fn reaches(self, target: Target, numerator: u64, denominator: u64) -> bool {
        u128::from(self.numerator) * u128::from(target.budget_parts()) * u128::from(denominator)
            >= u128::from(numerator) * u128::from(self.denominator) * u128::from(BILLION)
    }
}

/// The whole budget as time: `E x window`, in milliseconds, rounded down.
#[must_use]
pub fn budget_time(target: Target, window: Duration) -> Duration {
    let millis = window.as_millis() * u128::from(target.budget_parts()) / u128::from(BILLION);
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// When what remains of the budget is spent at the present burn: `R x window / B`. None while nothing burns; zero
/// when it is spent already.
#[must_use]
pub fn exhausted_in(remaining: f64, burn: f64, window: Duration) -> Option<Duration> {
    if remaining <= 0.0 {
        return Some(Duration::ZERO);
    }
    (burn > 0.0)
        .then(|| Duration::try_from_secs_f64(remaining * window.as_secs_f64() / burn).ok())
        .flatten()
}

/// How the budget stands; with hysteresis, so that it does not flicker at a boundary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetStatus {
    #[default]
    Healthy,
    AtRisk,
    Exhausted,
}

/// Exhausted at nothing left and until 2 % is back; at risk at 20 % left and until 25 % is back (slo.md 2.6).
#[must_use]
pub fn budget_status(before: BudgetStatus, events: Events, target: Target) -> BudgetStatus {
    let has_less = |percent| !has_at_least(events, target, percent);
    let is_exhausted = match before {
        BudgetStatus::Exhausted => has_less(2),
        BudgetStatus::Healthy | BudgetStatus::AtRisk => events.has_at_most(0, target),
    };
    if is_exhausted {
        return BudgetStatus::Exhausted;
    }
    let is_at_risk = match before {
        BudgetStatus::Healthy => events.has_at_most(20, target),
        BudgetStatus::AtRisk | BudgetStatus::Exhausted => has_less(25),
    };
    if is_at_risk {
        return BudgetStatus::AtRisk;
    }
    BudgetStatus::Healthy
}

fn has_at_least(events: Events, target: Target, percent: u8) -> bool {
    let spent = u128::from(events.bad) * u128::from(BILLION) * 100;
    let share = u128::from(100_u8.saturating_sub(percent));
    spent <= share * u128::from(target.budget_parts()) * u128::from(events.total)
}

/// A figure is published whole only when at least four fifths of what was expected could be measured (slo.md 2.5).
#[must_use]
pub fn is_covered(measured: u64, expected: u64) -> bool {
    expected > 0 && u128::from(measured) * 10 >= u128::from(expected) * 8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(parts: u64) -> Target {
        Target::from_parts_per_billion(parts).unwrap()
    }

    fn hours(hours: u64) -> Duration {
        Duration::from_secs(hours * 3600)
    }

    fn events(bad: f64, total: f64) -> Events {
        Events::new(bad, total).unwrap()
    }

    #[test]
    fn v3_a_full_budget_lasts_the_window_divided_by_the_burn() {
        for (burn, seconds) in [
            (1.0, 2_592_000.0),
            (2.0, 1_296_000.0),
            (4.0, 648_000.0),
            (10.0, 259_200.0),
            (14.4, 180_000.0),
            (1000.0, 2592.0),
        ] {
            let left = exhausted_in(1.0, burn, hours(720)).unwrap();
            assert!((left.as_secs_f64() - seconds).abs() < 1e-3, "{burn}");
        }
        assert_eq!(exhausted_in(1.0, 0.0, hours(720)), None);
        assert_eq!(exhausted_in(-0.1, 1.0, hours(720)), Some(Duration::ZERO));
    }

    #[test]
    fn v4_budgets_in_seconds() {
        for (parts, days, millis) in [
            (990_000_000, 30, 25_920_000),
            (995_000_000, 30, 12_960_000),
            (999_000_000, 30, 2_592_000),
            (999_500_000, 30, 1_296_000),
            (999_900_000, 30, 259_200),
            (999_990_000, 30, 25_920),
            (999_000_000, 28, 2_419_200),
            (999_000_000, 7, 604_800),
            (999_000_000, 90, 7_776_000),
        ] {
            let budget = budget_time(target(parts), hours(days * 24));
            assert_eq!(budget, Duration::from_millis(millis));
        }
    }

    #[test]
    fn v8_the_comparison_is_strict_and_exact() {
        let (quick, target_) = (Factor::new(144, 10), target(999_000_000));
        assert!(!events(144.0, 10_000.0).burns_faster_than(quick, target_));
        assert!(events(145.0, 10_000.0).burns_faster_than(quick, target_));
        assert!(!events(144.0, 100_000.0).burns_faster_than(quick, target(999_900_000)));
    }

    #[test]
    fn v18_occurrences_add_events_and_not_ratios() {
        let both = events(100.0 + 5.0, 1000.0 + 10.0);
        assert!((1.0 - both.error_ratio() - 905.0 / 1010.0).abs() < 1e-12);
    }

    #[test]
    fn a_budget_is_signed_and_its_status_does_not_flicker() {
        let nines = target(999_000_000);
        assert!(events(2.0, 1000.0).budget_remaining(nines) < -0.99);
        let with = |before, bad| budget_status(before, events(bad, 100_000.0), nines);
        assert_eq!(with(BudgetStatus::Healthy, 79.0), BudgetStatus::Healthy);
        assert_eq!(with(BudgetStatus::Healthy, 80.0), BudgetStatus::AtRisk);
        assert_eq!(with(BudgetStatus::AtRisk, 76.0), BudgetStatus::AtRisk);
        assert_eq!(with(BudgetStatus::AtRisk, 75.0), BudgetStatus::Healthy);
        assert_eq!(with(BudgetStatus::AtRisk, 100.0), BudgetStatus::Exhausted);
        assert_eq!(with(BudgetStatus::Exhausted, 99.0), BudgetStatus::Exhausted);
        assert_eq!(with(BudgetStatus::Exhausted, 98.0), BudgetStatus::AtRisk);
    }

    #[test]
    fn four_fifths_must_be_measured() {
        assert!(is_covered(8, 10));
        assert!(!is_covered(79, 100));
        assert!(!is_covered(0, 0));
    }

    proptest! {
        #[test]
        fn more_errors_never_burn_slower(bad in 0_u32..10_000, more in 0_u32..10_000) {
            let factor = Factor::new(6, 1);
            let few = events(f64::from(bad), 20_000.0);
            let many = events(f64::from(bad) + f64::from(more), 20_000.0);
            let goal = target(999_000_000);
            prop_assert!(!few.burns_faster_than(factor, goal) || many.burns_faster_than(factor, goal));
        }
    }
}
