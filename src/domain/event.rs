//! An event: one row of the ledger, a committed fact worth telling. Stop 6 of the journey.
//!
//! Before: [`crate::domain::derive`], [`crate::domain::hysteresis`] and [`crate::domain::overlay`] find the difference.
//! After: [`crate::publish::snapshot`] and [`crate::notify::fan_out`] read it.

use serde::{Deserialize, Serialize};

use crate::domain::actor::Actor;
use crate::domain::id::{ComponentId, IncidentId, MaintenanceId, SubscriberId, UpdateId};
use crate::domain::incident::{ComponentChange, Impact};
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;

/// Every kind of committed fact. Closed: a new one is a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    ComponentStatusChanged,
    /// Derivation opened an incident that waits for a click; told to owner and responders only.
    IncidentProposed,
    /// A proposal ended without ever being published.
    IncidentDismissed,
    IncidentOpened,
    IncidentUpdated,
    IncidentResolved,
    IncidentEdited,
    IncidentPostmortem,
    MaintenanceScheduled,
    MaintenanceStarted,
    MaintenanceExtended,
    MaintenanceUpdated,
    MaintenanceCompleted,
    MaintenanceCancelled,
    AnnouncementPublished,
    ConfigApplied,
    SubscriberRequested,
    SubscriberAdded,
    SubscriberConfirmed,
    SubscriberUnsubscribed,
    SubscriberQuarantined,
    SubscriberRemoved,
    OperatorAdded,
    OperatorChanged,
    OperatorSignedIn,
    OperatorSignedOut,
    TokenCreated,
    TokenRevoked,
    PinSet,
    PinCleared,
}

impl EventKind {
    pub const ALL: [Self; 30] = [
        Self::ComponentStatusChanged,
        Self::IncidentProposed,
        Self::IncidentDismissed,
        Self::IncidentOpened,
        Self::IncidentUpdated,
        Self::IncidentResolved,
        Self::IncidentEdited,
        Self::IncidentPostmortem,
        Self::MaintenanceScheduled,
        Self::MaintenanceStarted,
        Self::MaintenanceExtended,
        Self::MaintenanceUpdated,
        Self::MaintenanceCompleted,
        Self::MaintenanceCancelled,
        Self::AnnouncementPublished,
        Self::ConfigApplied,
        Self::SubscriberRequested,
        Self::SubscriberAdded,
        Self::SubscriberConfirmed,
        Self::SubscriberUnsubscribed,
        Self::SubscriberQuarantined,
        Self::SubscriberRemoved,
        Self::OperatorAdded,
        Self::OperatorChanged,
        Self::OperatorSignedIn,
        Self::OperatorSignedOut,
        Self::TokenCreated,
        Self::TokenRevoked,
        Self::PinSet,
        Self::PinCleared,
    ];

    /// The dotted name in database, webhook and log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ComponentStatusChanged => "component.status_changed",
            Self::IncidentProposed => "incident.proposed",
            Self::IncidentDismissed => "incident.dismissed",
            Self::IncidentOpened => "incident.opened",
            Self::IncidentUpdated => "incident.updated",
            Self::IncidentResolved => "incident.resolved",
            Self::IncidentEdited => "incident.edited",
            Self::IncidentPostmortem => "incident.postmortem",
            Self::MaintenanceScheduled => "maintenance.scheduled",
            Self::MaintenanceStarted => "maintenance.started",
            Self::MaintenanceExtended => "maintenance.extended",
            Self::MaintenanceUpdated => "maintenance.updated",
            Self::MaintenanceCompleted => "maintenance.completed",
            Self::MaintenanceCancelled => "maintenance.cancelled",
            Self::AnnouncementPublished => "announcement.published",
            Self::ConfigApplied => "config.applied",
            Self::SubscriberRequested => "subscriber.requested",
            Self::SubscriberAdded => "subscriber.added",
            Self::SubscriberConfirmed => "subscriber.confirmed",
            Self::SubscriberUnsubscribed => "subscriber.unsubscribed",
            Self::SubscriberQuarantined => "subscriber.quarantined",
            Self::SubscriberRemoved => "subscriber.removed",
            Self::OperatorAdded => "operator.added",
            Self::OperatorChanged => "operator.changed",
            Self::OperatorSignedIn => "operator.signed_in",
            Self::OperatorSignedOut => "operator.signed_out",
            Self::TokenCreated => "token.created",
            Self::TokenRevoked => "token.revoked",
            Self::PinSet => "pin.set",
            Self::PinCleared => "pin.cleared",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A fact about to be committed; the ledger gives it its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub kind: EventKind,
    pub at: Timestamp,
    pub actor: Actor,
    pub about: About,
    /// JSON: a [`Notice`] for what is told, a transition record for a status change, facts otherwise.
    pub body: String,
}

/// What an event is about; any may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub component: Option<ComponentId>,
    pub incident: Option<IncidentId>,
    pub update: Option<UpdateId>,
    pub maintenance: Option<MaintenanceId>,
    pub subscriber: Option<SubscriberId>,
}

/// A committed fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Without gaps, in commit order.
    pub seq: i64,
    pub kind: EventKind,
    pub at: Timestamp,
    pub actor: Actor,
    pub about: About,
    pub body: String,
}

/// Everything a message about an incident or a maintenance says, frozen when it was committed, so that a
/// retry a day later says the same words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub title: String,
    /// The incident's or maintenance's status name.
    pub status: String,
    pub impact: Impact,
    /// Markdown subset, as typed.
    pub body: String,
    pub at: Timestamp,
    pub began_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
    pub next_update_due: Option<Timestamp>,
    /// Only for maintenance.
    pub window: Option<(Timestamp, Timestamp)>,
    /// 1 for the first update of this incident or maintenance.
    pub sequence: i64,
    /// What this update moved.
    pub changes: Vec<ComponentChange>,
    /// Every component concerned, with its status now: decides who hears of it.
    pub affected: Vec<Affected>,
    /// Newest first, without this one; at most ten.
    pub earlier: Vec<EarlierUpdate>,
    /// Path below the public URL, as in `/incidents/abc`.
    pub path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    pub component: ComponentId,
    pub name: String,
    pub status: Status,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierUpdate {
    pub status: String,
    pub body: String,
    pub at: Timestamp,
}
