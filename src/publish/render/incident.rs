//! One incident: what is affected and what to do, how long each step took, then every update, newest first.

use maud::{Markup, html};

use crate::domain::incident::IncidentStatus;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::markup::{figures, markdown, marks};
use crate::publish::render::bands::{self, About, Door};
use crate::publish::render::event;
use crate::publish::view::{ChangeView, ComponentView, IncidentView, PublicView, UpdateView};

/// Enough of the latest words for a search result or a link's preview.
const DESCRIPTION: usize = 160;

pub(super) fn page(view: &PublicView, incident: &IncidentView) -> Markup {
    let latest = incident
        .updates
        .first()
        .map_or("", |update| update.body.as_str());
    let description = markdown::excerpt(latest, DESCRIPTION);
    let about = About {
        title: &incident.title,
        description: &description,
        door: Door::Inner,
        status: shown_status(incident),
    };
    let main = html! {
        (banner(view, incident))
        (what_you_can_do(view, incident))
        (durations(view, incident))
        (updates(view, incident))
        (keep_up(incident))
    };
    bands::page(view, &about, &main)
}

/// Over is calm, whatever it was.
fn shown_status(incident: &IncidentView) -> Status {
    if incident.status.is_open() {
        marks::of_impact(incident.impact)
    } else {
        Status::Operational
    }
}

fn banner(view: &PublicView, incident: &IncidentView) -> Markup {
    let slug = marks::slug(shown_status(incident));
    html! {
        div.signal data-status=(slug) {}
        section.banner data-status=(slug) aria-labelledby="banner" {
            div.wrap.axis {
                p.impact { (event::impact(incident)) }
                div {
                    div role="status" {
                        h1.title id="banner" { (incident.title) }
                        p.lede {
                            @match incident.resolved_at {
                                Some(at) => {
                                    "Resolved at " (view.wall.moment(at)) ", after "
                                    (figures::duration(incident.lasted(view.wall.now()))) "."
                                },
                                None => {
                                    (event::incident_words(incident.status)) ". Open for "
                                    (figures::duration(incident.lasted(view.wall.now()))) "."
                                },
                            }
                        }
                    }
                    (event::promise(view, incident))
                }
                dl.facts {
                    div { dt { "Now" } dd { (event::incident_words(incident.status)) } }
                    div { dt { "Started" } dd { (view.wall.moment(incident.began_at)) } }
                    @if !incident.components.is_empty() {
                        div { dt { "Affects" } dd { (event::names(&incident.components)) } }
                    }
                    @let regions = regions(view, incident);
                    @if !regions.is_empty() { div { dt { "Where" } dd { (regions) } } }
                }
            }
        }
    }
}

fn concerned<'a>(
    view: &'a PublicView,
    incident: &'a IncidentView,
) -> impl Iterator<Item = &'a ComponentView> {
    incident
        .components
        .iter()
        .filter_map(|of| view.component(of.id))
}

fn regions(view: &PublicView, incident: &IncidentView) -> String {
    let mut regions: Vec<&str> = concerned(view, incident)
        .filter_map(|component| component.region.as_deref())
        .collect();
    regions.sort_unstable();
    regions.dedup();
    regions.join(", ")
}

/// Workarounds the operator configured for what is affected, while it is affected.
fn what_you_can_do(view: &PublicView, incident: &IncidentView) -> Markup {
    let mut advice = concerned(view, incident)
        .filter(|_| incident.status.is_open())
        .filter_map(|component| {
            component
                .workaround
                .as_deref()
                .map(|words| (component, words))
        })
        .peekable();
    html! {
        @if advice.peek().is_some() {
            section.section aria-labelledby="meanwhile" {
                div.wrap.axis {
                    h2.section-head id="meanwhile" { "What you can do" }
                    div.words {
                        @for (component, words) in advice {
                            p { strong { bdi { (component.name) } "." } " " (words) }
                        }
                    }
                }
            }
        }
    }
}

fn durations(view: &PublicView, incident: &IncidentView) -> Markup {
    let first = |wanted: &dyn Fn(IncidentStatus) -> bool| {
        incident
            .updates
            .iter()
            .rev()
            .find(|update| wanted(update.status))
            .map(|update| update.at)
    };
    let told = incident.published_at;
    let known = first(&|status| status != IncidentStatus::Investigating);
    let span = |at: Timestamp| figures::duration(at.since(incident.began_at));
    html! {
        section.section aria-labelledby="durations" {
            div.wrap.axis {
                h2.section-head id="durations" { "How long" }
                dl.spans {
                    div {
                        dt { "Told" }
                        dd { (span(told)) small { "after it began, " (view.wall.clock(incident.began_at)) } }
                    }
                    div {
                        dt { "Cause known" }
                        dd {
                            @match known {
                                Some(at) => { (span(at)) small { (view.wall.clock(at)) } },
                                None => { "not yet" small { "we are looking" } },
                            }
                        }
                    }
                    div {
                        dt { "Resolved" }
                        dd {
                            @match incident.resolved_at {
                                Some(at) => { (span(at)) small { (view.wall.clock(at)) } },
                                None => { "not yet" small { (span(view.wall.now())) " so far" } },
                            }
                        }
                    }
                }
            }
        }
    }
}

fn updates(view: &PublicView, incident: &IncidentView) -> Markup {
    html! {
        section.section aria-labelledby="updates" {
            div.wrap {
                h2.unseen id="updates" { "Updates, newest first" }
                @for update in &incident.updates { (moment(view, update)) }
                article.moment.axis id="began" {
                    div {
                        h3 { "Began" }
                        p.when { a href="#began" { (view.wall.moment(incident.began_at)) } }
                    }
                    p.hint { "The first sign of trouble, before anybody was told." }
                }
            }
        }
    }
}

fn moment(view: &PublicView, update: &UpdateView) -> Markup {
    let anchor = format!("u-{}", update.id);
    html! {
        article.moment.axis id=(anchor) {
            div {
                h3 { (event::incident_words(update.status)) }
                p.when {
                    a href={ "#" (anchor) } { (view.wall.moment(update.at)) }
                    @if update.notified { span.small.told { br; "sent to subscribers" } }
                }
            }
            div {
                div.words { (markdown::show(&update.body)) }
                @if !update.changes.is_empty() {
                    ul.changes { @for change in &update.changes { (change_line(change)) } }
                }
            }
        }
    }
}

fn change_line(change: &ChangeView) -> Markup {
    html! {
        li {
            a href={ "/components/" (change.component) } { bdi { (change.name) } } " "
            span.was {
                (marks::words(change.from)) " "
                span.flip aria-hidden="true" { "→" } span.unseen { "to" }
            }
            " " (marks::state(change.to))
        }
    }
}

fn keep_up(incident: &IncidentView) -> Markup {
    html! {
        @if incident.status.is_open() {
            section.section aria-labelledby="more" {
                div.wrap.axis {
                    h2.section-head id="more" { "Keep up" }
                    div {
                        p { "We write to everyone who subscribed when something changes, and once more when it is resolved." }
                        p.send.keep {
                            a.button.button-main href="/subscribe" { "Subscribe" }
                            a.button href="/history.atom" { "Follow the feed" }
                        }
                    }
                }
            }
        }
    }
}
