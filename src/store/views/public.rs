//! What the public page is made of, read at one moment: statuses, ninety days of published stretches, published
//! incidents and announced maintenance. Before: [`crate::store::ledger`]. After: [`crate::publish::view`].

use diesel::prelude::*;

use crate::domain::id::ComponentId;
use crate::domain::incident::Incident;
use crate::domain::maintenance::Maintenance;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::interval::IntervalKind;
use crate::store::schema::{component_state, status_interval};
use crate::store::{column, incident, ledger, maintenance, meta};

/// One consistent reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicFacts {
    /// The last event this reading knows.
    pub seq: i64,
    /// The watch's last sign of life: what it committed before is not known to hold longer.
    pub alive_at: Option<Timestamp>,
    pub states: Vec<PublishedState>,
    /// Every stretch that reaches into the time asked for.
    pub stretches: Vec<PublishedStretch>,
    /// Published ones only: open, or open at some moment of that time.
    pub incidents: Vec<Incident>,
    pub maintenances: Vec<Maintenance>,
}

/// What a component is said to be now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedState {
    pub component: ComponentId,
    pub status: Status,
    pub since: Timestamp,
}

/// One stretch of one published status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedStretch {
    pub component: ComponentId,
    pub status: Status,
    pub from: Timestamp,
    /// None while it lasts.
    pub until: Option<Timestamp>,
}

/// Reads everything since `since`. Inside [`crate::store::Store::read`] it is one snapshot of the database.
pub fn read(conn: &mut Conn, since: Timestamp) -> Result<PublicFacts, StoreError> {
    Ok(PublicFacts {
        seq: ledger::last_seq(conn)?,
        alive_at: meta::last_alive(conn)?,
        states: list_states(conn)?,
        stretches: list_stretches(conn, since)?,
        incidents: incident::list_published_since(conn, since)?,
        maintenances: maintenance::list_published_since(conn, since)?,
    })
}

fn list_states(conn: &mut Conn) -> Result<Vec<PublishedState>, StoreError> {
    component_state::table
        .select((
            component_state::component_id,
            component_state::status,
            component_state::since,
        ))
        .load::<(String, String, i64)>(conn)?
        .into_iter()
        .map(|(component, status, since)| {
            Ok(PublishedState {
                component: column::id(&component, ComponentId)?,
                status: column::word(&status, Status::parse)?,
                since: Timestamp::from_millis(since),
            })
        })
        .collect()
}

fn list_stretches(conn: &mut Conn, since: Timestamp) -> Result<Vec<PublishedStretch>, StoreError> {
    let reaches_in = status_interval::ended_at
        .is_null()
        .or(status_interval::ended_at.gt(since.as_millis()));
    status_interval::table
        .filter(status_interval::kind.eq(IntervalKind::Published.name()))
        .filter(reaches_in)
        .order((
            status_interval::component_id,
            status_interval::started_at,
            status_interval::id,
        ))
        .select((
            status_interval::component_id,
            status_interval::status,
            status_interval::started_at,
            status_interval::ended_at,
        ))
        .load::<(String, String, i64, Option<i64>)>(conn)?
        .into_iter()
        .map(|(component, status, from, until)| {
            Ok(PublishedStretch {
                component: column::id(&component, ComponentId)?,
                status: column::word(&status, Status::parse)?,
                from: Timestamp::from_millis(from),
                until: column::optional_time(until),
            })
        })
        .collect()
}
