//! Maintenance with its components and updates.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::id::{ComponentId, MaintenanceId, UpdateId};
use crate::domain::maintenance::{Maintenance, MaintenanceStatus, MaintenanceUpdate};
use crate::domain::timestamp::Timestamp;
use crate::store::Conn;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::column;
use crate::store::schema::{maintenance, maintenance_component, maintenance_update};

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = maintenance, treat_none_as_null = true)]
struct Row {
    id: String,
    title: String,
    status: String,
    starts_at: i64,
    ends_at: i64,
    created_at: i64,
    updated_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = maintenance_update)]
struct UpdateRow {
    id: String,
    maintenance_id: String,
    sequence: i64,
    status: String,
    body: String,
    at: i64,
    notified: bool,
}

/// With its components and updates.
pub fn insert(tx: &mut Tx<'_>, new: &Maintenance) -> Result<(), StoreError> {
    diesel::insert_into(maintenance::table)
        .values(Row::of(new))
        .execute(&mut **tx)?;
    insert_components(tx, new)?;
    for update in &new.updates {
        add_update(tx, update)?;
    }
    Ok(())
}

/// The row and its components; updates are added one by one.
pub fn set(tx: &mut Tx<'_>, changed: &Maintenance) -> Result<(), StoreError> {
    let found = diesel::update(maintenance::table.find(changed.id.as_str()))
        .set(Row::of(changed))
        .execute(&mut **tx)?;
    if found == 0 {
        return Err(StoreError::NotFound(format!("maintenance {}", changed.id)));
    }
    let of_it = maintenance_component::maintenance_id.eq(changed.id.as_str());
    diesel::delete(maintenance_component::table.filter(of_it)).execute(&mut **tx)?;
    insert_components(tx, changed)
}

pub fn add_update(tx: &mut Tx<'_>, update: &MaintenanceUpdate) -> Result<(), StoreError> {
    diesel::insert_into(maintenance_update::table)
        .values(UpdateRow::of(update))
        .execute(&mut **tx)?;
    Ok(())
}

pub fn by_id(conn: &mut Conn, id: MaintenanceId) -> Result<Option<Maintenance>, StoreError> {
    let rows = maintenance::table.find(id.as_str()).load::<Row>(conn)?;
    Ok(complete(conn, rows)?.pop())
}

/// Neither completed nor cancelled; in the order of their windows.
pub fn list_open(conn: &mut Conn) -> Result<Vec<Maintenance>, StoreError> {
    let rows = maintenance::table
        .filter(maintenance::ended_at.is_null())
        .order((maintenance::starts_at, maintenance::id))
        .load::<Row>(conn)?;
    complete(conn, rows)
}

/// Scheduled and due to start, or under way and past its end.
pub fn list_due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Maintenance>, StoreError> {
    let scheduled = MaintenanceStatus::Scheduled.name();
    let to_start = maintenance::status
        .eq(scheduled)
        .and(maintenance::starts_at.le(now.as_millis()));
    let to_complete = maintenance::status
        .ne(scheduled)
        .and(maintenance::ends_at.le(now.as_millis()));
    let rows = maintenance::table
        .filter(maintenance::ended_at.is_null())
        .filter(to_start.or(to_complete))
        .order((maintenance::starts_at, maintenance::id))
        .load::<Row>(conn)?;
    complete(conn, rows)
}

/// Active, and announced for later. One past its end that nobody has completed yet is still active.
pub fn list_active_and_upcoming(
    conn: &mut Conn,
    now: Timestamp,
) -> Result<Vec<Maintenance>, StoreError> {
    let scheduled = MaintenanceStatus::Scheduled.name();
    let not_missed = maintenance::status
        .ne(scheduled)
        .or(maintenance::ends_at.gt(now.as_millis()));
    let rows = maintenance::table
        .filter(maintenance::ended_at.is_null())
        .filter(not_missed)
        .order((maintenance::starts_at, maintenance::id))
        .load::<Row>(conn)?;
    complete(conn, rows)
}

/// Newest window first.
pub fn list_recent(conn: &mut Conn, limit: i64) -> Result<Vec<Maintenance>, StoreError> {
    let rows = maintenance::table
        .order((maintenance::starts_at.desc(), maintenance::id))
        .limit(limit)
        .load::<Row>(conn)?;
    complete(conn, rows)
}

/// What readers may see of the time since `since`: not over, or over later than that; newest window first.
pub fn list_published_since(
    conn: &mut Conn,
    since: Timestamp,
) -> Result<Vec<Maintenance>, StoreError> {
    let rows = maintenance::table
        .filter(
            maintenance::ended_at
                .is_null()
                .or(maintenance::ended_at.ge(since.as_millis())),
        )
        .order((maintenance::starts_at.desc(), maintenance::id))
        .load::<Row>(conn)?;
    complete(conn, rows)
}

fn insert_components(tx: &mut Tx<'_>, of: &Maintenance) -> Result<(), StoreError> {
    for component in &of.components {
        diesel::insert_into(maintenance_component::table)
            .values((
                maintenance_component::maintenance_id.eq(of.id.as_str()),
                maintenance_component::component_id.eq(component.as_str()),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Joins rows with their components and updates, which are read for all of them at once.
fn complete(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Maintenance>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut components: HashMap<String, Vec<ComponentId>> = HashMap::new();
    for (of, component) in maintenance_component::table
        .filter(maintenance_component::maintenance_id.eq_any(&ids))
        .order((
            maintenance_component::maintenance_id,
            maintenance_component::component_id,
        ))
        .load::<(String, String)>(conn)?
    {
        let component = column::id(&component, ComponentId)?;
        components.entry(of).or_default().push(component);
    }
    let mut updates: HashMap<String, Vec<MaintenanceUpdate>> = HashMap::new();
    for row in maintenance_update::table
        .filter(maintenance_update::maintenance_id.eq_any(&ids))
        .order((
            maintenance_update::maintenance_id,
            maintenance_update::sequence,
        ))
        .load::<UpdateRow>(conn)?
    {
        let of = row.maintenance_id.clone();
        updates.entry(of).or_default().push(row.read()?);
    }
    rows.into_iter()
        .map(|row| {
            let components = components.remove(&row.id).unwrap_or_default();
            let updates = updates.remove(&row.id).unwrap_or_default();
            row.read(components, updates)
        })
        .collect()
}

impl Row {
    fn of(maintenance: &Maintenance) -> Self {
        Self {
            id: maintenance.id.to_string(),
            title: maintenance.title.clone(),
            status: maintenance.status.name().to_owned(),
            starts_at: maintenance.starts_at.as_millis(),
            ends_at: maintenance.ends_at.as_millis(),
            created_at: maintenance.created_at.as_millis(),
            updated_at: maintenance.updated_at.as_millis(),
            started_at: column::optional_millis(maintenance.started_at),
            ended_at: column::optional_millis(maintenance.ended_at),
        }
    }

    fn read(
        self,
        components: Vec<ComponentId>,
        updates: Vec<MaintenanceUpdate>,
    ) -> Result<Maintenance, StoreError> {
        Ok(Maintenance {
            id: column::id(&self.id, MaintenanceId)?,
            title: self.title,
            status: column::word(&self.status, MaintenanceStatus::parse)?,
            starts_at: Timestamp::from_millis(self.starts_at),
            ends_at: Timestamp::from_millis(self.ends_at),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            started_at: column::optional_time(self.started_at),
            ended_at: column::optional_time(self.ended_at),
            components,
            updates,
        })
    }
}

impl UpdateRow {
    fn of(update: &MaintenanceUpdate) -> Self {
        Self {
            id: update.id.to_string(),
            maintenance_id: update.maintenance.to_string(),
            sequence: update.sequence,
            status: update.status.name().to_owned(),
            body: update.body.clone(),
            at: update.at.as_millis(),
            notified: update.notified,
        }
    }

    fn read(self) -> Result<MaintenanceUpdate, StoreError> {
        Ok(MaintenanceUpdate {
            id: column::id(&self.id, UpdateId)?,
            maintenance: column::id(&self.maintenance_id, MaintenanceId)?,
            sequence: self.sequence,
            status: column::word(&self.status, MaintenanceStatus::parse)?,
            body: self.body,
            at: Timestamp::from_millis(self.at),
            notified: self.notified,
        })
    }
}
