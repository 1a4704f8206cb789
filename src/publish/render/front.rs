//! The front page: what is wrong, what we do about it, then the components. On a quiet day it looks as if nothing
//! happens.

use std::time::Duration;

use maud::{Markup, html};

use crate::domain::status::Status;
use crate::publish::render::bands::{self, About, Door};
use crate::publish::render::{banner, components, event};
use crate::publish::view::{ComponentView, GroupView, IncidentView, PublicView};

/// What "recent" means on the front page.
const RECENT: Duration = Duration::from_hours(7 * 24);

pub(super) fn page(view: &PublicView) -> Markup {
    let banner = banner::banner(view);
    let description = format!(
        "Status of {}: what works, what does not, and when we will say more.",
        view.site.name
    );
    let about = About {
        title: &banner.sentence,
        description: &description,
        door: Door::Now,
        status: banner.status,
    };
    let main = html! {
        (banner::band(view))
        (open_incidents(view))
        (without_data(view))
        (work_in_progress(view))
        @if view.listed().next().is_some() { (components::section(view)) }
        (planned_work(view))
        (recent(view))
    };
    bands::page(view, &about, &main)
}

/// A group's own page, where a page would be too long for all of them.
pub(super) fn group_page(view: &PublicView, group: &GroupView) -> Markup {
    let name = components::group_name(group);
    let description = format!(
        "{name} at {}: status and the last ninety days.",
        view.site.name
    );
    let about = About {
        title: name,
        description: &description,
        door: Door::Inner,
        status: group.status,
    };
    let main = html! {
        section.section aria-labelledby="group" {
            div.wrap.axis {
                h1.page-title id="group" { bdi { (name) } }
                p.aside { "Part of " a href="/" { (view.site.name) " status" } "." }
            }
        }
        (components::group_section(view, group))
    };
    bands::page(view, &about, &main)
}

pub(super) fn not_found(view: &PublicView) -> Markup {
    let about = About {
        title: "Not here",
        description: "There is no page at this address.",
        door: Door::Inner,
        status: banner::banner(view).status,
    };
    let main = html! {
        section.section {
            div.wrap.axis {
                h1.page-title { "There is no page at this address" }
                div.words {
                    p { "It may be older than the ninety days we keep here, or the address may be mistyped." }
                    p.links { a href="/" { "What is the status now?" } a href="/history" { "History" } }
                }
            }
        }
    };
    bands::page(view, &about, &main)
}

fn open_incidents(view: &PublicView) -> Markup {
    let open: Vec<&IncidentView> = view.open_incidents().collect();
    html! {
        @if !open.is_empty() {
            section.section aria-labelledby="open" {
                div.wrap {
                    h2.section-head.unseen id="open" { "Open incidents" }
                    @for incident in open { (event::open_incident(view, incident)) }
                }
            }
        }
    }
}

/// Components we cannot see, while we can see others.
fn without_data(view: &PublicView) -> Markup {
    let unseen: Vec<&ComponentView> = view
        .listed()
        .filter(|component| component.status == Status::Unknown)
        .collect();
    let since = unseen.iter().filter_map(|component| component.since).min();
    html! {
        @if !unseen.is_empty() && view.blind_since.is_none() {
            section.section aria-labelledby="blind" {
                div.wrap.axis {
                    div {
                        h2.section-head id="blind" { "No data" }
                        p.aside {
                            @for (place, component) in unseen.iter().take(5).enumerate() {
                                @if place > 0 { ", " }
                                bdi { (component.name) }
                            }
                            @if unseen.len() > 5 { " and " (unseen.len() - 5) " more" }
                        }
                    }
                    p.words {
                        "We have not been able to look at "
                        @if unseen.len() == 1 { "this component" } @else { "these components" }
                        @if let Some(since) = since { " since " (view.wall.moment(since)) }
                        ". "
                        @if unseen.len() == 1 { "It" } @else { "They" }
                        " may be working; we do not know. " a href="/history#counted" { "Time without data" }
                        " is counted neither as uptime nor as downtime."
                    }
                }
            }
        }
    }
}

fn work_in_progress(view: &PublicView) -> Markup {
    let mut active = view.active_maintenances().peekable();
    html! {
        @if active.peek().is_some() {
            section.section aria-labelledby="running" {
                div.wrap.axis {
                    h2.section-head id="running" { "Work in progress" }
                    div { @for planned in active { (event::planned(view, planned)) } }
                }
            }
        }
    }
}

fn planned_work(view: &PublicView) -> Markup {
    let upcoming = view.upcoming_maintenances();
    html! {
        @if !upcoming.is_empty() {
            section.section aria-labelledby="planned" {
                div.wrap.axis {
                    h2.section-head id="planned" { "Planned work" }
                    div { @for planned in upcoming { (event::planned(view, planned)) } }
                }
            }
        }
    }
}

/// What was resolved in the last seven days.
fn recent(view: &PublicView) -> Markup {
    let since = view.wall.now() - RECENT;
    let over: Vec<&IncidentView> = view
        .incidents
        .iter()
        .filter(|incident| incident.resolved_at.is_some_and(|at| at >= since))
        .collect();
    html! {
        section.section aria-labelledby="recent" {
            div.wrap.axis {
                h2.section-head id="recent" { "Last 7 days" }
                div {
                    @if over.is_empty() {
                        p.calm {
                            @if view.open_incidents().next().is_some() { "No other incidents." }
                            @else { "Nothing to report." }
                        }
                    }
                    @for incident in over {
                        (event::past_incident(view, incident, &view.wall.weekday_words(incident.began_at)))
                    }
                    p.links { a href="/history" { "All history" } }
                }
            }
        }
    }
}
