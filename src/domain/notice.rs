//! Freezing a notice: everything a message will say about one update, taken down when it is committed.
//!
//! Before: an action or the watch wrote the update. After: [`crate::domain::event`] carries the notice as its body.

use crate::domain::estate::Estate;
use crate::domain::event::{Affected, EarlierUpdate, Notice};
use crate::domain::id::ComponentId;
use crate::domain::incident::ComponentChange;
use crate::domain::incident::{Impact, Incident, IncidentComponent, Update};
use crate::domain::maintenance::{Maintenance, MaintenanceUpdate};
use crate::domain::status::Status;
use crate::domain::transition::{Cause, Transition};
use crate::domain::wording;

/// How many earlier updates a message repeats.
const EARLIER: usize = 10;

/// The notice of `update`, which is already among `incident.updates` or about to be.
#[must_use]
pub fn of_incident(incident: &Incident, update: &Update, estate: &Estate) -> Notice {
    let earlier = incident.updates.iter().rev();
    Notice {
        title: incident.title.clone(),
        status: update.status.name().to_owned(),
        impact: incident.impact,
        body: update.body.clone(),
        at: update.at,
        began_at: incident.began_at,
        resolved_at: incident.resolved_at,
        next_update_due: incident.next_update_due,
        window: None,
        sequence: update.sequence,
        changes: update.changes.clone(),
        affected: incident
            .components
            .iter()
            .map(|declared| Affected {
                component: declared.component,
                name: name_of(estate, declared.component),
                status: declared.status,
            })
            .collect(),
        earlier: earlier
            .filter(|one| one.sequence < update.sequence)
            .take(EARLIER)
            .map(|one| EarlierUpdate {
                status: one.status.name().to_owned(),
                body: one.body.clone(),
                at: one.at,
            })
            .collect(),
        path: format!("/incidents/{}", incident.id),
    }
}

/// The notice of `update`, which is already among `maintenance.updates` or about to be.
#[must_use]
pub fn of_maintenance(
    maintenance: &Maintenance,
    update: &MaintenanceUpdate,
    estate: &Estate,
) -> Notice {
    let earlier = maintenance.updates.iter().rev();
    Notice {
        title: maintenance.title.clone(),
        status: update.status.name().to_owned(),
        impact: Impact::None,
        body: update.body.clone(),
        at: update.at,
        began_at: maintenance.starts_at,
        resolved_at: maintenance.ended_at,
        next_update_due: None,
        window: Some((maintenance.starts_at, maintenance.ends_at)),
        sequence: update.sequence,
        changes: Vec::new(),
        affected: maintenance
            .components
            .iter()
            .map(|component| Affected {
                component: *component,
                name: name_of(estate, *component),
                status: Status::UnderMaintenance,
            })
            .collect(),
        earlier: earlier
            .filter(|one| one.sequence < update.sequence)
            .take(EARLIER)
            .map(|one| EarlierUpdate {
                status: one.status.name().to_owned(),
                body: one.body.clone(),
                at: one.at,
            })
            .collect(),
        path: format!("/maintenance/{}", maintenance.id),
    }
}

/// The notice of one component's change of status; `sequence` is the number of its event, which grows.
///
/// None when an incident caused the change: its update has told of it already.
#[must_use]
pub fn of_transition(
    transition: &Transition,
    (component, name): (ComponentId, &str),
    sequence: i64,
) -> Option<Notice> {
    if transition.cause == Cause::Incident {
        return None;
    }
    let title = wording::sentence(&[name], transition.to);
    Some(Notice {
        body: format!("{title}."),
        title,
        status: transition.to.name().to_owned(),
        impact: transition.to.level().map_or(Impact::None, Impact::of_level),
        at: transition.at,
        began_at: transition.began_at,
        resolved_at: None,
        next_update_due: None,
        window: None,
        sequence,
        changes: vec![ComponentChange {
            component,
            name: name.to_owned(),
            from: transition.from,
            to: transition.to,
        }],
        affected: vec![Affected {
            component,
            name: name.to_owned(),
            status: transition.to,
        }],
        earlier: Vec::new(),
        path: format!("/components/{component}"),
    })
}

/// The impact that the worst declared status means.
#[must_use]
pub fn impact_of(components: &[IncidentComponent]) -> Impact {
    components
        .iter()
        .filter_map(|declared| declared.status.level())
        .map(Impact::of_level)
        .max()
        .unwrap_or(Impact::None)
}

/// The name customers know; the id for what was removed from the configuration.
#[must_use]
pub fn name_of(estate: &Estate, component: ComponentId) -> String {
    estate
        .component(component)
        .map_or_else(|| component.to_string(), |found| found.name.clone())
}
