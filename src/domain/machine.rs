//! The state machine of one component: streaks, readings, timers and what is shown, with a step for each thing that
//! can happen. The server and `allclear replay` drive this same code. Stops 4 and 5 of the journey.
//!
//! It holds no configuration and no clock. All of it is stored, so that a restart resumes where it stopped; the same
//! steps give the same transitions, whether or not it was stored and read in between.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::check::Check;
use crate::domain::component::Component;
use crate::domain::derive::{Derived, Facts, Readings, Streaks, WindowReading, derive};
use crate::domain::hysteresis::{self, Hold, Reading};
use crate::domain::id::ObjectiveId;
use crate::domain::observation::Outcome;
use crate::domain::overlay::{Overlays, Shown, show};
use crate::domain::rule::Rule;
use crate::domain::sample::Sample;
use crate::domain::status::{Level, Status};
use crate::domain::streak;
use crate::domain::timestamp::Timestamp;
use crate::domain::transition::{self, Deciding, Transition};

/// A shorter absence than the least staleness limit is no different from a check that was not yet due.
const ABSENCE: Duration = Duration::from_mins(2);

/// Everything remembered about one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub streaks: Streaks,
    pub readings: Readings,
    pub hold: Hold,
    /// The status evidence gives, after hysteresis and before anything people said.
    pub measured: Status,
    /// The status shown.
    pub status: Status,
    /// Since when.
    pub since: Timestamp,
    /// The rule behind `measured`.
    pub rule: Rule,
    /// First bad evidence of the present trouble.
    pub began_at: Option<Timestamp>,
}

/// What one look at one check of this component saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look<'a> {
    pub location: &'a str,
    pub outcome: Outcome,
    pub at: Timestamp,
}

/// What a step is taken with.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    pub component: &'a Component,
    pub overlays: &'a Overlays,
    pub config_hash: &'a str,
    pub now: Timestamp,
}

/// What a step changed: either, both or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stepped {
    /// For the interval of kind "measured".
    pub measured: Option<MeasuredChange>,
    /// For the ledger: the shown status changed.
    pub transition: Option<Transition>,
}

/// The status evidence gives changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasuredChange {
    pub from: Status,
    pub to: Status,
    pub at: Timestamp,
    /// First bad evidence, for trouble; else `at`.
    pub began_at: Timestamp,
    pub rule: Rule,
}

/// A stretch in which we were not alive: it is to be recorded as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Machine {
    /// How a component begins: unknown when something measures it, declared operational when nothing does.
    #[must_use]
    pub fn new(component: &Component, now: Timestamp) -> Self {
        if component.is_measured() {
            return Self::starting(Hold::unknown(), Rule::NoFreshEvidence, now);
        }
        Self::starting(Hold::operational(), Rule::NotMeasured, now)
    }

    /// How a trace of raw levels begins.
    #[must_use]
    pub fn operational(now: Timestamp) -> Self {
        Self::starting(Hold::operational(), Rule::Given, now)
    }

    fn starting(hold: Hold, rule: Rule, now: Timestamp) -> Self {
        let status = hold.published.status();
        Self {
            streaks: Streaks::new(),
            readings: Readings::new(),
            hold,
            measured: status,
            status,
            since: now,
            rule,
            began_at: None,
        }
    }

    /// Takes a look into account; says whether the check should be looked at again soon. The caller passes the check
    /// of this component that was looked at; [`Machine::tick`] draws the consequences.
    pub fn observe(&mut self, check: &Check, look: Look<'_>) -> bool {
        let locations = self.streaks.entry(check.id).or_default();
        let before = locations.get(look.location).cloned().unwrap_or_default();
        let after = streak::observe(check, &before, look.outcome, look.at);
        let is_unconfirmed = streak::is_unconfirmed(&after);
        locations.insert(look.location.to_owned(), after);
        is_unconfirmed
    }

    /// Takes what one window of an objective held. What could not be measured replaces nothing: the last counts stand
    /// until they are stale, because silence neither raises nor resolves.
    pub fn read(&mut self, objective: ObjectiveId, reading: WindowReading) {
        let is_answer = match reading.sample {
            Sample::Measured(_) | Sample::NoTraffic => true,
            Sample::NoData | Sample::SourceDown | Sample::Invalid => false,
        };
        let windows = self.readings.entry(objective).or_default();
        let known = windows
            .iter_mut()
            .find(|known| known.window == reading.window);
        match known {
            Some(known) if is_answer => *known = reading,
            Some(_) => {}
            None => windows.push(reading),
        }
    }

    /// Derives, holds, lays over. Idempotent: a second tick at the same moment changes nothing.
    pub fn tick(&mut self, with: Circumstances<'_>) -> Stepped {
        let derived = derive(&Facts {
            component: with.component,
            streaks: &self.streaks,
            readings: &self.readings,
            now: with.now,
        });
        self.settle(derived, with)
    }

    /// The part of a tick from L5 on, for a raw level that is given.
    pub fn settle(&mut self, derived: Derived, with: Circumstances<'_>) -> Stepped {
        let now = with.now;
        let before = self.hold.published;
        self.hold = hysteresis::step(&self.hold, derived.reading, now, &with.component.hysteresis);
        self.remember_beginning(derived, now);
        self.remember_rule(before, derived);
        let (established, rule) = self.established(derived);
        let measured = self.measured_change(established, rule, now);
        let shown = show(established, with.overlays, now);
        let transition =
            (shown.status != self.status).then(|| self.transition(derived, (shown, rule), with));
        if transition.is_some() {
            self.status = shown.status;
            self.since = now;
        }
        if self.is_calm(derived) {
            self.began_at = None;
        }
        Stepped {
            measured,
            transition,
        }
    }

    /// After a restart: stops the timers at the last sign of life, and names the time that nobody watched. The status
    /// stays as it was; the next tick finds stale evidence by itself.
    pub fn resume(&mut self, last_alive: Timestamp, now: Timestamp) -> Option<Gap> {
        self.hold = hysteresis::freeze(&self.hold, last_alive);
        (now.since(last_alive) > ABSENCE).then_some(Gap {
            from: last_alive,
            to: now,
        })
    }

    fn remember_beginning(&mut self, derived: Derived, now: Timestamp) {
        let is_trouble = match derived.reading {
            Reading::Known(level) => level > Level::Operational,
            Reading::Unknown => false,
        };
        if is_trouble && self.began_at.is_none() {
            self.began_at = Some(derived.began_at.map_or(now, |began| began.min(now)));
        }
    }

    fn is_calm(&self, derived: Derived) -> bool {
        let calm = Reading::Known(Level::Operational);
        derived.reading == calm && self.hold.published == calm
    }

    /// A level that went down did so because nothing worse was seen for long enough.
    fn remember_rule(&mut self, before: Reading, derived: Derived) {
        match (before, self.hold.published) {
            (before, published) if before == published => {}
            (Reading::Known(before), Reading::Known(published)) if published < before => {
                self.rule = Rule::Cleared;
            }
            (Reading::Known(_) | Reading::Unknown, Reading::Known(_) | Reading::Unknown) => {
                self.rule = derived.rule;
            }
        }
    }

    /// What the timers hold, unless that is calm while a critical check is stale and trouble waits for its raise time:
    /// then nothing supports "operational" any more, and it is unknown until the trouble is raised or clears.
    fn established(&self, derived: Derived) -> (Reading, Rule) {
        let is_calm = self.hold.published == Reading::Known(Level::Operational);
        if is_calm && derived.has_stale_critical {
            return (Reading::Unknown, Rule::CriticalStale);
        }
        (self.hold.published, self.rule)
    }

    fn measured_change(
        &mut self,
        established: Reading,
        rule: Rule,
        now: Timestamp,
    ) -> Option<MeasuredChange> {
        let to = established.status();
        let change = (to != self.measured).then(|| MeasuredChange {
            from: self.measured,
            to,
            at: now,
            began_at: self.beginning_of(to, now),
            rule,
        });
        self.measured = to;
        change
    }

    fn beginning_of(&self, status: Status, now: Timestamp) -> Timestamp {
        match status {
            Status::DegradedPerformance | Status::PartialOutage | Status::MajorOutage => {
                self.began_at.unwrap_or(now)
            }
            Status::Operational | Status::UnderMaintenance | Status::Unknown => now,
        }
    }

    fn transition(
        &self,
        derived: Derived,
        (shown, rule): (Shown, Rule),
        with: Circumstances<'_>,
    ) -> Transition {
        let held_ms = match self.hold.published {
            Reading::Known(level) => self.hold.held_ms(level),
            Reading::Unknown => 0,
        };
        let deciding = Deciding {
            rule: shown.rule.unwrap_or(rule),
            derived,
            from: self.status,
            to: shown.status,
            held_ms,
            began_at: self.beginning_of(shown.status, with.now),
        };
        transition::record(&deciding, (&self.streaks, &self.readings), with)
    }
}

#[cfg(test)]
mod tests;
