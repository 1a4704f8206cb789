//! An objective: an SLO on a component. The target is an exact number of parts per billion, never a float.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::id::ObjectiveId;

/// One whole, in parts per billion.
pub const BILLION: u64 = 1_000_000_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    pub id: ObjectiveId,
    /// The configuration key.
    pub key: String,
    pub target: Target,
    pub window: Window,
    /// May colour the page (derivation.md L3).
    pub public: bool,
    pub indicator: Indicator,
}

/// The share of good events promised, in parts per billion: 99.9 % is 999 000 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Target(u64);

impl Target {
    /// None unless `0 < parts < 1 000 000 000`.
    #[must_use]
    pub const fn from_parts_per_billion(parts: u64) -> Option<Self> {
        if parts == 0 || parts >= BILLION {
            return None;
        }
        Some(Self(parts))
    }

    #[must_use]
    pub const fn parts_per_billion(self) -> u64 {
        self.0
    }

    /// The error budget `1 - target`, in parts per billion.
    #[must_use]
    pub const fn budget_parts(self) -> u64 {
        BILLION - self.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    Rolling(Duration),
    /// A calendar month on the wall clock of an IANA zone.
    CalendarMonth {
        time_zone: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Indicator {
    /// Two queries with `{{window}}`: bad and total.
    Prometheus {
        source: String,
        bad: String,
        total: String,
    },
    /// Two queries with `{{window}}`: good and total. At most level 1 in public.
    Latency {
        source: String,
        good: String,
        total: String,
    },
    /// Time-weighted from this component's own checks.
    Checks,
}
