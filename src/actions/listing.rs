//! What the command line lists: small shapes, times in RFC 3339, components by the key the file gives them.

use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::actions::components;
use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::domain::estate::Estate;
use crate::domain::id::ComponentId;
use crate::domain::incident::Incident;
use crate::domain::maintenance::Maintenance;
use crate::domain::timestamp::Timestamp;
use crate::store::{
    delivery, incident, ledger, maintenance, meta, operator, pin, state, subscriber, token,
};

/// How far back a whole list goes.
const RECENT: i64 = 50;

pub(super) async fn incidents(ctx: &ActionContext, open: bool) -> Result<Value, ActionError> {
    let read = move |conn: &mut _| {
        if open {
            return incident::list_open(conn);
        }
        incident::list_recent(conn, RECENT)
    };
    let found = ctx.store.read(read).await?;
    let shown = found.iter().map(|one| incident_shape(&ctx.estate, one));
    Ok(shown.collect())
}

pub(super) async fn maintenance(ctx: &ActionContext, open: bool) -> Result<Value, ActionError> {
    let read = move |conn: &mut _| {
        if open {
            return maintenance::list_open(conn);
        }
        maintenance::list_recent(conn, RECENT)
    };
    let found = ctx.store.read(read).await?;
    let shown = found.iter().map(|one| maintenance_shape(&ctx.estate, one));
    Ok(shown.collect())
}

pub(super) async fn pins(ctx: &ActionContext) -> Result<Value, ActionError> {
    let now = ctx.now;
    let found = ctx.store.read(move |conn| pin::list_holding(conn, now));
    let shown = found.await?.into_iter().map(|one| {
        json!({
            "id": one.id,
            "component": key_of(&ctx.estate, one.component),
            "status": one.status,
            "reason": one.reason,
            "actor": one.actor.name(),
            "expires_at": one.expires_at.to_string(),
        })
    });
    Ok(shown.collect())
}

pub(super) async fn operators(ctx: &ActionContext) -> Result<Value, ActionError> {
    let found = ctx.store.read(operator::list).await?;
    let shown = found.into_iter().map(|one| {
        json!({
            "id": one.id,
            "email": one.email,
            "role": one.role,
            "has_password": one.password_hash.is_some(),
            "disabled_at": text(one.disabled_at),
        })
    });
    Ok(shown.collect())
}

pub(super) async fn tokens(ctx: &ActionContext) -> Result<Value, ActionError> {
    let found = ctx.store.read(token::list).await?;
    let shown = found.into_iter().map(|one| {
        json!({
            "id": one.id,
            "name": one.name,
            "scope": one.scope,
            "created_at": one.created_at.to_string(),
            "revoked_at": text(one.revoked_at),
        })
    });
    Ok(shown.collect())
}

/// What the page says of each component, and the record of why.
pub(super) async fn status(
    ctx: &ActionContext,
    component: Option<String>,
) -> Result<Value, ActionError> {
    let asked = component
        .map(|name| components::named(&ctx.estate, &name).map(|found| found.id))
        .transpose()?;
    let states = ctx.store.read(|conn| {
        let mut judged = Vec::new();
        for one in state::list_components::<IgnoredAny>(conn)? {
            let because = match one.event_seq {
                Some(seq) => ledger::by_seq(conn, seq)?.map(|event| event.body),
                None => None,
            };
            judged.push((one.component, one.status, one.since, because));
        }
        Ok(judged)
    });
    let states = states.await?;
    let wanted = ctx.estate.components.iter();
    let shown = wanted
        .filter(|one| asked.is_none_or(|id| id == one.id))
        .map(|one| {
            let judged = states.iter().find(|(id, ..)| *id == one.id);
            let because = judged.and_then(|(.., because)| because.as_deref());
            json!({
                "id": one.id,
                "component": one.key,
                "name": one.name,
                "measured": one.is_measured(),
                "status": judged.map_or("operational", |(_, status, ..)| status.name()),
                "since": judged.map(|(_, _, since, _)| since.to_string()),
                "because": because.and_then(|body| serde_json::from_str::<Value>(body).ok()),
            })
        });
    Ok(shown.collect())
}

/// What `doctor` asks of the database.
pub(super) async fn examine(ctx: &ActionContext) -> Result<Value, ActionError> {
    let now = ctx.now;
    let found = ctx.store.read(move |conn| {
        let deliveries = delivery::counts(conn)?;
        let counted: serde_json::Map<String, Value> = deliveries
            .iter()
            .map(|(state, count)| (format!("{state:?}").to_lowercase(), json!(count)))
            .collect();
        Ok(json!({
            "last_event": ledger::last_seq(conn)?,
            "deliveries": counted,
            "accepted": deliveries.iter().map(|(_, count)| count).sum::<i64>(),
            "subscribers": subscriber::counts(conn)?,
            "alive_s_ago": meta::last_alive(conn)?.map(|at| now.since(at).as_secs()),
        }))
    });
    Ok(found.await?)
}

fn incident_shape(estate: &Estate, one: &Incident) -> Value {
    let components = one.components.iter().map(|declared| {
        json!({ "component": key_of(estate, declared.component), "status": declared.status })
    });
    let updates = one.updates.iter().rev().map(|update| {
        json!({
            "id": update.id,
            "status": update.status,
            "body": update.body,
            "at": update.at.to_string(),
            "notified": update.notified,
        })
    });
    json!({
        "id": one.id,
        "title": one.title,
        "status": one.status,
        "impact": one.impact,
        "origin": one.origin,
        "publication": one.publication,
        "began_at": one.began_at.to_string(),
        "resolved_at": text(one.resolved_at),
        "next_update_due": text(one.next_update_due),
        "components": components.collect::<Value>(),
        "updates": updates.collect::<Value>(),
    })
}

fn maintenance_shape(estate: &Estate, one: &Maintenance) -> Value {
    let components = one.components.iter().map(|id| key_of(estate, *id));
    json!({
        "id": one.id,
        "title": one.title,
        "status": one.status,
        "starts_at": one.starts_at.to_string(),
        "ends_at": one.ends_at.to_string(),
        "ended_at": text(one.ended_at),
        "components": components.collect::<Vec<_>>(),
    })
}

/// The key in the file; the id of what the file no longer mentions.
fn key_of(estate: &Estate, id: ComponentId) -> String {
    estate
        .component(id)
        .map_or_else(|| id.to_string(), |found| found.key.clone())
}

fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
