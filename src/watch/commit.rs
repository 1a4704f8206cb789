//! The one transaction of stop 3: a decided change becomes stored state, intervals, an event and, where the gate
//! says so, an incident. All of it or nothing. Before: [`crate::watch::ingest`]. After: [`crate::domain::event`].

use std::sync::Arc;

use crate::domain::actor::Actor;
use crate::domain::component::Component;
use crate::domain::estate::Estate;
use crate::domain::event::{About, Draft, EventKind};
use crate::domain::gate::LevelChange;
use crate::domain::id::ComponentId;
use crate::domain::machine::{Gap, Machine, MeasuredChange};
use crate::domain::rule::Rule;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::domain::transition::Transition;
use crate::store::interval::{self, IntervalKind};
use crate::store::state::{self, ComponentState};
use crate::store::{StoreError, Tx, fan_out, ledger};
use crate::watch::proposal::{self, Trouble};

/// What one tick decided about one component.
pub struct Change {
    pub component: Component,
    /// The machine after the step.
    pub machine: Machine,
    pub measured: Option<MeasuredChange>,
    pub transition: Option<Transition>,
    /// The event before this one.
    pub event_seq: Option<i64>,
    /// No pin and no maintenance keeps incidents from being opened.
    pub may_open: bool,
}

/// Commits every change; answers the event that each component's status now rests on.
pub fn commit(
    tx: &mut Tx<'_>,
    changes: &Arc<Vec<Change>>,
    estate: &Estate,
    now: Timestamp,
) -> Result<Vec<Option<i64>>, StoreError> {
    changes
        .iter()
        .map(|change| commit_one(tx, change, estate, now))
        .collect()
}

fn commit_one(
    tx: &mut Tx<'_>,
    change: &Change,
    estate: &Estate,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let id = change.component.id;
    let mut event_seq = change.event_seq;
    if let Some(measured) = &change.measured {
        interval::turn(
            tx,
            (id, IntervalKind::Measured),
            measured.to,
            measured.began_at,
        )?;
    }
    if let Some(transition) = &change.transition {
        event_seq = Some(append(tx, id, transition)?);
        interval::turn(
            tx,
            (id, IntervalKind::Published),
            transition.to,
            transition.at,
        )?;
    }
    state::set_component(tx, &state_of(id, &change.machine, event_seq))?;
    let trouble = Trouble {
        component: &change.component,
        level: LevelChange {
            from: change.measured.and_then(|measured| measured.from.level()),
            to: change.machine.measured.level(),
            may_open: change.may_open,
        },
        rule: change
            .measured
            .map(|measured| measured.rule)
            .or(change.transition.as_ref().map(|transition| transition.rule))
            .unwrap_or(Rule::Given),
        began_at: change.machine.began_at.unwrap_or(now),
    };
    proposal::follow(tx, &trouble, estate, now)?;
    Ok(event_seq)
}

fn append(
    tx: &mut Tx<'_>,
    component: ComponentId,
    transition: &Transition,
) -> Result<i64, StoreError> {
    let body = serde_json::to_string(transition)
        .map_err(|error| StoreError::Corrupt(format!("a transition is not JSON: {error}")))?;
    let draft = Draft {
        kind: EventKind::ComponentStatusChanged,
        at: transition.at,
        actor: Actor::System,
        about: About {
            component: Some(component),
            ..About::default()
        },
        body,
    };
    let seq = ledger::append(tx, &draft)?;
    fan_out::start(tx, seq, &format!("component:{component}"))?;
    Ok(seq)
}

/// The row of one machine.
#[must_use]
pub fn state_of(
    component: ComponentId,
    machine: &Machine,
    event_seq: Option<i64>,
) -> ComponentState<Machine> {
    ComponentState {
        component,
        status: machine.status,
        since: machine.since,
        state: machine.clone(),
        event_seq,
    }
}

/// Components that we begin to watch.
pub fn begin(
    tx: &mut Tx<'_>,
    fresh: &[(ComponentId, Machine)],
    now: Timestamp,
) -> Result<(), StoreError> {
    for (id, machine) in fresh {
        interval::turn(tx, (*id, IntervalKind::Measured), machine.measured, now)?;
        interval::turn(tx, (*id, IntervalKind::Published), machine.status, now)?;
        state::set_component(tx, &state_of(*id, machine, None))?;
    }
    Ok(())
}

/// Components that are no longer watched: their stretches end; the rows stay, for their return.
pub fn end(tx: &mut Tx<'_>, gone: &[ComponentId], now: Timestamp) -> Result<(), StoreError> {
    for id in gone {
        interval::close(tx, *id, IntervalKind::Measured, now)?;
        interval::close(tx, *id, IntervalKind::Published, now)?;
    }
    Ok(())
}

/// Time in which we were not alive is unknown, for everything that is measured.
pub fn record_gap(
    tx: &mut Tx<'_>,
    components: &[(ComponentId, Status, Status)],
    gap: Gap,
) -> Result<(), StoreError> {
    for (id, measured, published) in components {
        for (kind, after) in [
            (IntervalKind::Measured, measured),
            (IntervalKind::Published, published),
        ] {
            interval::turn(tx, (*id, kind), Status::Unknown, gap.from)?;
            interval::turn(tx, (*id, kind), *after, gap.to)?;
        }
    }
    Ok(())
}
