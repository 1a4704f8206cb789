//! What became of claimed deliveries, and of those nobody came back for. Stop 10 of the journey.
//!
//! Every settlement is fenced: it counts only while the row is still leased to the same owner for the same
//! attempt. A settlement that finds another is lost, and says so.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::delivery::DeliveryState;
use crate::domain::id::SubscriberId;
use crate::domain::subscriber::Channel;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::dialect::Both;
use crate::store::schema::{attempt, delivery};

/// The lease a settlement claims to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    pub delivery: i64,
    pub attempt: i32,
    pub owner: String,
}

/// Where a row goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Again later; the attempt counts.
    Again {
        due_at: Timestamp,
    },
    /// As if it had not been tried.
    Released {
        due_at: Timestamp,
    },
    /// Its endpoint's circuit opened.
    Held {
        due_at: Timestamp,
    },
    Dead,
    Cancelled,
}

/// The answer that put it there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub code: i32,
    pub why: String,
}

/// One try that is worth keeping: of a webhook, or a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub delivery: i64,
    pub number: i32,
    pub at: Timestamp,
    pub duration_ms: i64,
    pub code: i32,
    pub error: String,
}

/// Marks deliveries of one owner and one attempt number as sent; answers how many still held their lease.
pub fn set_sent(
    tx: &mut Tx<'_>,
    ids: &[i64],
    fence: &Fence,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let leased = delivery::table
        .filter(delivery::id.eq_any(ids))
        .filter(sql::<Bool>("state = 1"))
        .filter(delivery::attempt.eq(fence.attempt))
        .filter(delivery::lease_owner.eq(&fence.owner));
    Ok(diesel::update(leased)
        .set((
            delivery::state.eq(DeliveryState::Sent.number()),
            delivery::done_at.eq(now.as_millis()),
            delivery::lease_until.eq(None::<i64>),
            delivery::lease_owner.eq(None::<String>),
        ))
        .execute(&mut **tx)?)
}

/// Puts one delivery where it belongs; false when the lease was lost.
pub fn set_place(
    tx: &mut Tx<'_>,
    fence: &Fence,
    (place, said): (&Place, &Said),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (state, due_at, counted) = match place {
        Place::Again { due_at } => (DeliveryState::Ready, Some(due_at), 0),
        Place::Released { due_at } => (DeliveryState::Ready, Some(due_at), 1),
        Place::Held { due_at } => (DeliveryState::Held, Some(due_at), 0),
        Place::Dead => (DeliveryState::Dead, None, 0),
        Place::Cancelled => (DeliveryState::Cancelled, None, 0),
    };
    let done_at = due_at.is_none().then_some(now.as_millis());
    let due_at = due_at.copied().unwrap_or(now).as_millis();
    let leased = delivery::table
        .find(fence.delivery)
        .filter(sql::<Bool>("state = 1"))
        .filter(delivery::attempt.eq(fence.attempt))
        .filter(delivery::lease_owner.eq(&fence.owner));
    let found = diesel::update(leased)
        .set((
            delivery::state.eq(state.number()),
            delivery::due_at.eq(due_at),
            delivery::attempt.eq(delivery::attempt - counted),
            delivery::done_at.eq(done_at),
            delivery::last_code.eq(said.code),
            delivery::last_error.eq(&said.why),
            delivery::lease_until.eq(None::<i64>),
            delivery::lease_owner.eq(None::<String>),
        ))
        .execute(&mut **tx)?;
    Ok(found == 1)
}

pub fn insert_attempt(tx: &mut Tx<'_>, one: &Attempt) -> Result<(), StoreError> {
    Both(
        diesel::insert_into(attempt::table)
            .values((
                attempt::delivery_id.eq(one.delivery),
                attempt::number.eq(one.number),
                attempt::at.eq(one.at.as_millis()),
                attempt::duration_ms.eq(one.duration_ms),
                attempt::code.eq(one.code),
                attempt::error.eq(&one.error),
            ))
            .on_conflict((attempt::delivery_id, attempt::number))
            .do_nothing(),
    )
    .execute(&mut **tx)?;
    Ok(())
}

/// Rows whose lease has run out are due again; the attempt stays counted, because its fate is unknown.
pub fn reap(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let stale = delivery::table
        .filter(sql::<Bool>("state = 1"))
        .filter(delivery::lease_until.lt(now.as_millis()));
    Ok(diesel::update(stale)
        .set((
            delivery::state.eq(DeliveryState::Ready.number()),
            delivery::due_at.eq(now.as_millis()),
        ))
        .execute(&mut **tx)?)
}

/// At start: nobody else serves this database, so every lease is a dead process's.
pub fn reap_all(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let leased = delivery::table.filter(sql::<Bool>("state = 1"));
    Ok(diesel::update(leased)
        .set((
            delivery::state.eq(DeliveryState::Ready.number()),
            delivery::due_at.eq(now.as_millis()),
        ))
        .execute(&mut **tx)?)
}

/// Gives up what was made before `before` and has still not been sent.
pub fn expire(
    tx: &mut Tx<'_>,
    channel: Channel,
    before: Timestamp,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let old = delivery::table
        .filter(sql::<Bool>("state IN (0, 6)"))
        .filter(delivery::channel.eq(channel.name()))
        .filter(delivery::created_at.lt(before.as_millis()));
    Ok(diesel::update(old)
        .set((
            delivery::state.eq(DeliveryState::Dead.number()),
            delivery::done_at.eq(now.as_millis()),
            delivery::last_error.eq("given up: too old to be news"),
        ))
        .execute(&mut **tx)?)
}

/// Nothing more goes to this subscriber. A row that is being sent this moment is cancelled when it comes back.
pub fn cancel_all_of(
    tx: &mut Tx<'_>,
    id: SubscriberId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let waiting = delivery::table
        .filter(sql::<Bool>("state IN (0, 6)"))
        .filter(delivery::subscriber_id.eq(id.as_str()));
    Ok(diesel::update(waiting)
        .set((
            delivery::state.eq(DeliveryState::Cancelled.number()),
            delivery::done_at.eq(now.as_millis()),
        ))
        .execute(&mut **tx)?)
}

/// Erases the address from everything that was or would have been sent to it.
pub fn forget_address(tx: &mut Tx<'_>, id: SubscriberId) -> Result<(), StoreError> {
    diesel::update(delivery::table.filter(delivery::subscriber_id.eq(id.as_str())))
        .set(delivery::address.eq(""))
        .execute(&mut **tx)?;
    Ok(())
}

/// An endpoint's circuit opened: what waits for it waits without being tried.
pub fn hold_all_of(tx: &mut Tx<'_>, id: &str) -> Result<usize, StoreError> {
    let ready = delivery::table
        .filter(sql::<Bool>("state = 0"))
        .filter(delivery::subscriber_id.eq(id));
    Ok(diesel::update(ready)
        .set(delivery::state.eq(DeliveryState::Held.number()))
        .execute(&mut **tx)?)
}

/// The endpoint answers again: what was held goes out, in order.
pub fn release_all_of(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<usize, StoreError> {
    let held = delivery::table
        .filter(sql::<Bool>("state = 6"))
        .filter(delivery::subscriber_id.eq(id));
    Ok(diesel::update(held)
        .set((
            delivery::state.eq(DeliveryState::Ready.number()),
            delivery::due_at.eq(now.as_millis()),
        ))
        .execute(&mut **tx)?)
}

/// One probe of an open circuit: its oldest held row.
pub fn release_oldest_of(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let oldest: Option<i64> = delivery::table
        .filter(sql::<Bool>("state = 6"))
        .filter(delivery::subscriber_id.eq(id))
        .order((delivery::event_seq, delivery::id))
        .select(delivery::id)
        .first(&mut **tx)
        .optional()?;
    let Some(oldest) = oldest else {
        return Ok(false);
    };
    diesel::update(delivery::table.find(oldest))
        .set((
            delivery::state.eq(DeliveryState::Ready.number()),
            delivery::due_at.eq(now.as_millis()),
        ))
        .execute(&mut **tx)?;
    Ok(true)
}

/// At the end: what one owner still holds was not sent, and its attempt does not count.
pub fn release_owned(tx: &mut Tx<'_>, owner: &str, now: Timestamp) -> Result<usize, StoreError> {
    let leased = delivery::table
        .filter(sql::<Bool>("state = 1"))
        .filter(delivery::lease_owner.eq(owner));
    Ok(diesel::update(leased)
        .set((
            delivery::state.eq(DeliveryState::Ready.number()),
            delivery::attempt.eq(delivery::attempt - 1),
            delivery::due_at.eq(now.as_millis()),
            delivery::lease_until.eq(None::<i64>),
            delivery::lease_owner.eq(None::<String>),
        ))
        .execute(&mut **tx)?)
}
