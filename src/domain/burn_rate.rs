//! Burn rate alerting: pairs of windows with one factor each, and whether a pair fires.
//!
//! Source: SRE Workbook, table 5-8 (multiwindow, multi-burn-rate) and slo.md 2.2. Both windows of a pair use the same
//! factor and both must exceed it, strictly. For 30 and 28 days the windows are fixed and the factor is
//! `share x period / long`; for other periods the windows scale by `period / 30 d`, rounded to a minute, and the
//! factors stay. A `watch` tier at 4 x warns before a page would.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::objective::{Target, Window};
use crate::domain::sample::Sample;
use crate::domain::slo::Factor;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

/// How urgent a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    PageQuick,
    PageSlow,
    Watch,
    TicketQuick,
    TicketSlow,
}

impl Tier {
    pub const ALL: [Self; 5] = [
        Self::PageQuick,
        Self::PageSlow,
        Self::Watch,
        Self::TicketQuick,
        Self::TicketSlow,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PageQuick => "page-quick",
            Self::PageSlow => "page-slow",
            Self::Watch => "watch",
            Self::TicketQuick => "ticket-quick",
            Self::TicketSlow => "ticket-slow",
        }
    }

    /// Tickets are the owner's alone; the others may support a public level (derivation L3).
    #[must_use]
    pub const fn is_public_evidence(self) -> bool {
        match self {
            Self::PageQuick | Self::PageSlow | Self::Watch => true,
            Self::TicketQuick | Self::TicketSlow => false,
        }
    }

    /// So many bad events in the long window before the pair is believed (slo.md 2.4).
    #[must_use]
    pub const fn min_bad(self) -> u32 {
        match self {
            Self::PageQuick | Self::PageSlow | Self::Watch => 3,
            Self::TicketQuick | Self::TicketSlow => 1,
        }
    }

    /// Long and short window in seconds for 30 days.
    const fn windows(self) -> (u64, u64) {
        match self {
            Self::PageQuick | Self::Watch => (HOUR, 5 * MINUTE),
            Self::PageSlow => (6 * HOUR, 30 * MINUTE),
            Self::TicketQuick => (DAY, 2 * HOUR),
            Self::TicketSlow => (3 * DAY, 6 * HOUR),
        }
    }

    /// The share of the budget, in percent, that is spent when the pair fires; the watch tier has a factor instead.
    const fn share(self) -> Option<u64> {
        match self {
            Self::PageQuick => Some(2),
            Self::PageSlow => Some(5),
            Self::Watch => None,
            Self::TicketQuick | Self::TicketSlow => Some(10),
        }
    }
}

/// Two windows and the factor both must exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub tier: Tier,
    pub long: Duration,
    pub short: Duration,
    pub factor: Factor,
}

/// The length of an objective's window; a calendar month counts as 30 days for alerting.
#[must_use]
pub fn period(window: &Window) -> Duration {
    match window {
        Window::Rolling(length) => *length,
        Window::CalendarMonth { .. } => Duration::from_secs(30 * DAY),
    }
}

/// The five pairs of an objective over `period`.
#[must_use]
pub fn catalogue(period: Duration) -> [Pair; 5] {
    let days = period.as_secs() / DAY;
    let is_listed = period.subsec_nanos() == 0
        && period.as_secs().is_multiple_of(DAY)
        && (days == 30 || days == 28);
    Tier::ALL.map(|tier| {
        let (long, short) = tier.windows();
        if is_listed {
            return pair(tier, (long, short), factor(tier, period.as_secs()));
        }
        let scaled = (scale(long, period), scale(short, period));
        pair(tier, scaled, factor(tier, 30 * DAY))
    })
}

fn pair(tier: Tier, (long, short): (u64, u64), factor: Factor) -> Pair {
    Pair {
        tier,
        long: Duration::from_secs(long),
        short: Duration::from_secs(short),
        factor,
    }
}

/// `b = share x period / w`.
fn factor(tier: Tier, period: u64) -> Factor {
    tier.share().map_or(Factor::new(4, 1), |share| {
        Factor::new(share * period, 100 * tier.windows().0)
    })
}

/// `w x period / 30 d`, rounded to a minute, at least one.
fn scale(seconds: u64, period: Duration) -> u64 {
    let scaled = u128::from(seconds) * period.as_millis();
    let minute = u128::from(30 * DAY) * 1000 * u128::from(MINUTE);
    let minutes = (scaled + minute / 2) / minute;
    u64::try_from(minutes).unwrap_or(u64::MAX / MINUTE).max(1) * MINUTE
}

/// Every window to be asked for, shortest first: both of each pair, and the objective's own.
#[must_use]
pub fn windows(period: Duration) -> Vec<Duration> {
    let pairs = catalogue(period);
    let mut windows: Vec<Duration> = pairs
        .iter()
        .flat_map(|pair| [pair.short, pair.long])
        .collect();
    windows.push(period);
    windows.sort_unstable();
    windows.dedup();
    windows
}

/// A fault in the choice of target and window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// `factor x E >= 1`: not even a total outage burns so fast.
    #[error("the {} pair can never fire at this target: a total outage burns less", .0.name())]
    NeverFires(Tier),
    /// `factor x E > 0.5`: more than half of all events must fail.
    #[error("the {} pair fires only when more than half of all events fail", .0.name())]
    HardlyFires(Tier),
    /// A total outage spends the budget in less time than any check needs to see it.
    #[error("a total outage spends this budget in less than a minute: alerting cannot defend it")]
    Indefensible,
}

impl Unfit {
    /// Whether the configuration must be refused; the others are warnings.
    #[must_use]
    pub const fn is_error(self) -> bool {
        match self {
            Self::NeverFires(_) => true,
            Self::HardlyFires(_) | Self::Indefensible => false,
        }
    }
}

/// What is wrong with `target` over `period`; empty when nothing is.
#[must_use]
pub fn judge_target(target: Target, period: Duration) -> Vec<Unfit> {
    let mut faults: Vec<Unfit> = catalogue(period)
        .iter()
        .filter_map(|pair| fault(pair, target))
        .collect();
    if crate::domain::slo::budget_time(target, period) < Duration::from_secs(MINUTE) {
        faults.push(Unfit::Indefensible);
    }
    faults
}

fn fault(pair: &Pair, target: Target) -> Option<Unfit> {
    if pair.factor.reaches(target, 1, 1) {
        return Some(Unfit::NeverFires(pair.tier));
    }
    // Strictly more than a half: one part in a billion above it is more than any factor's grain.
    let is_hard = pair.factor.reaches(target, 500_000_001, 1_000_000_000);
    is_hard.then_some(Unfit::HardlyFires(pair.tier))
}

/// How a pair stands. `Critical` fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairState {
    /// Long and short exceed.
    Critical,
    /// Only the long one still does.
    Recovering,
    /// Only the short one does yet.
    Increasing,
    Acceptable,
    /// Too few events, or less than one long window of data: not "ok".
    InsufficientEvidence,
    /// A window that would decide could not be measured.
    Unmeasured,
}

impl PairState {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Recovering => "recovering",
            Self::Increasing => "increasing",
            Self::Acceptable => "acceptable",
            Self::InsufficientEvidence => "insufficient_evidence",
            Self::Unmeasured => "unmeasured",
        }
    }
}

/// What the two windows of a pair held. `is_full`: the objective has at least one long window of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    pub long: Option<Sample>,
    pub short: Option<Sample>,
    pub is_full: bool,
}

/// Judges one pair. A window that is below the factor settles it alone: both must exceed.
#[must_use]
pub fn judge(pair: &Pair, target: Target, measured: Measured) -> PairState {
    let events = |sample| match sample {
        Some(Sample::Measured(events)) => Some(events),
        Some(Sample::NoTraffic | Sample::NoData | Sample::SourceDown | Sample::Invalid) | None => {
            None
        }
    };
    let (long, short) = (events(measured.long), events(measured.short));
    let exceeds =
        |events: crate::domain::slo::Events| events.burns_faster_than(pair.factor, target);
    match (long.map(exceeds), short.map(exceeds)) {
        (Some(true), Some(true)) => {
            let is_enough = long.is_some_and(|events| events.has_bad(pair.tier.min_bad()));
            if is_enough && measured.is_full {
                return PairState::Critical;
            }
            PairState::InsufficientEvidence
        }
        (Some(true), Some(false)) => PairState::Recovering,
        (Some(false), Some(true)) => PairState::Increasing,
        (Some(false), Some(false) | None) | (None, Some(false)) => PairState::Acceptable,
        (Some(true), None) | (None, Some(true) | None) => PairState::Unmeasured,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::slo::Events;

    fn target(parts: u64) -> Target {
        Target::from_parts_per_billion(parts).unwrap()
    }

    fn days(days: u64) -> Duration {
        Duration::from_secs(days * DAY)
    }

    fn both(long: (f64, f64), short: (f64, f64)) -> Measured {
        let sample = |(bad, total)| Events::new(bad, total).map(Sample::Measured);
        Measured {
            long: sample(long),
            short: sample(short),
            is_full: true,
        }
    }

    #[test]
    fn v1_factors_of_the_catalogue() {
        for (period, factors) in [
            (30, [14.4, 6.0, 4.0, 3.0, 1.0]),
            (28, [13.44, 5.6, 4.0, 2.8, 1.0]),
        ] {
            for (pair, factor) in catalogue(days(period)).iter().zip(factors) {
                assert!((pair.factor.as_f64() - factor).abs() < 1e-12, "{pair:?}");
            }
        }
    }

    #[test]
    fn v5_five_percent_in_an_hour_is_a_factor_of_36() {
        let factor = Factor::new(5 * 30 * DAY, 100 * HOUR);
        assert!((factor.as_f64() - 36.0).abs() < 1e-12);
    }

    #[test]
    fn a_day_scales_the_windows_down() {
        let minutes = catalogue(days(1))
            .map(|pair| (pair.long.as_secs() / MINUTE, pair.short.as_secs() / MINUTE));
        assert_eq!(minutes, [(2, 1), (12, 1), (2, 1), (48, 4), (144, 12)]);
        assert!((catalogue(days(1))[0].factor.as_f64() - 14.4).abs() < 1e-12);
    }

    #[test]
    fn v8_a_pair_fires_only_above_its_factor() {
        let quick = catalogue(days(30))[0];
        let nines = target(999_000_000);
        let at = (144.0, 10_000.0);
        assert_eq!(judge(&quick, nines, both(at, at)), PairState::Acceptable);
        let above = (145.0, 10_000.0);
        assert_eq!(
            judge(&quick, nines, both(above, above)),
            PairState::Critical
        );
        assert_eq!(judge(&quick, nines, both(above, at)), PairState::Recovering);
        assert_eq!(judge(&quick, nines, both(at, above)), PairState::Increasing);
    }

    #[test]
    fn v11_a_pair_that_can_never_fire_is_refused() {
        let faults = judge_target(target(900_000_000), days(30));
        assert!(faults.contains(&Unfit::NeverFires(Tier::PageQuick)));
        assert!(faults.contains(&Unfit::HardlyFires(Tier::PageSlow)));
        assert!(judge_target(target(999_000_000), days(30)).is_empty());
        let five_nines = judge_target(target(999_990_000), days(30));
        assert_eq!(five_nines, [Unfit::Indefensible]);
    }

    #[test]
    fn too_few_events_are_not_enough() {
        let quick = catalogue(days(30))[0];
        let few = both((2.0, 10.0), (2.0, 10.0));
        let state = judge(&quick, target(999_000_000), few);
        assert_eq!(state, PairState::InsufficientEvidence);
        let young = Measured {
            is_full: false,
            ..both((50.0, 100.0), (50.0, 100.0))
        };
        let state = judge(&quick, target(999_000_000), young);
        assert_eq!(state, PairState::InsufficientEvidence);
    }

    /// One request a second, clean but for 15 % errors in [0, 600): what each window holds at `now`.
    fn v7_window(now: i64, window: i64) -> (f64, f64) {
        let from = (now - window).max(0);
        let seconds = (now.min(600) - from).max(0);
        let seconds = i32::try_from(seconds).unwrap();
        (
            f64::from(seconds) * 0.15,
            f64::from(i32::try_from(window).unwrap()),
        )
    }

    #[test]
    fn v7_ten_minutes_of_fifteen_percent_fire_the_quick_pair_only() {
        let pairs = catalogue(days(30));
        let fires = |pair: &Pair, now| {
            let held = |window: Duration| v7_window(now, i64::try_from(window.as_secs()).unwrap());
            let measured = both(held(pair.long), held(pair.short));
            judge(pair, target(999_000_000), measured) == PairState::Critical
        };
        for (now, expected) in [(340, false), (350, true), (870, true), (880, false)] {
            assert_eq!(fires(&pairs[0], now), expected, "{now}");
        }
        assert!((0..4000).step_by(10).all(|now| !fires(&pairs[1], now)));
    }

    #[test]
    fn v14_an_hour_of_total_outage_overspends_before_a_for_clause_ends() {
        let budget = crate::domain::slo::budget_time(target(999_000_000), days(30));
        assert!(Duration::from_secs(HOUR) > budget);
    }
}
