//! Subscribers: one row per address and channel, kept while anything may still be said about it.

use diesel::prelude::*;

use crate::domain::id::SubscriberId;
use crate::domain::subscriber::{Channel, Scope, SubscriberState};
use crate::domain::timestamp::Timestamp;
use crate::store::Conn;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::column;
use crate::store::schema::subscriber;

/// A subscriber as stored: with the digests and counters that no message shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub id: SubscriberId,
    pub channel: Channel,
    pub address: String,
    /// Equal for addresses that reach the same box or endpoint.
    pub address_key: String,
    pub state: SubscriberState,
    pub scope: Scope,
    pub locale: String,
    /// The webhook's signing secret, sealed.
    pub secret_sealed: Option<String>,
    pub confirm_hash: Option<String>,
    pub confirm_expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub confirmed_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub ended_reason: Option<String>,
    /// Consecutive counted failures of a webhook.
    pub failures: i32,
    pub first_failure_at: Option<Timestamp>,
    /// Its circuit is open until then.
    pub open_until: Option<Timestamp>,
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = subscriber, treat_none_as_null = true)]
struct Row {
    id: String,
    channel: String,
    address: String,
    address_key: String,
    state: String,
    scope: String,
    locale: String,
    secret_sealed: Option<String>,
    confirm_hash: Option<String>,
    confirm_expires_at: Option<i64>,
    created_at: i64,
    confirmed_at: Option<i64>,
    ended_at: Option<i64>,
    ended_reason: Option<String>,
    failures: i32,
    first_failure_at: Option<i64>,
    open_until: Option<i64>,
}

pub fn insert(tx: &mut Tx<'_>, new: &Record) -> Result<(), StoreError> {
    diesel::insert_into(subscriber::table)
        .values(Row::of(new)?)
        .execute(&mut **tx)?;
    Ok(())
}

pub fn set(tx: &mut Tx<'_>, changed: &Record) -> Result<(), StoreError> {
    let found = diesel::update(subscriber::table.find(changed.id.as_str()))
        .set(Row::of(changed)?)
        .execute(&mut **tx)?;
    if found == 0 {
        return Err(StoreError::NotFound(format!("subscriber {}", changed.id)));
    }
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, id: SubscriberId) -> Result<bool, StoreError> {
    let gone = diesel::delete(subscriber::table.find(id.as_str())).execute(&mut **tx)?;
    Ok(gone == 1)
}

pub fn by_id(conn: &mut Conn, id: SubscriberId) -> Result<Option<Record>, StoreError> {
    let row = subscriber::table.find(id.as_str());
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

pub fn by_address(
    conn: &mut Conn,
    channel: Channel,
    key: &str,
) -> Result<Option<Record>, StoreError> {
    let row = subscriber::table
        .filter(subscriber::channel.eq(channel.name()))
        .filter(subscriber::address_key.eq(key));
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

pub fn by_confirm_hash(conn: &mut Conn, hash: &str) -> Result<Option<Record>, StoreError> {
    let row = subscriber::table.filter(subscriber::confirm_hash.eq(hash));
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

/// In the order of their ids, after `after`; every state.
pub fn list_after(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Record>, StoreError> {
    subscriber::table
        .filter(subscriber::id.gt(after))
        .order(subscriber::id)
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::read)
        .collect()
}

/// Confirmed by `at` and active, in the order of their ids, after `after`: who may hear of an event.
pub fn list_audience(
    conn: &mut Conn,
    after: &str,
    at: Timestamp,
    limit: i64,
) -> Result<Vec<Record>, StoreError> {
    subscriber::table
        .filter(subscriber::state.eq(SubscriberState::Active.name()))
        .filter(subscriber::id.gt(after))
        .filter(subscriber::confirmed_at.le(at.as_millis()))
        .order(subscriber::id)
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::read)
        .collect()
}

pub fn list_by_id(conn: &mut Conn, ids: &[String]) -> Result<Vec<Record>, StoreError> {
    subscriber::table
        .filter(subscriber::id.eq_any(ids))
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::read)
        .collect()
}

/// Those whose circuit may be tried again.
pub fn list_circuits_due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Record>, StoreError> {
    subscriber::table
        .filter(subscriber::open_until.le(now.as_millis()))
        .order(subscriber::open_until)
        .limit(256)
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::read)
        .collect()
}

/// How many in each state and channel: `(channel, state, count)`.
pub fn counts(conn: &mut Conn) -> Result<Vec<(String, String, i64)>, StoreError> {
    Ok(subscriber::table
        .group_by((subscriber::channel, subscriber::state))
        .select((
            subscriber::channel,
            subscriber::state,
            diesel::dsl::count_star(),
        ))
        .load(conn)?)
}

/// Requests nobody confirmed.
pub fn delete_unconfirmed_before(tx: &mut Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
    let forgotten = subscriber::table
        .filter(subscriber::state.eq(SubscriberState::Pending.name()))
        .filter(subscriber::created_at.lt(before.as_millis()))
        .filter(
            subscriber::confirm_expires_at
                .is_null()
                .or(subscriber::confirm_expires_at.lt(before.as_millis())),
        );
    Ok(diesel::delete(forgotten).execute(&mut **tx)?)
}

impl Row {
    fn of(record: &Record) -> Result<Self, StoreError> {
        Ok(Self {
            id: record.id.to_string(),
            channel: record.channel.name().to_owned(),
            address: record.address.clone(),
            address_key: record.address_key.clone(),
            state: record.state.name().to_owned(),
            scope: column::to_json(&record.scope)?,
            locale: record.locale.clone(),
            secret_sealed: record.secret_sealed.clone(),
            confirm_hash: record.confirm_hash.clone(),
            confirm_expires_at: column::optional_millis(record.confirm_expires_at),
            created_at: record.created_at.as_millis(),
            confirmed_at: column::optional_millis(record.confirmed_at),
            ended_at: column::optional_millis(record.ended_at),
            ended_reason: record.ended_reason.clone(),
            failures: record.failures,
            first_failure_at: column::optional_millis(record.first_failure_at),
            open_until: column::optional_millis(record.open_until),
        })
    }

    fn read(self) -> Result<Record, StoreError> {
        Ok(Record {
            id: column::id(&self.id, SubscriberId)?,
            channel: column::word(&self.channel, Channel::parse)?,
            address: self.address,
            address_key: self.address_key,
            state: column::word(&self.state, SubscriberState::parse)?,
            scope: column::json(&self.scope)?,
            locale: self.locale,
            secret_sealed: self.secret_sealed,
            confirm_hash: self.confirm_hash,
            confirm_expires_at: column::optional_time(self.confirm_expires_at),
            created_at: Timestamp::from_millis(self.created_at),
            confirmed_at: column::optional_time(self.confirmed_at),
            ended_at: column::optional_time(self.ended_at),
            ended_reason: self.ended_reason,
            failures: self.failures,
            first_failure_at: column::optional_time(self.first_failure_at),
            open_until: column::optional_time(self.open_until),
        })
    }
}
