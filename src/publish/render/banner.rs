//! The sentence at the top: what is wrong, by name, in fixed forms.

use maud::{Markup, html};

use crate::domain::incident::IncidentStatus;
use crate::domain::status::Status;
use crate::domain::wording;
use crate::markup::{figures, marks};
use crate::publish::view::{ComponentView, IncidentView, PublicView};

/// More lines than this answer nobody's "is it me?"; the rest is below.
const MOST_LINES: usize = 12;

/// The sentence and the status that colours it.
pub(super) struct Banner {
    pub(super) status: Status,
    pub(super) sentence: String,
}

pub(super) fn banner(view: &PublicView) -> Banner {
    let troubled = view.troubled();
    let (status, sentence) = if view.blind_since.is_some() {
        (
            Status::Unknown,
            "We cannot see the current status".to_owned(),
        )
    } else if view.listed().next().is_none() {
        (Status::Unknown, "Nothing is watched yet".to_owned())
    } else if let Some(worst) = troubled.first() {
        let equals: Vec<&str> = troubled
            .iter()
            .filter(|other| other.status == worst.status)
            .map(|component| component.name.as_str())
            .collect();
        (view.status(), wording::sentence(&equals, worst.status))
    } else {
        without_trouble(view)
    };
    Banner { status, sentence }
}

/// The band itself: sentence, count, promise, and a line for each thing that is not operational.
pub(super) fn band(view: &PublicView) -> Markup {
    let banner = banner(view);
    let slug = marks::slug(banner.status);
    html! {
        div.signal data-status=(slug) {}
        section.banner data-status=(slug) aria-labelledby="banner" {
            div.wrap.axis {
                div.banner-mark { (marks::mark(banner.status)) }
                div {
                    div role="status" {
                        h1 id="banner" { (banner.sentence) }
                        p.lede { (lede(view)) }
                    }
                    @if view.blind_since.is_none() { (now(view)) (last_incident(view)) }
                }
                p.seen { (seen(view)) }
            }
        }
    }
}

fn without_trouble(view: &PublicView) -> (Status, String) {
    let mut open = view.open_incidents().peekable();
    if open.peek().is_none() {
        return (Status::Operational, "All clear".to_owned());
    }
    let sought: Vec<&IncidentView> = open
        .filter(|incident| incident.status != IncidentStatus::Monitoring)
        .collect();
    if sought.is_empty() {
        return (
            Status::Operational,
            "Back to normal, and we are watching".to_owned(),
        );
    }
    let status = Status::worst(
        sought
            .iter()
            .map(|incident| marks::of_impact(incident.impact)),
    );
    (status, "We are looking into an incident".to_owned())
}

fn lede(view: &PublicView) -> Markup {
    let all = view.listed().count();
    let well = view
        .listed()
        .filter(|component| component.status == Status::Operational)
        .count();
    html! {
        @if let Some(since) = view.blind_since {
            "The trouble is on our side: we have had no results since " (view.wall.moment(since))
            ". What this page covers may be working; we do not know."
        } @else if all == 0 {
            "Components appear here once they are configured."
        } @else if well == all {
            @if all == 1 { "The one component is operational." }
            @else { "All " (figures::counted(all, "component", "components")) " are operational." }
        } @else if all == 1 {
            "It is the one component on this page."
        } @else {
            (well) " of " (figures::counted(all, "component", "components"))
            @if well == 1 { " is" } @else { " are" } " operational."
        }
        @if view.blind_since.is_none() { (promise(view)) }
    }
}

/// The next promise; when all are broken, the one that is latest to be kept.
fn promise(view: &PublicView) -> Markup {
    let now = view.wall.now();
    let promises: Vec<_> = view
        .open_incidents()
        .filter_map(|incident| incident.promise(now))
        .collect();
    let kept = promises
        .iter()
        .filter(|(_, late)| late.is_none())
        .map(|(due, _)| *due)
        .min();
    let broken = promises
        .iter()
        .filter_map(|(due, late)| late.map(|late| (*due, late)))
        .max_by_key(|(_, late)| *late);
    html! {
        @if let Some(due) = kept {
            " We will say more by " strong { (view.wall.moment(due)) } "."
        } @else if let Some((due, late)) = broken {
            " We promised to say more by " (view.wall.moment(due)) " and are "
            strong { (figures::duration(late)) " late" } "."
        }
    }
}

/// Name, state and since, for each thing that is not operational, worst first.
fn now(view: &PublicView) -> Markup {
    let troubled = view.troubled();
    html! {
        @if !troubled.is_empty() {
            h2.unseen { "Not operational now" }
            ul.now { @for component in troubled.iter().take(MOST_LINES) { (line(view, component)) } }
            @if troubled.len() > MOST_LINES {
                p.lede { "And " (troubled.len() - MOST_LINES) " more, " a href="#components" { "below" } "." }
            }
        }
    }
}

fn line(view: &PublicView, component: &ComponentView) -> Markup {
    let target = if view.is_large() {
        component.path()
    } else {
        format!("#c-{}", component.id)
    };
    html! {
        li data-status=(marks::slug(component.status)) {
            a href=(target) {
                span.what { bdi { (component.name) } }
                (marks::state(component.status))
                @if let Some(since) = component.since {
                    span.since { "since " (view.wall.moment(since)) }
                }
            }
        }
    }
}

/// On a quiet day: when it last was not.
fn last_incident(view: &PublicView) -> Markup {
    let is_quiet = view.troubled().is_empty() && view.open_incidents().next().is_none();
    let last = view
        .incidents
        .iter()
        .filter(|incident| incident.resolved_at.is_some())
        .max_by_key(|of| of.began_at);
    html! {
        @if let Some(last) = last.filter(|_| is_quiet) {
            p.lede {
                "The last incident, " (figures::duration(last.lasted(view.wall.now()))) ", was on "
                a href=(last.path()) { (view.wall.day_words(last.began_at)) } "."
            }
        }
    }
}

fn seen(view: &PublicView) -> Markup {
    html! {
        @if let Some(since) = view.blind_since {
            "Last seen at " (view.wall.moment(since)) ", " br; "looking again every minute"
        } @else {
            "As of " (view.wall.clock(view.wall.now())) ", " br; "good until " (view.wall.clock(view.valid_until))
        }
    }
}
