//! Statuspage v2 documents: byte shapes that existing readers know. Timestamps are in the page's zone.
//!
//! Readers know no `unknown`: where we cannot see, the last status stands if it was not operational, otherwise
//! `degraded_performance`; `allclear_status` carries the truth beside it.

mod objects;

use serde::Serialize;

use crate::domain::incident::Impact;
use crate::domain::maintenance::MaintenanceStatus;
use crate::domain::status::Status;
use crate::publish::document::{Effort, Kind};
use crate::publish::render::Sheet;
use crate::publish::view::{ComponentView, IncidentView, MaintenanceView, PublicView};
use objects::{Component, Incident, Maintenance, Page, Shapes};

/// What Statuspage lists.
const NEWEST: usize = 50;

pub(super) fn sheets(view: &PublicView) -> Vec<Sheet> {
    let shapes = Shapes::new(view);
    let page = shapes.page();
    let components = shapes.components();
    let incidents: Vec<Incident> = view.incidents.iter().take(NEWEST).map(|of| shapes.incident(of)).collect();
    let unresolved: Vec<Incident> = view.open_incidents().map(|of| shapes.incident(of)).collect();
    let maintenances = |wanted: &dyn Fn(&MaintenanceView) -> bool| -> Vec<Maintenance> {
        let chosen = view.maintenances.iter().filter(|of| wanted(of)).take(NEWEST);
        chosen.map(|of| shapes.maintenance(of)).collect()
    };
    let upcoming = maintenances(&|of| of.status == MaintenanceStatus::Scheduled);
    let active = maintenances(&|of| of.status.is_active());
    let ahead = maintenances(&|of| of.ended_at.is_none());
    let all = maintenances(&|_| true);
    let status = page_status(view);
    let list = |incidents| IncidentsDocument { page: &page, incidents };
    let planned = |scheduled_maintenances| MaintenancesDocument { page: &page, scheduled_maintenances };
    vec![
        sheet("summary", &Summary {
            page: &page,
            components: &components,
            incidents: &unresolved,
            scheduled_maintenances: &ahead,
            status: &status,
        }),
        sheet("status", &StatusDocument { page: &page, status: &status }),
        sheet("components", &ComponentsDocument { page: &page, components: &components }),
        sheet("incidents", &list(&incidents)),
        sheet("incidents/unresolved", &list(&unresolved)),
        sheet("scheduled-maintenances", &planned(&all)),
        sheet("scheduled-maintenances/upcoming", &planned(&upcoming)),
        sheet("scheduled-maintenances/active", &planned(&active)),
    ]
}

#[derive(Serialize)]
struct Summary<'a> {
    page: &'a Page<'a>,
    components: &'a [Component<'a>],
    incidents: &'a [Incident<'a>],
    scheduled_maintenances: &'a [Maintenance<'a>],
    status: &'a PageStatus,
}

#[derive(Serialize)]
struct StatusDocument<'a> {
    page: &'a Page<'a>,
    status: &'a PageStatus,
}

#[derive(Serialize)]
struct ComponentsDocument<'a> {
    page: &'a Page<'a>,
    components: &'a [Component<'a>],
}

#[derive(Serialize)]
struct IncidentsDocument<'a> {
    page: &'a Page<'a>,
    incidents: &'a [Incident<'a>],
}

#[derive(Serialize)]
struct MaintenancesDocument<'a> {
    page: &'a Page<'a>,
    scheduled_maintenances: &'a [Maintenance<'a>],
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct PageStatus {
    indicator: &'static str,
    description: &'static str,
}

fn sheet(name: &str, document: &impl Serialize) -> Sheet {
    Sheet {
        path: format!("/api/v2/{name}.json"),
        kind: Kind::Json,
        text: serde_json::to_string(document).unwrap_or_default(),
        effort: Effort::Full,
    }
}

/// The one word for a component that readers of v2 know.
fn spoken(component: &ComponentView) -> Status {
    match (component.status, component.last_known) {
        (Status::Unknown, Status::Operational | Status::Unknown) => Status::DegradedPerformance,
        (Status::Unknown, last) => last,
        (status, _) => status,
    }
}

/// Indicator and description from all components: statuspage-api 2.4.
fn page_status(view: &PublicView) -> PageStatus {
    let statuses: Vec<Status> = view.components().map(spoken).collect();
    let all = |wanted: Status| !statuses.is_empty() && statuses.iter().all(|status| *status == wanted);
    let any = |wanted: Status| statuses.contains(&wanted);
    let (indicator, description) = if all(Status::MajorOutage) {
        ("critical", "Major System Outage")
    } else if any(Status::MajorOutage) {
        ("major", "Partial System Outage")
    } else if any(Status::PartialOutage) {
        ("minor", "Minor Service Outage")
    } else if all(Status::DegradedPerformance) {
        ("minor", "Degraded System Service")
    } else if any(Status::DegradedPerformance) {
        ("minor", "Partially Degraded Service")
    } else if all(Status::UnderMaintenance) {
        ("maintenance", "System Under Maintenance")
    } else if any(Status::UnderMaintenance) {
        ("maintenance", "Service Under Maintenance")
    } else {
        of_incidents(view.open_incidents())
    };
    PageStatus { indicator, description }
}

/// With every component well, an open incident still speaks by its impact.
fn of_incidents<'a>(open: impl Iterator<Item = &'a IncidentView>) -> (&'static str, &'static str) {
    match open.map(|incident| incident.impact).max() {
        None | Some(Impact::None) => ("none", "All Systems Operational"),
        Some(Impact::Minor) => ("minor", "Minor Service Outage"),
        Some(Impact::Major) => ("major", "Partial System Outage"),
        Some(Impact::Critical) => ("critical", "Major System Outage"),
    }
}
