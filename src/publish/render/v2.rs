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
    let page = shapes.page();
    let components = shapes.components();
    let incidents: Vec<Incident> = view
        .incidents
        .iter()
        .take(NEWEST)
        .map(|of| shapes.incident(of))
        .collect();
    let unresolved: Vec<Incident> = view
        .open_incidents()
        .map(|of| shapes.incident(of))
        .collect();
    let maintenances = |wanted: &dyn Fn(&MaintenanceView) -> bool| -> Vec<Maintenance> {
        let chosen = view
            .maintenances
            .iter()
            .filter(|of| wanted(of))
            .take(NEWEST);
        chosen.map(|of| shapes.maintenance(of)).collect()
    };
    let upcoming = maintenances(&|of| of.status == MaintenanceStatus::Scheduled);
    let active = maintenances(&|of| of.status.is_active());
    let ahead = maintenances(&|of| of.ended_at.is_none());
    let all = maintenances(&|_| true);
    let status = page_status(view);
    let list = |incidents| IncidentsDocument {
        page: &page,
        incidents,
    };
    let planned = |scheduled_maintenances| MaintenancesDocument {
        page: &page,
        scheduled_maintenances,
    };
    vec![
        sheet(
            "summary",
            &Summary {
                page: &page,
                components: &components,
                incidents: &unresolved,
                scheduled_maintenances: &ahead,
                status: &status,
            },
        ),
        sheet(
            "status",
            &StatusDocument {
                page: &page,
                status: &status,
            },
        ),
        sheet(
            "components",
            &ComponentsDocument {
                page: &page,
                components: &components,
            },
        ),
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
