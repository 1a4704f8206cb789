//! Statuspage v2 documents: byte shapes that existing readers know. Timestamps are in the page's zone.
//!
//! Readers know no `unknown`: where we cannot see, the last status stands if it was not operational, otherwise
//! `degraded_performance`; `allclear_status` carries the truth beside it.

mod objects;

use serde::Serialize;

use crate::domain::maintenance::MaintenanceStatus;
use crate::domain::status::Status;
use crate::domain::statuspage;
use crate::publish::document::{Effort, Kind};
use crate::publish::render::Sheet;
use crate::publish::view::{ComponentView, MaintenanceView, PublicView};
use objects::{Component, Incident, Maintenance, Page, Shapes};

/// What Statuspage lists.
const NEWEST: usize = 50;

pub(super) fn sheets(view: &PublicView) -> Vec<Sheet> {
    let shapes = Shapes::new(view);
    let mut sheets = overview_sheets(view, &shapes);
    sheets.extend(incident_sheets(view, &shapes));
    sheets.extend(maintenance_sheets(view, &shapes));
    sheets
}

fn overview_sheets(view: &PublicView, shapes: &Shapes<'_>) -> Vec<Sheet> {
    let (page, status) = (&shapes.page(), &page_status(view));
    let components = &shapes.components();
    let summary = Summary {
        page,
        components,
        incidents: &unresolved(view, shapes),
        scheduled_maintenances: &maintenances(view, shapes, |of| of.ended_at.is_none()),
        status,
    };
    vec![
        sheet("summary", &summary),
        sheet("status", &StatusDocument { page, status }),
        sheet("components", &ComponentsDocument { page, components }),
    ]
}

fn incident_sheets(view: &PublicView, shapes: &Shapes<'_>) -> Vec<Sheet> {
    let page = &shapes.page();
    let newest = view.incidents.iter().take(NEWEST);
    let all: Vec<Incident> = newest.map(|of| shapes.incident(of)).collect();
    let open = unresolved(view, shapes);
    let list = |name, incidents: &[Incident]| sheet(name, &IncidentsDocument { page, incidents });
    vec![list("incidents", &all), list("incidents/unresolved", &open)]
}

fn maintenance_sheets(view: &PublicView, shapes: &Shapes<'_>) -> Vec<Sheet> {
    let page = &shapes.page();
    let list = |name, wanted: fn(&MaintenanceView) -> bool| {
        let scheduled_maintenances = &maintenances(view, shapes, wanted);
        sheet(
            name,
            &MaintenancesDocument {
                page,
                scheduled_maintenances,
            },
        )
    };
    vec![
        list("scheduled-maintenances", |_| true),
        list("scheduled-maintenances/upcoming", |of| {
            of.status == MaintenanceStatus::Scheduled
        }),
        list("scheduled-maintenances/active", |of| of.status.is_active()),
    ]
}

fn unresolved<'a>(view: &'a PublicView, shapes: &Shapes<'a>) -> Vec<Incident<'a>> {
    view.open_incidents()
        .map(|of| shapes.incident(of))
        .collect()
}

fn maintenances<'a>(
    view: &'a PublicView,
    shapes: &Shapes<'a>,
    wanted: fn(&MaintenanceView) -> bool,
) -> Vec<Maintenance<'a>> {
    let chosen = view
        .maintenances
        .iter()
        .filter(|of| wanted(of))
        .take(NEWEST);
    chosen.map(|of| shapes.maintenance(of)).collect()
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
const fn spoken(component: &ComponentView) -> Status {
    statuspage::translate(component.status, component.last_known)
}

fn page_status(view: &PublicView) -> PageStatus {
    let statuses: Vec<Status> = view.components().map(spoken).collect();
    let worst_open = view.open_incidents().map(|incident| incident.impact).max();
    let computed = statuspage::page_status(&statuses, worst_open);
    PageStatus {
        indicator: computed.indicator,
        description: computed.description,
    }
}
