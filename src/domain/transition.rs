//! A transition: one change of a component's shown status with the reason for it, as the ledger keeps it.
//!
//! The JSON is derivation.md 3.5. Running the rules again on the stored evidence under that configuration hash gives
//! the same transition; the incident it causes is the business of [`crate::domain::gate`].

use serde::{Deserialize, Serialize};

use crate::domain::derive::{Derived, Facts, Readings, Streaks};
use crate::domain::evidence::{Evidence, NotUsed, explain};
use crate::domain::hysteresis::Reading;
use crate::domain::machine::Circumstances;
use crate::domain::overlay::Overlays;
use crate::domain::rule::Rule;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Auto,
    Pin,
    Incident,
    Maintenance,
}

impl Cause {
    #[must_use]
    pub const fn of(rule: Rule) -> Self {
        match rule {
            Rule::Pin => Self::Pin,
            Rule::Incident => Self::Incident,
            Rule::Maintenance => Self::Maintenance,
            Rule::SloDegraded
            | Rule::SloPartial
            | Rule::SloMajor
            | Rule::AllCriticalDown
            | Rule::MajorKDown
            | Rule::SomeCriticalDown
            | Rule::CriticalPartial
            | Rule::CriticalSlow
            | Rule::OtherDown
            | Rule::AllWell
            | Rule::CriticalStale
            | Rule::NoFreshEvidence
            | Rule::NotMeasured
            | Rule::Given
            | Rule::Cleared
            | Rule::Withheld => Self::Auto,
        }
    }
}

/// The record stored with a `component.status_changed` event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// The component's configuration key.
    pub component: String,
    #[serde(with = "as_text")]
    pub at: Timestamp,
    pub from: Status,
    pub to: Status,
    /// The raw level at that moment; none while unknown.
    pub level: Option<u8>,
    pub cause: Cause,
    pub rule: Rule,
    /// How long evidence had been this bad when the level was raised.
    pub raise_held_s: u64,
    /// First bad evidence, for trouble; else `at`.
    #[serde(with = "as_text")]
    pub began_at: Timestamp,
    pub evidence: Vec<Evidence>,
    pub not_used: Vec<NotUsed>,
    pub config_hash: String,
}

/// What was decided, before it is written out.
#[derive(Clone, Copy, Debug)]
pub struct Deciding {
    pub rule: Rule,
    pub derived: Derived,
    pub from: Status,
    pub to: Status,
    pub held_ms: u64,
    pub began_at: Timestamp,
}

/// Writes the decision out with all its evidence.
#[must_use]
pub fn record(
    deciding: &Deciding,
    (streaks, readings): (&Streaks, &Readings),
    with: Circumstances<'_>,
) -> Transition {
    let facts = Facts {
        component: with.component,
        streaks,
        readings,
        now: with.now,
    };
    let level = match deciding.derived.reading {
        Reading::Known(level) => Some(level.number()),
        Reading::Unknown => None,
    };
    let (used, not_used) = match (deciding.derived.rule, level) {
        (Rule::Given, Some(level)) => (vec![Evidence::Level { level }], Vec::new()),
        _ => explain(&facts),
    };
    let mut evidence = said(deciding.rule, with.overlays);
    evidence.extend(used);
    Transition {
        component: with.component.key.clone(),
        at: with.now,
        from: deciding.from,
        to: deciding.to,
        level,
        cause: Cause::of(deciding.rule),
        rule: deciding.rule,
        raise_held_s: deciding.held_ms / 1000,
        began_at: deciding.began_at,
        evidence,
        not_used,
        config_hash: with.config_hash.to_owned(),
    }
}

fn said(rule: Rule, overlays: &Overlays) -> Vec<Evidence> {
    let evidence = match Cause::of(rule) {
        Cause::Auto => None,
        Cause::Pin => overlays.pin.as_ref().map(|pin| Evidence::Pin {
            id: pin.id.to_string(),
            reason: pin.reason.clone(),
        }),
        Cause::Incident => overlays.floor.map(|floor| Evidence::Incident {
            id: floor.incident.to_string(),
        }),
        Cause::Maintenance => overlays.maintenance.map(|found| Evidence::Maintenance {
            id: found.id.to_string(),
        }),
    };
    evidence.into_iter().collect()
}

/// Times in records that people read are text.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::timestamp::Timestamp;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        Timestamp::parse(&text).map_err(serde::de::Error::custom)
    }
}
