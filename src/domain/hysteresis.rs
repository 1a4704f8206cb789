//! Hysteresis: how long a raw level must last before it is published, and how long calm before it is taken back.
//! Stop 5 of the journey, after [`crate::domain::derive`]. After: [`crate::domain::overlay`], then
//! [`crate::domain::event`].
//!
//! Rule L5 of the derivation: raise to L when raw has been at L or worse for `raise(L)` without a break; lower when
//! raw has been below the published level for `clear_after`, to the worst raw seen in that time. Unknown freezes the
//! timers. From unknown, calm evidence is published at once and a worse level waits for its raise time.
//!
//! Flap damping (L6) belongs between this file and [`crate::domain::overlay`]; it is not built.

use serde::{Deserialize, Serialize};

use crate::domain::component::Hysteresis;
use crate::domain::span::millis;
use crate::domain::status::{Level, Status};
use crate::domain::timestamp::Timestamp;

/// What evidence says at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    Known(Level),
    Unknown,
}

impl Reading {
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Known(level) => level.status(),
            Self::Unknown => Status::Unknown,
        }
    }
}

/// The timers of one component. `published` is unknown until something is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub published: Reading,
    reading: Reading,
    at: Option<Timestamp>,
    /// For degraded, partial and major.
    sides: [Side; 3],
}

/// On which side of one level raw is, and for how long: known time only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Side {
    is_at_or_above: bool,
    for_ms: u64,
}

const RAISED: [Level; 3] = [Level::Degraded, Level::Partial, Level::Major];

impl Hold {
    /// Nothing is known yet: how a component that is measured begins.
    #[must_use]
    pub fn unknown() -> Self {
        Self::starting(Reading::Unknown)
    }

    /// Declared operational: how a component that nothing measures begins, and a level trace.
    #[must_use]
    pub fn operational() -> Self {
        Self::starting(Reading::Known(Level::Operational))
    }

    fn starting(published: Reading) -> Self {
        Self {
            published,
            reading: Reading::Unknown,
            at: None,
            sides: [Side::default(); 3],
        }
    }

    /// How long raw has been at `level` or worse; zero for operational or when it is not.
    #[must_use]
    pub fn held_ms(&self, level: Level) -> u64 {
        RAISED
            .iter()
            .zip(&self.sides)
            .find(|(raised, side)| **raised == level && side.is_at_or_above)
            .map_or(0, |(_, side)| side.for_ms)
    }
}

/// Advances to `now`, at which evidence says `reading`; until then it said what it said last time.
#[must_use]
pub fn step(before: &Hold, reading: Reading, now: Timestamp, rule: &Hysteresis) -> Hold {
    let mut after = freeze(before, now);
    after.reading = reading;
    let Reading::Known(raw) = reading else {
        after.published = Reading::Unknown;
        return after;
    };
    for (level, side) in RAISED.iter().zip(&mut after.sides) {
        let is_at_or_above = raw >= *level;
        if side.is_at_or_above != is_at_or_above {
            *side = Side {
                is_at_or_above,
                for_ms: 0,
            };
        }
    }
    after.published = settle(&after, raw, rule);
    after
}

/// Advances the timers to `now` and stops them there: what follows is not known until the next step.
#[must_use]
pub fn freeze(before: &Hold, now: Timestamp) -> Hold {
    let mut after = before.clone();
    if let (Some(at), Reading::Known(_)) = (before.at, before.reading) {
        let passed = millis(now.since(at));
        for side in &mut after.sides {
            side.for_ms = side.for_ms.saturating_add(passed);
        }
    }
    after.at = Some(now);
    after.reading = Reading::Unknown;
    after
}

fn settle(hold: &Hold, raw: Level, rule: &Hysteresis) -> Reading {
    let raised = raised_to(hold, rule);
    let Reading::Known(published) = hold.published else {
        if raw == Level::Operational || raised > Level::Operational {
            return Reading::Known(raised);
        }
        return Reading::Unknown;
    };
    if raised > published {
        return Reading::Known(raised);
    }
    Reading::Known(lowered_from(hold, published, rule))
}

/// The worst level that raw has held long enough.
fn raised_to(hold: &Hold, rule: &Hysteresis) -> Level {
    RAISED
        .iter()
        .zip(&hold.sides)
        .filter(|(level, side)| side.is_at_or_above && side.for_ms >= millis(rule.raise(**level)))
        .map(|(level, _)| *level)
        .next_back()
        .unwrap_or(Level::Operational)
}

/// The worst level at or below `published` that raw has touched within `clear_after`: a level not touched for that
/// long is over, and one touched since is what remains.
fn lowered_from(hold: &Hold, published: Level, rule: &Hysteresis) -> Level {
    let clear = millis(rule.clear_after);
    let is_over = |side: &Side| !side.is_at_or_above && side.for_ms >= clear;
    RAISED
        .iter()
        .zip(&hold.sides)
        .filter(|(level, side)| **level <= published && !is_over(side))
        .map(|(level, _)| *level)
        .next_back()
        .unwrap_or(Level::Operational)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs raw intervals `(level, from, to)` in seconds on a 10 s tick and returns what was published when.
    fn run(raw: &[(u8, i64, i64)], until: i64) -> Vec<(Level, i64)> {
        let mut hold = Hold::operational();
        let mut told = Vec::new();
        for second in (0..=until).step_by(10) {
            let level = raw
                .iter()
                .filter(|(_, from, to)| (*from..*to).contains(&second))
                .map(|(level, _, _)| *level)
                .max()
                .unwrap_or(0);
            let reading = Reading::Known(Level::from_number(level).unwrap());
            let next = step(
                &hold,
                reading,
                Timestamp::from_seconds(second),
                &Hysteresis::default(),
            );
            if let (true, Reading::Known(level)) =
                (next.published != hold.published, next.published)
            {
                told.push((level, second));
            }
            hold = next;
        }
        told
    }

    #[test]
    fn s1_a_major_outage_shows_at_once_and_clears_after_five_minutes() {
        let told = run(&[(3, 0, 600)], 1500);
        assert_eq!(told, [(Level::Major, 0), (Level::Operational, 900)]);
    }

    #[test]
    fn s2_a_short_degradation_is_not_told() {
        assert_eq!(run(&[(1, 0, 100)], 1500), []);
    }

    #[test]
    fn s3_an_outage_inside_a_degradation_never_shows_degraded() {
        let told = run(&[(1, 0, 180), (3, 60, 180)], 1500);
        assert_eq!(told, [(Level::Major, 60), (Level::Operational, 480)]);
    }

    #[test]
    fn s4_two_outages_close_together_are_one() {
        let told = run(&[(3, 0, 120), (3, 240, 360)], 1500);
        assert_eq!(told, [(Level::Major, 0), (Level::Operational, 660)]);
    }

    #[test]
    fn clearing_goes_to_the_worst_seen_while_clearing() {
        let told = run(&[(3, 0, 100), (1, 100, 1000)], 2000);
        let expected = [
            (Level::Major, 0),
            (Level::Degraded, 400),
            (Level::Operational, 1300),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn unknown_freezes_the_timers() {
        let rule = Hysteresis::default();
        let degraded = Reading::Known(Level::Degraded);
        let at = Timestamp::from_seconds;
        let hold = step(&Hold::operational(), degraded, at(0), &rule);
        let hold = step(&hold, Reading::Unknown, at(110), &rule);
        let hold = step(&hold, degraded, at(1000), &rule);
        assert_eq!(hold.published, Reading::Unknown);
        let hold = step(&hold, degraded, at(1010), &rule);
        assert_eq!(hold.published, degraded);
    }

    #[test]
    fn from_unknown_calm_shows_at_once() {
        let rule = Hysteresis::default();
        let calm = Reading::Known(Level::Operational);
        let hold = step(&Hold::unknown(), calm, Timestamp::from_seconds(0), &rule);
        assert_eq!(hold.published, calm);
    }
}
