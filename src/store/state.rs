//! Where the rules stand: components with their streaks and timers, and objectives. A restart goes
//! on from here. The states are the rules' own types, kept as JSON.

use diesel::prelude::*;
use diesel::upsert::excluded;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::id::{ComponentId, ObjectiveId};
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::store::column;
use crate::store::dialect::{Both, Conn};
use crate::store::error::StoreError;
use crate::store::schema::{component_state, objective_state};
use crate::store::tx::Tx;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentState<S> {
    pub component: ComponentId,
    pub status: Status,
    pub since: Timestamp,
    pub state: S,
    /// The event that made it so.
    pub event_seq: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectiveState<S> {
    pub objective: ObjectiveId,
    pub state: S,
    pub evaluated_at: Timestamp,
}

pub fn set_component<S: Serialize>(
    tx: &mut Tx<'_>,
    now: &ComponentState<S>,
) -> Result<(), StoreError> {
    let conn: &mut Conn = tx;
    Both(
        diesel::insert_into(component_state::table)
            .values((
                component_state::component_id.eq(now.component.as_str()),
                component_state::status.eq(now.status.name()),
                component_state::since.eq(now.since.as_millis()),
                component_state::state.eq(column::to_json(&now.state)?),
                component_state::event_seq.eq(now.event_seq),
            ))
            .on_conflict(component_state::component_id)
            .do_update()
            .set((
                component_state::status.eq(excluded(component_state::status)),
                component_state::since.eq(excluded(component_state::since)),
                component_state::state.eq(excluded(component_state::state)),
                component_state::event_seq.eq(excluded(component_state::event_seq)),
            )),
    )
    .execute(conn)?;
    Ok(())
}

pub fn list_components<S: DeserializeOwned>(
    conn: &mut Conn,
) -> Result<Vec<ComponentState<S>>, StoreError> {
    component_state::table
        .load::<(String, String, i64, String, Option<i64>)>(conn)?
        .into_iter()
        .map(|(component, status, since, state, event_seq)| {
            Ok(ComponentState {
                component: column::id(&component, ComponentId)?,
                status: column::word(&status, Status::parse)?,
                since: Timestamp::from_millis(since),
                state: column::json(&state)?,
                event_seq,
            })
        })
        .collect()
}

pub fn set_objective<S: Serialize>(
    tx: &mut Tx<'_>,
    now: &ObjectiveState<S>,
) -> Result<(), StoreError> {
    let conn: &mut Conn = tx;
    Both(
        diesel::insert_into(objective_state::table)
            .values((
                objective_state::objective_id.eq(now.objective.as_str()),
                objective_state::state.eq(column::to_json(&now.state)?),
                objective_state::evaluated_at.eq(now.evaluated_at.as_millis()),
            ))
            .on_conflict(objective_state::objective_id)
            .do_update()
            .set((
                objective_state::state.eq(excluded(objective_state::state)),
                objective_state::evaluated_at.eq(excluded(objective_state::evaluated_at)),
            )),
    )
    .execute(conn)?;
    Ok(())
}

pub fn list_objectives<S: DeserializeOwned>(
    conn: &mut Conn,
) -> Result<Vec<ObjectiveState<S>>, StoreError> {
    objective_state::table
        .load::<(String, String, i64)>(conn)?
        .into_iter()
        .map(|(objective, state, evaluated_at)| {
            Ok(ObjectiveState {
                objective: column::id(&objective, ObjectiveId)?,
                state: column::json(&state)?,
                evaluated_at: Timestamp::from_millis(evaluated_at),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy;
    use crate::store::for_tests::each_database;

    #[tokio::test]
    async fn components_and_objectives_come_back_as_they_were() {
        each_database(async |store| {
            let component = ComponentState {
                component: ComponentId(entropy::id()),
                status: Status::PartialOutage,
                since: Timestamp::from_seconds(7),
                state: vec!["raising".to_owned()],
                event_seq: Some(3),
            };
            let objective = ObjectiveState {
                objective: ObjectiveId(entropy::id()),
                state: 0.25,
                evaluated_at: Timestamp::from_seconds(8),
            };

            let (one, two) = (component.clone(), objective.clone());
            store
                .write(move |tx| {
                    set_component(tx, &one)?;
                    set_objective(tx, &two)
                })
                .await
                .unwrap();

            assert_eq!(store.read(list_components).await, Ok(vec![component]));
            assert_eq!(store.read(list_objectives).await, Ok(vec![objective]));
        })
        .await;
    }

    #[tokio::test]
    async fn a_word_that_is_not_ours_is_corrupt() {
        each_database(async |store| {
            store
                .write(|tx| {
                    let conn: &mut Conn = tx;
                    diesel::insert_into(objective_state::table)
                        .values((
                            objective_state::objective_id.eq("not an id"),
                            objective_state::state.eq("{}"),
                            objective_state::evaluated_at.eq(1),
                        ))
                        .execute(conn)?;
                    Ok(())
                })
                .await
                .unwrap();

            let found = store.read(list_objectives::<serde_json::Value>).await;

            assert!(matches!(found, Err(StoreError::Corrupt(_))), "{found:?}");
        })
        .await;
    }
}
