//! The one-time link that makes the first operator: its digest, until it was used.

use diesel::prelude::*;

use crate::domain::timestamp::Timestamp;
use crate::store::schema::{meta, operator};
use crate::store::{Conn, StoreError, Tx, column};

/// The key of the link in `meta`.
const LINK: &str = "setup.link";

/// The digest of the link's token, and when it ends.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Link {
    pub token_hash: String,
    pub expires_at: Timestamp,
}

/// Replaces any earlier link: only the last one printed works.
pub fn set_link(tx: &mut Tx<'_>, link: &Link) -> Result<(), StoreError> {
    delete_link(tx)?;
    diesel::insert_into(meta::table)
        .values((meta::key.eq(LINK), meta::value.eq(column::to_json(link)?)))
        .execute(&mut **tx)?;
    Ok(())
}

pub fn link(conn: &mut Conn) -> Result<Option<Link>, StoreError> {
    let text: Option<String> = meta::table
        .find(LINK)
        .select(meta::value)
        .first(conn)
        .optional()?;
    text.map(|text| column::json(&text)).transpose()
}

pub fn delete_link(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    diesel::delete(meta::table.find(LINK)).execute(&mut **tx)?;
    Ok(())
}

/// Whether anybody can sign in at all.
pub fn has_operators(conn: &mut Conn) -> Result<bool, StoreError> {
    let any: Option<String> = operator::table
        .select(operator::id)
        .first(conn)
        .optional()?;
    Ok(any.is_some())
}
