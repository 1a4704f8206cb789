//! The slow loops: objectives, what is due, upkeep, and the lease on a shared database.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::actions::ActionContext;
use crate::clock;
use crate::config::Settings;
use crate::domain::estate::Estate;
use crate::domain::timestamp::Timestamp;
use crate::store::lease::{self, Claim};
use crate::store::observation::sealing;
use crate::store::{Retention, Store, StoreError, retention};
use crate::watch::objectives::Evaluator;
use crate::watch::{ObjectiveReadings, maintenance};

const EVALUATE_EVERY: Duration = Duration::from_secs(5);
const DUE_EVERY: Duration = Duration::from_secs(5);
const SEAL_EVERY: Duration = Duration::from_mins(1);
/// In units of [`SEAL_EVERY`].
const FORGET_EVERY: u32 = 60;

const LEASE_NAME: &str = "server";
const LEASE_SPAN: Duration = Duration::from_secs(30);
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// Waits for the next beat; false when we are told to stop.
async fn next_beat(beat: &mut tokio::time::Interval, stopping: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = stopping.wait_for(|is_stopping| *is_stopping) => false,
        _ = beat.tick() => true,
    }
}

fn every(span: Duration) -> tokio::time::Interval {
    let mut beat = tokio::time::interval(span);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    beat
}

/// Reads the windows of objectives and hands them to the watch.
pub(super) async fn evaluate(
    mut evaluator: Evaluator,
    estates: watch::Receiver<Arc<Estate>>,
    out: mpsc::Sender<ObjectiveReadings>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut beat = every(EVALUATE_EVERY);
    while next_beat(&mut beat, &mut stopping).await {
        let estate = Arc::clone(&estates.borrow());
        match evaluator.tick(&estate, clock::now()).await {
            Ok(learnt) => {
                for readings in learnt {
                    if out.send(readings).await.is_err() {
                        return;
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "objectives could not be evaluated"),
        }
    }
}

/// Begins and completes maintenance, publishes proposals whose time has come.
pub(super) async fn do_what_is_due(
    context: ActionContext,
    estates: watch::Receiver<Arc<Estate>>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut beat = every(DUE_EVERY);
    while next_beat(&mut beat, &mut stopping).await {
        let estate = Arc::clone(&estates.borrow());
        let context = ActionContext {
            estate,
            now: clock::now(),
            ..context.clone()
        };
        if let Err(error) = maintenance::tick(&context).await {
            tracing::warn!(%error, "what is due could not be done; it will be tried again");
        }
    }
}

/// Packs finished hours, and forgets what has outlived its retention.
pub(super) async fn keep_up(store: Store, keep: Retention, mut stopping: watch::Receiver<bool>) {
    let mut beat = every(SEAL_EVERY);
    let mut beats = 0_u32;
    while next_beat(&mut beat, &mut stopping).await {
        if let Err(error) = sealing::seal(&store, clock::now()).await {
            tracing::warn!(%error, "observations could not be packed");
        }
        if beats.is_multiple_of(FORGET_EVERY) {
            match retention::prune(&store, &keep, clock::now()).await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "forgot what has outlived its retention"),
                Err(error) => tracing::warn!(%error, "retention could not be applied"),
            }
        }
        beats = beats.wrapping_add(1);
    }
}

/// Our claim on a PostgreSQL database that another server may reach as well.
pub(super) struct DatabaseLease {
    store: Store,
    claim: Claim,
    renewing: Option<JoinHandle<()>>,
}

/// Takes the lease, or says who holds it. SQLite has the data directory's lock instead.
pub(super) async fn take_database(
    store: &Store,
    settings: &Settings,
    now: Timestamp,
) -> anyhow::Result<Option<DatabaseLease>> {
    if !settings.database_url.starts_with("postgres") {
        return Ok(None);
    }
    // The data directory's lock is ours, so that whoever held the lease under this name is gone: a server that was
    // killed takes its own lease up again at once.
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let data_dir = &settings.server.data_dir;
    let data_dir = data_dir.canonicalize().unwrap_or_else(|_| data_dir.clone());
    let claim = Claim {
        name: LEASE_NAME.to_owned(),
        holder: format!("{}:{}", host.trim(), data_dir.display()),
        span: LEASE_SPAN,
    };
    let held = DatabaseLease {
        store: store.clone(),
        claim,
        renewing: None,
    };
    held.renew(now).await?;
    Ok(Some(held))
}

impl DatabaseLease {
    async fn renew(&self, now: Timestamp) -> Result<(), StoreError> {
        let claim = self.claim.clone();
        self.store
            .write(move |tx| lease::take(tx, &claim, now).map(drop))
            .await
    }

    /// Renews in the background; a lease that was lost stops the server, because another one has begun.
    pub(super) fn renewing(mut self, stop: watch::Sender<bool>) -> Self {
        let renewed = Self {
            store: self.store.clone(),
            claim: self.claim.clone(),
            renewing: None,
        };
        self.renewing = Some(tokio::spawn(async move {
            let mut beat = every(RENEW_EVERY);
            loop {
                beat.tick().await;
                if let Err(StoreError::Refused(why)) = renewed.renew(clock::now()).await {
                    tracing::error!(why, "the database's lease is lost: stopping");
                    // Nobody left to stop is as good as stopped.
                    let _ = stop.send(true);
                    return;
                }
            }
        }));
        self
    }

    /// Lets go, so that the next server need not wait.
    pub(super) async fn release(self) {
        if let Some(renewing) = &self.renewing {
            renewing.abort();
        }
        let holder = self.claim.holder.clone();
        let released = self
            .store
            .write(move |tx| lease::release(tx, LEASE_NAME, &holder))
            .await;
        if let Err(error) = released {
            tracing::warn!(%error, "the database's lease is not released; it ends by itself");
        }
    }
}
