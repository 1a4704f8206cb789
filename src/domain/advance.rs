//! One step of an incident or a maintenance: what its row becomes when an update is written.
//!
//! People and the watch write updates by the same rules; who may write which is decided before.

use crate::domain::id::UpdateId;
use crate::domain::incident::{
    ComponentChange, Impact, Incident, IncidentComponent, IncidentStatus, Update,
};
use crate::domain::maintenance::{Maintenance, MaintenanceStatus, MaintenanceUpdate};
use crate::domain::notice::impact_of;
use crate::domain::timestamp::Timestamp;

/// What one update of an incident says and moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub id: UpdateId,
    pub at: Timestamp,
    pub status: IncidentStatus,
    pub body: String,
    /// Components whose declared status this update sets.
    pub changes: Vec<ComponentChange>,
    /// A person's word on the impact; it stays until another.
    pub impact_override: Option<Impact>,
    pub next_update_due: Option<Timestamp>,
    pub notified: bool,
    pub by_human: bool,
}

impl Incident {
    /// Writes `step` into the incident and answers the update it became.
    ///
    /// The impact is the highest reached, unless a person said otherwise. A promise lasts until the next update.
    pub fn advance(&mut self, step: Step) -> Update {
        self.status = step.status;
        self.updated_at = step.at;
        self.next_update_due = step.next_update_due;
        self.has_human_words |= step.by_human;
        match step.status {
            IncidentStatus::Monitoring => {
                self.monitoring_at.get_or_insert(step.at);
            }
            IncidentStatus::Resolved => {
                self.resolved_at.get_or_insert(step.at);
            }
            IncidentStatus::Investigating
            | IncidentStatus::Identified
            | IncidentStatus::Postmortem => {}
        }
        for change in &step.changes {
            self.declare(change);
        }
        self.impact_override = step.impact_override.or(self.impact_override);
        self.impact = self
            .impact_override
            .unwrap_or_else(|| self.impact.max(impact_of(&self.components)));
        let update = Update {
            id: step.id,
            incident: self.id,
            sequence: self.updates.last().map_or(0, |last| last.sequence) + 1,
            status: step.status,
            body: step.body,
            at: step.at,
            notified: step.notified,
            changes: step.changes,
        };
        self.updates.push(update.clone());
        update
    }

    fn declare(&mut self, change: &ComponentChange) {
        let declared = IncidentComponent {
            component: change.component,
            status: change.to,
        };
        let known = self
            .components
            .iter_mut()
            .find(|known| known.component == change.component);
        match known {
            Some(known) => *known = declared,
            None => self.components.push(declared),
        }
    }
}

/// What one update of a maintenance says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceStep {
    pub id: UpdateId,
    pub at: Timestamp,
    pub status: MaintenanceStatus,
    pub body: String,
    pub notified: bool,
}

impl Maintenance {
    /// Writes `step` into the maintenance and answers the update it became.
    pub fn advance(&mut self, step: MaintenanceStep) -> MaintenanceUpdate {
        self.status = step.status;
        self.updated_at = step.at;
        match step.status {
            MaintenanceStatus::InProgress => {
                self.started_at.get_or_insert(step.at);
            }
            MaintenanceStatus::Completed | MaintenanceStatus::Cancelled => {
                self.ended_at.get_or_insert(step.at);
            }
            MaintenanceStatus::Scheduled | MaintenanceStatus::Verifying => {}
        }
        let update = MaintenanceUpdate {
            id: step.id,
            maintenance: self.id,
            sequence: self.updates.last().map_or(0, |last| last.sequence) + 1,
            status: step.status,
            body: step.body,
            at: step.at,
            notified: step.notified,
        };
        self.updates.push(update.clone());
        update
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{ComponentId, IncidentId, PublicId};
    use crate::domain::incident::{Origin, Publication};
    use crate::domain::status::Status;

    fn id(letter: u8) -> PublicId {
        PublicId::from_random([letter; 12])
    }

    fn incident() -> Incident {
        let at = Timestamp::from_seconds(1);
        Incident {
            id: IncidentId(id(1)),
            title: "Checkout is slow".to_owned(),
            status: IncidentStatus::Investigating,
            impact: Impact::None,
            impact_override: None,
            origin: Origin::Human,
            publication: Publication::Published,
            root: None,
            began_at: at,
            detected_at: at,
            published_at: Some(at),
            publish_due: None,
            monitoring_at: None,
            resolved_at: None,
            updated_at: at,
            next_update_due: None,
            has_human_words: false,
            components: Vec::new(),
            updates: Vec::new(),
        }
    }

    fn step(second: i64, status: IncidentStatus, from: Status, to: Status) -> Step {
        Step {
            id: UpdateId(id(2)),
            at: Timestamp::from_seconds(second),
            status,
            body: "words".to_owned(),
            changes: vec![ComponentChange {
                component: ComponentId(id(3)),
                name: "Checkout".to_owned(),
                from,
                to,
            }],
            impact_override: None,
            next_update_due: None,
            notified: true,
            by_human: true,
        }
    }

    #[test]
    fn an_incident_keeps_the_highest_impact_it_reached() {
        let mut incident = incident();

        incident.advance(step(
            2,
            IncidentStatus::Investigating,
            Status::Operational,
            Status::MajorOutage,
        ));
        let last = incident.advance(step(
            3,
            IncidentStatus::Resolved,
            Status::MajorOutage,
            Status::Operational,
        ));

        assert_eq!(incident.impact, Impact::Critical);
        assert_eq!(last.sequence, 2);
        assert_eq!(incident.resolved_at, Some(Timestamp::from_seconds(3)));
        assert_eq!(incident.components.len(), 1);
    }

    #[test]
    fn a_persons_word_on_the_impact_stays() {
        let mut incident = incident();
        let mut said = step(
            2,
            IncidentStatus::Investigating,
            Status::Operational,
            Status::MajorOutage,
        );
        said.impact_override = Some(Impact::Minor);

        incident.advance(said);
        incident.advance(step(
            3,
            IncidentStatus::Identified,
            Status::MajorOutage,
            Status::MajorOutage,
        ));

        assert_eq!(incident.impact, Impact::Minor);
    }
}
