//! Levels and statuses: how bad it is, and what the page calls it.

use serde::{Deserialize, Serialize};

/// How bad one component is. `Ord` is severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Operational,
    Degraded,
    Partial,
    Major,
}

impl Level {
    pub const ALL: [Self; 4] = [
        Self::Operational,
        Self::Degraded,
        Self::Partial,
        Self::Major,
    ];

    /// 0 to 3, as traces and derivation rules write it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Operational => 0,
            Self::Degraded => 1,
            Self::Partial => 2,
            Self::Major => 3,
        }
    }

    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Operational => Status::Operational,
            Self::Degraded => Status::DegradedPerformance,
            Self::Partial => Status::PartialOutage,
            Self::Major => Status::MajorOutage,
        }
    }
}

/// What a component is said to be. `Unknown` is a status of its own: no data is never green.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Operational,
    DegradedPerformance,
    PartialOutage,
    MajorOutage,
    UnderMaintenance,
    Unknown,
}

impl Status {
    pub const ALL: [Self; 6] = [
        Self::Operational,
        Self::DegradedPerformance,
        Self::PartialOutage,
        Self::MajorOutage,
        Self::UnderMaintenance,
        Self::Unknown,
    ];

    /// The name in configuration, API, database and log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::DegradedPerformance => "degraded_performance",
            Self::PartialOutage => "partial_outage",
            Self::MajorOutage => "major_outage",
            Self::UnderMaintenance => "under_maintenance",
            Self::Unknown => "unknown",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// The level behind the status; none for maintenance and unknown, which say nothing about severity.
    #[must_use]
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::Operational => Some(Level::Operational),
            Self::DegradedPerformance => Some(Level::Degraded),
            Self::PartialOutage => Some(Level::Partial),
            Self::MajorOutage => Some(Level::Major),
            Self::UnderMaintenance | Self::Unknown => None,
        }
    }

    /// Rank for "the worst of": major, partial, degraded, unknown, maintenance, operational.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::Operational => 0,
            Self::UnderMaintenance => 1,
            Self::Unknown => 2,
            Self::DegradedPerformance => 3,
            Self::PartialOutage => 4,
            Self::MajorOutage => 5,
        }
    }

    /// The worst of `statuses`; operational when there is none.
    pub fn worst(statuses: impl IntoIterator<Item = Self>) -> Self {
        statuses
            .into_iter()
            .max_by_key(|status| status.severity())
            .unwrap_or(Self::Operational)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
