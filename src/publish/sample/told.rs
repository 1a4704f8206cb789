//! Incidents and planned work of the sample.

use std::time::Duration;

use super::{at, component_id, estate, id};
use crate::domain::id::{IncidentId, MaintenanceId, UpdateId};
use crate::domain::incident::{
    ComponentChange, Impact, Incident, IncidentComponent, IncidentStatus, Origin, Publication,
    Update,
};
use crate::domain::maintenance::{Maintenance, MaintenanceStatus, MaintenanceUpdate};
use crate::domain::status::Status;

pub(in crate::publish) fn incident(number: usize, title: &str) -> Incident {
    Incident {
        id: IncidentId(id('i', number)),
        title: title.to_owned(),
        status: IncidentStatus::Investigating,
        impact: Impact::Minor,
        impact_override: None,
        origin: Origin::Human,
        publication: Publication::Published,
        root: None,
        began_at: at("2026-11-20T13:42:00Z"),
        detected_at: at("2026-11-20T13:44:00Z"),
        published_at: Some(at("2026-11-20T13:45:00Z")),
        publish_due: None,
        monitoring_at: None,
        resolved_at: None,
        updated_at: at("2026-11-20T13:58:00Z"),
        next_update_due: None,
        has_human_words: true,
        components: Vec::new(),
        updates: Vec::new(),
    }
}

pub(in crate::publish) fn update(incident: usize, sequence: usize, body: &str) -> Update {
    Update {
        id: UpdateId(id('u', incident * 10 + sequence)),
        incident: IncidentId(id('i', incident)),
        sequence: i64::try_from(sequence).expect("a number"),
        status: IncidentStatus::Investigating,
        body: body.to_owned(),
        at: at("2026-11-20T13:45:00Z"),
        notified: true,
        changes: Vec::new(),
    }
}

pub(super) fn open_incident(number: usize, component: usize, title: &str) -> Incident {
    let mut incident = incident(number, title);
    let status = if number == 1 {
        Status::PartialOutage
    } else {
        Status::DegradedPerformance
    };
    incident.components = vec![IncidentComponent {
        component: component_id(component),
        status,
    }];
    let mut first = update(
        number,
        1,
        "Webhooks wait longer than usual before we send them. None are lost, and they arrive in order. We are looking for the cause.",
    );
    first.changes = vec![ComponentChange {
        component: component_id(component),
        name: estate().components[component].name.clone(),
        from: Status::Operational,
        to: status,
    }];
    incident.updates.push(first);
    if number == 1 {
        incident.impact = Impact::Major;
        incident.status = IncidentStatus::Identified;
        incident.next_update_due = Some(at("2026-11-20T14:30:00Z"));
        let mut second = update(
            number,
            2,
            "About 1 in 8 requests to create a payment in Europe fails with error 502. **Trying again usually works**, and no card is charged twice.\n\nA routing change made at 13:40 sends part of the traffic to servers that cannot answer it; we are reversing the change. See [the guide](https://northwind.example/retry).",
        );
        second.status = IncidentStatus::Identified;
        second.at = at("2026-11-20T13:58:00Z");
        incident.updates.push(second);
    } else {
        incident.next_update_due = Some(at("2026-11-20T14:00:00Z"));
    }
    incident
}

pub(super) fn past_incident() -> Incident {
    let mut past = incident(3, "Dashboard signed some people out");
    past.status = IncidentStatus::Postmortem;
    past.began_at = at("2026-11-11T10:00:00Z");
    past.detected_at = at("2026-11-11T10:02:00Z");
    past.published_at = Some(at("2026-11-11T10:03:00Z"));
    past.resolved_at = Some(at("2026-11-11T10:12:00Z"));
    past.updated_at = at("2026-11-13T09:00:00Z");
    past.components = vec![IncidentComponent {
        component: component_id(9),
        status: Status::Operational,
    }];
    past.updates = vec![update(
        3,
        1,
        "Some people have to sign in again. Nothing they entered is lost.",
    )];
    past
}

/// A proposal: nobody outside may ever see a word of it.
pub(super) fn secret_incident() -> Incident {
    let mut secret = incident(9, "canary-proposal");
    secret.publication = Publication::Proposed;
    secret.updates = vec![update(9, 1, "canary-proposal-body")];
    secret
}

pub(in crate::publish) fn planned(
    number: usize,
    status: MaintenanceStatus,
    starts: &str,
) -> Maintenance {
    let starts_at = at(starts);
    let is_active = status.is_active();
    let (title, body) = if is_active {
        (
            "Moving payout reports to new storage",
            "Reports for November open slowly or not at all until the move is done. Payouts themselves are not affected.",
        )
    } else {
        (
            "New signing keys for card readers",
            "Readers restart once, for about 4 minutes, at a moment between these times when they are idle. Payments in progress finish first.",
        )
    };
    Maintenance {
        id: MaintenanceId(id('m', number)),
        title: title.to_owned(),
        status,
        starts_at,
        ends_at: starts_at + Duration::from_mins(90),
        created_at: at("2026-11-18T09:00:00Z"),
        updated_at: at("2026-11-18T09:00:00Z"),
        started_at: is_active.then_some(starts_at),
        ended_at: None,
        components: vec![component_id(if is_active { 7 } else { 13 })],
        updates: vec![MaintenanceUpdate {
            id: UpdateId(id('w', number)),
            maintenance: MaintenanceId(id('m', number)),
            sequence: 1,
            status,
            body: body.to_owned(),
            at: at("2026-11-18T09:00:00Z"),
            notified: true,
        }],
    }
}
