//! From a committed event to what goes over the wire; the frozen event is all it reads. Part of stop 9.
//!
//! A mail is encoded once per event and kept; a webhook's body is serialised once per event and kept. What is
//! asked for next is nearly always what was asked for last.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::{Value, context};
use serde_json::json;

use crate::channel::email::letter::{Copy, Letter, LetterError, Sheet, Words};
use crate::channel::email::unsubscribe;
use crate::domain::delivery::{Delivery, Recipient};
use crate::domain::event::{Event, EventKind, Notice};
use crate::domain::subscription::{Asked, CONFIRM_PURPOSE, Ended};
use crate::notify::facts::Voice;
use crate::notify::hall::Hall;
use crate::notify::template::{Message, Rendered};
use crate::notify::words;
use crate::store::{StoreError, ledger};

/// Letters and bodies kept; more events than this are rarely on their way at once.
const KEPT: usize = 64;

/// Why a delivery has no words.
#[derive(Debug, thiserror::Error)]
pub(super) enum RenderError {
    /// Passes, or not, as the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a template cannot be rendered: {0}")]
    Template(#[from] minijinja::Error),
    #[error(transparent)]
    Letter(#[from] LetterError),
    #[error("the event says nothing that this message could say: {0}")]
    Event(String),
}

/// What was rendered, by event.
#[derive(Default)]
pub(super) struct Kept {
    letters: Mutex<BTreeMap<i64, Arc<Letter>>>,
    bodies: Mutex<BTreeMap<i64, Arc<Vec<u8>>>>,
}

/// One mail, ready for the wire.
pub(super) async fn mail(hall: &Hall, delivery: &Delivery) -> Result<Vec<u8>, RenderError> {
    let letter = if let Some(letter) = kept(&hall.kept.letters, delivery.event) {
        letter
    } else {
        let event = event(hall, delivery.event).await?;
        keep(&hall.kept.letters, delivery.event, letter(hall, &event)?)
    };
    let token = match &delivery.recipient {
        Recipient::Subscriber(id) => Some(unsubscribe::token(&hall.keys, *id)),
        Recipient::Staff(_) => None,
    };
    let url = token
        .as_deref()
        .map(|token| format!("{}/unsubscribe/{token}", hall.public_url));
    Ok(letter.address(&Copy {
        to: &delivery.address,
        id: &message_id(hall, delivery),
        date: delivery.created_at,
        unsubscribe: url.as_deref(),
        token: token.as_deref().unwrap_or_default(),
    }))
}

/// One webhook's body: the same bytes for every receiver and on every attempt.
pub(super) async fn webhook(hall: &Hall, delivery: &Delivery) -> Result<Arc<Vec<u8>>, RenderError> {
    if let Some(body) = kept(&hall.kept.bodies, delivery.event) {
        return Ok(body);
    }
    let event = event(hall, delivery.event).await?;
    let body = body(hall, &event)?;
    Ok(keep(&hall.kept.bodies, delivery.event, body))
}

/// The receiver's key against duplicates: the same on every attempt, and no dot in it.
pub(super) fn webhook_id(delivery: &Delivery) -> String {
    match &delivery.recipient {
        Recipient::Subscriber(id) => format!("msg_{}_{id}", base36(delivery.event)),
        Recipient::Staff(_) => format!("msg_{}_staff", base36(delivery.event)),
    }
}

async fn event(hall: &Hall, seq: i64) -> Result<Event, RenderError> {
    hall.store
        .read(move |conn| ledger::by_seq(conn, seq))
        .await?
        .ok_or_else(|| RenderError::Event(format!("event {seq} is not in the ledger")))
}

fn letter(hall: &Hall, event: &Event) -> Result<Letter, RenderError> {
    let (from, reply_to) = hall
        .senders
        .as_ref()
        .ok_or_else(|| RenderError::Event("mail is off".to_owned()))?;
    let voice = hall.voice();
    let (message, facts) = said(hall, &voice, event)?;
    let rendered = hall.templates.render(message, &facts)?;
    let thread = match message {
        Message::Incident | Message::Proposal => event.about.incident.map(|id| format!("inc_{id}")),
        Message::Maintenance => event.about.maintenance.map(|id| format!("mnt_{id}")),
        Message::Confirm | Message::AlreadySubscribed | Message::EndpointDisabled => None,
    };
    let is_bulk = matches!(message, Message::Incident | Message::Maintenance);
    let sheet = Sheet {
        from,
        reply_to: reply_to.as_ref(),
        thread: thread.as_deref(),
        list: is_bulk.then_some(voice.name.as_str()),
        boundary: &format!("e.{}", base36(event.seq)),
    };
    let Rendered {
        subject,
        text,
        html,
    } = &rendered;
    Ok(Letter::encode(
        &sheet,
        &Words {
            subject,
            text,
            html,
        },
    )?)
}

fn said(hall: &Hall, voice: &Voice, event: &Event) -> Result<(Message, Value), RenderError> {
    match event.kind {
        EventKind::SubscriberRequested => asked(hall, voice, event),
        EventKind::SubscriberQuarantined => {
            let ended: Ended = parsed(event)?;
            let facts = context! { address => ended.address, why => ended.why, ..voice.shared() };
            Ok((Message::EndpointDisabled, facts))
        }
        kind => {
            let notice = notice(hall, event)?;
            let message = if kind == EventKind::IncidentProposed {
                Message::Proposal
            } else if notice.window.is_some() {
                Message::Maintenance
            } else {
                Message::Incident
            };
            Ok((message, voice.of_notice(event, &notice)))
        }
    }
}

fn asked(hall: &Hall, voice: &Voice, event: &Event) -> Result<(Message, Value), RenderError> {
    match parsed(event)? {
        Asked::Confirm {
            token_sealed,
            expires_at,
        } => {
            let token = hall
                .keys
                .open_sealed(CONFIRM_PURPOSE, &token_sealed)
                .map_err(|error| RenderError::Event(error.to_string()))?;
            let facts = context! {
                confirm_url => format!("{}/subscribe/confirm/{token}", voice.public_url),
                expires_at => voice.moment(expires_at),
                ..voice.shared()
            };
            Ok((Message::Confirm, facts))
        }
        Asked::AlreadySubscribed => Ok((Message::AlreadySubscribed, voice.shared())),
        Asked::Test => Err(RenderError::Event("a test goes to webhooks".to_owned())),
    }
}

fn body(hall: &Hall, event: &Event) -> Result<Vec<u8>, RenderError> {
    let voice = &hall.voice();
    let (kind, data) = if event.kind == EventKind::SubscriberRequested {
        let data = json!({
            "subscriber_id": event.about.subscriber,
            "page": { "name": voice.name, "url": voice.public_url },
        });
        ("subscription.test", data)
    } else {
        (event.kind.name(), data(event, &notice(hall, event)?, voice))
    };
    let whole = json!({ "type": kind, "timestamp": event.at.to_string(), "data": data });
    serde_json::to_vec(&whole).map_err(|error| RenderError::Event(error.to_string()))
}

/// The whole state and a sequence that grows, so that a receiver can drop what is older than what it has.
fn data(event: &Event, notice: &Notice, voice: &Voice) -> serde_json::Value {
    let time = |at: crate::domain::timestamp::Timestamp| at.to_string();
    json!({
        "event": event.seq,
        "page": { "name": voice.name, "url": voice.public_url },
        "incident_id": event.about.incident,
        "maintenance_id": event.about.maintenance,
        "component_id": event.about.component,
        "update_id": event.about.update,
        "sequence": notice.sequence,
        "title": notice.title,
        "status": notice.status,
        "impact": notice.impact,
        "body": notice.body,
        "began_at": time(notice.began_at),
        "updated_at": time(notice.at),
        "resolved_at": notice.resolved_at.map(time),
        "next_update_due": notice.next_update_due.map(time),
        "scheduled": notice.window.map(|(starts, ends)| json!({
            "starts_at": time(starts),
            "ends_at": time(ends),
        })),
        "components": notice.affected.iter().map(|one| json!({
            "id": one.component,
            "name": one.name,
            "status": one.status,
        })).collect::<Vec<_>>(),
        "changes": notice.changes.iter().map(|one| json!({
            "id": one.component,
            "name": one.name,
            "from": one.from,
            "to": one.to,
        })).collect::<Vec<_>>(),
        "url": format!("{}{}", voice.public_url, notice.path),
    })
}

fn notice(hall: &Hall, event: &Event) -> Result<Notice, RenderError> {
    words::of(event, &hall.estate())
        .ok_or_else(|| RenderError::Event(format!("{} carries no notice", event.kind.name())))
}

fn parsed<T: serde::de::DeserializeOwned>(event: &Event) -> Result<T, RenderError> {
    serde_json::from_str(&event.body).map_err(|error| RenderError::Event(error.to_string()))
}

fn message_id(hall: &Hall, delivery: &Delivery) -> String {
    let id = base36(delivery.id);
    let code = hall.keys.code("message-id", &id);
    let code = code.get(..10).unwrap_or(&code);
    format!("d.{id}.{code}")
}

fn base36(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(rest % 36).unwrap_or(0);
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        rest /= 36;
        if rest == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

fn kept<T>(shelf: &Mutex<BTreeMap<i64, Arc<T>>>, event: i64) -> Option<Arc<T>> {
    shelf
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&event)
        .cloned()
}

/// Keeps the newest; an older event's words are made again if they are asked for.
fn keep<T>(shelf: &Mutex<BTreeMap<i64, Arc<T>>>, event: i64, made: T) -> Arc<T> {
    let made = Arc::new(made);
    let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    shelf.insert(event, Arc::clone(&made));
    while shelf.len() > KEPT {
        shelf.pop_first();
    }
    made
}
