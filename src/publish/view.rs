//! What the public may know, and nothing else: the one type from which every public byte is rendered.
//!
//! Built by [`crate::publish::build`] from a reading of the store and the estate. No check, no target, no owner, no
//! runbook, no unpublished incident has a place in it.

use crate::domain::component::Show;
use crate::domain::id::{ComponentId, GroupId, IncidentId, MaintenanceId, UpdateId};
use crate::domain::incident::{Impact, IncidentStatus};
use crate::domain::maintenance::MaintenanceStatus;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::domain::wording::{self, Shown};
use crate::markup::bars::Day;
use crate::markup::times::Wall;

/// One page of the front is read at once up to here; beyond, the front shows groups and each has a page.
pub const MOST_ON_ONE_PAGE: usize = 100;

#[derive(Clone, Debug)]
pub struct PublicView {
    pub site: Site,
    /// The page's zone, and the minute of this reading.
    pub wall: Wall,
    pub valid_until: Timestamp,
    /// The last change of anything shown.
    pub changed_at: Timestamp,
    /// Since when we see nothing at all: our own fault, said as such.
    pub blind_since: Option<Timestamp>,
    /// In the order of the page; those that belong to no group come last, in a group without a name.
    pub groups: Vec<GroupView>,
    /// Newest first.
    pub incidents: Vec<IncidentView>,
    /// Newest window first.
    pub maintenances: Vec<MaintenanceView>,
}

#[derive(Clone, Debug)]
pub struct Site {
    pub id: String,
    pub name: String,
    /// Without a slash at its end.
    pub url: String,
    pub language: String,
    pub zone: String,
    pub support_url: Option<String>,
}

#[derive(Clone, Debug)]
pub struct GroupView {
    /// None for the components that belong to no group.
    pub id: Option<GroupId>,
    pub name: String,
    pub created_at: Timestamp,
    /// The worst of its members.
    pub status: Status,
    pub days: Vec<Day>,
    pub uptime: Option<u32>,
    pub components: Vec<ComponentView>,
}

#[derive(Clone, Debug)]
pub struct ComponentView {
    pub id: ComponentId,
    pub group: Option<GroupId>,
    pub name: String,
    pub description: Option<String>,
    pub workaround: Option<String>,
    pub region: Option<String>,
    pub status: Status,
    /// Since when it has that status, where we know.
    pub since: Option<Timestamp>,
    /// What it was before we lost sight of it.
    pub last_known: Status,
    pub is_measured: bool,
    /// Tier 1: decides with what colour the banner speaks; itself never shown.
    pub is_critical: bool,
    pub show: Show,
    pub days: Vec<Day>,
    pub uptime: Option<u32>,
    pub created_at: Timestamp,
    pub counted_since: Timestamp,
    /// From 1, within its group.
    pub position: usize,
}

#[derive(Clone, Debug)]
pub struct IncidentView {
    pub id: IncidentId,
    pub title: String,
    pub status: IncidentStatus,
    pub impact: Impact,
    pub began_at: Timestamp,
    pub detected_at: Timestamp,
    pub published_at: Timestamp,
    pub monitoring_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub next_update_due: Option<Timestamp>,
    pub components: Vec<AffectedView>,
    /// Newest first.
    pub updates: Vec<UpdateView>,
}

/// A component as an incident or maintenance names it.
#[derive(Clone, Debug)]
pub struct AffectedView {
    pub id: ComponentId,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct UpdateView {
    pub id: UpdateId,
    pub status: IncidentStatus,
    /// Markdown subset, as typed.
    pub body: String,
    pub at: Timestamp,
    pub notified: bool,
    pub changes: Vec<ChangeView>,
}

#[derive(Clone, Debug)]
pub struct ChangeView {
    pub component: ComponentId,
    pub name: String,
    pub from: Status,
    pub to: Status,
}

#[derive(Clone, Debug)]
pub struct MaintenanceView {
    pub id: MaintenanceId,
    pub title: String,
    pub status: MaintenanceStatus,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub components: Vec<AffectedView>,
    /// Newest first.
    pub updates: Vec<MaintenanceUpdateView>,
}

#[derive(Clone, Debug)]
pub struct MaintenanceUpdateView {
    pub id: UpdateId,
    pub status: MaintenanceStatus,
    pub body: String,
    pub at: Timestamp,
    pub notified: bool,
}

impl PublicView {
    /// Every component that may be known, in the order of the page.
    pub fn components(&self) -> impl Iterator<Item = &ComponentView> {
        self.groups.iter().flat_map(|group| group.components.iter())
    }

    /// Those that the page lists now.
    pub fn listed(&self) -> impl Iterator<Item = &ComponentView> {
        self.components().filter(|component| component.is_listed())
    }

    pub fn component(&self, id: ComponentId) -> Option<&ComponentView> {
        self.components().find(|component| component.id == id)
    }

    /// Not operational, worst first; equal ones in the order of the page.
    #[must_use]
    pub fn troubled(&self) -> Vec<&ComponentView> {
        let mut troubled: Vec<_> = self
            .listed()
            .filter(|component| component.status != Status::Operational)
            .collect();
        troubled.sort_by_key(|component| std::cmp::Reverse(component.status.severity()));
        troubled
    }

    pub fn open_incidents(&self) -> impl Iterator<Item = &IncidentView> {
        self.incidents
            .iter()
            .filter(|incident| incident.status.is_open())
    }

    pub fn active_maintenances(&self) -> impl Iterator<Item = &MaintenanceView> {
        self.maintenances
            .iter()
            .filter(|maintenance| maintenance.status.is_active())
    }

    /// Announced and not begun, the next one first.
    #[must_use]
    pub fn upcoming_maintenances(&self) -> Vec<&MaintenanceView> {
        let mut upcoming: Vec<_> = self
            .maintenances
            .iter()
            .filter(|maintenance| maintenance.status == MaintenanceStatus::Scheduled)
            .collect();
        upcoming.sort_by_key(|maintenance| maintenance.starts_at);
        upcoming
    }

    /// Whether groups have pages of their own.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.listed().count() > MOST_ON_ONE_PAGE
    }

    /// The status of the whole page, for its banner and favicon: softened by derivation L4.
    #[must_use]
    pub fn status(&self) -> Status {
        let shown: Vec<Shown<'_>> = self
            .listed()
            .map(|component| Shown {
                name: &component.name,
                group: component.group,
                is_critical: component.is_critical,
                status: component.status,
            })
            .collect();
        wording::page_status(&shown)
    }
}

impl ComponentView {
    #[must_use]
    pub fn is_listed(&self) -> bool {
        match self.show {
            Show::Always => true,
            Show::IfDegraded => self.status != Status::Operational,
            Show::Never => false,
        }
    }

    #[must_use]
    pub fn path(&self) -> String {
        format!("/components/{}", self.id)
    }
}

impl GroupView {
    #[must_use]
    pub fn path(&self) -> String {
        format!("/groups/{}", self.slug())
    }

    /// The id, or `other` for the group without one.
    #[must_use]
    pub fn slug(&self) -> &str {
        self.id.as_ref().map_or("other", GroupId::as_str)
    }
}

impl IncidentView {
    #[must_use]
    pub fn path(&self) -> String {
        format!("/incidents/{}", self.id)
    }

    /// From when customers were hurt until it was over, or until now.
    #[must_use]
    pub fn lasted(&self, now: Timestamp) -> std::time::Duration {
        self.resolved_at.unwrap_or(now).since(self.began_at)
    }

    /// The promise to say more, and how late it is.
    #[must_use]
    pub fn promise(&self, now: Timestamp) -> Option<(Timestamp, Option<std::time::Duration>)> {
        let due = self.next_update_due.filter(|_| self.status.is_open())?;
        let late = now.since(due);
        Some((
            due,
            (late >= std::time::Duration::from_mins(1)).then_some(late),
        ))
    }
}

impl MaintenanceView {
    #[must_use]
    pub fn path(&self) -> String {
        format!("/maintenance/{}", self.id)
    }
}
