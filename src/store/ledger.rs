//! The ledger: committed facts worth telling, numbered without gaps in commit order. Stop 6 of the journey.
//!
//! Before: an action or [`crate::watch`] changes something. After: [`crate::publish`] and [`crate::notify`] read by
//! cursor; [`crate::store::Store::ledger_watch`] wakes them once the commit is done.

use diesel::prelude::*;

use crate::domain::actor::Actor;
use crate::domain::event::{About, Draft, Event, EventKind};
use crate::domain::id::{ComponentId, IncidentId, MaintenanceId, SubscriberId, UpdateId};
use crate::domain::timestamp::Timestamp;
use crate::store::column;
use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::schema::{event, ledger_head};
use crate::store::tx::Tx;

/// Appends an event and answers its number.
///
/// The head row stays locked until the commit, so numbers are committed in order and a cursor never passes one that
/// comes later; a rollback gives the number back.
pub fn append(tx: &mut Tx<'_>, draft: &Draft) -> Result<i64, StoreError> {
    // A query runs on the connection inside: `&mut Tx` becomes `&mut Conn` here, and by itself where one is wanted.
    let conn: &mut Conn = tx;
    let seq: i64 = diesel::update(ledger_head::table)
        .set(ledger_head::seq.eq(ledger_head::seq + 1))
        .returning(ledger_head::seq)
        .get_result(conn)?;
    diesel::insert_into(event::table)
        .values(Row::of(draft, seq))
        .execute(conn)?;
    tx.appended(seq);
    Ok(seq)
}

pub fn by_seq(conn: &mut Conn, seq: i64) -> Result<Option<Event>, StoreError> {
    event::table
        .find(seq)
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Row::into_event)
        .transpose()
}

/// Events after `seq`, oldest first.
pub fn list_after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    event::table
        .filter(event::seq.gt(seq))
        .order(event::seq)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(Row::into_event)
        .collect()
}

/// Events before `seq`, newest first: the audit trail, page by page.
pub fn list_before(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    event::table
        .filter(event::seq.lt(seq))
        .order(event::seq.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(Row::into_event)
        .collect()
}

/// Everything about one incident, oldest first.
pub fn list_of_incident(conn: &mut Conn, id: IncidentId) -> Result<Vec<Event>, StoreError> {
    event::table
        .filter(event::incident_id.eq(id.as_str()))
        .order(event::seq)
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(Row::into_event)
        .collect()
}

/// The last events about one component, newest first.
pub fn list_of_component(
    conn: &mut Conn,
    id: ComponentId,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    event::table
        .filter(event::component_id.eq(id.as_str()))
        .order(event::seq.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(Row::into_event)
        .collect()
}

/// The number of the last committed event, 0 for an empty ledger.
pub fn last_seq(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(ledger_head::table.select(ledger_head::seq).first(conn)?)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = event)]
struct Row {
    seq: i64,
    at: i64,
    kind: String,
    actor: String,
    component_id: Option<String>,
    incident_id: Option<String>,
    update_id: Option<String>,
    maintenance_id: Option<String>,
    subscriber_id: Option<String>,
    body: String,
}

impl Row {
    fn of(draft: &Draft, seq: i64) -> Self {
        let About {
            component,
            incident,
            update,
            maintenance,
            subscriber,
        } = draft.about;
        Self {
            seq,
            at: draft.at.as_millis(),
            kind: draft.kind.name().to_owned(),
            actor: draft.actor.name(),
            component_id: component.map(|id| id.to_string()),
            incident_id: incident.map(|id| id.to_string()),
            update_id: update.map(|id| id.to_string()),
            maintenance_id: maintenance.map(|id| id.to_string()),
            subscriber_id: subscriber.map(|id| id.to_string()),
            body: draft.body.clone(),
        }
    }

    fn into_event(self) -> Result<Event, StoreError> {
        Ok(Event {
            seq: self.seq,
            kind: column::word(&self.kind, EventKind::parse)?,
            at: Timestamp::from_millis(self.at),
            actor: column::word(&self.actor, Actor::parse)?,
            about: About {
                component: column::optional_id(self.component_id.as_deref(), ComponentId)?,
                incident: column::optional_id(self.incident_id.as_deref(), IncidentId)?,
                update: column::optional_id(self.update_id.as_deref(), UpdateId)?,
                maintenance: column::optional_id(self.maintenance_id.as_deref(), MaintenanceId)?,
                subscriber: column::optional_id(self.subscriber_id.as_deref(), SubscriberId)?,
            },
            body: self.body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::for_tests::each_database;

    fn draft(body: &str) -> Draft {
        Draft {
            kind: EventKind::ConfigApplied,
            at: Timestamp::from_seconds(1),
            actor: Actor::CommandLine,
            about: About::default(),
            body: body.to_owned(),
        }
    }

    #[tokio::test]
    async fn an_event_comes_back_as_it_was() {
        each_database(async |store| {
            let component = crate::entropy::id();
            let mut facts = draft("{}");
            facts.about.component = Some(ComponentId(component));

            let appended = facts.clone();
            let seq = store.write(move |tx| append(tx, &appended)).await.unwrap();

            let event = store
                .read(move |conn| by_seq(conn, seq))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                (event.seq, event.kind, event.about),
                (1, facts.kind, facts.about)
            );
            assert_eq!(store.read(|conn| by_seq(conn, 2)).await, Ok(None));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn sixty_four_at_once_are_numbered_without_a_gap() {
        each_database(async |store| {
            let writes: Vec<_> = (0..64)
                .map(|number| {
                    let store = store.clone();
                    tokio::spawn(async move {
                        store
                            .write(move |tx| append(tx, &draft(&number.to_string())))
                            .await
                    })
                })
                .collect();
            let mut seqs = Vec::new();
            for write in writes {
                seqs.push(write.await.unwrap().unwrap());
            }

            seqs.sort_unstable();
            assert_eq!(seqs, (1..=64).collect::<Vec<_>>());
            let stored = store.read(|conn| list_after(conn, 0, 100)).await.unwrap();
            assert_eq!(stored.len(), 64);
            assert_eq!(*store.ledger_watch().borrow(), 64);
        })
        .await;
    }

    #[tokio::test]
    async fn a_rollback_gives_its_number_back() {
        each_database(async |store| {
            let refused = store
                .write(|tx| {
                    append(tx, &draft("lost"))?;
                    Err::<(), _>(StoreError::Refused("no".to_owned()))
                })
                .await;
            assert_eq!(refused, Err(StoreError::Refused("no".to_owned())));

            let seq = store.write(|tx| append(tx, &draft("kept"))).await;

            assert_eq!(seq, Ok(1));
            assert_eq!(*store.ledger_watch().borrow(), 1);
        })
        .await;
    }
}
