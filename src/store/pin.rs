//! Pins: at most one holds for a component; ended ones stay as history.

use diesel::prelude::*;

use crate::domain::actor::Actor;
use crate::domain::id::{ComponentId, PinId};
use crate::domain::pin::Pin;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::store::Conn;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::column;
use crate::store::schema::pin;

#[derive(Queryable, Insertable)]
#[diesel(table_name = pin)]
struct Row {
    id: String,
    component_id: String,
    status: String,
    reason: String,
    actor: String,
    created_at: i64,
    expires_at: i64,
}

pub fn insert(tx: &mut Tx<'_>, new: &Pin) -> Result<(), StoreError> {
    diesel::insert_into(pin::table)
        .values(Row {
            id: new.id.to_string(),
            component_id: new.component.to_string(),
            status: new.status.name().to_owned(),
            reason: new.reason.clone(),
            actor: new.actor.name(),
            created_at: new.created_at.as_millis(),
            expires_at: new.expires_at.as_millis(),
        })
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends what holds for `component`; says how many pins that were.
pub fn set_ended(
    tx: &mut Tx<'_>,
    component: ComponentId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let holding = pin::table
        .filter(pin::component_id.eq(component.as_str()))
        .filter(pin::expires_at.gt(now.as_millis()));
    Ok(diesel::update(holding)
        .set(pin::expires_at.eq(now.as_millis()))
        .execute(&mut **tx)?)
}

/// Those that hold now; the newest of a component first.
pub fn list_holding(conn: &mut Conn, now: Timestamp) -> Result<Vec<Pin>, StoreError> {
    pin::table
        .filter(pin::expires_at.gt(now.as_millis()))
        .order((pin::component_id, pin::created_at.desc(), pin::id))
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::read)
        .collect()
}

impl Row {
    fn read(self) -> Result<Pin, StoreError> {
        Ok(Pin {
            id: column::id(&self.id, PinId)?,
            component: column::id(&self.component_id, ComponentId)?,
            status: column::word(&self.status, Status::parse)?,
            reason: self.reason,
            actor: column::word(&self.actor, Actor::parse)?,
            created_at: Timestamp::from_millis(self.created_at),
            expires_at: Timestamp::from_millis(self.expires_at),
        })
    }
}
