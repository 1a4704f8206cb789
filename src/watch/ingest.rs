//! Taking observations in. Stop 3 of the journey: before it [`crate::probe::http`] looked, after it
//! [`crate::domain::streak`] and [`crate::domain::derive`] decide, and [`commit`] makes it a fact.
//!
//! Observations are batched, one write a second; a change of status never waits for the batch. What the rules say
//! is compared with what is committed, at every tick: a write that failed is decided again with fresh evidence, so a
//! database that was away costs time and no truth.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::component::Component;
use crate::domain::derive::WindowReading;
use crate::domain::estate::Estate;
use crate::domain::id::{ComponentId, ObjectiveId};
use crate::domain::machine::{Circumstances, Gap, Look, Machine, Stepped};
use crate::domain::observation::Observation;
use crate::domain::overlay::Overlays;
use crate::domain::timestamp::Timestamp;
use crate::store::observation::staging;
use crate::store::{Store, StoreError, meta, state};
use crate::watch::commit::{self, Change};
use crate::watch::places::Places;
use crate::watch::said::Said;

/// A machine whose streaks moved is written at least this often, spread over the seconds.
const WRITE_WITHIN: Duration = Duration::from_secs(30);

/// Observations kept while the database is away; older ones are dropped first, and counted.
const MOST_STAGED: usize = 200_000;

/// The machines of all components, and what is not yet written.
pub struct Ingest {
    store: Store,
    estate: Arc<Estate>,
    said: Said,
    kept: BTreeMap<ComponentId, Kept>,
    places: Places,
    /// Components of which a streak established something since they were last decided.
    turned: BTreeSet<ComponentId>,
    staged: Vec<Observation>,
    ticks: u64,
}

/// One machine as it is in memory; committed but for its streaks.
#[derive(Clone)]
struct Kept {
    machine: Machine,
    /// The last event that changed the shown status.
    event_seq: Option<i64>,
    is_dirty: bool,
}

/// What an observation asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// A failure is not yet confirmed: look again soon.
    pub is_unconfirmed: bool,
    /// A streak established something: tick now.
    pub has_turned: bool,
}

impl Ingest {
    /// Resumes every machine from the store; time in which nobody watched becomes unknown.
    pub async fn resume(
        store: Store,
        estate: Arc<Estate>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (stored, last_alive) = store
            .read(|conn| {
                Ok((
                    state::list_components::<Machine>(conn)?,
                    meta::last_alive(conn)?,
                ))
            })
            .await?;
        let said = Said::load(&store, now).await?;
        let stored = stored.into_iter().map(|row| {
            let kept = Kept {
                machine: row.state,
                event_seq: row.event_seq,
                is_dirty: false,
            };
            (row.component, kept)
        });
        let mut ingest = Self {
            store,
            estate: Arc::default(),
            said,
            kept: stored.collect(),
            places: Places::default(),
            turned: BTreeSet::new(),
            staged: Vec::new(),
            ticks: 0,
        };
        let gap = last_alive.and_then(|alive| ingest.freeze(alive, now));
        ingest.adopt(estate, now).await?;
        if let Some(gap) = gap {
            ingest.record_gap(gap).await?;
        }
        Ok(ingest)
    }

    fn freeze(&mut self, last_alive: Timestamp, now: Timestamp) -> Option<Gap> {
        let gaps = self
            .kept
            .values_mut()
            .map(|kept| kept.machine.resume(last_alive, now));
        gaps.fold(None, Option::or)
    }

    async fn record_gap(&self, gap: Gap) -> Result<(), StoreError> {
        let measured: Vec<_> = self
            .estate
            .components
            .iter()
            .filter(|component| component.is_measured())
            .filter_map(|component| Some((component.id, self.kept.get(&component.id)?)))
            .map(|(id, kept)| (id, kept.machine.measured, kept.machine.status))
            .collect();
        self.store
            .write(move |tx| commit::record_gap(tx, &measured, gap))
            .await
    }

    /// Takes a new estate: what is new begins, what is gone is no longer watched, the rest goes on.
    pub async fn adopt(&mut self, estate: Arc<Estate>, now: Timestamp) -> Result<(), StoreError> {
        let fresh: Vec<_> = estate
            .components
            .iter()
            .filter(|component| !self.kept.contains_key(&component.id))
            .map(|component| (component.id, Machine::new(component, now)))
            .collect();
        let places = Places::of(&estate);
        let gone: Vec<_> = self
            .kept
            .keys()
            .copied()
            .filter(|id| !places.components.contains_key(id))
            .collect();
        let (begun, ended) = (fresh.clone(), gone.clone());
        self.store
            .write(move |tx| {
                commit::begin(tx, &begun, now)?;
                commit::end(tx, &ended, now)?;
                meta::set_alive(tx, now)
            })
            .await?;
        for (id, machine) in fresh {
            self.kept.insert(
                id,
                Kept {
                    machine,
                    event_seq: None,
                    is_dirty: false,
                },
            );
        }
        for id in gone {
            self.kept.remove(&id);
        }
        self.places = places;
        self.estate = estate;
        Ok(())
    }

    /// What people said changed: pins, incidents, maintenance.
    pub async fn hear(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.said = Said::load(&self.store, now).await?;
        Ok(())
    }

    /// Takes one observation in. Those of checks that are no longer configured are dropped.
    pub fn observe(&mut self, observation: Observation) -> Taken {
        let place = self.places.checks.get(&observation.check);
        let found = place.and_then(|(at, within)| {
            let component = self.estate.components.get(*at)?;
            Some((component.id, component.checks.get(*within)?))
        });
        let Some((owner, check)) = found else {
            return Taken::default();
        };
        let Some(kept) = self.kept.get_mut(&owner) else {
            return Taken::default();
        };
        let before = established(&kept.machine, &observation);
        let look = Look {
            location: &observation.location,
            outcome: observation.outcome,
            at: observation.at,
        };
        let is_unconfirmed = kept.machine.observe(check, look);
        let has_turned = before != established(&kept.machine, &observation);
        kept.is_dirty = true;
        if has_turned {
            self.turned.insert(owner);
        }
        self.stage(observation);
        Taken {
            is_unconfirmed,
            has_turned,
        }
    }

    fn stage(&mut self, observation: Observation) {
        if self.staged.len() >= MOST_STAGED {
            let dropped = MOST_STAGED / 10;
            self.staged.drain(..dropped);
            tracing::error!(
                dropped,
                "observations are dropped: the database has been away too long"
            );
        }
        self.staged.push(observation);
    }

    /// Takes what the windows of an objective held.
    pub fn read(&mut self, objective: ObjectiveId, readings: &[WindowReading]) {
        let owner = self.places.objectives.get(&objective);
        let Some(component) = owner.and_then(|at| self.estate.components.get(*at)) else {
            return;
        };
        if let Some(kept) = self.kept.get_mut(&component.id) {
            for reading in readings {
                kept.machine.read(objective, *reading);
            }
            kept.is_dirty = true;
        }
    }

    /// Decides for every component and commits what changed.
    pub async fn tick(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        self.turned.clear();
        let estate = Arc::clone(&self.estate);
        let wanted = estate.components.iter();
        let changes = wanted
            .filter_map(|component| self.decide(component, now))
            .collect();
        self.commit(changes, now).await
    }

    /// The same for the components of which a streak has established something: they do not wait for the beat, and
    /// the others have nothing to decide. What cannot be committed is decided again at the beat.
    pub async fn tick_turned(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let turned = std::mem::take(&mut self.turned);
        let estate = Arc::clone(&self.estate);
        let wanted = turned
            .iter()
            .filter_map(|id| estate.components.get(*self.places.components.get(id)?));
        let wanted: Vec<&Component> = wanted.collect();
        let changes = wanted
            .into_iter()
            .filter_map(|component| self.decide(component, now));
        let changes = changes.collect();
        self.commit(changes, now).await
    }

    async fn commit(&mut self, changes: Vec<Change>, now: Timestamp) -> Result<usize, StoreError> {
        if changes.is_empty() {
            return Ok(0);
        }
        let changes = Arc::new(changes);
        let (estate, committing) = (Arc::clone(&self.estate), Arc::clone(&changes));
        let seqs = self
            .store
            .write(move |tx| commit::commit(tx, &committing, &estate, now))
            .await?;
        for (change, event_seq) in changes.iter().zip(seqs) {
            log(change);
            let kept = Kept {
                machine: change.machine.clone(),
                event_seq,
                is_dirty: false,
            };
            self.kept.insert(change.component.id, kept);
        }
        Ok(changes.len())
    }

    /// The step of one machine, on a copy. A step that changes no status only lets time pass and counts at once; one
    /// that does counts when it is committed.
    fn decide(&mut self, component: &Component, now: Timestamp) -> Option<Change> {
        let overlays = Overlays::of(component, &self.said.view(), now);
        let kept = self.kept.get_mut(&component.id)?;
        let mut machine = kept.machine.clone();
        let Stepped {
            measured,
            transition,
        } = machine.tick(Circumstances {
            component,
            overlays: &overlays,
            config_hash: &self.estate.config_hash,
            now,
        });
        if measured.is_none() && transition.is_none() {
            kept.machine = machine;
            return None;
        }
        Some(Change {
            component: component.clone(),
            machine,
            measured,
            transition,
            event_seq: kept.event_seq,
            may_open: overlays.pin.is_none() && overlays.maintenance.is_none(),
        })
    }

    /// The write of every second: observations, machines whose turn it is, and that we are alive.
    pub async fn write_routine(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.ticks += 1;
        let turn = self.ticks % WRITE_WITHIN.as_secs();
        let due: Vec<_> = (0..)
            .zip(&self.kept)
            .filter(|(place, (_, kept))| kept.is_dirty && place % WRITE_WITHIN.as_secs() == turn)
            .map(|(_, (id, _))| *id)
            .collect();
        self.write(due, now).await
    }

    /// Everything, before the process ends.
    pub async fn write_all(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.write(self.kept.keys().copied().collect(), now).await
    }

    async fn write(&mut self, due: Vec<ComponentId>, now: Timestamp) -> Result<(), StoreError> {
        let rows: Vec<_> = due
            .iter()
            .filter_map(|id| {
                Some(commit::state_of(
                    *id,
                    &self.kept.get(id)?.machine,
                    self.kept.get(id)?.event_seq,
                ))
            })
            .collect();
        let staged = Arc::new(std::mem::take(&mut self.staged));
        let writing = Arc::clone(&staged);
        let written = self
            .store
            .write(move |tx| {
                staging::insert(tx, &writing)?;
                rows.iter()
                    .try_for_each(|row| state::set_component(tx, row))?;
                meta::set_alive(tx, now)
            })
            .await;
        if written.is_err() {
            let mut unwritten = Arc::try_unwrap(staged).unwrap_or_else(|shared| (*shared).clone());
            unwritten.append(&mut self.staged);
            self.staged = unwritten;
            return written;
        }
        for id in due {
            if let Some(kept) = self.kept.get_mut(&id) {
                kept.is_dirty = false;
            }
        }
        Ok(())
    }
}

/// What the streak of an observation's check and place has established.
fn established(
    machine: &Machine,
    observation: &Observation,
) -> Option<crate::domain::streak::HardState> {
    Some(
        machine
            .streaks
            .get(&observation.check)?
            .get(&observation.location)?
            .state,
    )
}

fn log(change: &Change) {
    if let Some(transition) = &change.transition {
        tracing::info!(
            component.id = %change.component.id,
            component.key = change.component.key,
            from = transition.from.name(),
            to = transition.to.name(),
            rule = transition.rule.name(),
            "a component's status changed"
        );
    }
}
