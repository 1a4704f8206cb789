//! A component: what a customer recognises, with the rules by which its status follows from evidence.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::check::Check;
use crate::domain::id::{ComponentId, GroupId};
use crate::domain::objective::Objective;
use crate::domain::status::Level;
use crate::domain::timestamp::Timestamp;

/// Who may change a thing: the file that declares it, or people in the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    File,
    Console,
}

/// When the public page lists a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    #[default]
    Always,
    IfDegraded,
    Never,
}

/// What may be published without a person: nothing, the colour alone, or colour, words and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoPublish {
    Off,
    #[default]
    StatusOnly,
    Full,
}

/// How long a raw level must last before it is published, and how long calm must last before it is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hysteresis {
    pub raise_degraded: Duration,
    pub raise_partial: Duration,
    pub raise_major: Duration,
    pub clear_after: Duration,
}

impl Default for Hysteresis {
    fn default() -> Self {
        Self {
            raise_degraded: Duration::from_mins(2),
            raise_partial: Duration::from_mins(1),
            raise_major: Duration::ZERO,
            clear_after: Duration::from_mins(5),
        }
    }
}

impl Hysteresis {
    /// How long `level` must hold before it is published; zero for operational.
    #[must_use]
    pub const fn raise(&self, level: Level) -> Duration {
        match level {
            Level::Operational => Duration::ZERO,
            Level::Degraded => self.raise_degraded,
            Level::Partial => self.raise_partial,
            Level::Major => self.raise_major,
        }
    }
}

/// Whether a dependency's outage reaches us or merely worries us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DependencyKind {
    Hard,
    Soft,
}

/// `depends_on`, by configuration key. Kept and shown; not yet used by derivation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    pub key: String,
    pub kind: DependencyKind,
}

/// A heading on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub id: GroupId,
    pub key: String,
    pub name: String,
    pub owner: Owner,
    pub created_at: Timestamp,
}

/// A component as configured. Its present status lives elsewhere: configuration carries no run-time state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    pub id: ComponentId,
    /// The configuration key, never shown as a name.
    pub key: String,
    pub name: String,
    pub description: Option<String>,
    pub group: Option<GroupId>,
    /// 1 critical to 4 internal.
    pub tier: u8,
    /// Mail address of the team that owns it.
    pub owner_mail: Option<String>,
    pub runbook: Option<String>,
    pub depends_on: Vec<Dependency>,
    pub show: Show,
    pub auto_publish: AutoPublish,
    /// Tier 1, level 2 or worse: a proposal is published after this long without a click.
    pub publish_after: Duration,
    /// So many critical checks down make a major outage; none means all of them.
    pub major_k: Option<u32>,
    pub region: Option<String>,
    pub workaround: Option<String>,
    pub revenue_per_minute: Option<f64>,
    /// Uptime is counted from here when it is later than `created_at`.
    pub uptime_since: Option<Timestamp>,
    pub hysteresis: Hysteresis,
    pub checks: Vec<Check>,
    pub objectives: Vec<Objective>,
    pub owner: Owner,
    /// When we first saw it; days before are drawn as not yet watched.
    pub created_at: Timestamp,
}

impl Component {
    /// Whether anything measures it; otherwise it is declared, and labelled so.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        !self.checks.is_empty() || !self.objectives.is_empty()
    }

    /// The moment from which bars and uptime count.
    #[must_use]
    pub fn counted_since(&self) -> Timestamp {
        self.uptime_since
            .map_or(self.created_at, |since| since.max(self.created_at))
    }
}
