//! Heartbeats: the other side reports, and we judge whether it did so in time.
//!
//! Silence is a failure only when we were there to hear: a call that was due while we were not alive may have been
//! missed by us, and the next one decides. Cron lines are read on the wall clock of their zone, so that "03:00" is
//! once a day through both clock changes.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::domain::check::{HeartbeatCheck, HeartbeatSchedule};
use crate::domain::observation::Outcome;
use crate::domain::timestamp::Timestamp;

/// The purpose under which a heartbeat's token is sealed in its row.
pub const TOKEN_PURPOSE: &str = "heartbeat";

/// The last calls of each kind, and since when we have been listening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    pub started_at: Option<Timestamp>,
    pub succeeded_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    /// When the heartbeat was made, or when we came back, whichever is later.
    pub listening_since: Timestamp,
}

/// What the calls mean at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    pub outcome: Outcome,
    /// The stable reason code of the observation.
    pub reason: &'static str,
    /// When the next success is due, grace not included; none for a schedule that never comes.
    pub due: Option<Timestamp>,
}

/// The cron line or its zone cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{line}` in `{time_zone}` is not a five-field cron line in an IANA zone")]
pub struct InvalidSchedule {
    pub line: String,
    pub time_zone: String,
}

/// Judges a heartbeat at `now`.
#[must_use]
pub fn judge(check: &HeartbeatCheck, calls: Calls, now: Timestamp) -> Judged {
    let Ok(next) = next_due(&check.schedule, calls) else {
        return judged(Outcome::Inconclusive, "bad_schedule", None);
    };
    if calls.failed_at > calls.succeeded_at {
        return judged(Outcome::Fail, "reported_failure", next);
    }
    if next.is_some_and(|due| now > due + check.grace) {
        let is_running = calls.started_at > calls.succeeded_at;
        let reason = if is_running {
            "not_finished"
        } else {
            "not_called"
        };
        return judged(Outcome::Fail, reason, next);
    }
    match calls.succeeded_at {
        None => judged(Outcome::Inconclusive, "not_called_yet", next),
        Some(succeeded_at) if is_excused(check, succeeded_at, calls, now) => {
            judged(Outcome::Inconclusive, "not_listening_when_due", next)
        }
        Some(_) => judged(Outcome::Pass, "called", next),
    }
}

/// When the next success is due, after the last one or since we listen.
///
/// # Errors
/// [`InvalidSchedule`] for a cron line that cannot be read.
pub fn next_due(
    schedule: &HeartbeatSchedule,
    calls: Calls,
) -> Result<Option<Timestamp>, InvalidSchedule> {
    let heard = calls
        .succeeded_at
        .map_or(calls.listening_since, |at| at.max(calls.listening_since));
    due_after(schedule, heard)
}

/// The first moment after `after` at which the schedule expects a call.
///
/// # Errors
/// [`InvalidSchedule`] for a cron line that cannot be read.
pub fn due_after(
    schedule: &HeartbeatSchedule,
    after: Timestamp,
) -> Result<Option<Timestamp>, InvalidSchedule> {
    match schedule {
        HeartbeatSchedule::Every(period) => Ok(Some(after + (*period).max(Duration::from_secs(1)))),
        HeartbeatSchedule::Cron { line, time_zone } => {
            let crontab = read_cron(line, time_zone)?;
            Ok(crontab
                .find_next(cronexpr::MakeTimestamp(after.to_jiff()))
                .ok()
                .map(|next| Timestamp::from_millis(next.timestamp().as_millisecond())))
        }
    }
}

/// Reads a cron line; the configuration refuses what this refuses.
///
/// # Errors
/// [`InvalidSchedule`] when the line has not five fields or the zone is not known.
pub fn read_cron(line: &str, time_zone: &str) -> Result<cronexpr::Crontab, InvalidSchedule> {
    let refuse = || InvalidSchedule {
        line: line.to_owned(),
        time_zone: time_zone.to_owned(),
    };
    if line.split_whitespace().count() != 5 || TimeZone::get(time_zone).is_err() {
        return Err(refuse());
    }
    cronexpr::parse_crontab(&format!("{line} {time_zone}")).map_err(|_| refuse())
}

/// A success was due before we listened: it may have come while we could not hear it.
fn is_excused(
    check: &HeartbeatCheck,
    succeeded_at: Timestamp,
    calls: Calls,
    now: Timestamp,
) -> bool {
    let due = due_after(&check.schedule, succeeded_at).unwrap_or_default();
    succeeded_at < calls.listening_since && due.is_some_and(|due| now > due + check.grace)
}

const fn judged(outcome: Outcome, reason: &'static str, due: Option<Timestamp>) -> Judged {
    Judged {
        outcome,
        reason,
        due,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(seconds: u64, grace: u64) -> HeartbeatCheck {
        HeartbeatCheck {
            token: None,
            schedule: HeartbeatSchedule::Every(Duration::from_secs(seconds)),
            grace: Duration::from_secs(grace),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    fn calls(succeeded_at: Option<i64>) -> Calls {
        Calls {
            started_at: None,
            succeeded_at: succeeded_at.map(at),
            failed_at: None,
            listening_since: at(0),
        }
    }

    fn outcome(calls: Calls, now: i64) -> (Outcome, &'static str) {
        let judged = judge(&every(60, 30), calls, at(now));
        (judged.outcome, judged.reason)
    }

    #[test]
    fn a_call_in_time_passes_and_silence_after_grace_fails() {
        assert_eq!(outcome(calls(Some(100)), 190).0, Outcome::Pass);
        let late = (Outcome::Fail, "not_called");
        assert_eq!(outcome(calls(Some(100)), 191), late);
        let young = (Outcome::Inconclusive, "not_called_yet");
        assert_eq!(outcome(calls(None), 90), young);
        assert_eq!(outcome(calls(None), 91), late);
    }

    #[test]
    fn a_reported_failure_stands_until_a_success() {
        let failed = Calls {
            failed_at: Some(at(110)),
            ..calls(Some(100))
        };
        assert_eq!(outcome(failed, 111), (Outcome::Fail, "reported_failure"));
        let mended = Calls {
            succeeded_at: Some(at(120)),
            ..failed
        };
        assert_eq!(outcome(mended, 121).0, Outcome::Pass);
    }

    #[test]
    fn a_start_without_an_end_is_told_apart() {
        let hung = Calls {
            started_at: Some(at(150)),
            ..calls(Some(100))
        };
        assert_eq!(outcome(hung, 191), (Outcome::Fail, "not_finished"));
    }

    #[test]
    fn silence_while_we_were_gone_is_not_a_failure() {
        let back = Calls {
            listening_since: at(500),
            ..calls(Some(100))
        };
        assert_eq!(
            outcome(back, 510),
            (Outcome::Inconclusive, "not_listening_when_due")
        );
        assert_eq!(outcome(back, 591).0, Outcome::Fail);
    }

    #[test]
    fn a_cron_line_is_due_once_a_day_through_both_clock_changes() {
        let schedule = HeartbeatSchedule::Cron {
            line: "0 3 * * *".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
        };
        let mut after = Timestamp::parse("2026-03-27T12:00:00Z").unwrap();
        let mut due = Vec::new();
        for _ in 0..3 {
            after = due_after(&schedule, after).unwrap().unwrap();
            due.push(after.to_string());
        }
        assert_eq!(
            due,
            [
                "2026-03-28T02:00:00.000Z",
                "2026-03-29T01:00:00.000Z",
                "2026-03-30T01:00:00.000Z"
            ]
        );
        let before = Timestamp::parse("2026-10-24T12:00:00Z").unwrap();
        let first = due_after(&schedule, before).unwrap().unwrap();
        assert_eq!(first.to_string(), "2026-10-25T02:00:00.000Z");
        let second = due_after(&schedule, first).unwrap().unwrap();
        assert_eq!(second.to_string(), "2026-10-26T02:00:00.000Z");
    }

    #[test]
    fn lines_and_zones_that_cannot_be_read_are_refused() {
        for (line, zone) in [
            ("0 3 * *", "Europe/Berlin"),
            ("0 3 * * *", "Mars/Olympus"),
            ("61 3 * * *", "UTC"),
            ("0 3 * * * UTC", "UTC"),
        ] {
            assert!(read_cron(line, zone).is_err(), "{line} {zone}");
        }
        assert!(read_cron("0 3 * * *", "UTC").is_ok());
    }
}
