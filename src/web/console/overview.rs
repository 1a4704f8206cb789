//! On call: a late promise above everything, then what waits for a click, then open incidents, then the matrix,
//! worst first.

use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use crate::domain::component::Component;
use crate::domain::estate::Estate;
use crate::domain::incident::Incident;
use crate::domain::permission::Permission;
use crate::domain::status::Status;
use crate::markup::{figures, markdown, marks};
use crate::store::views::console::{self as view, Overview, Reach, Standing, Standings, Told};
use crate::web::console::acting::{notice_of, stage};
use crate::web::console::frame::{Desk, Room};
use crate::web::extract::seat::{Allowed, ReadConsole};
use crate::web::problem::Problem;
use crate::web::site::Site;

/// `GET /console`
pub async fn show(
    who: Allowed<ReadConsole>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let (estate, now) = (site.estate(), site.now());
    let asked = estate.clone();
    let view = site
        .store
        .read(move |conn| view::overview(conn, |incident| notice_of(incident, &asked), now))
        .await?;
    let desk = Desk::new(&site, who.seat);
    let title = title(&view, &desk);
    let above = late_promises(&desk, &view.open);
    Ok(desk.page(
        Some(Room::OnCall),
        &title,
        &above,
        &draw(&desk, &estate, &view, site.has_mail),
    ))
}

/// What a tab says: "2 open, 1 promise late".
fn title(view: &Overview, desk: &Desk) -> String {
    let late = view.open.iter().filter(|one| is_late(one, desk)).count();
    match (view.open.len(), late) {
        (0, _) if view.proposals.is_empty() => "On call".to_owned(),
        (0, _) => figures::counted(view.proposals.len(), "proposal waits", "proposals wait"),
        (open, 0) => format!("{open} open"),
        (open, late) => format!(
            "{open} open, {}",
            figures::counted(late, "promise late", "promises late")
        ),
    }
}

fn is_late(incident: &Incident, desk: &Desk) -> bool {
    incident
        .next_update_due
        .is_some_and(|due| due < desk.wall.now())
}

fn late_promises(desk: &Desk, open: &[Incident]) -> Markup {
    html! {
        @for one in open.iter().filter(|one| is_late(one, desk)) {
            @if let Some(due) = one.next_update_due {
                section.late aria-label="Late promise" { div.wrap {
                    p {
                        (marks::said(Status::MajorOutage, "Promise late")) " "
                        strong { "“" (one.title) "”" } " promised an update by " (desk.wall.moment(due))
                        ". It is " (figures::duration(desk.wall.now().since(due))) " late, and the page says so."
                    }
                    a.button.button-main href={ "/console/incidents/" (one.id) } { "Write it now" }
                } }
            }
        }
    }
}

fn draw(desk: &Desk, estate: &Estate, view: &Overview, has_mail: bool) -> Markup {
    html! {
        h1.unseen { "On call" }
        div.desk {
            div {
                @if !view.proposals.is_empty() { (proposals(desk, estate, view)) }
                (open_incidents(desk, estate, view))
            }
            aside.beside aria-label="Context" {
                (differences(desk, estate, &view.standings))
                (planned(desk, view))
                (our_health(desk, view, has_mail))
            }
            (matrix(desk, estate, &view.standings))
        }
    }
}

fn proposals(desk: &Desk, estate: &Estate, view: &Overview) -> Markup {
    html! {
        section.part aria-labelledby="prop" {
            h2 id="prop" { "Waiting for your click " span.hint { (figures::counted(view.proposals.len(), "proposal", "proposals")) " from the rules; nothing is sent until you say so" } }
            @for (incident, reach) in &view.proposals { (proposal(desk, estate, &view.standings, (incident, *reach))) }
        }
    }
}

fn proposal(
    desk: &Desk,
    estate: &Estate,
    standings: &Standings,
    (incident, reach): (&Incident, Reach),
) -> Markup {
    let component = incident.root.and_then(|id| estate.component(id));
    let standing = incident.root.and_then(|id| standings.get(&id));
    html! {
        article.proposal {
            div {
                h3 {
                    bdi { @if let Some(component) = component { (component.name) } @else { (incident.title) } }
                    " " (marks::said(marks::of_impact(incident.impact), marks::impact_words(incident.impact)))
                }
                p.because {
                    "Measured since " (desk.wall.moment(incident.began_at)) ", " (figures::duration(desk.wall.now().since(incident.began_at))) "."
                    @if let Some(due) = incident.publish_due { " Published by itself at " (desk.wall.moment(due)) "." }
                }
                blockquote.draft {
                    p { strong { (incident.title) } }
                    @if let Some(words) = incident.updates.last() { (markdown::show(&words.body)) }
                }
                @if let Some(seq) = standing.and_then(|standing| standing.because) {
                    p.small { a href={ "/console/components/" (incident.root.map(|id| id.to_string()).unwrap_or_default()) "#event-" (seq) } { "Why?" } }
                }
            }
            @if desk.may(Permission::RunIncidents) {
                form.acts method="post" action={ "/console/incidents/" (incident.id) "/publish" } {
                    (desk.token_field())
                    button.button-main type="submit" { "Publish to " (figures::count(reach.all())) }
                    a.button href={ "/console/incidents/" (incident.id) } { "Edit first" }
                    button.button-text type="submit" formaction={ "/console/incidents/" (incident.id) "/dismiss" } { "Dismiss" }
                }
            }
        }
    }
}

fn open_incidents(desk: &Desk, estate: &Estate, view: &Overview) -> Markup {
    html! {
        section.part aria-labelledby="inc" {
            h2 id="inc" {
                "Open incidents"
                @if desk.may(Permission::RunIncidents) { a.button href="/console/incidents/new" { "Open an incident" } }
            }
            @for one in &view.open { (open_incident(desk, estate, one, view.told.get(&one.id))) }
            @if view.open.is_empty() {
                p.calm { "None. Customers are being told that " @if is_all_well(estate, view) { "everything works." } @else { "of the statuses below, and nothing more." } }
            }
        }
    }
}

fn is_all_well(estate: &Estate, view: &Overview) -> bool {
    let declared = |component: &Component| {
        view.standings
            .get(&component.id)
            .map(|standing| standing.declared.0)
    };
    estate
        .components
        .iter()
        .all(|component| declared(component).is_none_or(|status| status == Status::Operational))
}

/// One line of the list, also of the incident list.
pub fn open_incident(desk: &Desk, estate: &Estate, one: &Incident, told: Option<&Told>) -> Markup {
    let now = desk.wall.now();
    let names: Vec<&str> = one
        .components
        .iter()
        .filter_map(|declared| estate.component(declared.component))
        .map(|component| component.name.as_str())
        .collect();
    html! {
        article.open-incident {
            div {
                p { (marks::said(marks::of_impact(one.impact), marks::impact_words(one.impact))) " " span.quiet { (stage(one.status)) @if !names.is_empty() { ", " (names.join(", ")) } } }
                h3 { a href={ "/console/incidents/" (one.id) } { (one.title) } }
                @if let Some(last) = one.updates.last() {
                    p.small { "Last words " (desk.wall.moment(last.at)) @if let Some(told) = told { (reached(told)) } }
                }
            }
            p.clock { (figures::duration(now.since(one.began_at))) small { "since it began" } }
            @match one.next_update_due {
                Some(due) if due < now => { p.clock.is-late { (figures::duration(now.since(due))) " late" small { "promised " (desk.wall.clock(due)) } } }
                Some(due) => { p.clock.is-soon { (figures::duration(due.since(now))) small { "until promised, " (desk.wall.clock(due)) } } }
                None => { p.clock { "–" small { "nothing promised" } } }
            }
            @if desk.may(Permission::RunIncidents) { a.button href={ "/console/incidents/" (one.id) } { "Write update" } }
        }
    }
}

/// ", reached 4,169 of 4,171; 2 could not be reached".
fn reached(told: &Told) -> Markup {
    let count = |number: i64| figures::count(u64::try_from(number).unwrap_or_default());
    html! {
        @if told.all() > 0 {
            ", reached " (count(told.sent)) " of " (count(told.all()))
            @if told.failed > 0 { "; " (count(told.failed)) " could not be reached" }
        }
    }
}

fn differences(desk: &Desk, estate: &Estate, standings: &Standings) -> Markup {
    let differing: Vec<_> = estate
        .components
        .iter()
        .filter_map(|component| Some((component, differing(standings.get(&component.id)?)?)))
        .collect();
    html! {
        @if !differing.is_empty() {
            section.part aria-labelledby="dis" {
                h2 id="dis" { "We say, we see" }
                ul.notes { @for (component, (declared, measured, since)) in differing {
                    li {
                        a href={ "/console/components/" (component.id) } { bdi { (component.name) } }
                        ": we say " strong { (marks::words(declared).to_lowercase()) } "; measured "
                        (marks::words(measured).to_lowercase()) " for " (figures::duration(desk.wall.now().since(since))) "."
                    }
                } }
            }
        }
    }
}

fn differing(standing: &Standing) -> Option<(Status, Status, crate::domain::timestamp::Timestamp)> {
    let (measured, since) = standing.measured?;
    (measured != standing.declared.0).then_some((standing.declared.0, measured, since))
}

fn planned(desk: &Desk, view: &Overview) -> Markup {
    html! {
        @if !view.maintenance.is_empty() {
            section.part aria-labelledby="plan" {
                h2 id="plan" { "Planned work" }
                ul.notes { @for one in view.maintenance.iter().take(5) {
                    li {
                        span.small { (desk.wall.moment(one.starts_at)) " to " (desk.wall.clock(one.ends_at)) @if one.status.is_active() { ", running" } }
                        a href={ "/console/maintenance/" (one.id) } { (one.title) }
                    }
                } }
            }
        }
    }
}

fn our_health(desk: &Desk, view: &Overview, has_mail: bool) -> Markup {
    let count = |number: i64| figures::count(u64::try_from(number).unwrap_or_default());
    let mail = if has_mail {
        Status::Operational
    } else {
        Status::Unknown
    };
    html! {
        section.part aria-labelledby="own" {
            h2 id="own" { "Our own health" }
            ul.notes {
                li {
                    span.site data-status=(marks::slug(mail)) { (marks::mark(mail)) b { "Mail" } }
                    @if has_mail { " is set up." } @else { " is off: nobody is mailed until " span.code { "[mail]" } " is in the configuration." }
                }
                li {
                    @let queue = if view.deliveries.waiting > 0 { Status::DegradedPerformance } else { Status::Operational };
                    span.site data-status=(marks::slug(queue)) { (marks::mark(queue)) b { "Deliveries" } } " "
                    @if view.deliveries.waiting > 0 { (count(view.deliveries.waiting)) @if has_mail { " on their way" } @else { " waiting" } } @else { "none waiting" }
                    @if let Some(last) = view.deliveries.last_at { ", last sent " (desk.wall.moment(last)) }
                    @if view.deliveries.failed > 0 { "; " (count(view.deliveries.failed)) " given up" }
                    "."
                }
                li {
                    span.site data-status="operational" { (marks::mark(Status::Operational)) b { "Subscribers" } }
                    " " (figures::count(view.subscribers)) " confirmed."
                }
            }
        }
    }
}

/// Components with trouble first, worst first; the healthy ones folded when there are many.
fn matrix(desk: &Desk, estate: &Estate, standings: &Standings) -> Markup {
    let (troubled, calm) = worst_first(estate, standings);
    html! {
        section.part.full aria-labelledby="mat" {
            h2 id="mat" { "Components " (how_to_read()) }
            @if estate.components.is_empty() { (none_declared()) }
            @if !troubled.is_empty() { (rows(desk, standings, &troubled)) }
            @if !calm.is_empty() {
                details.quiet-rows open[troubled.is_empty() && calm.len() <= 12] {
                    summary { (marks::caret()) (figures::counted(calm.len(), "component", "components")) " with nothing to say" }
                    (rows(desk, standings, &calm))
                }
            }
        }
    }
}

/// Every component in one table: a room of its own folds nothing.
pub fn whole_matrix(desk: &Desk, estate: &Estate, standings: &Standings) -> Markup {
    let (mut all, calm) = worst_first(estate, standings);
    all.extend(calm);
    html! {
        section.part aria-labelledby="mat" {
            h1 id="mat" { "Components " (how_to_read()) }
            @if all.is_empty() { (none_declared()) } @else { (rows(desk, standings, &all)) }
        }
    }
}

fn how_to_read() -> Markup {
    html! { span.hint { "worst first; " span.differs { "dotted" } " where measured and declared differ" } }
}

fn none_declared() -> Markup {
    html! { p.calm { "None yet. Components are declared in the configuration file; " span.code { "allclear config check" } " reads it." } }
}

/// Those with trouble, worst first, and the others in the order of the configuration.
fn worst_first<'a>(
    estate: &'a Estate,
    standings: &Standings,
) -> (Vec<&'a Component>, Vec<&'a Component>) {
    let rank = |component: &&Component| {
        standings.get(&component.id).map_or(0, |standing| {
            let measured = standing.measured.map_or(0, |(status, _)| status.severity());
            standing.declared.0.severity().max(measured)
        })
    };
    let mut components: Vec<&Component> = estate.components.iter().collect();
    components.sort_by_key(|component| std::cmp::Reverse(rank(component)));
    components
        .into_iter()
        .partition(|component| rank(component) > 0)
}

fn rows(desk: &Desk, standings: &Standings, components: &[&Component]) -> Markup {
    html! {
        div.matrix tabindex="0" role="region" aria-label="Components, table" { table {
            thead { tr { th scope="col" { "Component" } th scope="col" { "We say" } th scope="col" { "We see" } th scope="col" { "Since" } th scope="col" { "Watched by" } } }
            tbody { @for component in components { (row(desk, standings.get(&component.id), component)) } }
        } }
    }
}

fn row(desk: &Desk, standing: Option<&Standing>, component: &Component) -> Markup {
    let declared = standing.map_or(Status::Operational, |standing| standing.declared.0);
    let measured = standing.and_then(|standing| standing.measured);
    let differs = measured.is_some_and(|(status, _)| status != declared);
    html! {
        tr {
            th scope="row" { a href={ "/console/components/" (component.id) } { bdi { (component.name) } } }
            td data-head="We say" { (marks::state(declared)) }
            td data-head="We see" {
                @match measured {
                    Some((status, _)) => { span.differs[differs] { (marks::state(status)) } }
                    None => { span.quiet { "not measured" } }
                }
            }
            td data-head="Since" { @if let Some(standing) = standing { (desk.wall.moment(measured.map_or(standing.declared.1, |(_, since)| since))) } @else { span.quiet { "–" } } }
            td.quiet data-head="Watched by" {
                @if component.is_measured() {
                    (figures::counted(component.checks.len(), "check", "checks"))
                    @if !component.objectives.is_empty() { ", " (figures::counted(component.objectives.len(), "objective", "objectives")) }
                } @else { "nothing yet" }
            }
        }
    }
}
