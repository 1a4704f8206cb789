//! How incidents and planned work look where they are mentioned: on the front page, in a list.

use maud::{Markup, html};

use crate::domain::incident::IncidentStatus;
use crate::domain::maintenance::MaintenanceStatus;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::markup::{figures, markdown, marks};
use crate::publish::view::{AffectedView, IncidentView, MaintenanceView, PublicView};

pub(super) const fn incident_words(status: IncidentStatus) -> &'static str {
    match status {
        IncidentStatus::Investigating => "Investigating",
        IncidentStatus::Identified => "Identified",
        IncidentStatus::Monitoring => "Monitoring",
        IncidentStatus::Resolved => "Resolved",
        IncidentStatus::Postmortem => "What we learned",
    }
}

pub(super) const fn maintenance_words(status: MaintenanceStatus) -> &'static str {
    match status {
        MaintenanceStatus::Scheduled => "Planned",
        MaintenanceStatus::InProgress => "In progress",
        MaintenanceStatus::Verifying => "Checking the result",
        MaintenanceStatus::Completed => "Completed",
        MaintenanceStatus::Cancelled => "Cancelled",
    }
}

/// The mark and words of an incident's impact.
pub(super) fn impact(incident: &IncidentView) -> Markup {
    marks::said(
        marks::of_impact(incident.impact),
        marks::impact_words(incident.impact),
    )
}

/// An open incident with its latest words.
pub(super) fn open_incident(view: &PublicView, incident: &IncidentView) -> Markup {
    let updates = incident.updates.len();
    html! {
        article.event.axis data-status=(marks::slug(marks::of_impact(incident.impact))) {
            p.impact { (impact(incident)) }
            div {
                h3 { a href=(incident.path()) { (incident.title) } }
                @if let Some(latest) = incident.updates.first() {
                    div.latest.words {
                        p.stamp { b { (view.wall.moment(latest.at)) } }
                        (markdown::show(&latest.body))
                    }
                }
                (promise(view, incident))
                p.links {
                    a href=(incident.path()) {
                        @if updates == 2 { "Both updates" } @else if updates > 2 { "All " (updates) " updates" } @else { "Full incident" }
                    }
                    a href="/subscribe" { "Tell me when this changes" }
                }
            }
            dl.facts {
                div { dt { "Now" } dd { (incident_words(incident.status)) } }
                div {
                    dt { "Started" }
                    dd { (view.wall.moment(incident.began_at)) ", " (view.wall.ago_words(incident.began_at)) }
                }
                @if !incident.components.is_empty() {
                    div { dt { "Affects" } dd { (names(&incident.components)) } }
                }
            }
        }
    }
}

/// "Next update promised by 14:30 UTC", and how late it is when it is late.
pub(super) fn promise(view: &PublicView, incident: &IncidentView) -> Markup {
    html! {
        @if let Some((due, late)) = incident.promise(view.wall.now()) {
            dl.promise.promise-one data-status=[late.map(|_| marks::slug(Status::MajorOutage))] {
                div {
                    dt { "Next update promised" }
                    dd {
                        "by " (view.wall.moment(due))
                        @if let Some(late) = late { ", " span.overdue { (figures::duration(late)) " late" } }
                    }
                }
            }
        }
    }
}

/// Work under way or ahead, with its latest words and its window.
pub(super) fn planned(view: &PublicView, planned: &MaintenanceView) -> Markup {
    let is_active = planned.status.is_active();
    html! {
        article.event data-status="maintenance" {
            h3 { a href=(planned.path()) { (planned.title) } }
            @if let Some(latest) = planned.updates.first() {
                div.latest.words { (markdown::show(&latest.body)) }
            }
            (window(view, planned))
            p.links {
                @if !planned.components.is_empty() { span { "Affects " (names(&planned.components)) } }
                @if !is_active { a href=(planned.path()) { "All about it" } }
            }
        }
    }
}

pub(super) fn window(view: &PublicView, planned: &MaintenanceView) -> Markup {
    let now = view.wall.now();
    let late = planned.status.is_active() && now > planned.ends_at;
    let (began, begins) = (
        planned.started_at.unwrap_or(planned.starts_at),
        planned.started_at.is_none(),
    );
    html! {
        dl.promise data-status=[late.then_some(marks::slug(Status::MajorOutage))] {
            div {
                dt { @if begins { "Starts" } @else { "Started" } }
                dd { (view.wall.moment(began)) }
            }
            div {
                @if let Some(ended) = planned.ended_at {
                    dt { "Ended" }
                    dd { (view.wall.moment(ended)) }
                } @else {
                    dt { "Ends" }
                    dd {
                        "by " (view.wall.moment(planned.ends_at))
                        @if late {
                            ", " span.overdue { (figures::duration(now.since(planned.ends_at))) " over" }
                        }
                    }
                }
            }
        }
    }
}

/// Names with links to the components' pages.
pub(super) fn names(components: &[AffectedView]) -> Markup {
    html! {
        @for (place, component) in components.iter().enumerate() {
            @if place > 0 { ", " }
            a href={ "/components/" (component.id) } { bdi { (component.name) } }
        }
    }
}

/// One line in a list of past things.
pub(super) fn past_incident(view: &PublicView, incident: &IncidentView, when: &str) -> Markup {
    let now = view.wall.now();
    let lasted = figures::duration(incident.lasted(now));
    html! {
        article.past {
            span.small { (when) }
            div {
                h3.past-title { a href=(incident.path()) { (incident.title) } }
                p {
                    @if incident.status.is_open() { strong { "Open. " } }
                    @for (place, component) in incident.components.iter().enumerate() {
                        @if place > 0 { ", " }
                        bdi { (component.name) }
                    }
                    @if !incident.components.is_empty() { ". " }
                    @if incident.status.is_open() { (lasted) " so far." }
                    @else if incident.status == IncidentStatus::Postmortem { (lasted) ". Resolved, with a report of the cause." }
                    @else { (lasted) ". Resolved." }
                }
            }
            p { (impact(incident)) }
        }
    }
}

pub(super) fn past_planned(view: &PublicView, planned: &MaintenanceView, when: &str) -> Markup {
    html! {
        article.past {
            span.small { (when) }
            div {
                h3.past-title { a href=(planned.path()) { (planned.title) } }
                p {
                    (view.wall.clock_words(planned.starts_at)) " – "
                    (view.wall.clock_words(planned.ended_at.unwrap_or(planned.ends_at)))
                    ". " (maintenance_words(planned.status)) "."
                }
            }
            p { (marks::state(Status::UnderMaintenance)) }
        }
    }
}

/// The moment by which a thing is filed in lists.
pub(super) fn filed_at(planned: &MaintenanceView) -> Timestamp {
    planned.started_at.unwrap_or(planned.starts_at)
}
