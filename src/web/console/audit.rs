//! The audit trail: the ledger, newest first. For admins, because it names people.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::domain::event::Event;
use crate::store::views::console as view;
use crate::web::console::frame::{Desk, Room};
use crate::web::console::timeline::by;
use crate::web::extract::seat::{Allowed, ReadAudit};
use crate::web::problem::Problem;
use crate::web::site::Site;

/// `GET /console/audit?before=N`
pub async fn list(
    who: Allowed<ReadAudit>,
    request: HttpRequest,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let before = request
        .query_string()
        .strip_prefix("before=")
        .and_then(|text| text.parse().ok())
        .unwrap_or(i64::MAX);
    let (events, names) = site
        .store
        .read(move |conn| view::audit(conn, before))
        .await?;
    let desk = Desk::new(&site, who.seat);
    let oldest = events.last().map(|event| event.seq).filter(|seq| *seq > 1);
    let estate = site.estate();
    let main = html! {
        section.part aria-labelledby="audit" {
            h1 id="audit" { "Audit " span.hint { "every committed fact, numbered without gaps" } }
            div.matrix tabindex="0" role="region" aria-label="Events, table" { table {
                thead { tr { th.num scope="col" { "No." } th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "About" } } }
                tbody { @for event in &events {
                    @let name = event.about.component.and_then(|id| estate.component(id)).map(|component| component.name.as_str());
                    (row(&desk, event, name, &names))
                } }
            } }
            @if events.is_empty() { p.calm { "Nothing has happened yet." } }
            @if let Some(oldest) = oldest { p { a.button href={ "/console/audit?before=" (oldest) } { "Older" } } }
        }
    };
    Ok(desk.page(Some(Room::Audit), "Audit", &html! {}, &main))
}

fn row(
    desk: &Desk,
    event: &Event,
    component: Option<&str>,
    names: &BTreeMap<String, String>,
) -> Markup {
    html! {
        tr {
            td.num data-head="No." { (event.seq) }
            td data-head="When" { (desk.wall.moment(event.at)) }
            td data-head="Who" { bdi { (by(event.actor, names)) } }
            td data-head="What" { span.code { (event.kind.name()) } }
            td data-head="About" {
                @if let Some(id) = event.about.incident { a href={ "/console/incidents/" (id) } { "incident " (id) } }
                @else if let Some(id) = event.about.maintenance { a href={ "/console/maintenance/" (id) } { "planned work " (id) } }
                @else if let Some(id) = event.about.component { a href={ "/console/components/" (id) "#event-" (event.seq) } { bdi { (component.unwrap_or(id.as_str())) } } }
                @else if let Some(id) = event.about.subscriber { "subscriber " (id) }
            }
        }
    }
}
