//! Incidents with their components and updates: three tables, three queries however many incidents are read.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::id::{ComponentId, IncidentId, UpdateId};
use crate::domain::incident::{
    Impact, Incident, IncidentComponent, IncidentStatus, Origin, Publication, Update,
};
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::store::Conn;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::column;
use crate::store::schema::{incident, incident_component, incident_update};

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = incident, treat_none_as_null = true)]
struct Row {
    id: String,
    title: String,
    status: String,
    impact: String,
    impact_override: Option<String>,
    origin: String,
    publication: String,
    root_component_id: Option<String>,
    began_at: i64,
    detected_at: i64,
    published_at: Option<i64>,
    publish_due: Option<i64>,
    monitoring_at: Option<i64>,
    resolved_at: Option<i64>,
    updated_at: i64,
    next_update_due: Option<i64>,
    has_human_words: bool,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = incident_update)]
struct UpdateRow {
    id: String,
    incident_id: String,
    sequence: i64,
    status: String,
    body: String,
    at: i64,
    notified: bool,
    changes: String,
}

/// With its components and updates.
pub fn insert(tx: &mut Tx<'_>, new: &Incident) -> Result<(), StoreError> {
    diesel::insert_into(incident::table)
        .values(Row::of(new))
        .execute(&mut **tx)?;
    insert_components(tx, new)?;
    for update in &new.updates {
        add_update(tx, update)?;
    }
    Ok(())
}

/// The row and its components; updates are added one by one.
pub fn set(tx: &mut Tx<'_>, changed: &Incident) -> Result<(), StoreError> {
    let row = Row::of(changed);
    let found = diesel::update(incident::table.find(changed.id.as_str()))
        .set(row)
        .execute(&mut **tx)?;
    if found == 0 {
        return Err(StoreError::NotFound(format!("incident {}", changed.id)));
    }
    let of_it = incident_component::incident_id.eq(changed.id.as_str());
    diesel::delete(incident_component::table.filter(of_it)).execute(&mut **tx)?;
    insert_components(tx, changed)
}

pub fn add_update(tx: &mut Tx<'_>, update: &Update) -> Result<(), StoreError> {
    diesel::insert_into(incident_update::table)
        .values(UpdateRow::of(update)?)
        .execute(&mut **tx)?;
    Ok(())
}

/// Other words for an update already told; its place and time stay.
pub fn set_update_body(tx: &mut Tx<'_>, id: UpdateId, body: &str) -> Result<(), StoreError> {
    diesel::update(incident_update::table.find(id.as_str()))
        .set(incident_update::body.eq(body))
        .execute(&mut **tx)?;
    Ok(())
}

pub fn by_id(conn: &mut Conn, id: IncidentId) -> Result<Option<Incident>, StoreError> {
    let rows = incident::table.find(id.as_str()).load::<Row>(conn)?;
    Ok(complete(conn, rows)?.pop())
}

/// Not resolved, whether published or proposed; oldest first.
pub fn list_open(conn: &mut Conn) -> Result<Vec<Incident>, StoreError> {
    let rows = incident::table
        .filter(incident::resolved_at.is_null())
        .filter(incident::publication.ne(Publication::Dismissed.name()))
        .order((incident::began_at, incident::id))
        .load::<Row>(conn)?;
    complete(conn, rows)
}

/// Newest first.
pub fn list_recent(conn: &mut Conn, limit: i64) -> Result<Vec<Incident>, StoreError> {
    let rows = incident::table
        .order((incident::detected_at.desc(), incident::id))
        .limit(limit)
        .load::<Row>(conn)?;
    complete(conn, rows)
}

/// What readers may see of the time since `since`: published, and open then or begun later; newest first.
pub fn list_published_since(
    conn: &mut Conn,
    since: Timestamp,
) -> Result<Vec<Incident>, StoreError> {
    let open_then = incident::resolved_at
        .is_null()
        .or(incident::resolved_at.ge(since.as_millis()));
    let rows = incident::table
        .filter(incident::publication.eq(Publication::Published.name()))
        .filter(open_then)
        .order((incident::began_at.desc(), incident::id))
        .load::<Row>(conn)?;
    complete(conn, rows)
}

fn insert_components(tx: &mut Tx<'_>, of: &Incident) -> Result<(), StoreError> {
    for declared in &of.components {
        diesel::insert_into(incident_component::table)
            .values((
                incident_component::incident_id.eq(of.id.as_str()),
                incident_component::component_id.eq(declared.component.as_str()),
                incident_component::status.eq(declared.status.name()),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Joins rows with their components and updates, which are read for all of them at once.
fn complete(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Incident>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut components: HashMap<String, Vec<IncidentComponent>> = HashMap::new();
    for (of, component, status) in incident_component::table
        .filter(incident_component::incident_id.eq_any(&ids))
        .order((
            incident_component::incident_id,
            incident_component::component_id,
        ))
        .load::<(String, String, String)>(conn)?
    {
        components.entry(of).or_default().push(IncidentComponent {
            component: column::id(&component, ComponentId)?,
            status: column::word(&status, Status::parse)?,
        });
    }
    let mut updates: HashMap<String, Vec<Update>> = HashMap::new();
    for row in incident_update::table
        .filter(incident_update::incident_id.eq_any(&ids))
        .order((incident_update::incident_id, incident_update::sequence))
        .load::<UpdateRow>(conn)?
    {
        let of = row.incident_id.clone();
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
    fn of(incident: &Incident) -> Self {
        Self {
            id: incident.id.to_string(),
            title: incident.title.clone(),
            status: incident.status.name().to_owned(),
            impact: incident.impact.name().to_owned(),
            impact_override: incident.impact_override.map(|it| it.name().to_owned()),
            origin: incident.origin.name().to_owned(),
            publication: incident.publication.name().to_owned(),
            root_component_id: incident.root.map(|root| root.to_string()),
            began_at: incident.began_at.as_millis(),
            detected_at: incident.detected_at.as_millis(),
            published_at: column::optional_millis(incident.published_at),
            publish_due: column::optional_millis(incident.publish_due),
            monitoring_at: column::optional_millis(incident.monitoring_at),
            resolved_at: column::optional_millis(incident.resolved_at),
            updated_at: incident.updated_at.as_millis(),
            next_update_due: column::optional_millis(incident.next_update_due),
            has_human_words: incident.has_human_words,
        }
    }

    fn read(
        self,
        components: Vec<IncidentComponent>,
        updates: Vec<Update>,
    ) -> Result<Incident, StoreError> {
        let impact_override = self.impact_override.as_deref();
        Ok(Incident {
            id: column::id(&self.id, IncidentId)?,
            title: self.title,
            status: column::word(&self.status, IncidentStatus::parse)?,
            impact: column::word(&self.impact, Impact::parse)?,
            impact_override: impact_override
                .map(|name| column::word(name, Impact::parse))
                .transpose()?,
            origin: column::word(&self.origin, Origin::parse)?,
            publication: column::word(&self.publication, Publication::parse)?,
            root: column::optional_id(self.root_component_id.as_deref(), ComponentId)?,
            began_at: Timestamp::from_millis(self.began_at),
            detected_at: Timestamp::from_millis(self.detected_at),
            published_at: column::optional_time(self.published_at),
            publish_due: column::optional_time(self.publish_due),
            monitoring_at: column::optional_time(self.monitoring_at),
            resolved_at: column::optional_time(self.resolved_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            next_update_due: column::optional_time(self.next_update_due),
            has_human_words: self.has_human_words,
            components,
            updates,
        })
    }
}

impl UpdateRow {
    fn of(update: &Update) -> Result<Self, StoreError> {
        Ok(Self {
            id: update.id.to_string(),
            incident_id: update.incident.to_string(),
            sequence: update.sequence,
            status: update.status.name().to_owned(),
            body: update.body.clone(),
            at: update.at.as_millis(),
            notified: update.notified,
            changes: column::to_json(&update.changes)?,
        })
    }

    fn read(self) -> Result<Update, StoreError> {
        Ok(Update {
            id: column::id(&self.id, UpdateId)?,
            incident: column::id(&self.incident_id, IncidentId)?,
            sequence: self.sequence,
            status: column::word(&self.status, IncidentStatus::parse)?,
            body: self.body,
            at: Timestamp::from_millis(self.at),
            notified: self.notified,
            changes: column::json(&self.changes)?,
        })
    }
}
