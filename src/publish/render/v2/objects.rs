//! The objects inside v2 documents, field by field in the order Statuspage writes them.

use serde::Serialize;

use crate::domain::component::Show;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::publish::render::v2::spoken;
use crate::publish::view::{ComponentView, GroupView, IncidentView, MaintenanceView, PublicView};

#[derive(Serialize)]
pub(super) struct Page<'a> {
    id: &'a str,
    name: &'a str,
    url: &'a str,
    time_zone: &'a str,
    updated_at: String,
}

#[derive(Clone, Serialize)]
pub(super) struct Component<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    created_at: String,
    updated_at: String,
    position: usize,
    description: Option<&'a str>,
    showcase: bool,
    start_date: Option<String>,
    group_id: Option<&'a str>,
    page_id: &'a str,
    group: bool,
    only_show_if_degraded: bool,
    /// Only on group rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Vec<&'a str>>,
    /// The truth where v2 has no word for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    allclear_status: Option<&'static str>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "Statuspage's names")]
pub(super) struct Incident<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    created_at: String,
    updated_at: String,
    monitoring_at: Option<String>,
    resolved_at: Option<String>,
    impact: &'static str,
    shortlink: String,
    started_at: String,
    page_id: &'a str,
    incident_updates: Vec<Update<'a>>,
    components: Vec<Component<'a>>,
}

#[derive(Serialize)]
pub(super) struct Maintenance<'a> {
    #[serde(flatten)]
    incident: Incident<'a>,
    scheduled_for: String,
    scheduled_until: String,
}

#[derive(Serialize)]
pub(super) struct Update<'a> {
    id: &'a str,
    status: &'static str,
    body: &'a str,
    incident_id: &'a str,
    created_at: String,
    updated_at: String,
    display_at: String,
    affected_components: Option<Vec<Affected<'a>>>,
    deliver_notifications: bool,
    custom_tweet: Option<String>,
    tweet_id: Option<String>,
}

#[derive(Serialize)]
struct Affected<'a> {
    code: &'a str,
    /// "Group - Component".
    name: String,
    old_status: &'static str,
    new_status: &'static str,
}

/// Gives view parts their v2 shape.
pub(super) struct Shapes<'a> {
    view: &'a PublicView,
}

impl<'a> Shapes<'a> {
    pub(super) const fn new(view: &'a PublicView) -> Self {
        Self { view }
    }

    pub(super) fn page(&self) -> Page<'a> {
        let site = &self.view.site;
        Page {
            id: &site.id,
            name: &site.name,
            url: &site.url,
            time_zone: &site.zone,
            updated_at: self.time(self.view.changed_at),
        }
    }

    /// Group rows, each followed by its members.
    pub(super) fn components(&self) -> Vec<Component<'a>> {
        let mut rows = Vec::new();
        for (place, group) in self.view.groups.iter().enumerate() {
            if group.id.is_some() {
                rows.push(self.group(group, place + 1));
            }
            rows.extend(
                group
                    .components
                    .iter()
                    .map(|component| self.component(component)),
            );
        }
        rows
    }

    pub(super) fn incident(&self, incident: &'a IncidentView) -> Incident<'a> {
        let updates = incident.updates.iter().map(|update| Update {
            id: update.id.as_str(),
            status: update.status.name(),
            body: &update.body,
            incident_id: incident.id.as_str(),
            created_at: self.time(update.at),
            updated_at: self.time(update.at),
            display_at: self.time(update.at),
            affected_components: Some(
                update
                    .changes
                    .iter()
                    .map(|change| Affected {
                        code: change.component.as_str(),
                        name: self.full_name(change.component, &change.name),
                        old_status: spoken_change(change.from),
                        new_status: spoken_change(change.to),
                    })
                    .collect(),
            ),
            deliver_notifications: update.notified,
            custom_tweet: None,
            tweet_id: None,
        });
        Incident {
            id: incident.id.as_str(),
            name: &incident.title,
            status: incident.status.name(),
            created_at: self.time(incident.published_at),
            updated_at: self.time(incident.updated_at),
            monitoring_at: incident.monitoring_at.map(|at| self.time(at)),
            resolved_at: incident.resolved_at.map(|at| self.time(at)),
            impact: incident.impact.name(),
            shortlink: format!("{}{}", self.view.site.url, incident.path()),
            started_at: self.time(incident.began_at),
            page_id: &self.view.site.id,
            incident_updates: updates.collect(),
            components: self.rows_of(incident.components.iter().map(|of| of.id)),
        }
    }

    pub(super) fn maintenance(&self, planned: &'a MaintenanceView) -> Maintenance<'a> {
        let updates = planned.updates.iter().map(|update| Update {
            id: update.id.as_str(),
            status: update.status.name(),
            body: &update.body,
            incident_id: planned.id.as_str(),
            created_at: self.time(update.at),
            updated_at: self.time(update.at),
            display_at: self.time(update.at),
            affected_components: None,
            deliver_notifications: update.notified,
            custom_tweet: None,
            tweet_id: None,
        });
        Maintenance {
            incident: Incident {
                id: planned.id.as_str(),
                name: &planned.title,
                status: planned.status.name(),
                created_at: self.time(planned.created_at),
                updated_at: self.time(planned.updated_at),
                monitoring_at: None,
                resolved_at: planned.ended_at.map(|at| self.time(at)),
                impact: "maintenance",
                shortlink: format!("{}{}", self.view.site.url, planned.path()),
                started_at: self.time(planned.started_at.unwrap_or(planned.starts_at)),
                page_id: &self.view.site.id,
                incident_updates: updates.collect(),
                components: self.rows_of(planned.components.iter().map(|of| of.id)),
            },
            scheduled_for: self.time(planned.starts_at),
            scheduled_until: self.time(planned.ends_at),
        }
    }

    fn rows_of(
        &self,
        ids: impl Iterator<Item = crate::domain::id::ComponentId>,
    ) -> Vec<Component<'a>> {
        ids.filter_map(|id| self.view.component(id))
            .map(|component| self.component(component))
            .collect()
    }

    fn component(&self, component: &'a ComponentView) -> Component<'a> {
        Component {
            id: component.id.as_str(),
            name: &component.name,
            status: spoken(component).name(),
            created_at: self.time(component.created_at),
            updated_at: self.time(component.since.unwrap_or(component.created_at)),
            position: component.position,
            description: component.description.as_deref(),
            showcase: true,
            start_date: Some(
                component
                    .counted_since
                    .in_zone(self.view.wall.zone())
                    .date()
                    .to_string(),
            ),
            group_id: component
                .group
                .as_ref()
                .map(crate::domain::id::GroupId::as_str),
            page_id: &self.view.site.id,
            group: false,
            only_show_if_degraded: component.show == Show::IfDegraded,
            components: None,
            allclear_status: (component.status == Status::Unknown)
                .then_some(Status::Unknown.name()),
        }
    }

    fn group(&self, group: &'a GroupView, position: usize) -> Component<'a> {
        let worst = Status::worst(group.components.iter().map(spoken));
        let changed = group
            .components
            .iter()
            .filter_map(|component| component.since)
            .max();
        Component {
            id: group.slug(),
            name: &group.name,
            status: worst.name(),
            created_at: self.time(group.created_at),
            updated_at: self.time(changed.unwrap_or(group.created_at)),
            position,
            description: None,
            showcase: false,
            start_date: None,
            group_id: None,
            page_id: &self.view.site.id,
            group: true,
            only_show_if_degraded: false,
            components: Some(
                group
                    .components
                    .iter()
                    .map(|component| component.id.as_str())
                    .collect(),
            ),
            allclear_status: (group.status == Status::Unknown).then_some(Status::Unknown.name()),
        }
    }

    fn full_name(&self, id: crate::domain::id::ComponentId, name: &str) -> String {
        let group = self.view.groups.iter().find(|group| {
            group.id.is_some() && group.components.iter().any(|component| component.id == id)
        });
        group.map_or_else(
            || name.to_owned(),
            |group| format!("{} - {name}", group.name),
        )
    }

    fn time(&self, at: Timestamp) -> String {
        at.to_rfc3339_in(self.view.wall.zone())
    }
}

/// A change to or from unknown has no last status to lean on.
const fn spoken_change(status: Status) -> &'static str {
    match status {
        Status::Unknown => Status::DegradedPerformance.name(),
        Status::Operational
        | Status::DegradedPerformance
        | Status::PartialOutage
        | Status::MajorOutage
        | Status::UnderMaintenance => status.name(),
    }
}
