//! Derivation: from evidence about one component to its raw level, and the rule that decided. Stop 5 of the journey.
//! Before: [`crate::domain::streak`] and [`crate::domain::quorum`]. After: [`crate::domain::hysteresis`].
//!
//! Rules L2 to L4, without dependencies. A function of configuration, evidence and time: the same facts give the same
//! answer. [`crate::domain::evidence::explain`] tells the reader of it what was used and what was not.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::burn_rate::{self, Measured, PairState, Tier};
use crate::domain::check::Check;
use crate::domain::component::Component;
use crate::domain::hysteresis::Reading;
use crate::domain::id::{CheckId, ObjectiveId};
use crate::domain::objective::{Indicator, Objective};
use crate::domain::quorum::{self, Agreed, Tally, Vote};
use crate::domain::rule::Rule;
use crate::domain::slo::Sample;
use crate::domain::status::Level;
use crate::domain::streak::{HardState, Streak, is_fresh};
use crate::domain::timestamp::Timestamp;

/// Older counts are no evidence.
pub const COUNTS_STALE_AFTER: Duration = Duration::from_secs(600);

/// In the short window at least this share of events must fail before customers are told anything (`public_floor`).
const PUBLIC_FLOOR_PERCENT: u32 = 1;
const PARTIAL_PERCENT: u32 = 5;
const MAJOR_PERCENT: u32 = 50;

/// Streaks by check and location.
pub type Streaks = BTreeMap<CheckId, BTreeMap<String, Streak>>;

/// Readings by objective and window.
pub type Readings = BTreeMap<ObjectiveId, Vec<WindowReading>>;

/// What one window of one objective held when it was last measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WindowReading {
    pub window: Duration,
    pub at: Timestamp,
    pub sample: Sample,
    /// The objective has data over at least this window.
    pub is_full: bool,
}

/// Everything derivation may look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub component: &'a Component,
    pub streaks: &'a Streaks,
    pub readings: &'a Readings,
    pub now: Timestamp,
}

/// The raw level, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derived {
    pub reading: Reading,
    pub rule: Rule,
    /// First bad evidence behind the level, where a streak remembers it.
    pub began_at: Option<Timestamp>,
}

/// Decides the raw level of one component.
#[must_use]
pub fn derive(facts: &Facts<'_>) -> Derived {
    if !facts.component.is_measured() {
        return Derived::known(Level::Operational, Rule::NotMeasured);
    }
    let checks = weigh_checks(facts);
    let objectives = weigh_objectives(facts);
    let worst = if objectives.level > checks.level {
        objectives.verdict()
    } else {
        checks.verdict()
    };
    if worst.reading != Reading::Known(Level::Operational) {
        return worst;
    }
    if checks.has_stale_critical {
        return Derived::unknown(Rule::CriticalStale);
    }
    if !checks.has_fresh && !objectives.has_fresh {
        return Derived::unknown(Rule::NoFreshEvidence);
    }
    worst
}

impl Derived {
    #[must_use]
    pub const fn known(level: Level, rule: Rule) -> Self {
        Self {
            reading: Reading::Known(level),
            rule,
            began_at: None,
        }
    }

    const fn unknown(rule: Rule) -> Self {
        Self {
            reading: Reading::Unknown,
            rule,
            began_at: None,
        }
    }
}

/// How one check stands over all its fresh locations.
#[must_use]
pub fn tally(check: &Check, facts: &Facts<'_>) -> Tally {
    let votes = fresh_streaks(check, facts).map(|(_, streak)| Vote {
        state: streak.state,
        since: streak.since,
    });
    quorum::judge(votes, check.locations.len(), facts.now)
}

/// Locations of a check whose last look is evidence.
pub fn fresh_streaks<'a>(
    check: &'a Check,
    facts: &'a Facts<'_>,
) -> impl Iterator<Item = (&'a String, &'a Streak)> {
    facts
        .streaks
        .get(&check.id)
        .into_iter()
        .flatten()
        .filter(|(_, streak)| is_fresh(check, streak, facts.now))
}

/// What one kind of evidence says.
struct Weighed {
    level: Level,
    rule: Rule,
    began_at: Option<Timestamp>,
    has_fresh: bool,
    has_stale_critical: bool,
}

impl Weighed {
    const fn verdict(&self) -> Derived {
        Derived {
            reading: Reading::Known(self.level),
            rule: self.rule,
            began_at: self.began_at,
        }
    }
}

fn weigh_checks(facts: &Facts<'_>) -> Weighed {
    let mut count = Count::default();
    for check in &facts.component.checks {
        count.add(check, tally(check, facts).agreed, facts);
    }
    let (level, rule) = count.level(facts.component.major_k);
    Weighed {
        level,
        rule,
        began_at: count.began_at,
        has_fresh: count.has_fresh,
        has_stale_critical: count.has_stale_critical,
    }
}

#[derive(Default)]
struct Count {
    critical: u32,
    down: u32,
    partial: u32,
    slow: u32,
    other_down: u32,
    has_fresh: bool,
    has_stale_critical: bool,
    began_at: Option<Timestamp>,
}

impl Count {
    fn add(&mut self, check: &Check, agreed: Agreed, facts: &Facts<'_>) {
        self.critical += u32::from(check.critical);
        self.has_fresh |= agreed != Agreed::Unknown;
        match (agreed, check.critical) {
            (Agreed::Unknown, true) => self.has_stale_critical = true,
            (Agreed::Down, true) => self.down += 1,
            (Agreed::Partial, true) => self.partial += 1,
            (Agreed::Slow, true) => self.slow += 1,
            (Agreed::Down, false) => self.other_down += 1,
            (Agreed::Unknown | Agreed::Partial | Agreed::Slow, false) | (Agreed::Up, _) => return,
        }
        self.remember_beginning(check, facts);
    }

    fn remember_beginning(&mut self, check: &Check, facts: &Facts<'_>) {
        let first = fresh_streaks(check, facts)
            .filter_map(|(_, streak)| match streak.state {
                HardState::Down => streak.failing_since,
                HardState::Slow => streak.slow_since,
                HardState::Up | HardState::Unknown => None,
            })
            .min();
        self.began_at = self.began_at.into_iter().chain(first).min();
    }

    fn level(&self, major_k: Option<u32>) -> (Level, Rule) {
        if self.critical > 0 && self.down == self.critical {
            return (Level::Major, Rule::AllCriticalDown);
        }
        if self.down > 0 && major_k.is_some_and(|k| self.down >= k) {
            return (Level::Major, Rule::MajorKDown);
        }
        if self.down > 0 {
            return (Level::Partial, Rule::SomeCriticalDown);
        }
        if self.partial > 0 {
            return (Level::Degraded, Rule::CriticalPartial);
        }
        if self.slow > 0 {
            return (Level::Degraded, Rule::CriticalSlow);
        }
        if self.other_down > 0 {
            return (Level::Degraded, Rule::OtherDown);
        }
        (Level::Operational, Rule::AllWell)
    }
}

fn weigh_objectives(facts: &Facts<'_>) -> Weighed {
    let mut weighed = Weighed {
        level: Level::Operational,
        rule: Rule::AllWell,
        began_at: None,
        has_fresh: false,
        has_stale_critical: false,
    };
    for objective in &facts.component.objectives {
        let burning = Burning::of(objective, facts);
        weighed.has_fresh |= burning.is_evidence();
        let level = burning.public_level(objective);
        if level > weighed.level {
            weighed.level = level;
            weighed.rule = Rule::of_burn(level);
        }
    }
    weighed
}

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
