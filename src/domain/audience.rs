//! Audience: who hears of an event. Stop 8 of the journey, called by the fan-out for each subscriber.

use crate::domain::event::Notice;
use crate::domain::subscriber::{Scope, Topic};

/// Whether a subscriber with `scope` hears of `notice`. A topic not asked for is never heard; a scope of components
/// wants one of them among those affected; the least impact concerns incidents alone, since planned work has none.
#[must_use]
pub fn hears(scope: &Scope, topic: Topic, notice: &Notice) -> bool {
    scope.topics.contains(&topic)
        && is_grave_enough(scope, topic, notice)
        && concerns(scope, notice)
}

fn is_grave_enough(scope: &Scope, topic: Topic, notice: &Notice) -> bool {
    match topic {
        Topic::Incident => notice.impact >= scope.min_impact,
        Topic::Maintenance | Topic::Component => true,
    }
}

fn concerns(scope: &Scope, notice: &Notice) -> bool {
    scope.components.is_empty()
        || notice
            .affected
            .iter()
            .any(|affected| scope.components.contains(&affected.component))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Affected;
    use crate::domain::id::{ComponentId, PublicId};
    use crate::domain::incident::Impact;
    use crate::domain::status::Status;
    use crate::domain::timestamp::Timestamp;

    fn component(byte: u8) -> ComponentId {
        ComponentId(PublicId::from_random([byte; 12]))
    }

    fn notice(affected: &[u8]) -> Notice {
        let at = Timestamp::from_seconds(0);
        Notice {
            title: "Checkout is out".to_owned(),
            status: "investigating".to_owned(),
            impact: Impact::Minor,
            body: String::new(),
            at,
            began_at: at,
            resolved_at: None,
            next_update_due: None,
            window: None,
            sequence: 1,
            changes: Vec::new(),
            affected: affected
                .iter()
                .map(|byte| Affected {
                    component: component(*byte),
                    name: String::new(),
                    status: Status::MajorOutage,
                })
                .collect(),
            earlier: Vec::new(),
            path: "/incidents/x".to_owned(),
        }
    }

    #[test]
    fn everything_is_heard_by_default_but_single_components() {
        let scope = Scope::default();
        assert!(hears(&scope, Topic::Incident, &notice(&[])));
        assert!(hears(&scope, Topic::Maintenance, &notice(&[1])));
        assert!(!hears(&scope, Topic::Component, &notice(&[1])));
    }

    #[test]
    fn a_scope_of_components_hears_of_these_alone() {
        let scope = Scope {
            components: vec![component(1), component(2)],
            ..Scope::default()
        };
        assert!(hears(&scope, Topic::Incident, &notice(&[2, 3])));
        assert!(!hears(&scope, Topic::Incident, &notice(&[3])));
        assert!(!hears(&scope, Topic::Incident, &notice(&[])));
    }

    #[test]
    fn the_least_impact_concerns_incidents_alone() {
        let scope = Scope {
            min_impact: Impact::Major,
            ..Scope::default()
        };
        assert!(!hears(&scope, Topic::Incident, &notice(&[1])));
        assert!(hears(&scope, Topic::Maintenance, &notice(&[1])));
    }
}
