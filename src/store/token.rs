//! API tokens: known by digest. Revoked ones stay: events name them.

use diesel::prelude::*;

use crate::domain::id::TokenId;
use crate::domain::timestamp::Timestamp;
use crate::domain::token::{Token, TokenScope};
use crate::store::Conn;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::column;
use crate::store::schema::token;

#[derive(Queryable, Insertable)]
#[diesel(table_name = token)]
struct Row {
    id: String,
    name: String,
    hash: String,
    scope: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

pub fn insert(tx: &mut Tx<'_>, new: &Token) -> Result<(), StoreError> {
    diesel::insert_into(token::table)
        .values(Row {
            id: new.id.to_string(),
            name: new.name.clone(),
            hash: new.hash.clone(),
            scope: new.scope.name().to_owned(),
            created_at: new.created_at.as_millis(),
            revoked_at: column::optional_millis(new.revoked_at),
        })
        .execute(&mut **tx)?;
    Ok(())
}

pub fn set_revoked(tx: &mut Tx<'_>, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(token::table.find(id.as_str()))
        .set(token::revoked_at.eq(now.as_millis()))
        .execute(&mut **tx)?;
    Ok(())
}

pub fn by_id(conn: &mut Conn, id: TokenId) -> Result<Option<Token>, StoreError> {
    let row = token::table.find(id.as_str());
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

/// By the digest of its text; revoked ones too, so that a refusal can say so.
pub fn by_hash(conn: &mut Conn, hash: &str) -> Result<Option<Token>, StoreError> {
    let row = token::table.filter(token::hash.eq(hash));
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

/// Newest first.
pub fn list(conn: &mut Conn) -> Result<Vec<Token>, StoreError> {
    token::table
        .order((token::created_at.desc(), token::id))
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::read)
        .collect()
}

impl Row {
    fn read(self) -> Result<Token, StoreError> {
        Ok(Token {
            id: column::id(&self.id, TokenId)?,
            name: self.name,
            hash: self.hash,
            scope: column::word(&self.scope, TokenScope::parse)?,
            created_at: Timestamp::from_millis(self.created_at),
            revoked_at: column::optional_time(self.revoked_at),
        })
    }
}
