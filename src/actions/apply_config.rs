//! Applying a configuration: the register of keys follows the file, and the ledger says when it changed.

use std::collections::HashMap;

use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::config::manifest::Manifest;
use crate::domain::estate::{Estate, Kind};
use crate::domain::event::{About, EventKind};
use crate::domain::id::PublicId;
use crate::domain::timestamp::Timestamp;
use crate::store::{Conn, StoreError, estate, ledger, meta};

/// Under this key the hash of the last applied configuration is kept.
const APPLIED: &str = "config_hash";

/// The estate to run with from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    pub estate: Estate,
    /// None when the same configuration was in force already.
    pub event: Option<i64>,
}

/// The estate as far as its ids are known, and nothing written: enough to read by.
///
/// # Errors
/// [`ActionError`] when the database does not answer.
pub async fn known_estate(ctx: &ActionContext, manifest: &Manifest) -> Result<Estate, ActionError> {
    let ids = ctx.store.read(known_ids).await?;
    let known = |kind: Kind, key: &str| ids.get(&(kind, key.to_owned())).copied();
    Ok(manifest.estate(&known))
}

type KnownIds = HashMap<(Kind, String), (PublicId, Timestamp)>;

fn known_ids(conn: &mut Conn) -> Result<KnownIds, StoreError> {
    let items = estate::list(conn)?.into_iter();
    Ok(items
        .map(|item| ((item.kind, item.key), (item.id, item.first_seen)))
        .collect())
}

/// Gives new keys ids, revives returning ones, archives what is gone, all or nothing.
///
/// # Errors
/// [`ActionError::Conflict`] when the file names what was made in the console.
pub async fn apply_config(
    ctx: &ActionContext,
    manifest: &Manifest,
) -> Result<Applied, ActionError> {
    let (wanted, hash) = (manifest.wanted(), manifest.hash.clone());
    let (ids, event) = ctx
        .judge(move |ctx, tx| {
            let before = meta::by_key(tx, APPLIED)?;
            estate::claim(tx, &wanted, ctx.now)?;
            let ids = known_ids(tx)?;
            if before.as_deref() == Some(hash.as_str()) {
                return Ok(Ok((ids, None)));
            }
            meta::set(tx, APPLIED, &hash)?;
            let facts = serde_json::json!({ "hash": hash, "before": before }).to_string();
            let draft = ctx.draft(EventKind::ConfigApplied, About::default(), facts);
            Ok(Ok((ids, Some(ledger::append(tx, &draft)?))))
        })
        .await?;
    let known = |kind: Kind, key: &str| ids.get(&(kind, key.to_owned())).copied();
    Ok(Applied {
        estate: manifest.estate(&known),
        event,
    })
}
