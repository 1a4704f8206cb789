//! Rules by name: every status can say which one decided. The names are stored and told; they never change.

use serde::{Deserialize, Serialize};

use crate::domain::status::Level;

/// The rule behind a status. The prefix is the step of the derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rule {
    #[serde(rename = "L3.slo_degraded")]
    SloDegraded,
    #[serde(rename = "L3.slo_partial")]
    SloPartial,
    #[serde(rename = "L3.slo_major")]
    SloMajor,
    #[serde(rename = "L4.all_critical_down")]
    AllCriticalDown,
    #[serde(rename = "L4.major_k_down")]
    MajorKDown,
    #[serde(rename = "L4.some_critical_down")]
    SomeCriticalDown,
    #[serde(rename = "L4.critical_partial")]
    CriticalPartial,
    #[serde(rename = "L4.critical_slow")]
    CriticalSlow,
    #[serde(rename = "L4.noncritical_down")]
    OtherDown,
    #[serde(rename = "L4.all_well")]
    AllWell,
    #[serde(rename = "L4.critical_stale")]
    CriticalStale,
    #[serde(rename = "L4.no_fresh_evidence")]
    NoFreshEvidence,
    #[serde(rename = "L4.not_measured")]
    NotMeasured,
    /// A raw level given by a trace.
    #[serde(rename = "L4.given")]
    Given,
    #[serde(rename = "L5.cleared")]
    Cleared,
    #[serde(rename = "L7.pin")]
    Pin,
    #[serde(rename = "L7.incident")]
    Incident,
    #[serde(rename = "L7.maintenance")]
    Maintenance,
    /// `auto_publish = "off"`: only people change the status.
    #[serde(rename = "L8.withheld")]
    Withheld,
}

impl Rule {
    pub const ALL: [Self; 19] = [
        Self::SloDegraded,
        Self::SloPartial,
        Self::SloMajor,
        Self::AllCriticalDown,
        Self::MajorKDown,
        Self::SomeCriticalDown,
        Self::CriticalPartial,
        Self::CriticalSlow,
        Self::OtherDown,
        Self::AllWell,
        Self::CriticalStale,
        Self::NoFreshEvidence,
        Self::NotMeasured,
        Self::Given,
        Self::Cleared,
        Self::Pin,
        Self::Incident,
        Self::Maintenance,
        Self::Withheld,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SloDegraded => "L3.slo_degraded",
            Self::SloPartial => "L3.slo_partial",
            Self::SloMajor => "L3.slo_major",
            Self::AllCriticalDown => "L4.all_critical_down",
            Self::MajorKDown => "L4.major_k_down",
            Self::SomeCriticalDown => "L4.some_critical_down",
            Self::CriticalPartial => "L4.critical_partial",
            Self::CriticalSlow => "L4.critical_slow",
            Self::OtherDown => "L4.noncritical_down",
            Self::AllWell => "L4.all_well",
            Self::CriticalStale => "L4.critical_stale",
            Self::NoFreshEvidence => "L4.no_fresh_evidence",
            Self::NotMeasured => "L4.not_measured",
            Self::Given => "L4.given",
            Self::Cleared => "L5.cleared",
            Self::Pin => "L7.pin",
            Self::Incident => "L7.incident",
            Self::Maintenance => "L7.maintenance",
            Self::Withheld => "L8.withheld",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The rule by which a burning budget reached `level`.
    #[must_use]
    pub const fn of_burn(level: Level) -> Self {
        match level {
            Level::Operational => Self::AllWell,
            Level::Degraded => Self::SloDegraded,
            Level::Partial => Self::SloPartial,
            Level::Major => Self::SloMajor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_one_name_in_text_and_in_json() {
        for rule in Rule::ALL {
            assert_eq!(Rule::parse(rule.name()), Some(rule));
            let json = serde_json::to_string(&rule).unwrap();
            assert_eq!(json, format!("\"{}\"", rule.name()));
        }
    }
}
