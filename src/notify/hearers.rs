//! Who an event is for, by its kind. Pure; which subscribers among them is [`crate::domain::audience`]'s to say.

use crate::domain::actor::Role;
use crate::domain::delivery::Lane;
use crate::domain::event::EventKind;
use crate::domain::subscriber::Topic;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hearers {
    /// Confirmed subscribers whose scope covers it.
    Subscribers(Topic),
    /// Operators with at least this role, and the owners of the components concerned.
    Staff(Role),
    /// The one subscriber the event is about.
    Person,
    Nobody,
}

impl Hearers {
    pub(super) const fn of(kind: EventKind) -> Self {
        match kind {
            EventKind::IncidentOpened
            | EventKind::IncidentUpdated
            | EventKind::IncidentResolved
            | EventKind::IncidentPostmortem => Self::Subscribers(Topic::Incident),
            EventKind::MaintenanceScheduled
            | EventKind::MaintenanceStarted
            | EventKind::MaintenanceExtended
            | EventKind::MaintenanceUpdated
            | EventKind::MaintenanceCompleted
            | EventKind::MaintenanceCancelled => Self::Subscribers(Topic::Maintenance),
            EventKind::ComponentStatusChanged => Self::Subscribers(Topic::Component),
            EventKind::IncidentProposed => Self::Staff(Role::Responder),
            EventKind::SubscriberQuarantined => Self::Staff(Role::Admin),
            EventKind::SubscriberRequested => Self::Person,
            EventKind::IncidentDismissed
            | EventKind::IncidentEdited
            | EventKind::AnnouncementPublished
            | EventKind::ConfigApplied
            | EventKind::SubscriberAdded
            | EventKind::SubscriberConfirmed
            | EventKind::SubscriberUnsubscribed
            | EventKind::SubscriberRemoved
            | EventKind::OperatorAdded
            | EventKind::OperatorChanged
            | EventKind::OperatorSignedIn
            | EventKind::OperatorSignedOut
            | EventKind::TokenCreated
            | EventKind::TokenRevoked
            | EventKind::PinSet
            | EventKind::PinCleared => Self::Nobody,
        }
    }

    pub(super) const fn lane(self) -> Lane {
        match self {
            Self::Subscribers(Topic::Incident | Topic::Component) => Lane::Incident,
            Self::Subscribers(Topic::Maintenance) => Lane::Maintenance,
            Self::Staff(_) | Self::Person | Self::Nobody => Lane::Personal,
        }
    }
}
