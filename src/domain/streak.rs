//! Streaks: consecutive observations of one check at one location, and the hard state they add up to.
//! Stop 4 of the journey. Before: [`crate::watch::ingest`] takes the observation in. After: [`crate::domain::quorum`].
//!
//! Rule L1 of the derivation: hard down after `fail_after` consecutive fails, hard up after `recover_after` looks
//! that did not fail; slow after 3 looks that were slow or worse, no longer slow after 2 passes. `Inconclusive` is
//! our own fault and changes nothing, not even the age of the evidence. From unknown one pass is enough.

use serde::{Deserialize, Serialize};

use crate::domain::check::{Check, CheckKind};
use crate::domain::observation::Outcome;
use crate::domain::timestamp::Timestamp;

/// Looks in a row that were slow or worse before the check counts as slow (L1).
const SLOW_AFTER: u32 = 3;
/// Passes in a row before it no longer does (L1).
const FAST_AFTER: u32 = 2;

/// What a streak has established.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HardState {
    #[default]
    Unknown,
    Up,
    Slow,
    Down,
}

/// The memory of one check at one location. Stored after each change, so that a restart resumes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streak {
    pub state: HardState,
    /// When `state` was entered.
    pub since: Option<Timestamp>,
    /// The last conclusive look.
    pub seen_at: Option<Timestamp>,
    /// First fail of the present trouble; kept until the state is no longer down.
    pub failing_since: Option<Timestamp>,
    /// First look of the present trouble that was slow or worse.
    pub slow_since: Option<Timestamp>,
    fails: u32,
    not_fails: u32,
    slows: u32,
    passes: u32,
}

/// Takes one look into account.
///
/// ```
/// # use allclear::domain::{streak::{self, HardState, Streak, Thresholds}, observation::Outcome, timestamp::Timestamp};
/// let rule = Thresholds { fail_after: 3, recover_after: 2 };
/// let looks = [Outcome::Pass, Outcome::Fail, Outcome::Fail, Outcome::Fail];
/// let streak = looks.iter().zip(1..).fold(Streak::default(), |streak, (outcome, second)| {
///     streak::step(rule, &streak, *outcome, Timestamp::from_seconds(second))
/// });
/// assert_eq!(streak.state, HardState::Down);
/// assert_eq!(streak.failing_since, Some(Timestamp::from_seconds(2)));
/// ```
#[must_use]
pub fn step(rule: Thresholds, before: &Streak, outcome: Outcome, at: Timestamp) -> Streak {
    let mut after = before.clone();
    match outcome {
        Outcome::Inconclusive => return after,
        Outcome::Pass => {
            (after.fails, after.slows) = (0, 0);
            after.not_fails = after.not_fails.saturating_add(1);
            after.passes = after.passes.saturating_add(1);
        }
        Outcome::Slow => {
            (after.fails, after.passes) = (0, 0);
            after.not_fails = after.not_fails.saturating_add(1);
            after.slows = after.slows.saturating_add(1);
            after.slow_since.get_or_insert(at);
        }
        Outcome::Fail => {
            (after.not_fails, after.passes) = (0, 0);
            after.fails = after.fails.saturating_add(1);
            after.slows = after.slows.saturating_add(1);
            after.slow_since.get_or_insert(at);
            after.failing_since.get_or_insert(at);
        }
    }
    after.seen_at = Some(at);
    after.state = settle(rule, &after, outcome);
    if after.state != before.state {
        after.since = Some(at);
    }
    forget_past_trouble(&mut after);
    after
}

/// How many looks in a row it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    pub fail_after: u32,
    pub recover_after: u32,
}

impl From<&Check> for Thresholds {
    fn from(check: &Check) -> Self {
        Self {
            fail_after: check.fail_after,
            recover_after: check.recover_after,
        }
    }
}

/// The same for a whole check: a streak that had gone stale begins again from unknown, so that old passes cannot
/// make a fresh failure look well.
#[must_use]
pub fn observe(check: &Check, before: &Streak, outcome: Outcome, at: Timestamp) -> Streak {
    if outcome != Outcome::Inconclusive && before.seen_at.is_some() && !is_fresh(check, before, at)
    {
        return step(check.into(), &Streak::default(), outcome, at);
    }
    step(check.into(), before, outcome, at)
}

/// Whether the last conclusive look is young enough to be evidence. A heartbeat is judged by its own schedule.
#[must_use]
pub fn is_fresh(check: &Check, streak: &Streak, now: Timestamp) -> bool {
    let Some(seen_at) = streak.seen_at else {
        return false;
    };
    match check.kind {
        CheckKind::Heartbeat(_) => true,
        CheckKind::Http(_) | CheckKind::Tcp(_) | CheckKind::Prometheus(_) => {
            now.since(seen_at) <= check.stale_after()
        }
    }
}

/// A failure not yet confirmed asks to be looked at again after `retry_interval` instead of `interval`.
#[must_use]
pub fn is_unconfirmed(streak: &Streak) -> bool {
    streak.fails > 0 && streak.state != HardState::Down
}

impl Streak {
    /// As evidence tells it: `down x3`, `up`, `slow x4`, `up, fail x1`.
    #[must_use]
    pub fn describe(&self) -> String {
        match (self.state, self.fails) {
            (HardState::Unknown, 0) => "unknown".to_owned(),
            (HardState::Unknown, fails) => format!("unknown, fail x{fails}"),
            (HardState::Up, 0) => "up".to_owned(),
            (HardState::Up, fails) => format!("up, fail x{fails}"),
            (HardState::Slow, _) => format!("slow x{}", self.slows),
            (HardState::Down, 0) => format!("down, recovering x{}", self.not_fails),
            (HardState::Down, fails) => format!("down x{fails}"),
        }
    }
}

fn settle(rule: Thresholds, streak: &Streak, outcome: Outcome) -> HardState {
    let was = streak.state;
    if streak.fails >= rule.fail_after.max(1) {
        return HardState::Down;
    }
    if was == HardState::Down && streak.not_fails < rule.recover_after.max(1) {
        return HardState::Down;
    }
    let is_slow = streak.slows >= SLOW_AFTER;
    if is_slow || (was == HardState::Slow && streak.passes < FAST_AFTER) {
        return HardState::Slow;
    }
    match was {
        HardState::Unknown if outcome == Outcome::Pass => HardState::Up,
        HardState::Unknown => HardState::Unknown,
        HardState::Up | HardState::Slow | HardState::Down => HardState::Up,
    }
}

/// The beginning of trouble is remembered while it lasts, and while it is only suspected.
fn forget_past_trouble(streak: &mut Streak) {
    let is_calm = streak.slows == 0;
    match streak.state {
        HardState::Slow if streak.fails == 0 => streak.failing_since = None,
        HardState::Down | HardState::Slow => {}
        HardState::Unknown | HardState::Up => {
            if streak.fails == 0 {
                streak.failing_since = None;
            }
            if is_calm {
                streak.slow_since = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Fail, Inconclusive, Pass, Slow};

    fn after(looks: &[Outcome]) -> Streak {
        let rule = Thresholds {
            fail_after: 3,
            recover_after: 2,
        };
        looks
            .iter()
            .zip(0..)
            .fold(Streak::default(), |streak, (outcome, second)| {
                step(rule, &streak, *outcome, Timestamp::from_seconds(second))
            })
    }

    #[test]
    fn one_pass_ends_unknown_and_one_failure_does_not() {
        assert_eq!(after(&[Pass]).state, HardState::Up);
        assert_eq!(after(&[Fail, Fail]).state, HardState::Unknown);
        assert_eq!(after(&[Fail, Fail, Pass]).state, HardState::Up);
        assert_eq!(after(&[Slow]).state, HardState::Unknown);
    }

    #[test]
    fn three_failures_in_a_row_are_down_and_two_passes_are_up() {
        assert_eq!(after(&[Pass, Fail, Fail, Pass, Fail]).state, HardState::Up);
        let down = after(&[Pass, Fail, Fail, Fail]);
        assert_eq!(down.state, HardState::Down);
        assert_eq!(down.failing_since, Some(Timestamp::from_seconds(1)));
        assert_eq!(after(&[Fail, Fail, Fail, Pass]).state, HardState::Down);
        let up = after(&[Fail, Fail, Fail, Pass, Pass]);
        assert_eq!((up.state, up.failing_since), (HardState::Up, None));
    }

    #[test]
    fn inconclusive_changes_nothing() {
        assert_eq!(after(&[Inconclusive; 5]), Streak::default());
        let looks = [Fail, Inconclusive, Fail, Inconclusive, Fail];
        assert_eq!(after(&looks).state, HardState::Down);
    }

    #[test]
    fn three_slow_looks_are_slow_and_two_passes_end_it() {
        assert_eq!(after(&[Pass, Slow, Slow]).state, HardState::Up);
        assert_eq!(after(&[Pass, Slow, Slow, Slow]).state, HardState::Slow);
        assert_eq!(after(&[Slow, Slow, Slow, Pass]).state, HardState::Slow);
        assert_eq!(after(&[Slow, Slow, Slow, Pass, Pass]).state, HardState::Up);
        let both = after(&[Fail, Fail, Fail, Slow, Slow]);
        assert_eq!(both.state, HardState::Slow);
    }

    #[test]
    fn an_unconfirmed_failure_asks_for_another_look_soon() {
        assert!(is_unconfirmed(&after(&[Pass, Fail])));
        assert!(!is_unconfirmed(&after(&[Pass, Fail, Fail, Fail])));
        assert!(!is_unconfirmed(&after(&[Pass, Fail, Pass])));
    }
}
