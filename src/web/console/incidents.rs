//! The list of incidents, and opening one.

use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use crate::actions::incidents::{OpenIncident, open_incident};
use crate::domain::event::Notice;
use crate::domain::id::IncidentId;
use crate::domain::incident::{
    Impact, Incident, IncidentComponent, IncidentStatus, Origin, Publication,
};
use crate::domain::permission::Permission;
use crate::domain::subscriber::Topic;
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::markup::{figures, marks};
use crate::store::incident;
use crate::store::views::console as view;
use crate::web::console::acting::{self, implied_impact, notice_of, stage};
use crate::web::console::composer::{Composer, Draft, preview};
use crate::web::console::frame::{Desk, Room, see};
use crate::web::console::overview;
use crate::web::console::parts::Wrongs;
use crate::web::extract::seat::{Allowed, ReadConsole, RunIncidents, Submitted};
use crate::web::problem::Problem;
use crate::web::site::Site;

/// Enough for a year of a busy team; older ones are on the public history.
const LISTED: i64 = 200;

/// Where an incident may begin.
const OPENING: [IncidentStatus; 3] = [
    IncidentStatus::Investigating,
    IncidentStatus::Identified,
    IncidentStatus::Monitoring,
];

/// `GET /console/incidents`
pub async fn list(
    who: Allowed<ReadConsole>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let all = site
        .store
        .read(|conn| incident::list_recent(conn, LISTED))
        .await?;
    let desk = Desk::new(&site, who.seat);
    let estate = site.estate();
    let (open, over): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|one| one.resolved_at.is_none() && one.publication != Publication::Dismissed);
    let main = html! {
        section.part aria-labelledby="open" {
            h1 id="open" { "Incidents" @if desk.may(Permission::RunIncidents) { a.button.button-main href="/console/incidents/new" { "Open an incident" } } }
            h2.unseen { "Open" }
            @for one in &open { (overview::open_incident(&desk, &estate, one, None)) }
            @if open.is_empty() { p.calm { "None is open." } }
        }
        @if !over.is_empty() {
            section.part aria-labelledby="over" {
                h2 id="over" { "Over" }
                div.matrix tabindex="0" role="region" aria-label="Incidents that are over, table" { table {
                    thead { tr { th scope="col" { "Incident" } th scope="col" { "Impact" } th scope="col" { "Began" } th.num scope="col" { "Lasted" } th scope="col" { "Ended as" } } }
                    tbody { @for one in &over { (past(&desk, one)) } }
                } }
            }
        }
    };
    Ok(desk.page(Some(Room::Incidents), "Incidents", &html! {}, &main))
}

fn past(desk: &Desk, one: &Incident) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/console/incidents/" (one.id) } { (one.title) } }
            td data-head="Impact" { (marks::said(marks::of_impact(one.impact), marks::impact_words(one.impact))) }
            td data-head="Began" { (desk.wall.moment(one.began_at)) }
            td.num data-head="Lasted" { (figures::duration(one.resolved_at.unwrap_or(one.updated_at).since(one.began_at))) }
            td.quiet data-head="Ended as" { @if one.publication == Publication::Dismissed { "Dismissed, never shown" } @else { (stage(one.status)) } }
        }
    }
}

/// `GET /console/incidents/new`
pub async fn new(
    who: Allowed<RunIncidents>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let draft = Draft {
        promise: Some(30),
        is_told: true,
        ..Draft::default()
    };
    form(
        &site,
        &Desk::new(&site, who.seat),
        &draft,
        &Wrongs::default(),
    )
    .await
}

/// `POST /console/incidents`
pub async fn create(
    who: Submitted<RunIncidents>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let draft = Draft::read(&who.form);
    let desk = Desk::new(&site, who.seat.clone());
    let missing = missing(&draft);
    if who.form.text("step") != "publish" || !missing.is_empty() {
        return form(&site, &desk, &draft, &missing).await;
    }
    let context = acting::context(&site, &who.seat);
    match open_incident(&context, wanted(&draft, site.now())).await {
        Ok(written) => Ok(see(&format!("/console/incidents/{}", written.id))),
        Err(error) => form(&site, &desk, &draft, &acting::wrongs(error, &FIELDS)?).await,
    }
}

/// The action's names for the form's fields.
pub const FIELDS: [(&str, &str); 4] = [
    ("title", "title"),
    ("body", "words"),
    ("components", "components"),
    ("next_update_due", "promise"),
];

fn wanted(draft: &Draft, now: Timestamp) -> OpenIncident {
    OpenIncident {
        title: draft.title.clone(),
        status: draft.status.unwrap_or(IncidentStatus::Investigating),
        impact: draft.impact,
        body: draft.words.clone(),
        components: draft.settings(),
        next_update_due: draft.promised(now),
        notify: draft.is_told,
    }
}

fn missing(draft: &Draft) -> Wrongs {
    let mut wrongs = Wrongs::default();
    if draft.title.is_empty() {
        wrongs.add("title", "Give it a title: what do customers notice?");
    }
    if draft.words.is_empty() {
        wrongs.add("words", "Write what customers should read.");
    }
    wrongs
}

/// The form, with a preview and the number it reaches once there is something to count.
async fn form(
    site: &Site,
    desk: &Desk,
    draft: &Draft,
    wrongs: &Wrongs,
) -> Result<HttpResponse, Problem> {
    let estate = site.estate();
    let is_begun = !draft.title.is_empty() && !draft.words.is_empty();
    let notice = is_begun.then(|| would_be(draft, desk.wall.now(), &estate));
    let asked: Vec<Notice> = notice.clone().into_iter().collect();
    let (standings, reach) = site
        .store
        .read(move |conn| {
            Ok((
                view::standings(conn)?,
                view::reaches(conn, Topic::Incident, &asked)?.pop(),
            ))
        })
        .await?;
    let composer = Composer {
        desk,
        estate: &estate,
        standings: &standings,
        draft,
        wrongs,
        action: "/console/incidents",
        is_new: true,
        stages: &OPENING,
        reach,
    };
    let impact = notice.map_or(Impact::None, |notice| notice.impact);
    let main = html! {
        header.room-head { div { h1 { "Open an incident" } } }
        div.desk.room id="main-form" {
            section.part aria-label="The form" { (composer.draw()) }
            div.beside { section.part aria-labelledby="see" {
                h2 id="see" { "What they will see" }
                @if is_begun { div.previews { (preview(desk, draft, &draft.title, impact)) } }
                @else { p.calm { "Write a title and what customers should read, then look at it here. Nothing is sent by looking." } }
            } }
        }
    };
    Ok(desk.page(Some(Room::Incidents), "Open an incident", &html! {}, &main))
}

/// What the draft would announce, for counting who hears of it.
fn would_be(draft: &Draft, now: Timestamp, estate: &crate::domain::estate::Estate) -> Notice {
    let components: Vec<IncidentComponent> = draft
        .components
        .iter()
        .map(|(component, status)| IncidentComponent {
            component: *component,
            status: *status,
        })
        .collect();
    let impact = draft
        .impact
        .unwrap_or_else(|| implied_impact(components.iter().map(|one| one.status)));
    let incident = Incident {
        id: IncidentId(entropy::id()),
        title: draft.title.clone(),
        status: draft.status.unwrap_or(IncidentStatus::Investigating),
        impact,
        impact_override: draft.impact,
        origin: Origin::Human,
        publication: Publication::Published,
        root: None,
        began_at: now,
        detected_at: now,
        published_at: Some(now),
        publish_due: None,
        monitoring_at: None,
        resolved_at: None,
        updated_at: now,
        next_update_due: draft.promised(now),
        has_human_words: true,
        components,
        updates: Vec::new(),
    };
    notice_of(&incident, estate)
}
