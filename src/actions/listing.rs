//! What the command line lists: small shapes, times in RFC 3339, components by the key the file gives them.

use serde_json::{Value, json};

use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::domain::estate::Estate;
use crate::domain::id::ComponentId;
use crate::domain::incident::Incident;
use crate::domain::maintenance::Maintenance;
use crate::domain::timestamp::Timestamp;
use crate::store::{incident, maintenance, operator, pin, token};

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
