//! Heartbeats: the token a sender knows, as digest and sealed, and when it last called.

use diesel::prelude::*;

use crate::domain::id::CheckId;
use crate::domain::timestamp::Timestamp;
use crate::store::schema::heartbeat;
use crate::store::{Conn, StoreError, Tx, column};

/// One heartbeat check as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    pub check: CheckId,
    pub token_hash: String,
    /// Sealed for the purpose `heartbeat`: an operator may read it again.
    pub token_sealed: String,
    pub started_at: Option<Timestamp>,
    pub succeeded_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// What a sender says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Started,
    Succeeded,
    Failed,
}

pub fn insert(tx: &mut Tx<'_>, new: &Heartbeat) -> Result<(), StoreError> {
    diesel::insert_into(heartbeat::table)
        .values(Row {
            check_id: new.check.to_string(),
            token_hash: new.token_hash.clone(),
            token_sealed: new.token_sealed.clone(),
            started_at: column::optional_millis(new.started_at),
            succeeded_at: column::optional_millis(new.succeeded_at),
            failed_at: column::optional_millis(new.failed_at),
            created_at: new.created_at.as_millis(),
        })
        .execute(&mut **tx)?;
    Ok(())
}

/// Another token; the calls heard so far stay.
pub fn set_token(
    tx: &mut Tx<'_>,
    check: CheckId,
    token_hash: &str,
    token_sealed: &str,
) -> Result<(), StoreError> {
    diesel::update(heartbeat::table.find(check.as_str()))
        .set((
            heartbeat::token_hash.eq(token_hash),
            heartbeat::token_sealed.eq(token_sealed),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub fn set_called(
    tx: &mut Tx<'_>,
    check: CheckId,
    call: Call,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = heartbeat::table.find(check.as_str());
    let at = Some(now.as_millis());
    let conn: &mut Conn = tx;
    match call {
        Call::Started => diesel::update(row)
            .set(heartbeat::started_at.eq(at))
            .execute(conn)?,
        Call::Succeeded => diesel::update(row)
            .set(heartbeat::succeeded_at.eq(at))
            .execute(conn)?,
        Call::Failed => diesel::update(row)
            .set(heartbeat::failed_at.eq(at))
            .execute(conn)?,
    };
    Ok(())
}

pub fn by_check(conn: &mut Conn, check: CheckId) -> Result<Option<Heartbeat>, StoreError> {
    let row = heartbeat::table.find(check.as_str());
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

pub fn list(conn: &mut Conn) -> Result<Vec<Heartbeat>, StoreError> {
    heartbeat::table
        .order(heartbeat::check_id)
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::read)
        .collect()
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = heartbeat)]
struct Row {
    check_id: String,
    token_hash: String,
    token_sealed: String,
    started_at: Option<i64>,
    succeeded_at: Option<i64>,
    failed_at: Option<i64>,
    created_at: i64,
}

impl Row {
    fn read(self) -> Result<Heartbeat, StoreError> {
        Ok(Heartbeat {
            check: column::id(&self.check_id, CheckId)?,
            token_hash: self.token_hash,
            token_sealed: self.token_sealed,
            started_at: column::optional_time(self.started_at),
            succeeded_at: column::optional_time(self.succeeded_at),
            failed_at: column::optional_time(self.failed_at),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}
