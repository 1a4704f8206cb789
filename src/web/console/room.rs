//! One incident: the composer on one side, what was said and who was told on the other.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use crate::actions::ActionError;
use crate::actions::incidents::{
    EditUpdate, IncidentWritten, UpdateIncident, edit_update, update_incident,
};
use crate::actions::proposals::{
    DismissProposal, PublishProposal, dismiss_proposal, publish_proposal,
};
use crate::domain::estate::Estate;
use crate::domain::event::Notice;
use crate::domain::id::IncidentId;
use crate::domain::incident::{Incident, IncidentComponent, IncidentStatus, Publication};
use crate::domain::permission::Permission;
use crate::markup::{figures, marks};
use crate::store::views::console as view;
use crate::web::console::acting::{self, incident_id, notice_of, stage};
use crate::web::console::composer::{Composer, Draft, preview};
use crate::web::console::frame::{Desk, Room, see};
use crate::web::console::incidents::FIELDS;
use crate::web::console::parts::Wrongs;
use crate::web::console::timeline::{Correcting, timeline};
use crate::web::extract::seat::{Allowed, ReadConsole, RunIncidents, Submitted};
use crate::web::problem::Problem;
use crate::web::site::Site;

/// `GET /console/incidents/{id}`
pub async fn show(
    who: Allowed<ReadConsole>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let desk = Desk::new(&site, who.seat);
    page(&site, &desk, incident_id(&id)?, &Typed::default()).await
}

/// `POST /console/incidents/{id}/updates`
pub async fn update(
    who: Submitted<RunIncidents>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let (id, draft) = (incident_id(&id)?, Draft::read(&who.form));
    let desk = Desk::new(&site, who.seat.clone());
    let missing = missing(&draft);
    if who.form.text("step") == "preview" || !missing.is_empty() {
        return page(&site, &desk, id, &Typed::draft(draft, missing)).await;
    }
    let wanted = UpdateIncident {
        incident: id.to_string(),
        status: draft.status,
        impact: draft.impact,
        body: draft.words.clone(),
        components: draft.settings(),
        next_update_due: draft.promised(site.now()),
        notify: draft.is_told,
    };
    let written = update_incident(&acting::context(&site, &who.seat), wanted).await;
    answer((&site, &desk), id, draft, written).await
}

/// `POST /console/incidents/{id}/publish`: one click with the proposal's own words, or the composer's.
pub async fn publish(
    who: Submitted<RunIncidents>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let (id, draft) = (incident_id(&id)?, Draft::read(&who.form));
    let desk = Desk::new(&site, who.seat.clone());
    if who.form.text("step") == "preview" {
        return page(&site, &desk, id, &Typed::draft(draft, Wrongs::default())).await;
    }
    let wanted = PublishProposal {
        incident: id.to_string(),
        title: Some(draft.title.clone()).filter(|title| !title.is_empty()),
        body: Some(draft.words.clone()).filter(|words| !words.is_empty()),
        status: draft.status.unwrap_or(IncidentStatus::Investigating),
        impact: draft.impact,
        components: draft.settings(),
        next_update_due: draft.promised(site.now()),
        notify: draft.is_told,
    };
    let written = publish_proposal(&acting::context(&site, &who.seat), wanted).await;
    answer((&site, &desk), id, draft, written).await
}

/// Written: the incident as it is now. Refused: the room again, with the words that were typed.
async fn answer(
    (site, desk): (&Site, &Desk),
    id: IncidentId,
    draft: Draft,
    written: Result<IncidentWritten, ActionError>,
) -> Result<HttpResponse, Problem> {
    match written {
        Ok(_) => Ok(see(&format!("/console/incidents/{id}"))),
        Err(error) => {
            let typed = Typed::draft(draft, acting::wrongs(error, &FIELDS)?);
            page(site, desk, id, &typed).await
        }
    }
}

/// `POST /console/incidents/{id}/dismiss`
pub async fn dismiss(
    who: Submitted<RunIncidents>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let reason = Some(who.form.text("reason").to_owned()).filter(|reason| !reason.is_empty());
    let wanted = DismissProposal {
        incident: incident_id(&id)?.to_string(),
        reason,
    };
    dismiss_proposal(&acting::context(&site, &who.seat), wanted).await?;
    Ok(see("/console"))
}

/// `POST /console/incidents/{id}/updates/{update}`: other words for what was said.
pub async fn correct(
    who: Submitted<RunIncidents>,
    path: web::Path<(String, String)>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let (id, update) = path.into_inner();
    let id = incident_id(&id)?;
    let words = who.form.text("words").to_owned();
    let wanted = EditUpdate {
        incident: id.to_string(),
        update: update.clone(),
        body: words.clone(),
    };
    let Err(error) = edit_update(&acting::context(&site, &who.seat), wanted).await else {
        return Ok(see(&format!("/console/incidents/{id}")));
    };
    let correcting = Correcting {
        update,
        words,
        wrongs: acting::wrongs(error, &[("body", "correction")])?,
    };
    let typed = Typed {
        correcting: Some(correcting),
        ..Typed::default()
    };
    page(&site, &Desk::new(&site, who.seat), id, &typed).await
}

fn missing(draft: &Draft) -> Wrongs {
    let mut wrongs = Wrongs::default();
    if draft.words.is_empty() {
        wrongs.add("words", "Write what customers should read.");
    }
    wrongs
}

/// What was typed into the page's forms and not carried out.
#[derive(Default)]
struct Typed {
    draft: Option<Draft>,
    wrongs: Wrongs,
    correcting: Option<Correcting>,
}

impl Typed {
    const fn draft(draft: Draft, wrongs: Wrongs) -> Self {
        Self {
            draft: Some(draft),
            wrongs,
            correcting: None,
        }
    }
}

async fn page(
    site: &Site,
    desk: &Desk,
    id: IncidentId,
    typed: &Typed,
) -> Result<HttpResponse, Problem> {
    let estate = site.estate();
    let notice = as_typed(estate.clone(), typed.draft.clone());
    let room = site
        .store
        .read(move |conn| view::incident_room(conn, id, &notice))
        .await?
        .ok_or(Problem::NotFound)?;
    let draft = typed
        .draft
        .clone()
        .unwrap_or_else(|| first_draft(&room.incident));
    let stages = stages(&room.incident);
    let action = if room.incident.publication == Publication::Proposed {
        "publish"
    } else {
        "updates"
    };
    let action = format!("/console/incidents/{id}/{action}");
    let is_proposed = room.incident.publication == Publication::Proposed;
    let composer = Composer {
        desk,
        estate: &estate,
        standings: &room.standings,
        draft: &draft,
        wrongs: &typed.wrongs,
        action: &action,
        is_new: is_proposed,
        stages: &stages,
        reach: Some(room.reach),
    };
    let can_write = desk.may(Permission::RunIncidents)
        && room.incident.publication != Publication::Dismissed
        && !stages.is_empty();
    let main = html! {
        (head(desk, &room.incident))
        div.desk.room {
            @if can_write {
                section.part aria-labelledby="write" { h2 id="write" { (heading(&room.incident)) } (composer.draw()) }
            }
            div.beside[can_write] {
                @if can_write && !draft.words.is_empty() {
                    section.part aria-labelledby="see" { h2 id="see" { "What they will see" } div.previews {
                        (preview(desk, &draft, if draft.title.is_empty() { &room.incident.title } else { &draft.title }, room.incident.impact))
                    } }
                }
                (timeline(desk, &room, typed.correcting.as_ref()))
            }
        }
    };
    Ok(desk.page(
        Some(Room::Incidents),
        &room.incident.title,
        &html! {},
        &main,
    ))
}

/// What would be announced with the components as typed, for counting who hears of it.
fn as_typed(
    estate: Arc<Estate>,
    chosen: Option<Draft>,
) -> impl Fn(&Incident) -> Notice + Send + 'static {
    move |incident: &Incident| {
        let mut as_typed = incident.clone();
        let chosen = chosen.iter().flat_map(|draft| &draft.components);
        for (component, status) in chosen {
            as_typed
                .components
                .retain(|one| one.component != *component);
            as_typed.components.push(IncidentComponent {
                component: *component,
                status: *status,
            });
        }
        notice_of(&as_typed, &estate)
    }
}

fn heading(incident: &Incident) -> String {
    match (incident.publication, incident.resolved_at) {
        (Publication::Proposed, _) => "Publish it".to_owned(),
        (_, Some(_)) => "Postmortem".to_owned(),
        (_, None) => format!("Update {}", incident.updates.len() + 1),
    }
}

/// Stages this incident may go to.
fn stages(incident: &Incident) -> Vec<IncidentStatus> {
    use IncidentStatus::{Identified, Investigating, Monitoring, Postmortem, Resolved};
    match (incident.publication, incident.status) {
        (Publication::Dismissed, _) => Vec::new(),
        (Publication::Proposed, _) => vec![Investigating, Identified, Monitoring],
        (Publication::Published, Resolved | Postmortem) => vec![Postmortem],
        (Publication::Published, Investigating | Identified | Monitoring) => {
            vec![Investigating, Identified, Monitoring, Resolved]
        }
    }
}

/// What is likely: the stage it is in, its components as they are, half an hour.
fn first_draft(incident: &Incident) -> Draft {
    let proposed_words = incident
        .updates
        .last()
        .filter(|_| incident.publication == Publication::Proposed);
    let is_proposed = incident.publication == Publication::Proposed;
    Draft {
        title: if is_proposed {
            incident.title.clone()
        } else {
            String::new()
        },
        status: incident.status.is_open().then_some(incident.status),
        words: proposed_words
            .map(|update| update.body.clone())
            .unwrap_or_default(),
        impact: None,
        components: incident
            .components
            .iter()
            .map(|one| (one.component, one.status))
            .collect(),
        promise: incident.status.is_open().then_some(30),
        is_told: true,
    }
}

fn head(desk: &Desk, one: &Incident) -> Markup {
    let now = desk.wall.now();
    let first_words = one
        .published_at
        .map(|at| figures::duration(at.since(one.began_at)));
    html! {
        header.room-head {
            div {
                p {
                    (marks::said(marks::of_impact(one.impact), marks::impact_words(one.impact))) " "
                    span.quiet { (stage(one.status)) ", incident " span.code { (one.id) } }
                    @match one.publication {
                        Publication::Proposed => { " " strong { "Proposed: customers do not see it." } }
                        Publication::Dismissed => { " " strong { "Dismissed: customers never saw it." } }
                        Publication::Published => {}
                    }
                }
                h1 { (one.title) }
            }
            dl.room-facts {
                @match one.resolved_at {
                    Some(end) => { div { dt { "Lasted" } dd { (figures::duration(end.since(one.began_at))) } } div { dt { "Resolved" } dd { (desk.wall.moment(end)) } } }
                    None => { div { dt { "Open for" } dd { (figures::duration(now.since(one.began_at))) } } }
                }
                div { dt { "Began" } dd { (desk.wall.moment(one.began_at)) } }
                @if let Some(after) = first_words { div { dt { "First words after" } dd { (after) } } }
                @if let Some(due) = one.next_update_due {
                    div { dt { "Promised update" } dd { "by " (desk.wall.clock(due)) ", " (desk.wall.ago_words(due)) } }
                }
            }
        }
    }
}
