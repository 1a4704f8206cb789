//! Components as people name them: by key or id, with a suggestion for what is not there.

use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::actions::error::ActionError;
use crate::domain::component::Component;
use crate::domain::estate::Estate;
use crate::domain::id::ComponentId;
use crate::domain::status::Status;
use crate::store::{Conn, StoreError, state};

/// Likeness from which a key is worth suggesting.
const ALIKE: f64 = 0.7;

/// `ID=STATUS`: a component, by key or id, and the status an incident declares for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentSetting {
    pub component: String,
    pub status: Status,
}

pub(super) fn named<'a>(estate: &'a Estate, name: &str) -> Result<&'a Component, ActionError> {
    estate.component_named(name).ok_or_else(|| {
        let likeness = |key: &str| strsim::jaro_winkler(key, name);
        let nearest = estate
            .components
            .iter()
            .map(|component| component.key.as_str())
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let alike = nearest.filter(|key| likeness(key) >= ALIKE);
        ActionError::NotFound {
            what: format!("component `{name}`"),
            hint: alike.map(|key| format!("did you mean `{key}`?")),
        }
    })
}

/// Each once, in the order given.
pub(super) fn all_named(
    estate: &Estate,
    names: &[String],
) -> Result<Vec<ComponentId>, ActionError> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        let id = named(estate, name)?.id;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Settings an incident may make: a status with a severity, and one for each component.
pub(super) fn settings(
    estate: &Estate,
    wanted: &[ComponentSetting],
) -> Result<Vec<(ComponentId, Status)>, ActionError> {
    let mut settings: Vec<(ComponentId, Status)> = Vec::with_capacity(wanted.len());
    for setting in wanted {
        let component = named(estate, &setting.component)?;
        if setting.status.level().is_none() {
            return Err(ActionError::Invalid {
                field: "components",
                message: format!(
                    "an incident cannot make `{}` {}",
                    component.key, setting.status
                ),
                hint: Some(
                    "operational, degraded_performance, partial_outage or major_outage; \
                     for planned work use `maintenance schedule`"
                        .to_owned(),
                ),
            });
        }
        if settings.iter().any(|(id, _)| *id == component.id) {
            return Err(ActionError::invalid(
                "components",
                format!("`{}` is named twice", component.key),
            ));
        }
        settings.push((component.id, setting.status));
    }
    Ok(settings)
}

/// What the page says of each component now; absent for one that was never judged.
pub(super) fn published(conn: &mut Conn) -> Result<HashMap<ComponentId, Status>, StoreError> {
    let states = state::list_components::<IgnoredAny>(conn)?;
    Ok(states
        .into_iter()
        .map(|one| (one.component, one.status))
        .collect())
}
