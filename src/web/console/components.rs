//! Components: the whole matrix, and one component with the reasons for what it is.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use maud::{Markup, html};
use serde::Deserialize;

use crate::actions::pins::{ClearPin, SetPin, clear_pin, set_pin};
use crate::domain::component::Component;
use crate::domain::event::Event;
use crate::domain::evidence::{Evidence, NotUsed};
use crate::domain::id::ComponentId;
use crate::domain::permission::Permission;
use crate::domain::rule::Rule;
use crate::domain::status::{Level, Status};
use crate::markup::{figures, marks};
use crate::store::views::console::{self as view, ComponentRoom};
use crate::web::console::acting;
use crate::web::console::frame::{Desk, Room, see};
use crate::web::console::overview;
use crate::web::console::parts::{Line, Wrongs, line, status_options};
use crate::web::extract::seat::{Allowed, ReadConsole, RunIncidents, Submitted};
use crate::web::problem::Problem;
use crate::web::site::Site;

/// The part of a transition's record that explains it.
#[derive(Deserialize)]
struct Reason {
    from: Status,
    to: Status,
    rule: Rule,
    raise_held_s: u64,
    evidence: Vec<Evidence>,
    not_used: Vec<NotUsed>,
    config_hash: String,
}

/// `GET /console/components`
pub async fn list(
    who: Allowed<ReadConsole>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let standings = site.store.read(view::standings).await?;
    let desk = Desk::new(&site, who.seat);
    let main = overview::whole_matrix(&desk, &site.estate(), &standings);
    Ok(desk.page(Some(Room::Components), "Components", &html! {}, &main))
}

/// `GET /console/components/{id}`
pub async fn show(
    who: Allowed<ReadConsole>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    page(
        &site,
        &Desk::new(&site, who.seat),
        component_id(&id)?,
        &Wrongs::default(),
    )
    .await
}

/// `POST /console/components/{id}/pin`
pub async fn pin(
    who: Submitted<RunIncidents>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let id = component_id(&id)?;
    let status = Status::parse(who.form.text("status"))
        .ok_or_else(|| Problem::Malformed("Choose a status.".to_owned()))?;
    let hours: u64 = who.form.text("hours").parse().unwrap_or(4);
    let expires_at = Some(site.now() + Duration::from_secs(hours.min(24) * 3600));
    let wanted = SetPin {
        component: id.to_string(),
        status,
        reason: who.form.text("reason").to_owned(),
        expires_at,
    };
    match set_pin(&acting::context(&site, &who.seat), wanted).await {
        Ok(_) => Ok(see(&format!("/console/components/{id}"))),
        Err(error) => {
            page(
                &site,
                &Desk::new(&site, who.seat),
                id,
                &acting::wrongs(error, &[("reason", "reason")])?,
            )
            .await
        }
    }
}

/// `POST /console/components/{id}/unpin`
pub async fn unpin(
    who: Submitted<RunIncidents>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let id = component_id(&id)?;
    clear_pin(
        &acting::context(&site, &who.seat),
        ClearPin {
            component: id.to_string(),
        },
    )
    .await?;
    Ok(see(&format!("/console/components/{id}")))
}

fn component_id(text: &str) -> Result<ComponentId, Problem> {
    ComponentId::parse(text).map_err(|_| Problem::NotFound)
}

async fn page(
    site: &Site,
    desk: &Desk,
    id: ComponentId,
    wrongs: &Wrongs,
) -> Result<HttpResponse, Problem> {
    let (estate, now) = (site.estate(), site.now());
    let component = estate.component(id).ok_or(Problem::NotFound)?;
    let room = site
        .store
        .read(move |conn| view::component_room(conn, id, now))
        .await?;
    let main = html! {
        (head(desk, component, &room))
        div.desk.room {
            section.part aria-labelledby="why" {
                h2 id="why" { "Why it is so " span.hint { "newest first" } }
                @for (place, event) in room.changes.iter().enumerate() { (change(desk, event, place == 0)) }
                @if room.changes.is_empty() { p.calm { "No change of its status has been recorded since we began to watch." } }
            }
            div.beside {
                (watchers(component))
                (pins(desk, component, &room, wrongs))
                @if !room.incidents.is_empty() {
                    section.part { h2 { "In incidents" } ul.notes { @for one in &room.incidents {
                        li { a href={ "/console/incidents/" (one.id) } { (one.title) } }
                    } } }
                }
            }
        }
    };
    Ok(desk.page(Some(Room::Components), &component.name, &html! {}, &main))
}

fn head(desk: &Desk, component: &Component, room: &ComponentRoom) -> Markup {
    html! {
        header.room-head {
            div {
                p {
                    @if let Some(standing) = room.standing { (marks::state(standing.declared.0)) " " span.quiet { "since " (desk.wall.moment(standing.declared.1)) } }
                    @else { (marks::state(Status::Operational)) " " span.quiet { "declared; not measured" } }
                }
                h1 { bdi { (component.name) } }
            }
            dl.room-facts {
                @if let Some((status, since)) = room.standing.and_then(|standing| standing.measured) {
                    div { dt { "Measured" } dd { (marks::state(status)) " for " (figures::duration(desk.wall.now().since(since))) } }
                }
                div { dt { "Tier" } dd { (component.tier) } }
                @if let Some(mail) = &component.owner_mail { div { dt { "Owner" } dd { a href={ "mailto:" (mail) } { (mail) } } } }
                @if let Some(runbook) = component.runbook.as_ref().filter(|link| link.starts_with("http")) { div { dt { "Runbook" } dd { a href=(runbook) rel="noreferrer" { "Open" } } } }
                div { dt { "Key" } dd.code { (component.key) } }
            }
        }
    }
}

fn change(desk: &Desk, event: &Event, is_newest: bool) -> Markup {
    let Ok(reason) = serde_json::from_str::<Reason>(&event.body) else {
        return html! { article.moment { h3 { "A change we cannot read " span.small { (desk.wall.moment(event.at)) } } } };
    };
    html! {
        article.moment id={ "event-" (event.seq) } {
            h3 {
                (marks::state(reason.from)) " " span.flip aria-hidden="true" { "→" } span.unseen { "to" } " " (marks::state(reason.to))
                " " span.small { (desk.wall.moment(event.at)) }
            }
            details.why open[is_newest] {
                summary { (marks::caret()) "Why?" }
                ul.evidence {
                    li { span { "Rule" } span { (rule_words(reason.rule)) " " span.code { (reason.rule.name()) }
                        @if reason.raise_held_s > 0 { ", held for " (figures::duration(Duration::from_secs(reason.raise_held_s))) } } }
                    @for one in &reason.evidence { li { span { "Used" } span { (used(one)) } } }
                    @for one in &reason.not_used { li { span { "Not used" } span { (one.kind) " " span.code { (one.id) } ": " (one.why) } } }
                    li { span { "Configuration" } span.code { (reason.config_hash.chars().take(19).collect::<String>()) } }
                }
            }
        }
    }
}

fn used(one: &Evidence) -> Markup {
    html! {
        @match one {
            Evidence::Check { id, locations, quorum, .. } => {
                "check " span.code { (id) } ": " (quorum) " places down"
                @for (place, state) in locations { "; " b { (place) } " " (state) }
            }
            Evidence::Slo(slo) => {
                "objective " span.code { (slo.id) } ", " (slo.pair) ": "
                @for window in slo.long.iter().chain(slo.short.iter()) { "burn " (format!("{:.1}", window.burn)) " × over " (window.w) ", errors " (format!("{:.2}", window.err * 100.0)) " %; " }
                "alarm at " (slo.threshold) " ×"
                @if let Some(left) = slo.budget_remaining { "; budget left " (format!("{:.0}", left * 100.0)) " %" }
            }
            Evidence::Level { level } => { "a given level of " (level) }
            Evidence::Pin { reason, .. } => { "a pin: “" (reason) "”" }
            Evidence::Incident { id } => { "incident " a href={ "/console/incidents/" (id) } { (id) } }
            Evidence::Maintenance { id } => { "planned work " a href={ "/console/maintenance/" (id) } { (id) } }
        }
    }
}

/// A rule in a few words; its name stands beside them.
const fn rule_words(rule: Rule) -> &'static str {
    match rule {
        Rule::SloDegraded | Rule::SloPartial | Rule::SloMajor => "the error budget burns too fast",
        Rule::AllCriticalDown => "all critical checks are down",
        Rule::MajorKDown => "as many critical checks are down as make a major outage",
        Rule::SomeCriticalDown => "some critical checks are down",
        Rule::CriticalPartial => "a critical check is down in some places",
        Rule::CriticalSlow => "a critical check is slow",
        Rule::OtherDown => "a check that is not critical is down",
        Rule::AllWell => "every check passes",
        Rule::CriticalStale => "a critical check has given no result for too long",
        Rule::NoFreshEvidence => "no evidence is fresh",
        Rule::NotMeasured => "nothing measures it",
        Rule::Given => "a trace gave the level",
        Rule::Cleared => "calm for long enough",
        Rule::Pin => "a person pinned it",
        Rule::Incident => "an open incident says so",
        Rule::Maintenance => "planned work is running",
        Rule::Withheld => "only people change this status",
    }
}

fn watchers(component: &Component) -> Markup {
    html! {
        section.part aria-labelledby="by" {
            h2 id="by" { "Watched by" }
            @if component.is_measured() {
                ul.notes {
                    @for check in &component.checks { li { span.code { (check.key) } span.small { "check, every " (figures::duration(check.interval)) @if !check.critical { ", not critical" } } } }
                    @for objective in &component.objectives { li { span.code { (objective.key) } span.small { "objective" } } }
                }
            } @else { p.calm { "Nothing: it is what people say it is." } }
        }
    }
}

fn pins(desk: &Desk, component: &Component, room: &ComponentRoom, wrongs: &Wrongs) -> Markup {
    let path = format!("/console/components/{}", component.id);
    html! {
        section.part aria-labelledby="pin" {
            h2 id="pin" { "Overrule the rules" }
            (wrongs.summary())
            @for pin in &room.pins {
                p { "Pinned to " (marks::state(pin.status)) " until " (desk.wall.moment(pin.expires_at)) ": “" (pin.reason) "”" }
            }
            @if desk.may(Permission::RunIncidents) {
                @if room.pins.is_empty() {
                    details.more open[!wrongs.is_empty()] {
                        summary { (marks::caret()) "Pin a status" }
                        form.stacked method="post" action={ (path) "/pin" } {
                            (desk.token_field())
                            div.field { label for="status" { "Status" } select id="status" name="status" { (status_options(&Level::ALL.map(Level::status), Status::Operational)) } }
                            (line(&Line { hint: Some("for the team; it is kept"), ..Line::text("reason", "Reason", "") }, wrongs))
                            div.field { label for="hours" { "For" } select id="hours" name="hours" {
                                @for hours in [1, 4, 12, 24] { option value=(hours) selected[hours == 4] { (figures::counted(hours, "hour", "hours")) } }
                            } }
                            p { button type="submit" { "Pin it" } }
                        }
                    }
                } @else {
                    form method="post" action={ (path) "/unpin" } { (desk.token_field()) p { button type="submit" { "Let the rules speak again" } } }
                }
            }
        }
    }
}
