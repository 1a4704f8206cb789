//! What was said and done about an incident, newest first: words, who was told by when, and corrections.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde::Deserialize;

use crate::domain::actor::Actor;
use crate::domain::event::{Event, EventKind};
use crate::domain::incident::Update;
use crate::domain::permission::Permission;
use crate::markup::{figures, markdown, marks};
use crate::store::views::console::{IncidentRoom, Told};
use crate::web::console::acting::stage;
use crate::web::console::frame::Desk;
use crate::web::console::parts::Wrongs;

/// A correction that was refused: which update, what was typed, and why.
pub struct Correcting {
    pub update: String,
    pub words: String,
    pub wrongs: Wrongs,
}

/// What a correction's event keeps of the words it replaced.
#[derive(Deserialize)]
struct Replaced {
    before: String,
}

pub fn timeline(desk: &Desk, room: &IncidentRoom, correcting: Option<&Correcting>) -> Markup {
    html! {
        section.part.log aria-labelledby="tl" {
            h2 id="tl" { "Timeline " span.hint { "newest first" } }
            @for event in room.events.iter().rev() { (moment(desk, room, event, correcting)) }
        }
    }
}

fn moment(
    desk: &Desk,
    room: &IncidentRoom,
    event: &Event,
    correcting: Option<&Correcting>,
) -> Markup {
    let said = event
        .about
        .update
        .and_then(|id| room.incident.updates.iter().find(|update| update.id == id));
    let by = by(event.actor, &room.names);
    html! {
        article.moment id={ "event-" (event.seq) } {
            h3 { (title_of(event, said)) " " span.small { (desk.wall.moment(event.at)) " by " (by) } }
            @if event.kind == EventKind::IncidentEdited {
                (replaced(event))
            } @else if let Some(update) = said {
                div.prose { (markdown::show(&update.body)) }
                @if !update.changes.is_empty() { (changes(update)) }
                (told(desk, update, room.told.get(&update.id)))
                @if desk.may(Permission::RunIncidents) { (correction(desk, update, correcting)) }
            }
        }
    }
}

/// The words as they were, for whoever asks what customers read before.
fn replaced(event: &Event) -> Markup {
    let before = serde_json::from_str::<Replaced>(&event.body).ok();
    html! {
        @if let Some(Replaced { before }) = before {
            details.more {
                summary { (marks::caret()) "The words before" }
                blockquote.draft { (markdown::show(&before)) }
            }
        }
    }
}

/// Other words for an update already written: the page shows them, nobody is told again.
fn correction(desk: &Desk, update: &Update, correcting: Option<&Correcting>) -> Markup {
    let refused = correcting.filter(|one| one.update == update.id.as_str());
    let none = Wrongs::default();
    let wrongs = refused.map_or(&none, |one| &one.wrongs);
    let words = refused.map_or(update.body.as_str(), |one| one.words.as_str());
    let field = format!("words-{}", update.id);
    html! {
        details.more open[refused.is_some()] {
            summary { (marks::caret()) "Correct the words" }
            form.stacked method="post" action={ "/console/incidents/" (update.incident) "/updates/" (update.id) } {
                (desk.token_field())
                div.field {
                    label for=(field) { "The words of update " (update.sequence) }
                    textarea id=(field) name="words" required
                        aria-invalid=[wrongs.described("correction").map(|_| "true")] aria-describedby=[wrongs.described("correction")] { (words) }
                    (wrongs.beside("correction"))
                    p.small { "The page and the feeds show the new words, marked as corrected. Nobody is told again." }
                }
                p { button type="submit" { "Correct it" } }
            }
        }
    }
}

fn title_of(event: &Event, said: Option<&Update>) -> String {
    match (event.kind, said) {
        (EventKind::IncidentProposed, _) => "Proposed by the rules".to_owned(),
        (EventKind::IncidentDismissed, _) => "Dismissed".to_owned(),
        (EventKind::IncidentEdited, _) => "Words corrected".to_owned(),
        (_, Some(update)) => format!("Update {}, {}", update.sequence, stage(update.status)),
        (kind, None) => kind.name().to_owned(),
    }
}

fn changes(update: &Update) -> Markup {
    html! {
        ul.changes { @for change in &update.changes {
            li { bdi { (change.name) } " " span.was { (marks::words(change.from)) " " span.flip aria-hidden="true" { "→" } span.unseen { "to" } } " " (marks::state(change.to)) }
        } }
    }
}

fn told(desk: &Desk, update: &Update, told: Option<&Told>) -> Markup {
    let count = |number: i64| figures::count(u64::try_from(number).unwrap_or_default());
    html! {
        p.small {
            @if !update.notified { "On the page only; nobody was told." }
            @else if let Some(told) = told.filter(|told| told.all() > 0) {
                "Reached " (count(told.sent)) " of " (count(told.all()))
                @if told.waiting > 0 { ", " (count(told.waiting)) " on their way" }
                @if told.failed > 0 { ", " (count(told.failed)) " given up" }
                @if let (Some(first), Some(last)) = (told.first_at, told.last_at) { ". First at " (desk.wall.clock(first)) ", last at " (desk.wall.clock(last)) }
                "."
            } @else { "No subscriber was concerned, or they are being counted." }
        }
    }
}

/// Who did it, in words.
#[must_use]
pub fn by(actor: Actor, names: &BTreeMap<String, String>) -> String {
    match actor {
        Actor::System => "the rules".to_owned(),
        Actor::CommandLine => "the command line".to_owned(),
        Actor::Subscriber => "a subscriber".to_owned(),
        Actor::Token(id) => format!("token {id}"),
        Actor::Operator(id) => names
            .get(id.as_str())
            .cloned()
            .unwrap_or_else(|| id.to_string()),
    }
}
