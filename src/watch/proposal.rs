//! The incident that derivation opens: proposed or published by the gate, updated when the level changes, ended when
//! it clears. Written in the same transaction as the change that caused it.

use crate::domain::actor::Actor;
use crate::domain::component::Component;
use crate::domain::estate::Estate;
use crate::domain::event::{About, Draft, EventKind};
use crate::domain::gate::{self, Allowed, Decision, Follow, LevelChange};
use crate::domain::id::{IncidentId, UpdateId};
use crate::domain::incident::{
    ComponentChange, Impact, Incident, IncidentComponent, IncidentStatus, Origin, Publication,
    Update,
};
use crate::domain::rule::Rule;
use crate::domain::status::{Level, Status};
use crate::domain::timestamp::Timestamp;
use crate::domain::{notice, wording};
use crate::entropy;
use crate::store::{StoreError, Tx, fan_out, incident, ledger};

/// A component whose measured level may have moved.
#[derive(Clone, Copy)]
pub struct Trouble<'a> {
    pub component: &'a Component,
    pub level: LevelChange,
    /// The rule that decided, for the public sentence.
    pub rule: Rule,
    /// First bad evidence.
    pub began_at: Timestamp,
}

/// Brings the component's automatic incident in line with its level.
pub fn follow(
    tx: &mut Tx<'_>,
    trouble: &Trouble<'_>,
    estate: &Estate,
    now: Timestamp,
) -> Result<(), StoreError> {
    let open = incident::list_open(tx)?.into_iter().find(|one| {
        one.root == Some(trouble.component.id) && one.publication != Publication::Dismissed
    });
    let mut change = trouble.level;
    if let Some(incident) = &open {
        change.from = declared(incident, trouble.component).level();
    }
    match gate::follow(Allowed::from(trouble.component), open.as_ref(), change, now) {
        Follow::Nothing | Follow::ProposeResolution => Ok(()),
        Follow::Open(decision) => {
            let opened = opened(trouble, decision, now);
            incident::insert(tx, &opened)?;
            let kind = match decision {
                Decision::Publish => EventKind::IncidentOpened,
                Decision::StatusOnly { .. } | Decision::Nothing => EventKind::IncidentProposed,
            };
            tell(tx, &opened, kind, estate)
        }
        Follow::Update { publish_due } => open.map_or(Ok(()), |known| {
            update(tx, known, trouble, (publish_due, now), estate)
        }),
        Follow::Resolve => open.map_or(Ok(()), |known| {
            end(
                tx,
                known,
                trouble,
                (EventKind::IncidentResolved, now),
                estate,
            )
        }),
        Follow::Dismiss => open.map_or(Ok(()), |known| {
            end(
                tx,
                known,
                trouble,
                (EventKind::IncidentDismissed, now),
                estate,
            )
        }),
    }
}

fn declared(incident: &Incident, component: &Component) -> Status {
    let listed = incident
        .components
        .iter()
        .find(|one| one.component == component.id);
    listed.map_or(Status::Operational, |one| one.status)
}

fn opened(trouble: &Trouble<'_>, decision: Decision, now: Timestamp) -> Incident {
    let id = IncidentId(entropy::id());
    let level = trouble.level.to.unwrap_or(Level::Operational);
    let (publication, published_at, publish_due) = match decision {
        Decision::Publish => (Publication::Published, Some(now), None),
        Decision::StatusOnly { publish_due } => (Publication::Proposed, None, publish_due),
        Decision::Nothing => (Publication::Proposed, None, None),
    };
    let mut incident = Incident {
        id,
        title: wording::incident_title(&trouble.component.name, level),
        status: IncidentStatus::Investigating,
        impact: Impact::of_level(level),
        impact_override: None,
        origin: Origin::Automatic,
        publication,
        root: Some(trouble.component.id),
        began_at: trouble.began_at,
        detected_at: now,
        published_at,
        publish_due,
        monitoring_at: None,
        resolved_at: None,
        updated_at: now,
        next_update_due: None,
        has_human_words: false,
        components: Vec::new(),
        updates: Vec::new(),
    };
    let words = wording::incident_sentence(trouble.rule, level).to_owned();
    append_update(
        &mut incident,
        trouble.component,
        (level.status(), words),
        now,
    );
    incident
}

/// The level moved while the incident is open. Words a person wrote are not written over.
fn update(
    tx: &mut Tx<'_>,
    mut known: Incident,
    trouble: &Trouble<'_>,
    (publish_due, now): (Option<Timestamp>, Timestamp),
    estate: &Estate,
) -> Result<(), StoreError> {
    if known.has_human_words {
        return Ok(());
    }
    let level = trouble.level.to.unwrap_or(Level::Operational);
    known.impact = known.impact.max(Impact::of_level(level));
    known.publish_due = publish_due;
    known.title = wording::incident_title(&trouble.component.name, level);
    let words = wording::incident_sentence(trouble.rule, level).to_owned();
    append_update(&mut known, trouble.component, (level.status(), words), now);
    write(tx, &known)?;
    if known.publication == Publication::Published {
        return tell(tx, &known, EventKind::IncidentUpdated, estate);
    }
    Ok(())
}

/// It cleared: a published incident is resolved, a proposal is dismissed and never shown.
fn end(
    tx: &mut Tx<'_>,
    mut known: Incident,
    trouble: &Trouble<'_>,
    (kind, now): (EventKind, Timestamp),
    estate: &Estate,
) -> Result<(), StoreError> {
    known.status = IncidentStatus::Resolved;
    known.resolved_at = Some(now);
    known.publish_due = None;
    if kind == EventKind::IncidentDismissed {
        known.publication = Publication::Dismissed;
    }
    let words = wording::RESOLVED.to_owned();
    append_update(
        &mut known,
        trouble.component,
        (Status::Operational, words),
        now,
    );
    write(tx, &known)?;
    tell(tx, &known, kind, estate)
}

fn append_update(
    incident: &mut Incident,
    component: &Component,
    (status, body): (Status, String),
    now: Timestamp,
) {
    let from = declared(incident, component);
    incident.components = vec![IncidentComponent {
        component: component.id,
        status,
    }];
    incident.updated_at = now;
    let sequence = incident.updates.last().map_or(1, |last| last.sequence + 1);
    incident.updates.push(Update {
        id: UpdateId(entropy::id()),
        incident: incident.id,
        sequence,
        status: incident.status,
        body,
        at: now,
        notified: incident.publication == Publication::Published,
        changes: vec![ComponentChange {
            component: component.id,
            name: component.name.clone(),
            from,
            to: status,
        }],
    });
}

/// The incident's row and its newest update.
fn write(tx: &mut Tx<'_>, known: &Incident) -> Result<(), StoreError> {
    incident::set(tx, known)?;
    known
        .updates
        .last()
        .map_or(Ok(()), |update| incident::add_update(tx, update))
}

/// The event of the newest update, and who is to hear of it: everyone for what is published, staff for a proposal.
fn tell(
    tx: &mut Tx<'_>,
    known: &Incident,
    kind: EventKind,
    estate: &Estate,
) -> Result<(), StoreError> {
    let Some(update) = known.updates.last() else {
        return Ok(());
    };
    let notice = notice::of_incident(known, update, estate);
    let body = serde_json::to_string(&notice)
        .map_err(|error| StoreError::Corrupt(format!("a notice is not JSON: {error}")))?;
    let about = About {
        component: known.root,
        incident: Some(known.id),
        update: Some(update.id),
        ..About::default()
    };
    let draft = Draft {
        kind,
        at: update.at,
        actor: Actor::System,
        about,
        body,
    };
    let seq = ledger::append(tx, &draft)?;
    if kind == EventKind::IncidentDismissed {
        return Ok(());
    }
    fan_out::start(tx, seq, &format!("incident:{}", known.id))
}
