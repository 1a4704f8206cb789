//! Derivation: from evidence about one component to its raw level, and the rule that decided. Stop 5 of the journey.
//! Before: [`crate::domain::streak`] and [`crate::domain::quorum`]. After: [`crate::domain::hysteresis`].
//!
//! Rules L2 to L4, without dependencies. A function of configuration, evidence and time: the same facts give the same
//! answer. [`crate::domain::evidence::explain`] tells the reader of it what was used and what was not.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::budget_evidence::Burning;
use crate::domain::check::Check;
use crate::domain::component::Component;
use crate::domain::hysteresis::Reading;
use crate::domain::id::{CheckId, ObjectiveId};
use crate::domain::quorum::{self, Agreed, Tally, Vote};
use crate::domain::rule::Rule;
use crate::domain::sample::Sample;
use crate::domain::status::Level;
use crate::domain::streak::{HardState, Streak, is_fresh};
use crate::domain::timestamp::Timestamp;

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
    /// A critical check is stale while other evidence shows trouble: what is not in trouble is not known to be well.
    pub has_stale_critical: bool,
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
        return Derived {
            has_stale_critical: checks.has_stale_critical,
            ..worst
        };
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
            has_stale_critical: false,
        }
    }

    const fn unknown(rule: Rule) -> Self {
        Self {
            reading: Reading::Unknown,
            rule,
            began_at: None,
            has_stale_critical: false,
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
            has_stale_critical: false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::observation::Outcome;
    use crate::domain::specimen;
    use crate::domain::streak::observe;

    const NOW: Timestamp = Timestamp::from_seconds(10_000);

    /// Each check looked at ten times, every second up to `NOW` less `age` seconds.
    fn looked(component: &Component, outcomes: &[(Outcome, i64)]) -> Streaks {
        let mut streaks = Streaks::new();
        for (check, (outcome, age)) in component.checks.iter().zip(outcomes) {
            let mut streak = Streak::default();
            for back in (0..10).rev() {
                let at = Timestamp::from_seconds(10_000 - age - back);
                streak = observe(check, &streak, *outcome, at);
            }
            let at_fra = BTreeMap::from([("fra".to_owned(), streak)]);
            streaks.insert(check.id, at_fra);
        }
        streaks
    }

    fn judge(component: &Component, outcomes: &[(Outcome, i64)]) -> (Reading, Rule) {
        let derived = derive(&Facts {
            component,
            streaks: &looked(component, outcomes),
            readings: &Readings::new(),
            now: NOW,
        });
        (derived.reading, derived.rule)
    }

    use Outcome::{Fail, Inconclusive, Pass, Slow};

    #[test]
    fn checks_add_up_as_the_derivation_says() {
        let known = |level, rule| (Reading::Known(level), rule);
        let two = specimen::component(2);
        let all = known(Level::Major, Rule::AllCriticalDown);
        assert_eq!(judge(&two, &[(Fail, 0), (Fail, 0)]), all);
        let some = known(Level::Partial, Rule::SomeCriticalDown);
        assert_eq!(judge(&two, &[(Fail, 0), (Pass, 0)]), some);
        let slow = known(Level::Degraded, Rule::CriticalSlow);
        assert_eq!(judge(&two, &[(Slow, 0), (Pass, 0)]), slow);
        let well = known(Level::Operational, Rule::AllWell);
        assert_eq!(judge(&two, &[(Pass, 0), (Pass, 0)]), well);
        let mut k_of_n = specimen::component(3);
        k_of_n.major_k = Some(2);
        let major = known(Level::Major, Rule::MajorKDown);
        assert_eq!(judge(&k_of_n, &[(Fail, 0), (Fail, 0), (Pass, 0)]), major);
        let mut lesser = specimen::component(2);
        lesser.checks[1].critical = false;
        let other = known(Level::Degraded, Rule::OtherDown);
        assert_eq!(judge(&lesser, &[(Pass, 0), (Fail, 0)]), other);
    }

    #[test]
    fn a_stale_critical_check_is_unknown_unless_fresh_evidence_is_bad() {
        let two = specimen::component(2);
        let stale = (Reading::Unknown, Rule::CriticalStale);
        assert_eq!(judge(&two, &[(Pass, 121), (Pass, 0)]), stale);
        assert_eq!(judge(&two, &[(Pass, 120), (Pass, 0)]).1, Rule::AllWell);
        assert_eq!(judge(&two, &[(Inconclusive, 0), (Pass, 0)]), stale);
        let worse = judge(&two, &[(Pass, 121), (Fail, 0)]);
        assert_eq!(worse.0, Reading::Known(Level::Partial));
    }

    #[test]
    fn a_component_that_nothing_measures_is_declared_operational() {
        let declared = (Reading::Known(Level::Operational), Rule::NotMeasured);
        assert_eq!(judge(&specimen::component(0), &[]), declared);
    }

    #[test]
    fn trouble_began_with_the_first_failure() {
        let one = specimen::component(1);
        let derived = derive(&Facts {
            component: &one,
            streaks: &looked(&one, &[(Fail, 0)]),
            readings: &Readings::new(),
            now: NOW,
        });
        assert_eq!(derived.began_at, Some(Timestamp::from_seconds(9991)));
    }
}
