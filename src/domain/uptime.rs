//! Bars and uptime, from state intervals alone.
//!
//! Settled question "Bars and uptime": days are UTC; downtime weighs major 1, partial 0.3, degraded 0; maintenance and
//! unknown are left out of both sides; a figure is rounded down and is 100 only when nothing was lost; a group's
//! figure is the time-union of its members; days before a component was watched say so.

use crate::domain::status::Status;
use crate::domain::timestamp::{DAY_MS, Timestamp};

/// One stretch of one status; `to` is none while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub status: Status,
    pub from: Timestamp,
    pub to: Option<Timestamp>,
}

/// A stretch of time, end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Milliseconds spent in each status; they add up to the part of the window that was watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    pub operational: u64,
    pub degraded: u64,
    pub partial: u64,
    pub major: u64,
    pub maintenance: u64,
    pub unknown: u64,
}

/// An exact share: `good` of `of`, in tenths of a millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    pub good: u64,
    pub of: u64,
}

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Number of the UTC day, 0 = 1970-01-01.
    pub day: i64,
    /// False for a day that ended before the component was watched.
    pub is_watched: bool,
    pub spent: Spent,
    /// The worst status of the day; unknown for a day that was not watched.
    pub worst: Status,
    /// None when nothing of the day was known.
    pub uptime: Option<Ratio>,
}

/// The last `days` UTC days up to `now`, oldest first. Time from `since` on that no interval covers is unknown.
#[must_use]
pub fn bars(intervals: &[Interval], since: Timestamp, now: Timestamp, days: u32) -> Vec<Day> {
    let last = now.day();
    (0..i64::from(days))
        .rev()
        .map(|back| {
            bar(
                intervals,
                last.saturating_sub(back),
                Span {
                    from: since,
                    to: now,
                },
            )
        })
        .collect()
}

fn bar(intervals: &[Interval], day: i64, watched: Span) -> Day {
    let start = Timestamp::start_of_day(day);
    let end = Timestamp::start_of_day(day.saturating_add(1));
    let window = Span {
        from: start.max(watched.from),
        to: end.min(watched.to),
    };
    let is_watched = window.from < window.to;
    let spent = spent(intervals, window);
    Day {
        day,
        is_watched,
        spent,
        worst: if is_watched {
            spent.worst()
        } else {
            Status::Unknown
        },
        uptime: spent.uptime(),
    }
}

/// The share of known time that was good; none when no time in `window` was known.
#[must_use]
pub fn uptime(intervals: &[Interval], window: Span) -> Option<Ratio> {
    spent(intervals, window).uptime()
}

/// Time in each status within `window`. Intervals of one component do not overlap; what they leave open is unknown.
#[must_use]
pub fn spent(intervals: &[Interval], window: Span) -> Spent {
    let mut spent = Spent::default();
    let mut covered = 0_u64;
    for interval in intervals {
        let from = interval.from.max(window.from);
        let to = interval.to.unwrap_or(window.to).min(window.to);
        let length = length(from, to).min(length(window.from, window.to) - covered);
        covered += length;
        *spent.slot(interval.status) += length;
    }
    spent.unknown += length(window.from, window.to) - covered;
    spent
}

fn length(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millis().saturating_sub(from.as_millis())).unwrap_or(0)
}

impl Spent {
    fn slot(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::Operational => &mut self.operational,
            Status::DegradedPerformance => &mut self.degraded,
            Status::PartialOutage => &mut self.partial,
            Status::MajorOutage => &mut self.major,
            Status::UnderMaintenance => &mut self.maintenance,
            Status::Unknown => &mut self.unknown,
        }
    }

    /// Everything watched.
    #[must_use]
    pub const fn whole(&self) -> u64 {
        self.known() + self.maintenance + self.unknown
    }

    /// What counts for uptime.
    #[must_use]
    pub const fn known(&self) -> u64 {
        self.operational + self.degraded + self.partial + self.major
    }

    /// Weighted downtime in tenths of a millisecond.
    #[must_use]
    pub const fn down_tenths(&self) -> u64 {
        self.major * 10 + self.partial * 3
    }

    /// Exact; none when nothing was known.
    #[must_use]
    pub fn uptime(&self) -> Option<Ratio> {
        let of = self.known() * 10;
        (of > 0).then(|| Ratio {
            good: of - self.down_tenths(),
            of,
        })
    }

    /// The worst status that took any time.
    #[must_use]
    pub fn worst(&self) -> Status {
        let lasted = [
            (self.operational, Status::Operational),
            (self.degraded, Status::DegradedPerformance),
            (self.partial, Status::PartialOutage),
            (self.major, Status::MajorOutage),
            (self.maintenance, Status::UnderMaintenance),
            (self.unknown, Status::Unknown),
        ];
        Status::worst(
            lasted
                .into_iter()
                .filter(|(millis, _)| *millis > 0)
                .map(|(_, status)| status),
        )
    }
}

impl Ratio {
    /// As a percentage with `digits` digits, rounded down: `99.99`, and `100` only when nothing was lost.
    ///
    /// ```
    /// # use allclear::domain::uptime::Ratio;
    /// assert_eq!(Ratio { good: 999_999, of: 1_000_000 }.percent(2), "99.99");
    /// assert_eq!(Ratio { good: 7, of: 7 }.percent(2), "100");
    /// ```
    #[must_use]
    pub fn percent(self, digits: u8) -> String {
        if self.good >= self.of {
            return "100".to_owned();
        }
        let scale = 10_u128.pow(u32::from(digits.min(9)));
        let scaled = u128::from(self.good) * 100 * scale / u128::from(self.of);
        let width = usize::from(digits.min(9));
        if width == 0 {
            return scaled.to_string();
        }
        format!("{}.{:0width$}", scaled / scale, scaled % scale)
    }

    /// To be read by machines that want a number; never 100 unless it is.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn as_f64(self) -> f64 {
        if self.good >= self.of {
            return 1.0;
        }
        (self.good as f64 / self.of as f64).min(1.0 - f64::EPSILON)
    }
}

/// Days in a window as UTC days count them: from `now` back.
#[must_use]
pub fn last_days(now: Timestamp, days: u32) -> Span {
    let millis = i64::from(days).saturating_mul(DAY_MS);
    Span {
        from: Timestamp::from_millis(now.as_millis().saturating_sub(millis)),
        to: now,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    fn interval(status: Status, from: i64, to: i64) -> Interval {
        Interval {
            status,
            from: at(from),
            to: Some(at(to)),
        }
    }

    const DAY: i64 = 86_400;

    #[test]
    fn downtime_is_weighed_and_the_figure_rounded_down() {
        let intervals = [
            interval(Status::Operational, 0, 600),
            interval(Status::MajorOutage, 600, 700),
            interval(Status::PartialOutage, 700, 800),
            interval(Status::DegradedPerformance, 800, 1000),
            interval(Status::UnderMaintenance, 1000, 5000),
            interval(Status::Unknown, 5000, 9000),
        ];
        let window = Span {
            from: at(0),
            to: at(9000),
        };
        let ratio = uptime(&intervals, window).unwrap();
        assert_eq!(ratio.percent(2), "87.00");
        let almost = Ratio {
            good: 99_999_999,
            of: 100_000_000,
        };
        assert_eq!(almost.percent(3), "99.999");
        assert_eq!(almost.percent(0), "99");
    }

    #[test]
    fn days_before_a_component_was_watched_are_marked() {
        let intervals = [Interval {
            status: Status::Operational,
            from: at(DAY + 100),
            to: None,
        }];
        let days = bars(&intervals, at(DAY + 100), at(2 * DAY + 50), 3);
        let watched: Vec<_> = days.iter().map(|day| (day.day, day.is_watched)).collect();
        assert_eq!(watched, [(0, false), (1, true), (2, true)]);
        assert_eq!(days[0].uptime, None);
        assert_eq!(days[1].spent.operational, 86_300_000);
        assert_eq!(
            days[2].uptime.map(|ratio| ratio.percent(2)),
            Some("100".to_owned())
        );
    }

    #[test]
    fn time_that_nothing_covers_is_unknown() {
        let days = bars(&[], at(0), at(DAY - 1), 1);
        assert_eq!((days[0].worst, days[0].uptime), (Status::Unknown, None));
    }

    proptest! {
        #[test]
        fn the_states_add_up_to_the_window(
            lengths in prop::collection::vec((0_usize..6, 0_i64..200_000), 0..40),
            start in 0_i64..DAY,
            days in 1_u32..5,
        ) {
            let mut from = start;
            let mut intervals = Vec::new();
            for (status, length) in lengths {
                intervals.push(interval(Status::ALL[status], from, from + length));
                from += length;
            }
            let (since, now) = (at(start), at(from.max(start) + 1));
            for day in bars(&intervals, since, now, days) {
                let begin = Timestamp::start_of_day(day.day).max(since);
                let end = Timestamp::start_of_day(day.day + 1).min(now);
                prop_assert_eq!(day.spent.whole(), length(begin, end));
                prop_assert!(day.spent.down_tenths() <= day.spent.known() * 10);
                if let Some(ratio) = day.uptime {
                    prop_assert!(ratio.good <= ratio.of);
                    prop_assert_eq!(ratio.percent(2) == "100", day.spent.down_tenths() == 0);
                }
            }
        }
    }
}
