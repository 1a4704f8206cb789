//! Maintenance: work announced ahead, with a window.

use serde::{Deserialize, Serialize};

use crate::domain::id::{ComponentId, MaintenanceId, UpdateId};
use crate::domain::timestamp::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceStatus {
    Scheduled,
    InProgress,
    Verifying,
    Completed,
    Cancelled,
}

impl MaintenanceStatus {
    pub const ALL: [Self; 5] = [
        Self::Scheduled,
        Self::InProgress,
        Self::Verifying,
        Self::Completed,
        Self::Cancelled,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::InProgress => "in_progress",
            Self::Verifying => "verifying",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// While this holds the listed components show `under_maintenance`.
    #[must_use]
    pub const fn is_active(self) -> bool {
        match self {
            Self::InProgress | Self::Verifying => true,
            Self::Scheduled | Self::Completed | Self::Cancelled => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    pub id: MaintenanceId,
    pub title: String,
    pub status: MaintenanceStatus,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    /// When it was completed or cancelled.
    pub ended_at: Option<Timestamp>,
    pub components: Vec<ComponentId>,
    /// Oldest first.
    pub updates: Vec<MaintenanceUpdate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceUpdate {
    pub id: UpdateId,
    pub maintenance: MaintenanceId,
    pub sequence: i64,
    pub status: MaintenanceStatus,
    pub body: String,
    pub at: Timestamp,
    pub notified: bool,
}
