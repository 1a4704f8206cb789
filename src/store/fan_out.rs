//! Which events have readers, and how far each has been expanded into deliveries. Stop 8 of the journey.

use diesel::prelude::*;

use crate::store::schema::fan_out;
use crate::store::{StoreError, Tx};

/// Event `seq` is to be told; in the transaction that appends it, so that neither exists without the other.
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
