//! WHEN, AND WHAT FOLLOWS. The watch asks for looks when they are due, takes what they saw, and commits what follows.
//!
//! Loops are `tick(now)`; timing lives here. Each part ends when `stop` says so.

pub mod scheduler;

pub mod hurry;
pub mod pace;
pub mod tally;
pub mod timetable;

pub mod commit;
pub mod ingest;
mod places;
pub mod proposal;
pub mod said;

pub mod heartbeat;
pub mod maintenance;
pub mod objectives;

#[cfg(test)]
mod heartbeat_tests;
#[cfg(test)]
mod scheduler_tests;
#[cfg(test)]
pub(crate) mod timetable_tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::clock;
use crate::domain::derive::WindowReading;
use crate::domain::estate::Estate;
use crate::domain::id::ObjectiveId;
use crate::domain::observation::Observation;
use crate::store::StoreError;
use crate::watch::ingest::Ingest;
use crate::watch::scheduler::Hurry;
use crate::watch::tally::Tally;

/// How often every component is decided anew: timers have no finer grain.
const TICK: Duration = Duration::from_secs(1);

/// Observations taken in at one go.
const BATCH: usize = 1024;

/// What the windows of one objective held.
pub type ObjectiveReadings = (ObjectiveId, Vec<WindowReading>);

/// What comes in.
pub struct Inlets {
    pub observations: mpsc::Receiver<Observation>,
    pub readings: mpsc::Receiver<ObjectiveReadings>,
    pub estate: watch::Receiver<Arc<Estate>>,
    pub ledger: watch::Receiver<i64>,
    pub hurry: Arc<Hurry>,
    pub tally: Arc<Tally>,
}

/// Takes in and decides until told to stop; then writes everything down.
pub async fn run(mut ingest: Ingest, mut inlets: Inlets, mut stop: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(TICK);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            () = told_to_stop(&mut stop) => break,
            count = inlets.observations.recv_many(&mut batch, BATCH) => {
                if count == 0 {
                    break;
                }
                if take(&mut ingest, &mut batch, &inlets) {
                    coped("decide", ingest.tick_turned(clock::now()).await.map(drop));
                }
            }
            Some((objective, readings)) = inlets.readings.recv() => ingest.read(objective, &readings),
            Ok(()) = inlets.estate.changed() => {
                let estate = inlets.estate.borrow_and_update().clone();
                coped("adopt the configuration", ingest.adopt(estate, clock::now()).await);
            }
            Ok(()) = inlets.ledger.changed() => {
                inlets.ledger.borrow_and_update();
                coped("hear what people said", ingest.hear(clock::now()).await);
                coped("decide", ingest.tick(clock::now()).await.map(drop));
            }
            _ = beat.tick() => {
                coped("decide", ingest.tick(clock::now()).await.map(drop));
                coped("write observations", ingest.write_routine(clock::now()).await);
            }
        }
    }
    coped(
        "write everything before the end",
        ingest.write_all(clock::now()).await,
    );
}

/// A sender that is gone means the same as a stop.
async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|is_stopping| *is_stopping).await;
}

/// Whether a streak established something, so that a decision must not wait for the beat.
fn take(ingest: &mut Ingest, batch: &mut Vec<Observation>, inlets: &Inlets) -> bool {
    let mut has_turned = false;
    for observation in batch.drain(..) {
        let check = observation.check;
        inlets.tally.add(observation.outcome);
        let taken = ingest.observe(observation);
        inlets.hurry.set(check, taken.is_unconfirmed);
        has_turned |= taken.has_turned;
    }
    has_turned
}

/// A write that failed is tried again at the next beat: we say so and go on.
fn coped(what: &str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::warn!(%error, "the watch could not {what}; it will try again");
    }
}
