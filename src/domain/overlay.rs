//! Overlays: what people said goes over what was derived. Stop 5 of the journey, after
//! [`crate::domain::hysteresis`] and before [`crate::domain::event`].
//!
//! Rule L7 of the derivation: a pin beats maintenance beats evidence. The status an open incident declares for a
//! component is a floor: the worse of the two shows, also during maintenance. After a maintenance has ended evidence
//! has 120 seconds to settle: calm shows at once, trouble only then.

use std::time::Duration;

use crate::domain::component::{AutoPublish, Component};
use crate::domain::hysteresis::Reading;
use crate::domain::id::{ComponentId, IncidentId, MaintenanceId};
use crate::domain::incident::{Incident, Origin, Publication};
use crate::domain::maintenance::Maintenance;
use crate::domain::pin::Pin;
use crate::domain::rule::Rule;
use crate::domain::status::{Level, Status};
use crate::domain::timestamp::Timestamp;

/// Caches warm up and connections return for a while after work has ended (L7).
pub const SETTLE: Duration = Duration::from_mins(2);

/// What people said about one component. Nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlays {
    pub pin: Option<Pin>,
    pub maintenance: Option<InMaintenance>,
    /// The worst status any open incident declares for it.
    pub floor: Option<Floor>,
    /// `off` keeps evidence from changing the status at all.
    pub auto_publish: AutoPublish,
}

/// A maintenance that lists the component: running, or just ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InMaintenance {
    pub id: MaintenanceId,
    /// None while it runs.
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    pub incident: IncidentId,
    pub status: Status,
}

/// What is shown, and by which rule; `rule` is none when evidence decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub status: Status,
    pub rule: Option<Rule>,
}

/// Lays what people said over what evidence says.
#[must_use]
pub fn show(derived: Reading, overlays: &Overlays, now: Timestamp) -> Shown {
    if let Some(pin) = overlays.pin.as_ref().filter(|pin| pin.holds(now)) {
        return shown(pin.status, Rule::Pin);
    }
    let base = under_maintenance(derived, overlays, now);
    match overlays.floor {
        Some(floor) if floor.status.severity() > base.status.severity() => {
            shown(floor.status, Rule::Incident)
        }
        Some(_) | None => base,
    }
}

fn under_maintenance(derived: Reading, overlays: &Overlays, now: Timestamp) -> Shown {
    let automatic = automatic(derived, overlays.auto_publish);
    match overlays.maintenance {
        Some(InMaintenance { ended_at: None, .. }) => {
            shown(Status::UnderMaintenance, Rule::Maintenance)
        }
        Some(InMaintenance {
            ended_at: Some(ended_at),
            ..
        }) if now.since(ended_at) < SETTLE && automatic.status != Status::Operational => {
            shown(Status::UnderMaintenance, Rule::Maintenance)
        }
        None | Some(_) => automatic,
    }
}

fn automatic(derived: Reading, auto_publish: AutoPublish) -> Shown {
    match auto_publish {
        AutoPublish::Off => shown(Level::Operational.status(), Rule::Withheld),
        AutoPublish::StatusOnly | AutoPublish::Full => Shown {
            status: derived.status(),
            rule: None,
        },
    }
}

const fn shown(status: Status, rule: Rule) -> Shown {
    Shown {
        status,
        rule: Some(rule),
    }
}

impl Overlays {
    /// What concerns `component` among all pins, incidents and maintenances; the newest pin and the worst floor.
    #[must_use]
    pub fn of(component: &Component, said: &Said<'_>, now: Timestamp) -> Self {
        let id = component.id;
        Self {
            pin: said
                .pins
                .iter()
                .filter(|pin| pin.component == id && pin.holds(now))
                .max_by_key(|pin| pin.created_at)
                .cloned(),
            maintenance: said
                .maintenances
                .iter()
                .filter(|maintenance| maintenance.components.contains(&id))
                .filter_map(|maintenance| in_maintenance(maintenance, now))
                .max_by_key(|found| (found.ended_at.is_none(), found.ended_at)),
            floor: said
                .incidents
                .iter()
                .filter_map(|incident| floor(incident, id))
                .max_by_key(|floor| floor.status.severity()),
            auto_publish: component.auto_publish,
        }
    }
}

/// Everything people said lately: pins, open incidents, maintenances that run or have just ended.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    pub pins: &'a [Pin],
    pub incidents: &'a [Incident],
    pub maintenances: &'a [Maintenance],
}

fn in_maintenance(maintenance: &Maintenance, now: Timestamp) -> Option<InMaintenance> {
    if maintenance.status.is_active() {
        return Some(InMaintenance {
            id: maintenance.id,
            ended_at: None,
        });
    }
    let began = maintenance.started_at.is_some();
    maintenance
        .ended_at
        .filter(|ended_at| began && now.since(*ended_at) < SETTLE)
        .map(|ended_at| InMaintenance {
            id: maintenance.id,
            ended_at: Some(ended_at),
        })
}

/// An automatic incident follows evidence and holds nothing up until a person has written in it.
fn floor(incident: &Incident, component: ComponentId) -> Option<Floor> {
    let is_human = incident.origin == Origin::Human || incident.has_human_words;
    let is_seen = incident.publication == Publication::Published;
    if !is_human || !is_seen || !incident.status.is_open() {
        return None;
    }
    incident
        .components
        .iter()
        .find(|listed| listed.component == component)
        .map(|listed| Floor {
            incident: incident.id,
            status: listed.status,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::Actor;
    use crate::domain::id::{PinId, PublicId};

    const NOW: Timestamp = Timestamp::from_seconds(1000);
    const MAJOR: Reading = Reading::Known(Level::Major);
    const CALM: Reading = Reading::Known(Level::Operational);

    fn public_id() -> PublicId {
        PublicId::from_random([7; 12])
    }

    fn in_maintenance(ended_at: Option<i64>) -> Overlays {
        Overlays {
            maintenance: Some(InMaintenance {
                id: MaintenanceId(public_id()),
                ended_at: ended_at.map(Timestamp::from_seconds),
            }),
            ..Overlays::default()
        }
    }

    fn floor(status: Status) -> Floor {
        Floor {
            incident: IncidentId(public_id()),
            status,
        }
    }

    fn pin(status: Status, expires_at: i64) -> Pin {
        Pin {
            id: PinId(public_id()),
            component: ComponentId(public_id()),
            status,
            reason: "known false alarm".to_owned(),
            actor: Actor::CommandLine,
            created_at: Timestamp::from_seconds(0),
            expires_at: Timestamp::from_seconds(expires_at),
        }
    }

    #[test]
    fn a_pin_beats_everything_until_it_expires() {
        let with = |expires_at| Overlays {
            pin: Some(pin(Status::Operational, expires_at)),
            floor: Some(floor(Status::MajorOutage)),
            ..in_maintenance(None)
        };
        let held = show(MAJOR, &with(1001), NOW);
        assert_eq!(held, shown(Status::Operational, Rule::Pin));
        assert_eq!(show(MAJOR, &with(1000), NOW).rule, Some(Rule::Incident));
    }

    #[test]
    fn maintenance_hides_evidence_and_then_lets_it_settle() {
        let status = |derived, overlays| show(derived, &overlays, NOW).status;
        assert_eq!(
            status(MAJOR, in_maintenance(None)),
            Status::UnderMaintenance
        );
        let settling = in_maintenance(Some(881));
        assert_eq!(status(MAJOR, settling.clone()), Status::UnderMaintenance);
        assert_eq!(status(CALM, settling), Status::Operational);
        assert_eq!(
            status(MAJOR, in_maintenance(Some(880))),
            Status::MajorOutage
        );
    }

    #[test]
    fn an_incident_is_a_floor() {
        let with = |status| Overlays {
            floor: Some(floor(status)),
            ..Overlays::default()
        };
        let partial = with(Status::PartialOutage);
        assert_eq!(show(CALM, &partial, NOW).status, Status::PartialOutage);
        assert_eq!(show(MAJOR, &partial, NOW).status, Status::MajorOutage);
        let calm = show(Reading::Unknown, &with(Status::Operational), NOW);
        assert_eq!(calm.status, Status::Unknown);
    }

    #[test]
    fn off_leaves_the_status_to_people() {
        let off = Overlays {
            auto_publish: AutoPublish::Off,
            ..Overlays::default()
        };
        let held = show(MAJOR, &off, NOW);
        assert_eq!(held, shown(Status::Operational, Rule::Withheld));
    }
}
