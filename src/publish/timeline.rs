//! From stretches of status to ninety days and one figure. Pure; days are UTC.
//!
//! What counts as up is decided in [`crate::domain::uptime`]; here time is laid out for drawing.

use std::time::Duration;

use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::domain::uptime::Spent;
use crate::markup::bars::Day;
use crate::markup::times::Wall;
use crate::markup::{figures, marks};

/// How many days the page shows.
pub const DAYS: i64 = 90;

/// A restart of ours leaves less blindness than this, which a reader has no use for; it is still not counted.
const WORTH_DRAWING_MS: i64 = 5 * 60_000;

/// One stretch of one status, `until` not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub status: Status,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Lays stretches (ordered by start) over `from..until` without overlap; what none covers becomes `gap`.
#[must_use]
pub fn cover(
    stretches: &[Stretch],
    from: Timestamp,
    until: Timestamp,
    gap: Status,
) -> Vec<Stretch> {
    let mut covered = Vec::with_capacity(stretches.len() + 1);
    let mut at = from;
    for stretch in stretches {
        let (start, end) = (stretch.from.max(at), stretch.until.min(until));
        if start >= end {
            continue;
        }
        if start > at {
            covered.push(Stretch {
                status: gap,
                from: at,
                until: start,
            });
        }
        covered.push(Stretch {
            status: stretch.status,
            from: start,
            until: end,
        });
        at = end;
    }
    if at < until {
        covered.push(Stretch {
            status: gap,
            from: at,
            until,
        });
    }
    covered
}

/// At every moment the worst of several timelines: a group's own.
#[must_use]
pub fn worst_of(timelines: &[&[Stretch]]) -> Vec<Stretch> {
    let mut turns: Vec<(Timestamp, Status, i32)> = timelines
        .iter()
        .flat_map(|timeline| timeline.iter())
        .flat_map(|stretch| {
            [
                (stretch.from, stretch.status, 1),
                (stretch.until, stretch.status, -1),
            ]
        })
        .collect();
    turns.sort_by_key(|(at, _, _)| *at);
    let mut running = [0_i32; Status::ALL.len()];
    let mut merged: Vec<Stretch> = Vec::new();
    let mut turns = turns.into_iter().peekable();
    while let Some((at, status, change)) = turns.next() {
        if let Some(count) = running.get_mut(usize::from(status.severity())) {
            *count += change;
        }
        let Some((next, _, _)) = turns.peek() else {
            break;
        };
        if *next == at {
            continue;
        }
        if let Some(status) = worst_running(&running) {
            extend(
                &mut merged,
                Stretch {
                    status,
                    from: at,
                    until: *next,
                },
            );
        }
    }
    merged
}

/// Share of the counted time that was up, in hundredths of a percent; none when no time counted.
#[must_use]
pub fn uptime(timeline: &[Stretch]) -> Option<u32> {
    let mut tally = Tally::default();
    for stretch in timeline {
        tally.add(stretch.status, length(stretch));
    }
    tally.uptime()
}

/// The last ninety UTC days up to the wall's now, oldest first.
#[must_use]
pub fn days(timeline: &[Stretch], wall: &Wall) -> Vec<Day> {
    let today = wall.now().day();
    let mut rest = timeline;
    (today - DAYS + 1..=today)
        .map(|day| {
            let (start, end) = (
                Timestamp::start_of_day(day),
                Timestamp::start_of_day(day + 1),
            );
            while rest.first().is_some_and(|stretch| stretch.until <= start) {
                rest = rest.get(1..).unwrap_or_default();
            }
            let of_day: Vec<Stretch> = rest
                .iter()
                .take_while(|stretch| stretch.from < end)
                .map(|stretch| Stretch {
                    from: stretch.from.max(start),
                    until: stretch.until.min(end),
                    ..*stretch
                })
                .collect();
            one_day(day, &of_day, wall)
        })
        .collect()
}

fn one_day(day: i64, stretches: &[Stretch], wall: &Wall) -> Day {
    let mut tally = Tally::default();
    for stretch in stretches {
        tally.add(stretch.status, length(stretch));
    }
    let mut shown: Vec<(Status, i64)> = Status::ALL
        .into_iter()
        .map(|status| (status, tally.of(status)))
        .filter(|(status, millis)| is_worth_drawing(*status, *millis, stretches.len()))
        .collect();
    shown.sort_by_key(|(status, _)| std::cmp::Reverse(status.severity()));
    let last = stretches
        .last()
        .filter(|stretch| stretch.until >= wall.now());
    let words = shown
        .iter()
        .map(|(status, millis)| words_of(*status, *millis, last, wall));
    let words = words.collect::<Vec<_>>().join("; ");
    let quiet = (!stretches.is_empty()).then_some(Status::Operational);
    Day {
        day,
        worst: shown.first().map(|(status, _)| *status).or(quiet),
        words,
        uptime: tally.uptime(),
    }
}

/// A whole day without data is drawn however short the day was; a blink of it among other things is not.
fn is_worth_drawing(status: Status, millis: i64, stretches: usize) -> bool {
    match status {
        Status::Operational => false,
        Status::Unknown => millis >= WORTH_DRAWING_MS || (millis > 0 && stretches == 1),
        Status::DegradedPerformance
        | Status::PartialOutage
        | Status::MajorOutage
        | Status::UnderMaintenance => millis > 0,
    }
}

fn words_of(status: Status, millis: i64, last: Option<&Stretch>, wall: &Wall) -> String {
    let began_today = last.filter(|last| {
        last.status == status
            && length(last) == millis
            && last.from > Timestamp::start_of_day(last.from.day())
    });
    if let Some(last) = began_today {
        return format!(
            "{} since {}",
            marks::words(status),
            wall.clock_words(last.from)
        );
    }
    let span = Duration::from_millis(u64::try_from(millis).unwrap_or_default());
    format!("{}, {}", marks::words(status), figures::duration(span))
}

fn worst_running(running: &[i32]) -> Option<Status> {
    Status::ALL
        .into_iter()
        .filter(|status| {
            running
                .get(usize::from(status.severity()))
                .is_some_and(|count| *count > 0)
        })
        .max_by_key(|status| status.severity())
}

fn extend(merged: &mut Vec<Stretch>, next: Stretch) {
    match merged.last_mut() {
        Some(last) if last.status == next.status && last.until == next.from => {
            last.until = next.until;
        }
        _ => merged.push(next),
    }
}

fn length(stretch: &Stretch) -> i64 {
    stretch
        .until
        .as_millis()
        .saturating_sub(stretch.from.as_millis())
        .max(0)
}

/// Time per status, counted as [`crate::domain::uptime`] says.
#[derive(Default)]
struct Tally(Spent);

impl Tally {
    fn add(&mut self, status: Status, millis: i64) {
        *self.slot(status) += u64::try_from(millis).unwrap_or_default();
    }

    fn of(&mut self, status: Status) -> i64 {
        i64::try_from(*self.slot(status)).unwrap_or(i64::MAX)
    }

    const fn slot(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::Operational => &mut self.0.operational,
            Status::DegradedPerformance => &mut self.0.degraded,
            Status::PartialOutage => &mut self.0.partial,
            Status::MajorOutage => &mut self.0.major,
            Status::UnderMaintenance => &mut self.0.maintenance,
            Status::Unknown => &mut self.0.unknown,
        }
    }

    /// Rounded down.
    fn uptime(&self) -> Option<u32> {
        let share = self.0.uptime()?;
        u32::try_from(u128::from(share.good) * 10_000 / u128::from(share.of)).ok()
    }
}

#[cfg(test)]
mod tests;
