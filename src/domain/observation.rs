//! An observation: one look by one location. A down target is an observation, never an error.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::id::CheckId;
use crate::domain::timestamp::Timestamp;

/// What one look saw. `Inconclusive` is our own fault and never changes a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pass,
    Slow,
    Fail,
    Inconclusive,
}

impl Outcome {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Slow => "slow",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Where the time of a look went; zero for a phase that did not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    pub dns: Duration,
    pub connect: Duration,
    pub tls: Duration,
    pub first_byte: Duration,
    pub total: Duration,
}

/// One look at one check from one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub check: CheckId,
    pub location: String,
    pub at: Timestamp,
    pub outcome: Outcome,
    pub phases: Phases,
    /// A short stable code for the reason, as in `status_503`, `connect_refused`, `dns_own_fault`. Operators only.
    pub reason: String,
    /// A sentence for operators: never published, never holds a body or a secret.
    pub detail: String,
}
