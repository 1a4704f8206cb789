//! History by month, quiet stretches folded to one line, and at its end how uptime is counted.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::domain::timestamp::{DAY_MS, Timestamp};
use crate::markup::{figures, times};
use crate::publish::render::bands::{self, About, Door};
use crate::publish::render::{banner, event};
use crate::publish::view::{IncidentView, MaintenanceView, PublicView};

/// Fewer quiet days than this between two things are not worth a line.
const WORTH_SAYING_DAYS: i64 = 3;

/// Something that has a day.
#[derive(Clone, Copy)]
enum Past<'a> {
    Incident(&'a IncidentView),
    Planned(&'a MaintenanceView),
}

impl Past<'_> {
    fn at(&self) -> Timestamp {
        match self {
            Self::Incident(incident) => incident.began_at,
            Self::Planned(planned) => event::filed_at(planned),
        }
    }
}

pub(super) fn page(view: &PublicView) -> Markup {
    let description = format!(
        "What happened at {} in the last ninety days, month by month.",
        view.site.name
    );
    let about = About {
        title: "History",
        description: &description,
        door: Door::History,
        status: banner::banner(view).status,
    };
    let months = by_month(view);
    let main = html! {
        section.section aria-labelledby="hist" {
            div.wrap.axis {
                h1.page-title id="hist" { "History" }
                div {
                    p { "The last ninety days, kept as they were told." }
                    @if months.len() > 1 {
                        nav.months aria-label="Months" {
                            @for month in months.keys().rev() {
                                a href={ "#" (anchor(*month)) } { (times::month_words(*month)) }
                            }
                        }
                    }
                }
            }
        }
        @for (month, pasts) in months.iter().rev() { (month_section(view, *month, pasts)) }
        (counted())
    };
    bands::page(view, &about, &main)
}

/// Newest first within each month; the present month is there even when nothing happened in it.
fn by_month(view: &PublicView) -> BTreeMap<(i16, i8), Vec<Past<'_>>> {
    let now = view.wall.now();
    let incidents = view.incidents.iter().map(Past::Incident);
    let planned = view.maintenances.iter().map(Past::Planned);
    let mut pasts: Vec<Past<'_>> = incidents
        .chain(planned)
        .filter(|past| past.at() <= now)
        .collect();
    pasts.sort_by_key(|past| std::cmp::Reverse(past.at()));
    let mut months: BTreeMap<(i16, i8), Vec<Past<'_>>> = BTreeMap::new();
    months.entry(view.wall.month(now)).or_default();
    for past in pasts {
        months
            .entry(view.wall.month(past.at()))
            .or_default()
            .push(past);
    }
    months
}

fn anchor((year, month): (i16, i8)) -> String {
    format!("m-{year}-{month:02}")
}

fn month_section(view: &PublicView, month: (i16, i8), pasts: &[Past<'_>]) -> Markup {
    let anchor = anchor(month);
    html! {
        section.section aria-labelledby=(anchor) {
            div.wrap.axis {
                div {
                    h2.section-head id=(anchor) { (times::month_words(month)) }
                    p.aside { (totals(view, pasts)) }
                }
                div {
                    @if pasts.is_empty() { p.calm { "Nothing to report." } }
                    @for (place, past) in pasts.iter().enumerate() {
                        @if let Some(quiet) = quiet_before(view, pasts, place) { p.calm { (quiet) } }
                        @let when = view.wall.weekday_words(past.at());
                        @match past {
                            Past::Incident(incident) => (event::past_incident(view, incident, &when)),
                            Past::Planned(planned) => (event::past_planned(view, planned, &when)),
                        }
                    }
                }
            }
        }
    }
}

fn totals(view: &PublicView, pasts: &[Past<'_>]) -> Markup {
    let incidents: Vec<&IncidentView> = pasts
        .iter()
        .filter_map(|past| match past {
            Past::Incident(incident) => Some(*incident),
            Past::Planned(_) => None,
        })
        .collect();
    let planned = pasts.len() - incidents.len();
    let lasted = incidents
        .iter()
        .map(|incident| incident.lasted(view.wall.now()))
        .sum();
    html! {
        @if incidents.is_empty() { "No incidents" }
        @else { (figures::counted(incidents.len(), "incident", "incidents")) ", " (figures::duration(lasted)) }
        @if planned > 0 { br; (planned) " planned work" }
    }
}

/// "12 – 19 November: nothing to report", between a thing and the one after it in the same month.
fn quiet_before(view: &PublicView, pasts: &[Past<'_>], place: usize) -> Option<String> {
    let (later, earlier) = (
        pasts.get(place.checked_sub(1)?)?.at(),
        pasts.get(place)?.at(),
    );
    let (last, first) = (
        view.wall.day_of_month(later) - 1,
        view.wall.day_of_month(earlier) + 1,
    );
    if i64::from(last - first) + 1 < WORTH_SAYING_DAYS {
        return None;
    }
    let last_day = Timestamp::from_millis(later.as_millis() - DAY_MS);
    Some(format!(
        "{first} – {}: nothing to report.",
        view.wall.day_words(last_day)
    ))
}

fn counted() -> Markup {
    html! {
        section.section aria-labelledby="counted" {
            div.wrap.axis {
                h2.section-head id="counted" { "How uptime is counted" }
                div.words {
                    p {
                        "Every component has one status at every moment. The figure is taken from how long each lasted "
                        "in the last 90 days, from the day we began to watch it."
                    }
                    p {
                        "A major outage counts as down. Three tenths of a partial outage count as down. Degraded time "
                        "counts as up. Maintenance is left out of the sum, and so is time without data: we do not "
                        "count what we could not see, in either direction, and draw it as hatched bars."
                    }
                    p {
                        "A group is as bad as its worst component at each moment. Figures are rounded down, so that "
                        "100 % means that nothing was lost. Days are UTC days."
                    }
                    p.links {
                        a href="/api/v2/summary.json" { "Status as data (JSON)" }
                        a href="/api/v2/incidents.json" { "Incidents (JSON)" }
                        a href="/history.atom" { "Feed (Atom)" }
                    }
                }
            }
        }
    }
}
