//! The publish gate: what derivation may say to customers by itself, and what becomes of the incident it opened.
//!
//! Rule L8 of the derivation, with the settled question "Automatic incidents": one incident per component when its
//! published level reaches 1; updated when the level changes; resolved when it clears, unless a person has written,
//! and then proposed. Detection always opens an internal incident; publishing it is what the gate decides.

use std::time::Duration;

use crate::domain::component::{AutoPublish, Component};
use crate::domain::incident::{Incident, Publication};
use crate::domain::status::Level;
use crate::domain::timestamp::Timestamp;

/// What to do with a new automatic incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Operational: there is nothing to open.
    Nothing,
    /// Keep it internal as a proposal; published by itself at `publish_due`, if given.
    StatusOnly { publish_due: Option<Timestamp> },
    /// Publish colour, words and messages now.
    Publish,
}

/// What the component allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    pub auto_publish: AutoPublish,
    pub tier: u8,
    pub publish_after: Duration,
}

impl From<&Component> for Allowed {
    fn from(component: &Component) -> Self {
        Self {
            auto_publish: component.auto_publish,
            tier: component.tier,
            publish_after: component.publish_after,
        }
    }
}

/// Decides for an incident opened, or made worse, at `now`.
#[must_use]
pub fn decide(allowed: Allowed, level: Level, now: Timestamp) -> Decision {
    if level == Level::Operational {
        return Decision::Nothing;
    }
    match allowed.auto_publish {
        AutoPublish::Off => Decision::StatusOnly { publish_due: None },
        AutoPublish::Full => Decision::Publish,
        AutoPublish::StatusOnly => {
            let is_urgent = allowed.tier == 1 && level >= Level::Partial;
            Decision::StatusOnly {
                publish_due: is_urgent.then(|| now + allowed.publish_after),
            }
        }
    }
}

/// What a change of the published level means for the component's automatic incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    Nothing,
    Open(Decision),
    /// The level changed while it is open: say so. A proposal may now be due.
    Update {
        publish_due: Option<Timestamp>,
    },
    /// It cleared: say so and close.
    Resolve,
    /// It cleared, but a person has written: leave the last word to them.
    ProposeResolution,
    /// It cleared before it was ever published.
    Dismiss,
}

/// `level` is what evidence gives after hysteresis; none while that is unknown, which neither opens nor resolves.
/// A component under maintenance opens nothing: the caller passes `open` only.
#[must_use]
pub fn follow(
    allowed: Allowed,
    open: Option<&Incident>,
    change: LevelChange,
    now: Timestamp,
) -> Follow {
    let Some(level) = change.to else {
        return Follow::Nothing;
    };
    let Some(incident) = open else {
        return match decide(allowed, level, now) {
            Decision::Nothing => Follow::Nothing,
            decision if change.may_open => Follow::Open(decision),
            Decision::StatusOnly { .. } | Decision::Publish => Follow::Nothing,
        };
    };
    if level == Level::Operational {
        return close(incident);
    }
    if change.from == Some(level) {
        return Follow::Nothing;
    }
    Follow::Update {
        publish_due: sooner(incident.publish_due, decide(allowed, level, now)),
    }
}

/// How the published level moved. `may_open` is false during maintenance and under a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelChange {
    pub from: Option<Level>,
    pub to: Option<Level>,
    pub may_open: bool,
}

fn close(incident: &Incident) -> Follow {
    match incident.publication {
        Publication::Proposed => Follow::Dismiss,
        Publication::Dismissed => Follow::Nothing,
        Publication::Published if incident.has_human_words => Follow::ProposeResolution,
        Publication::Published => Follow::Resolve,
    }
}

/// A promise to publish is kept when things get better, and made when they get bad enough.
fn sooner(promised: Option<Timestamp>, decision: Decision) -> Option<Timestamp> {
    let due = match decision {
        Decision::StatusOnly { publish_due } => publish_due,
        Decision::Nothing | Decision::Publish => None,
    };
    promised.into_iter().chain(due).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{IncidentId, PublicId};
    use crate::domain::incident::{Impact, IncidentStatus, Origin};

    const NOW: Timestamp = Timestamp::from_seconds(1000);

    fn allowed(auto_publish: AutoPublish, tier: u8) -> Allowed {
        Allowed {
            auto_publish,
            tier,
            publish_after: Duration::from_mins(10),
        }
    }

    fn incident(publication: Publication, has_human_words: bool) -> Incident {
        Incident {
            id: IncidentId(PublicId::from_random([1; 12])),
            title: "Checkout is out".to_owned(),
            status: IncidentStatus::Investigating,
            impact: Impact::Critical,
            impact_override: None,
            origin: Origin::Automatic,
            publication,
            root: None,
            began_at: NOW,
            detected_at: NOW,
            published_at: None,
            publish_due: None,
            monitoring_at: None,
            resolved_at: None,
            updated_at: NOW,
            next_update_due: None,
            has_human_words,
            components: Vec::new(),
            updates: Vec::new(),
        }
    }

    fn to(level: Level) -> LevelChange {
        LevelChange {
            from: None,
            to: Some(level),
            may_open: true,
        }
    }

    #[test]
    fn only_an_urgent_proposal_publishes_itself() {
        let due = |tier, level| decide(allowed(AutoPublish::StatusOnly, tier), level, NOW);
        let later = Some(Timestamp::from_seconds(1600));
        assert_eq!(
            due(1, Level::Partial),
            Decision::StatusOnly { publish_due: later }
        );
        assert_eq!(
            due(1, Level::Degraded),
            Decision::StatusOnly { publish_due: None }
        );
        assert_eq!(
            due(2, Level::Major),
            Decision::StatusOnly { publish_due: None }
        );
        assert_eq!(due(1, Level::Operational), Decision::Nothing);
        let full = decide(allowed(AutoPublish::Full, 4), Level::Degraded, NOW);
        assert_eq!(full, Decision::Publish);
    }

    #[test]
    fn an_incident_closes_as_far_as_people_let_it() {
        let rule = allowed(AutoPublish::Full, 1);
        for (publication, has_human_words, expected) in [
            (Publication::Published, false, Follow::Resolve),
            (Publication::Published, true, Follow::ProposeResolution),
            (Publication::Proposed, false, Follow::Dismiss),
        ] {
            let open = incident(publication, has_human_words);
            let told = follow(rule, Some(&open), to(Level::Operational), NOW);
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn a_component_opens_one_incident_and_none_in_maintenance() {
        let rule = allowed(AutoPublish::Full, 1);
        let opened = follow(rule, None, to(Level::Major), NOW);
        assert_eq!(opened, Follow::Open(Decision::Publish));
        let quiet = LevelChange {
            may_open: false,
            ..to(Level::Major)
        };
        assert_eq!(follow(rule, None, quiet, NOW), Follow::Nothing);
        let open = incident(Publication::Published, false);
        let worse = follow(rule, Some(&open), to(Level::Major), NOW);
        assert_eq!(worse, Follow::Update { publish_due: None });
    }

    #[test]
    fn a_proposal_that_gets_worse_becomes_due() {
        let open = incident(Publication::Proposed, false);
        let worse = follow(
            allowed(AutoPublish::StatusOnly, 1),
            Some(&open),
            to(Level::Major),
            NOW,
        );
        let publish_due = Some(Timestamp::from_seconds(1600));
        assert_eq!(worse, Follow::Update { publish_due });
    }
}
