//! Deliveries: claimed in batches under a lease, settled behind a fence. Stops 8 to 10 of the journey.
//!
//! `UNIQUE (event_seq, recipient)` is what makes telling correct; leases only save work. A row of one recipient
//! and topic waits while an older one is ready, leased or held. SQLite uses the partial indexes only when the
//! state is a literal in the statement, hence the few words of SQL.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::delivery::{Delivery, DeliveryState, Lane, Recipient};
use crate::domain::id::SubscriberId;
use crate::domain::subscriber::Channel;
use crate::domain::timestamp::Timestamp;
use crate::store::Conn;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::column;
use crate::store::dialect::{Both, Dialect};
use crate::store::schema::delivery;

/// What a fan-out makes of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    pub recipient: Recipient,
    pub channel: Channel,
    pub address: String,
    /// Its endpoint's circuit is open: it waits without being tried.
    pub is_held: bool,
}

/// What the deliveries of one event share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub event: i64,
    pub topic: String,
    pub lane: Lane,
    pub at: Timestamp,
}

/// Which rows to claim, for whom and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub channel: Channel,
    pub lane: Lane,
    pub most: i64,
    pub owner: String,
    pub now: Timestamp,
    pub lease_until: Timestamp,
}

/// Inserts what is not there yet; answers how many were new.
pub fn insert(tx: &mut Tx<'_>, batch: &Batch, new: &[New]) -> Result<usize, StoreError> {
    let mut inserted = 0;
    for one in new {
        inserted += Both(
            diesel::insert_into(delivery::table)
                .values(NewRow::of(batch, one))
                .on_conflict((delivery::event_seq, delivery::recipient))
                .do_nothing(),
        )
        .execute(&mut **tx)?;
    }
    Ok(inserted)
}

/// Older mails of the batch's topic that these recipients have not been sent: the new one says it all.
pub fn set_superseded(
    tx: &mut Tx<'_>,
    batch: &Batch,
    recipients: &[String],
) -> Result<usize, StoreError> {
    let older = delivery::table
        .filter(sql::<Bool>("state = 0"))
        .filter(delivery::recipient.eq_any(recipients))
        .filter(delivery::topic.eq(&batch.topic))
        .filter(delivery::event_seq.lt(batch.event))
        .filter(delivery::channel.eq(Channel::Email.name()));
    Ok(diesel::update(older)
        .set((
            delivery::state.eq(DeliveryState::Superseded.number()),
            delivery::done_at.eq(batch.at.as_millis()),
        ))
        .execute(&mut **tx)?)
}

/// Leases what is due, oldest first, at most one row per recipient and topic.
pub fn claim(tx: &mut Tx<'_>, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
    let (d, p) = diesel::alias!(delivery as d, delivery as p);
    let older = p
        .filter(sql::<Bool>("p.state IN (0, 1, 6)"))
        .filter(
            p.field(delivery::recipient)
                .eq(d.field(delivery::recipient)),
        )
        .filter(p.field(delivery::topic).eq(d.field(delivery::topic)))
        .filter(
            p.field(delivery::event_seq)
                .lt(d.field(delivery::event_seq)),
        );
    let due = d
        .filter(sql::<Bool>("d.state = 0"))
        .filter(d.field(delivery::channel).eq(claim.channel.name()))
        .filter(d.field(delivery::lane).eq(claim.lane.number()))
        .filter(d.field(delivery::due_at).le(claim.now.as_millis()))
        .filter(diesel::dsl::not(diesel::dsl::exists(older)))
        .order((d.field(delivery::due_at), d.field(delivery::id)))
        .limit(claim.most)
        .select(d.field(delivery::id));
    macro_rules! take {
        ($due:expr) => {
            diesel::update(delivery::table.filter(delivery::id.eq_any($due)))
                .set((
                    delivery::state.eq(DeliveryState::Leased.number()),
                    delivery::attempt.eq(delivery::attempt + 1),
                    delivery::lease_until.eq(claim.lease_until.as_millis()),
                    delivery::lease_owner.eq(&claim.owner),
                ))
                .returning(delivery::all_columns)
        };
    }
    let mut rows: Vec<Row> = Dialect {
        sqlite: take!(due.clone()),
        pg: take!(due.for_update().skip_locked()),
    }
    .get_results(&mut **tx)?;
    rows.sort_by_key(|row| (row.due_at, row.id));
    rows.into_iter().map(Row::read).collect()
}

/// Since when the oldest row that could be sent waits to be claimed; one that waits for an older row of its own is
/// not stuck.
pub fn oldest_stuck(
    conn: &mut Conn,
    channels: &[Channel],
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let (d, p) = diesel::alias!(delivery as d, delivery as p);
    let older = p
        .filter(sql::<Bool>("p.state IN (0, 1, 6)"))
        .filter(
            p.field(delivery::recipient)
                .eq(d.field(delivery::recipient)),
        )
        .filter(p.field(delivery::topic).eq(d.field(delivery::topic)))
        .filter(
            p.field(delivery::event_seq)
                .lt(d.field(delivery::event_seq)),
        );
    let names: Vec<&str> = channels.iter().map(|channel| channel.name()).collect();
    let oldest = d
        .filter(sql::<Bool>("d.state = 0"))
        .filter(d.field(delivery::channel).eq_any(names))
        .filter(d.field(delivery::due_at).le(now.as_millis()))
        .filter(diesel::dsl::not(diesel::dsl::exists(older)))
        .order(d.field(delivery::due_at))
        .select(d.field(delivery::due_at))
        .first::<i64>(conn)
        .optional()?;
    Ok(oldest.map(Timestamp::from_millis))
}

/// A claimed row with the topic it is ordered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub delivery: Delivery,
    pub topic: String,
}

/// How many rows of these lanes are ready.
pub fn count_ready(conn: &mut Conn, lane: Lane) -> Result<i64, StoreError> {
    Ok(delivery::table
        .filter(sql::<Bool>("state = 0"))
        .filter(delivery::lane.eq(lane.number()))
        .count()
        .get_result(conn)?)
}

/// How many rows stand where: what is promised is the sum.
pub fn counts(conn: &mut Conn) -> Result<Vec<(DeliveryState, i64)>, StoreError> {
    delivery::table
        .group_by(delivery::state)
        .select((delivery::state, diesel::dsl::count_star()))
        .load::<(i16, i64)>(conn)?
        .into_iter()
        .map(|(state, count)| Ok((column::number(state, DeliveryState::from_number)?, count)))
        .collect()
}

/// Every promise ever made and still kept in mind: what [`counts`] must add up to.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(delivery::table.count().get_result(conn)?)
}

/// Since when the oldest that may be sent now has been due; what a closed circuit holds back is not meant.
pub fn oldest_due(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    let oldest: Option<i64> = delivery::table
        .filter(sql::<Bool>("state = 0"))
        .select(diesel::dsl::min(delivery::due_at))
        .first(conn)?;
    Ok(oldest.map(Timestamp::from_millis))
}

/// Leases that ended before `then` and were taken back by nobody.
pub fn count_abandoned(conn: &mut Conn, then: Timestamp) -> Result<i64, StoreError> {
    Ok(delivery::table
        .filter(sql::<Bool>("state = 1"))
        .filter(delivery::lease_until.lt(then.as_millis()))
        .count()
        .get_result(conn)?)
}

/// How a recipient is written in its row: a subscriber's id, or `staff:` and an address.
#[must_use]
pub fn recipient_key(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Subscriber(id) => id.to_string(),
        Recipient::Staff(address) => format!("staff:{}", address.to_ascii_lowercase()),
    }
}

#[derive(Insertable)]
#[diesel(table_name = delivery)]
struct NewRow {
    event_seq: i64,
    recipient: String,
    subscriber_id: Option<String>,
    channel: &'static str,
    address: String,
    topic: String,
    lane: i16,
    state: i16,
    attempt: i32,
    due_at: i64,
    created_at: i64,
}

impl NewRow {
    fn of(batch: &Batch, new: &New) -> Self {
        let subscriber = match &new.recipient {
            Recipient::Subscriber(id) => Some(id.to_string()),
            Recipient::Staff(_) => None,
        };
        let state = if new.is_held {
            DeliveryState::Held
        } else {
            DeliveryState::Ready
        };
        Self {
            event_seq: batch.event,
            recipient: recipient_key(&new.recipient),
            subscriber_id: subscriber,
            channel: new.channel.name(),
            address: new.address.clone(),
            topic: batch.topic.clone(),
            lane: batch.lane.number(),
            state: state.number(),
            attempt: 0,
            due_at: batch.at.as_millis(),
            created_at: batch.at.as_millis(),
        }
    }
}

#[derive(Queryable)]
#[expect(dead_code, reason = "a row is read whole, in the order of its columns")]
struct Row {
    id: i64,
    event_seq: i64,
    recipient: String,
    subscriber_id: Option<String>,
    channel: String,
    address: String,
    topic: String,
    lane: i16,
    state: i16,
    attempt: i32,
    due_at: i64,
    lease_until: Option<i64>,
    lease_owner: Option<String>,
    created_at: i64,
    done_at: Option<i64>,
    last_code: Option<i32>,
    last_error: Option<String>,
}

impl Row {
    fn read(self) -> Result<Claimed, StoreError> {
        let recipient = match &self.subscriber_id {
            Some(id) => Recipient::Subscriber(column::id(id, SubscriberId)?),
            None => Recipient::Staff(self.address.clone()),
        };
        Ok(Claimed {
            delivery: Delivery {
                id: self.id,
                event: self.event_seq,
                recipient,
                channel: column::word(&self.channel, Channel::parse)?,
                address: self.address,
                attempt: self.attempt,
                created_at: Timestamp::from_millis(self.created_at),
                lease_until: Timestamp::from_millis(self.lease_until.unwrap_or_default()),
            },
            topic: self.topic,
        })
    }
}
