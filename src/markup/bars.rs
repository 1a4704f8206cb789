//! Ninety days as slats: a quiet day is low, trouble stands up. One sparse SVG, and a table as its twin.
//!
//! Quiet runs are one dashed line; only days with something to say are elements of their own.

use std::fmt::Write;

use maud::{Markup, html};

use crate::domain::status::Status;
use crate::markup::{figures, marks, times};

/// Width of one day in the drawing, of which the slat takes six and the gap two.
const PITCH: usize = 8;
/// How many days a phone shows, by cropping the same drawing.
const NARROW_DAYS: usize = 30;

/// One UTC day of a component or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Number of the UTC day.
    pub day: i64,
    /// The worst status of that day; none before the component was watched.
    pub worst: Option<Status>,
    /// "Partial outage, 34 min"; empty on a quiet day.
    pub words: String,
    /// Hundredths of a percent; none when nothing counted.
    pub uptime: Option<u32>,
}

/// The drawing, with its summary for those who cannot see it.
#[must_use]
pub fn strip(days: &[Day], whose: &str) -> Markup {
    let width = days.len() * PITCH;
    html! {
        span.strip {
            svg viewBox={ "0 0 " (width) " 32" } preserveAspectRatio="none" role="img"
                aria-label={ (whose) (summary(days)) } {
                @let quiet = runs(days, Some(Status::Operational), 26);
                @if !quiet.is_empty() { path.ok d=(quiet) {} }
                @let before = runs(days, None, 30);
                @if !before.is_empty() { path.pre d=(before) {} }
                @for (place, day) in days.iter().enumerate() {
                    @if let Some(status) = day.worst {
                        @if status != Status::Operational { (slat(place * PITCH, status, day)) }
                    }
                }
            }
        }
    }
}

/// First and last day under the drawing.
#[must_use]
pub fn dates(days: &[Day]) -> Markup {
    let first = |back: usize| {
        days.get(days.len().saturating_sub(back))
            .map_or_else(String::new, |day| times::utc_day(day.day))
    };
    html! {
        span.dates {
            span.only-wide { (first(days.len())) }
            span.only-narrow { (first(NARROW_DAYS)) }
            span { "today" }
        }
    }
}

/// What each slat means.
#[must_use]
pub fn legend() -> Markup {
    html! {
        ul.legend {
            @for status in Status::ALL {
                li {
                    span.strip aria-hidden="true" {
                        svg viewBox="0 0 8 32" preserveAspectRatio="none" {
                            path class=(class(status)) d=(shape(0, status)) {}
                        }
                    }
                    (marks::words(status))
                }
            }
        }
    }
}

/// The twin: the same days as a table, equal days folded into ranges, newest first.
#[must_use]
pub fn table(days: &[Day]) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Day (UTC)" } th scope="col" { "Status" } th.num scope="col" { "Uptime" } } }
            tbody { @for range in ranges(days) { tr { (cells(&range)) } } }
        }
    }
}

/// Only the days that were not quiet, for a table that many components share: `head` is the first cell.
#[must_use]
pub fn rows(days: &[Day], head: &str) -> Markup {
    let ranges: Vec<_> = ranges(days)
        .into_iter()
        .filter(|range| {
            range
                .day
                .worst
                .is_some_and(|worst| worst != Status::Operational)
        })
        .collect();
    html! {
        @if ranges.is_empty() {
            tr { th scope="row" { bdi { (head) } } td colspan="3" { "Operational on every day" } }
        }
        @for (place, range) in ranges.iter().enumerate() {
            tr {
                @if place == 0 {
                    th scope="row" rowspan=[(ranges.len() > 1).then_some(ranges.len())] { bdi { (head) } }
                }
                (cells(range))
            }
        }
    }
}

/// Neighbouring days that say the same.
struct Range<'a> {
    day: &'a Day,
    first: i64,
    last: i64,
}

fn ranges(days: &[Day]) -> Vec<Range<'_>> {
    let mut ranges: Vec<Range<'_>> = Vec::new();
    for day in days.iter().rev() {
        match ranges.last_mut() {
            Some(range) if says_the_same(range.day, day) => range.first = day.day,
            _ => ranges.push(Range {
                day,
                first: day.day,
                last: day.day,
            }),
        }
    }
    ranges
}

fn says_the_same(one: &Day, other: &Day) -> bool {
    one.worst == other.worst && one.words == other.words && one.uptime == other.uptime
}

fn cells(range: &Range<'_>) -> Markup {
    html! {
        td {
            (times::utc_day(range.first))
            @if range.last != range.first { " – " (times::utc_day(range.last)) }
        }
        td {
            @if range.day.worst.is_none() { "Not yet watched" }
            @else if range.day.words.is_empty() { "Operational" }
            @else { (range.day.words) }
        }
        td.num {
            @if let Some(uptime) = range.day.uptime { (figures::percent(uptime)) }
            @else { "not counted" }
        }
    }
}

/// "Last 90 days: 87 operational, 1 degraded, 2 partial outage."
fn summary(days: &[Day]) -> String {
    let mut words = format!("Last {} days: ", days.len());
    let counted = |wanted: Option<Status>| days.iter().filter(|day| day.worst == wanted).count();
    let mut parts: Vec<String> = Status::ALL
        .into_iter()
        .filter_map(|status| {
            let number = counted(Some(status));
            (number > 0).then(|| format!("{number} {}", marks::words(status).to_lowercase()))
        })
        .collect();
    let before = counted(None);
    if before > 0 {
        parts.push(format!("{before} not yet watched"));
    }
    words.push_str(&parts.join(", "));
    words.push('.');
    words
}

/// One path for all days of a kind that need no element of their own.
fn runs(days: &[Day], wanted: Option<Status>, height: usize) -> String {
    let mut path = String::new();
    let mut start = None;
    for place in 0..=days.len() {
        let is_wanted = days.get(place).is_some_and(|day| day.worst == wanted);
        match (start, is_wanted) {
            (None, true) => start = Some(place),
            (Some(first), false) => {
                let _ = write!(path, "M{} {height}H{}", first * PITCH, place * PITCH);
                start = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    path
}

fn slat(left: usize, status: Status, day: &Day) -> Markup {
    html! {
        path class=(class(status)) d=(shape(left, status)) {
            title { (times::utc_day(day.day)) ": " (day.words) }
        }
    }
}

const fn class(status: Status) -> &'static str {
    match status {
        Status::Operational => "ok",
        Status::DegradedPerformance => "deg",
        Status::PartialOutage => "part",
        Status::MajorOutage => "maj",
        Status::UnderMaintenance => "maint",
        Status::Unknown => "unk",
    }
}

fn shape(left: usize, status: Status) -> String {
    match status {
        Status::Operational => format!("M{left} 26H{}", left + PITCH),
        Status::DegradedPerformance => format!("M{left} 32V12l6 5v15z"),
        Status::PartialOutage => format!("M{left} 32V20h6v12zm0-15V6h6v11z"),
        Status::MajorOutage => format!("M{left} 32V0h6v32z"),
        Status::UnderMaintenance => format!("M{} 31V13h4v18z", left + 1),
        Status::Unknown => format!("M{} 32V8", left + 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(day: i64) -> Day {
        Day {
            day,
            worst: Some(Status::Operational),
            words: String::new(),
            uptime: Some(10_000),
        }
    }

    fn days() -> Vec<Day> {
        let mut days: Vec<Day> = (0..90).map(quiet).collect();
        days[0] = Day {
            day: 0,
            worst: None,
            words: String::new(),
            uptime: None,
        };
        days[40] = Day {
            day: 40,
            worst: Some(Status::PartialOutage),
            words: "Partial outage, 34 min".to_owned(),
            uptime: Some(9893),
        };
        days
    }

    #[test]
    fn only_remarkable_days_are_elements() {
        let drawn = strip(&days(), "Checkout. ").into_string();
        assert_eq!(drawn.matches("<path").count(), 3);
        assert!(drawn.contains("d=\"M8 26H320M328 26H720\""), "{drawn}");
        assert!(drawn.contains("10 Feb: Partial outage, 34 min"));
        assert!(drawn.contains("88 operational, 1 partial outage, 1 not yet watched."));
    }

    #[test]
    fn the_table_folds_equal_days_newest_first() {
        let shown = table(&days()).into_string();
        assert_eq!(shown.matches("<tr>").count(), 1 + 4);
        assert!(shown.find("11 Feb – 31 Mar").unwrap() < shown.find("10 Feb").unwrap());
        assert!(shown.contains("not counted"));
    }

    #[test]
    fn the_shared_table_names_only_what_was_not_quiet() {
        let shown = rows(&days(), "Checkout").into_string();
        assert_eq!(shown.matches("<tr>").count(), 1);
        assert!(
            rows(&[quiet(1)], "Docs")
                .into_string()
                .contains("Operational on every day")
        );
    }
}
