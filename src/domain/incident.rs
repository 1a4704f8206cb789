//! Incidents and their updates: what people are told.

use serde::{Deserialize, Serialize};

use crate::domain::id::{ComponentId, IncidentId, UpdateId};
use crate::domain::status::{Level, Status};
use crate::domain::timestamp::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentStatus {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Postmortem,
}

impl IncidentStatus {
    pub const ALL: [Self; 5] = [
        Self::Investigating,
        Self::Identified,
        Self::Monitoring,
        Self::Resolved,
        Self::Postmortem,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Postmortem => "postmortem",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Investigating | Self::Identified | Self::Monitoring => true,
            Self::Resolved | Self::Postmortem => false,
        }
    }
}

/// How much it hurts. `Ord` is severity; an incident keeps the highest it reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    None,
    Minor,
    Major,
    Critical,
}

impl Impact {
    pub const ALL: [Self; 4] = [Self::None, Self::Minor, Self::Major, Self::Critical];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|impact| impact.name() == name)
    }

    /// What a component at `level` means for the incident: statuspage-api.md section 2.4.
    #[must_use]
    pub const fn of_level(level: Level) -> Self {
        match level {
            Level::Operational => Self::None,
            Level::Degraded => Self::Minor,
            Level::Partial => Self::Major,
            Level::Major => Self::Critical,
        }
    }
}

/// Who began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Derivation, on evidence.
    Automatic,
    Human,
}

impl Origin {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Human => "human",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Automatic, Self::Human]
            .into_iter()
            .find(|origin| origin.name() == name)
    }
}

/// Whether customers can see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publication {
    /// Internal: waits for a click, or for `publish_after`.
    Proposed,
    Published,
    /// Was a proposal and is over, or was turned down; never shown.
    Dismissed,
}

impl Publication {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Published => "published",
            Self::Dismissed => "dismissed",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Proposed, Self::Published, Self::Dismissed]
            .into_iter()
            .find(|publication| publication.name() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    pub id: IncidentId,
    pub title: String,
    pub status: IncidentStatus,
    /// The highest impact reached, or what a person said instead.
    pub impact: Impact,
    pub impact_override: Option<Impact>,
    pub origin: Origin,
    pub publication: Publication,
    /// The component whose derivation opened it; none for human incidents.
    pub root: Option<ComponentId>,
    /// First bad evidence, back-dated from the streak.
    pub began_at: Timestamp,
    /// When we opened it internally.
    pub detected_at: Timestamp,
    pub published_at: Option<Timestamp>,
    /// A proposal is published by itself at this moment.
    pub publish_due: Option<Timestamp>,
    pub monitoring_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// "Next update by": a promise made to readers.
    pub next_update_due: Option<Timestamp>,
    /// Once a person has written, derivation proposes and no longer publishes.
    pub has_human_words: bool,
    /// Components with the status the incident declares for them; a floor while it is open.
    pub components: Vec<IncidentComponent>,
    /// Oldest first.
    pub updates: Vec<Update>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentComponent {
    pub component: ComponentId,
    pub status: Status,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    pub id: UpdateId,
    pub incident: IncidentId,
    /// 1 for the first; messages of one incident carry it so that a receiver can drop an older one.
    pub sequence: i64,
    pub status: IncidentStatus,
    /// Markdown subset, as typed.
    pub body: String,
    pub at: Timestamp,
    /// Whether subscribers were told.
    pub notified: bool,
    pub changes: Vec<ComponentChange>,
}

/// One component as an update moved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentChange {
    pub component: ComponentId,
    /// Its name when this was written.
    pub name: String,
    pub from: Status,
    pub to: Status,
}
