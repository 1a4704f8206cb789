//! How far each event's expansion into deliveries has come: one row per event that has readers.

use diesel::prelude::*;

use crate::store::Conn;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::schema::fan_out;

/// An expansion that is not done.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct FanOut {
    pub event: i64,
    /// `incident:<id>`, `maintenance:<id>`, `subscriber:<id>` or `component:<id>`: messages of one topic keep
    /// their order.
    pub topic: String,
    /// The last subscriber looked at; empty at the beginning.
    pub after: String,
}

/// In the transaction that appends the event: it will be told.
pub fn start(tx: &mut Tx<'_>, seq: i64, topic: &str) -> Result<(), StoreError> {
    diesel::insert_into(fan_out::table)
        .values((
            fan_out::event_seq.eq(seq),
            fan_out::topic.eq(topic),
            fan_out::after_id.eq(""),
            fan_out::done.eq(false),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Oldest first.
pub fn list_open(conn: &mut Conn, limit: i64) -> Result<Vec<FanOut>, StoreError> {
    Ok(fan_out::table
        .filter(fan_out::done.eq(false))
        .order(fan_out::event_seq)
        .limit(limit)
        .select((fan_out::event_seq, fan_out::topic, fan_out::after_id))
        .load(conn)?)
}

/// Moves the cursor from `from`; false when someone else moved it first.
pub fn set_cursor(
    tx: &mut Tx<'_>,
    from: &FanOut,
    after: &str,
    done: bool,
) -> Result<bool, StoreError> {
    let row = fan_out::table
        .find(from.event)
        .filter(fan_out::after_id.eq(&from.after))
        .filter(fan_out::done.eq(false));
    let moved = diesel::update(row)
        .set((fan_out::after_id.eq(after), fan_out::done.eq(done)))
        .execute(&mut **tx)?;
    Ok(moved == 1)
}
