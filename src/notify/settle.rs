//! Sent; or again at 12:05; or never, and why. Stop 10 of the journey.
//!
//! Before: [`super::mail`] and [`super::hooks`] say what an attempt came to. Everything said while the last
//! commit ran is settled in the next one, and only then are its permits given back: what a crash can send twice
//! is bounded by the permits, not by the speed of the relay.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::clock;
use crate::domain::delivery::{Delivery, Recipient, SendOutcome};
use crate::domain::subscriber::Channel;
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::notify::circuit;
use crate::notify::counts::Counts;
use crate::notify::hall::Hall;
use crate::notify::retry::{Retry, Tried, retry};
use crate::store::settlement::{self, Attempt, Fence, Place, Said};
use crate::store::{StoreError, Tx};

/// Settlements taken together.
const MOST: usize = 1024;
/// Between tries while the database is away.
const PAUSE: Duration = Duration::from_millis(250);

/// What one attempt came to, and the permit that is given back once that is committed.
pub(super) struct Done {
    pub(super) delivery: Delivery,
    pub(super) outcome: SendOutcome,
    pub(super) at: Timestamp,
    pub(super) took: Duration,
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

/// Decided before the transaction, because it may run twice and lots are drawn once.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) delivery: Delivery,
    pub(super) verdict: Verdict,
    pub(super) at: Timestamp,
    pub(super) took: Duration,
    /// Drawn evenly from 0 to 1, for what depends on stored state.
    pub(super) seed: f64,
}

#[derive(Clone, Debug)]
pub(super) enum Verdict {
    Sent {
        code: i32,
    },
    Moved {
        place: Place,
        said: Said,
        quarantine: bool,
    },
}

/// What a batch came to in the database.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    sent: usize,
    retried: usize,
    dead: usize,
    released: usize,
    fenced: usize,
    quarantined: usize,
}

/// Runs until every sender is gone and everything they said is settled.
pub(super) async fn run(hall: Arc<Hall>, mut said: UnboundedReceiver<Done>) {
    let mut batch = Vec::with_capacity(MOST);
    while said.recv_many(&mut batch, MOST).await > 0 {
        let mut permits = Vec::with_capacity(batch.len());
        let decided: Vec<Decided> = batch
            .drain(..)
            .map(|mut done| {
                permits.extend(done.permit.take());
                decide(done)
            })
            .collect();
        commit(&hall, decided.into()).await;
        drop(permits);
        hall.wake_feeders();
    }
}

pub(super) fn decide(done: Done) -> Decided {
    let seed = seed();
    let at = done.at;
    let moved = |place, code, why, quarantine| Verdict::Moved {
        place,
        said: Said { code, why },
        quarantine,
    };
    let verdict = match done.outcome {
        SendOutcome::Sent { code } => Verdict::Sent { code },
        SendOutcome::Release { why } => moved(Place::Released { due_at: at }, 0, why, false),
        SendOutcome::Never {
            code,
            why,
            quarantine,
        } => moved(Place::Dead, code, why, quarantine),
        SendOutcome::Later {
            code,
            why,
            retry_after,
        } => {
            let tried = Tried {
                channel: done.delivery.channel,
                attempt: done.delivery.attempt,
                age: at.since(done.delivery.created_at),
                code,
                retry_after,
            };
            match retry(&tried, seed) {
                Retry::After(pause) => moved(Place::Again { due_at: at + pause }, code, why, false),
                Retry::Never { why: end } => {
                    moved(Place::Dead, code, format!("{why}; given up: {end}"), false)
                }
            }
        }
    };
    Decided {
        delivery: done.delivery,
        verdict,
        at,
        took: done.took,
        seed,
    }
}

fn seed() -> f64 {
    entropy::jitter(Duration::from_secs(1)).as_secs_f64()
}

async fn commit(hall: &Hall, decided: Arc<[Decided]>) {
    loop {
        let (owner, batch) = (hall.owner.clone(), Arc::clone(&decided));
        let now = clock::now();
        let settled = hall
            .store
            .write(move |tx| settle(tx, &owner, &batch, now))
            .await;
        match settled {
            Ok(sum) => return count(&hall.counts, &sum),
            Err(error) if error.is_passing() => waits(&error),
            Err(error) => return lost(&error, decided.len()),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn waits(error: &StoreError) {
    tracing::warn!(%error, "what was sent cannot be noted yet; nothing more is sent meanwhile");
}

fn lost(error: &StoreError, deliveries: usize) {
    tracing::error!(%error, deliveries, "what was sent cannot be noted; it will be sent again");
}

fn count(counts: &Counts, sum: &Sum) {
    Counts::add(&counts.sent, sum.sent);
    Counts::add(&counts.retried, sum.retried);
    Counts::add(&counts.dead, sum.dead);
    Counts::add(&counts.released, sum.released);
    Counts::add(&counts.fenced, sum.fenced);
    Counts::add(&counts.quarantined, sum.quarantined);
}

/// Settles a batch in one transaction.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    owner: &str,
    batch: &[Decided],
    now: Timestamp,
) -> Result<Sum, StoreError> {
    let mut sum = Sum::default();
    let mut sent: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for one in batch {
        let fence = Fence {
            delivery: one.delivery.id,
            attempt: one.delivery.attempt,
            owner: owner.to_owned(),
        };
        match &one.verdict {
            Verdict::Sent { code } => {
                sent.entry(fence.attempt).or_default().push(fence.delivery);
                circuit::note_success(tx, one, *code, now)?;
            }
            Verdict::Moved {
                place,
                said,
                quarantine,
            } => {
                if !settlement::set_place(tx, &fence, (place, said), now)? {
                    sum.fenced += 1;
                    continue;
                }
                note(&mut sum, place);
                note_failure(tx, one, place, said)?;
                if *quarantine {
                    sum.quarantined += usize::from(circuit::quarantine(tx, one, &said.why, now)?);
                }
            }
        }
    }
    for (attempt, ids) in sent {
        let fence = Fence {
            delivery: 0,
            attempt,
            owner: owner.to_owned(),
        };
        let settled = settlement::set_sent(tx, &ids, &fence, now)?;
        sum.sent += settled;
        sum.fenced += ids.len() - settled;
    }
    Ok(sum)
}

fn note(sum: &mut Sum, place: &Place) {
    match place {
        Place::Again { .. } | Place::Held { .. } => sum.retried += 1,
        Place::Released { .. } => sum.released += 1,
        Place::Dead => sum.dead += 1,
        Place::Cancelled => {}
    }
}

/// Keeps the attempt, and counts it against an endpoint.
fn note_failure(
    tx: &mut Tx<'_>,
    one: &Decided,
    place: &Place,
    said: &Said,
) -> Result<(), StoreError> {
    match place {
        Place::Released { .. } | Place::Cancelled => return Ok(()),
        Place::Again { .. } | Place::Held { .. } | Place::Dead => {}
    }
    settlement::insert_attempt(tx, &attempt_of(one, said.code, &said.why))?;
    if let (Channel::Webhook, Recipient::Subscriber(_)) =
        (one.delivery.channel, &one.delivery.recipient)
    {
        circuit::note_failure(tx, one)?;
    }
    Ok(())
}

pub(super) fn attempt_of(one: &Decided, code: i32, error: &str) -> Attempt {
    Attempt {
        delivery: one.delivery.id,
        number: one.delivery.attempt,
        at: one.at,
        duration_ms: i64::try_from(one.took.as_millis()).unwrap_or(i64::MAX),
        code,
        error: error.to_owned(),
    }
}
