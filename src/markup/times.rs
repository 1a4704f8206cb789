//! Times as people read them: in the page's zone, which is always named, 24 hours, day and month in words.

use std::time::Duration;

use jiff::Zoned;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::domain::timestamp::Timestamp;
use crate::markup::figures;

/// A wall: the zone times are shown in, and the moment at which they are read. Times of that day need no date.
#[derive(Clone, Debug)]
pub struct Wall {
    zone: TimeZone,
    now: Timestamp,
}

impl Wall {
    #[must_use]
    pub const fn new(zone: TimeZone, now: Timestamp) -> Self {
        Self { zone, now }
    }

    /// The zone of this IANA name; UTC when there is none such.
    #[must_use]
    pub fn named(zone: &str, now: Timestamp) -> Self {
        Self::new(TimeZone::get(zone).unwrap_or(TimeZone::UTC), now)
    }

    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// "14:30 UTC" today, "Sun 22 Nov, 14:30 UTC" within the year, "22 Nov 2025, 14:30 UTC" otherwise.
    #[must_use]
    pub fn moment(&self, at: Timestamp) -> Markup {
        element(at, &self.moment_words(at))
    }

    #[must_use]
    pub fn moment_words(&self, at: Timestamp) -> String {
        let (there, here) = (self.place(at), self.place(self.now));
        let clock = clock_words(&there);
        if there.date() == here.date() {
            return clock;
        }
        if there.year() == here.year() {
            return format!("{}, {clock}", there.strftime("%a %-d %b"));
        }
        format!("{}, {clock}", there.strftime("%-d %b %Y"))
    }

    /// "14:30 UTC", whatever the day.
    #[must_use]
    pub fn clock(&self, at: Timestamp) -> Markup {
        element(at, &self.clock_words(at))
    }

    #[must_use]
    pub fn clock_words(&self, at: Timestamp) -> String {
        clock_words(&self.place(at))
    }

    /// "11 November", with the year when it is another.
    #[must_use]
    pub fn day_words(&self, at: Timestamp) -> String {
        let (there, here) = (self.place(at), self.place(self.now));
        if there.year() == here.year() {
            return there.strftime("%-d %B").to_string();
        }
        there.strftime("%-d %B %Y").to_string()
    }

    /// "11 Nov", with the year when it is another.
    #[must_use]
    pub fn short_day_words(&self, at: Timestamp) -> String {
        let (there, here) = (self.place(at), self.place(self.now));
        let pattern = if there.year() == here.year() {
            "%-d %b"
        } else {
            "%-d %b %Y"
        };
        there.strftime(pattern).to_string()
    }

    /// "20 November 2026".
    #[must_use]
    pub fn date_words(&self, at: Timestamp) -> String {
        self.place(at).strftime("%-d %B %Y").to_string()
    }

    /// "Fri 20", for a list under its month.
    #[must_use]
    pub fn weekday_words(&self, at: Timestamp) -> String {
        self.place(at).strftime("%a %-d").to_string()
    }

    /// `(2026, 11)`: the month a moment belongs to on this wall.
    #[must_use]
    pub fn month(&self, at: Timestamp) -> (i16, i8) {
        let there = self.place(at);
        (there.year(), there.month())
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day_of_month(&self, at: Timestamp) -> i8 {
        self.place(at).day()
    }

    /// "25 min ago" or "in 3 h": only ever beside an absolute time.
    #[must_use]
    pub fn ago_words(&self, at: Timestamp) -> String {
        if at.since(self.now).max(self.now.since(at)) < Duration::from_mins(1) {
            return "just now".to_owned();
        }
        if at > self.now {
            return format!("in {}", figures::duration(at.since(self.now)));
        }
        format!("{} ago", figures::duration(self.now.since(at)))
    }

    /// "UTC", or "Europe/Berlin time": how the footer names the zone.
    #[must_use]
    pub fn zone_words(&self) -> String {
        match self.zone.iana_name() {
            Some(name) if !name.contains("UTC") => format!("{name} time"),
            _ => "UTC".to_owned(),
        }
    }

    fn place(&self, at: Timestamp) -> Zoned {
        at.in_zone(&self.zone)
    }
}

/// "23 Aug" for a UTC day number.
#[must_use]
pub fn utc_day(day: i64) -> String {
    Timestamp::start_of_day(day)
        .in_zone(&TimeZone::UTC)
        .strftime("%-d %b")
        .to_string()
}

/// "November 2026".
#[must_use]
pub fn month_words((year, month): (i16, i8)) -> String {
    jiff::civil::Date::new(year, month, 1)
        .map(|date| date.strftime("%B %Y").to_string())
        .unwrap_or_default()
}

/// Zones without letters of their own call themselves "+03": that reads as "UTC+03".
fn clock_words(there: &Zoned) -> String {
    let zone = there.strftime("%Z").to_string();
    let prefix = if zone.starts_with(['+', '-']) {
        "UTC"
    } else {
        ""
    };
    format!("{}\u{a0}{prefix}{zone}", there.strftime("%H:%M"))
}

fn element(at: Timestamp, words: &str) -> Markup {
    let stamp = at.in_zone(&TimeZone::UTC).strftime("%Y-%m-%dT%H:%MZ");
    html! { time datetime=(stamp.to_string()) { (words) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn a_time_always_carries_its_zone() {
        let wall = Wall::named("Europe/Berlin", at("2026-11-20T14:07:12Z"));
        assert_eq!(
            wall.moment_words(at("2026-11-20T13:30:00Z")),
            "14:30\u{a0}CET"
        );
        assert_eq!(
            wall.moment_words(at("2026-11-22T02:00:00Z")),
            "Sun 22 Nov, 03:00\u{a0}CET"
        );
        assert_eq!(
            wall.moment_words(at("2025-06-01T02:00:00Z")),
            "1 Jun 2025, 04:00\u{a0}CEST"
        );
        assert_eq!(
            wall.moment(at("2026-11-20T13:30:00Z")).into_string(),
            "<time datetime=\"2026-11-20T13:30Z\">14:30\u{a0}CET</time>"
        );
    }

    #[test]
    fn an_unnamed_offset_is_told_from_utc() {
        let wall = Wall::named("America/Sao_Paulo", at("2026-11-20T14:07:12Z"));
        assert_eq!(
            wall.clock_words(at("2026-11-20T14:00:00Z")),
            "11:00\u{a0}UTC-03"
        );
    }

    #[test]
    fn an_unknown_zone_is_utc_and_says_so() {
        let wall = Wall::named("Mars/Olympus", at("2026-11-20T14:07:12Z"));
        assert_eq!(
            wall.clock_words(at("2026-11-20T14:00:00Z")),
            "14:00\u{a0}UTC"
        );
        assert_eq!(wall.zone_words(), "UTC");
    }
}
