//! One component: what it is said to be, its ninety days drawn and as a table, its incidents.

use maud::{Markup, html};

use crate::domain::status::Status;
use crate::markup::{bars, figures, marks};
use crate::publish::render::bands::{self, About, Door};
use crate::publish::render::event;
use crate::publish::view::{ComponentView, IncidentView, PublicView};

pub(super) fn page(view: &PublicView, component: &ComponentView) -> Markup {
    let description = format!(
        "{} at {}: status and the last ninety days.",
        component.name, view.site.name
    );
    let about = About {
        title: &component.name,
        description: &description,
        door: Door::Inner,
        status: component.status,
    };
    let main = html! { (banner(view, component)) (uptime(component)) (incidents(view, component)) };
    bands::page(view, &about, &main)
}

fn banner(view: &PublicView, component: &ComponentView) -> Markup {
    let slug = marks::slug(component.status);
    html! {
        div.signal data-status=(slug) {}
        section.banner data-status=(slug) aria-labelledby="banner" {
            div.wrap.axis {
                div.banner-mark { (marks::mark(component.status)) }
                div {
                    div role="status" {
                        h1 id="banner" { bdi { (component.name) } }
                        p.lede {
                            strong { (marks::words(component.status)) }
                            @if let Some(since) = component.since { " since " (view.wall.moment(since)) }
                            "."
                            @if !component.is_measured { " Not measured: this is what people have declared." }
                        }
                    }
                    @if let Some(description) = &component.description { p.aside.purpose { (description) } }
                    @if let Some(workaround) = component.workaround.as_ref().filter(|_| is_bad(component.status)) {
                        p.purpose { strong { "Meanwhile: " } (workaround) }
                    }
                }
                p.seen {
                    "As of " (view.wall.clock(view.wall.now())) ", " br;
                    "good until " (view.wall.clock(view.valid_until))
                }
            }
        }
    }
}

const fn is_bad(status: Status) -> bool {
    match status {
        Status::DegradedPerformance | Status::PartialOutage | Status::MajorOutage => true,
        Status::Operational | Status::UnderMaintenance | Status::Unknown => false,
    }
}

fn uptime(component: &ComponentView) -> Markup {
    html! {
        section.section aria-labelledby="uptime" {
            div.wrap.axis {
                div {
                    h2.section-head id="uptime" { "Uptime" }
                    p.aside {
                        @if let Some(uptime) = component.uptime {
                            span.figure-big { (figures::percent(uptime)) } br;
                        }
                        "over 90 days. " a href="/history#counted" { "How is it counted?" }
                    }
                }
                div.stack {
                    (bars::strip(&component.days, ""))
                    (bars::dates(&component.days))
                    (bars::legend())
                    details.twin {
                        summary { "As a table" }
                        (bars::table(&component.days))
                    }
                }
            }
        }
    }
}

fn incidents(view: &PublicView, component: &ComponentView) -> Markup {
    let concerns =
        |incident: &&IncidentView| incident.components.iter().any(|of| of.id == component.id);
    let mut own = view.incidents.iter().filter(concerns).peekable();
    html! {
        section.section aria-labelledby="incidents" {
            div.wrap.axis {
                div { h2.section-head id="incidents" { "Incidents" } p.aside { "Last 90 days" } }
                div {
                    @if own.peek().is_none() { p.calm { "None." } }
                    @for incident in own {
                        (event::past_incident(view, incident, &view.wall.short_day_words(incident.began_at)))
                    }
                }
            }
        }
    }
}
