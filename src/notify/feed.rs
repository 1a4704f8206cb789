//! Claims what is due and hands it to the senders of a lane. Part of stop 9 of the journey.
//! Before: [`super::fan_out`] made the rows. After: [`super::mail`] and [`super::hooks`] send.
//!
//! The line behind a feeder is short: what is claimed is leased, and a lease that outlives its worker's patience
//! is work done for nothing.

use std::sync::Arc;
use std::time::Duration;

use async_channel::Sender;
use tokio::sync::watch;

use crate::clock;
use crate::domain::delivery::Lane;
use crate::domain::subscriber::{Channel, SubscriberState};
use crate::domain::timestamp::Timestamp;
use crate::notify::hall::Hall;
use crate::notify::pace::Pause;
use crate::store::delivery::{self, Claim, Claimed};
use crate::store::settlement::{self, Fence, Place, Said};
use crate::store::{StoreError, Tx, subscriber};

/// Longer than a sender waits for the last reply (10 min), so that no row is claimed twice while it is sent.
pub(super) const LEASE: Duration = Duration::from_mins(12);
/// Rows per claim: one transaction for so many mails.
const BATCH: i64 = 200;
/// The net under the wake-ups.
const POLL: Duration = Duration::from_millis(500);

/// Which rows a feeder claims, in this order, and who may tell it to wait.
pub(super) struct Feed {
    pub(super) channel: Channel,
    pub(super) lanes: &'static [Lane],
    /// Which of the hall's bells wakes it.
    pub(super) bell: usize,
    pub(super) pause: Arc<Pause>,
    pub(super) out: Sender<Ready>,
}

/// A claimed row, with the facts of its subscriber that sending needs.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) claimed: Claimed,
    pub(super) secret_sealed: Option<String>,
}

/// Runs until `stop`, then closes the line; what is left in it is given back by its receiver.
pub(super) async fn run(hall: Arc<Hall>, feed: Feed, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let Some(bell) = hall.feeders.get(feed.bell) else {
            return;
        };
        // Registered before the look, so that what comes in between is not missed.
        let rung = bell.notified();
        let claimed = if feed.pause.is_on() {
            Vec::new()
        } else {
            look(&hall, &feed).await
        };
        if claimed.is_empty() {
            tokio::select! {
                () = rung => {}
                () = tokio::time::sleep(POLL) => {}
                _ = stop.changed() => {}
            }
            continue;
        }
        for ready in claimed {
            tokio::select! {
                sent = feed.out.send(ready) => if sent.is_err() { return },
                _ = stop.changed() => return,
            }
        }
    }
}

async fn look(hall: &Hall, feed: &Feed) -> Vec<Ready> {
    for lane in feed.lanes {
        let now = clock::now();
        let claim = Claim {
            channel: feed.channel,
            lane: *lane,
            most: BATCH,
            owner: hall.owner.clone(),
            now,
            lease_until: now + LEASE,
        };
        match hall.store.write(move |tx| take(tx, &claim)).await {
            Ok(ready) if ready.is_empty() => {}
            Ok(ready) => return ready,
            Err(error) => {
                tracing::warn!(%error, "nothing can be claimed; deliveries wait");
                return Vec::new();
            }
        }
    }
    Vec::new()
}

/// Claims, and cancels at once what its subscriber no longer wants.
pub(super) fn take(tx: &mut Tx<'_>, claim: &Claim) -> Result<Vec<Ready>, StoreError> {
    let claimed = delivery::claim(tx, claim)?;
    if claimed.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = claimed.iter().filter_map(subscriber_of).collect();
    let mut records: std::collections::HashMap<String, subscriber::Record> =
        subscriber::list_by_id(tx, &ids)?
            .into_iter()
            .map(|record| (record.id.to_string(), record))
            .collect();
    let mut ready = Vec::with_capacity(claimed.len());
    for one in claimed {
        let Some(id) = subscriber_of(&one) else {
            ready.push(Ready {
                claimed: one,
                secret_sealed: None,
            });
            continue;
        };
        match records.get_mut(&id).filter(|record| wants_mail(record)) {
            Some(record) => ready.push(Ready {
                claimed: one,
                secret_sealed: record.secret_sealed.clone(),
            }),
            None => cancel(tx, &one, &claim.owner, claim.now)?,
        }
    }
    Ok(ready)
}

/// A pending subscriber has a row only for its confirmation or its test.
const fn wants_mail(record: &subscriber::Record) -> bool {
    match record.state {
        SubscriberState::Pending | SubscriberState::Active => true,
        SubscriberState::Unsubscribed | SubscriberState::Quarantined => false,
    }
}

fn subscriber_of(claimed: &Claimed) -> Option<String> {
    match &claimed.delivery.recipient {
        crate::domain::delivery::Recipient::Subscriber(id) => Some(id.to_string()),
        crate::domain::delivery::Recipient::Staff(_) => None,
    }
}

fn cancel(
    tx: &mut Tx<'_>,
    claimed: &Claimed,
    owner: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let fence = Fence {
        delivery: claimed.delivery.id,
        attempt: claimed.delivery.attempt,
        owner: owner.to_owned(),
    };
    let said = Said {
        code: 0,
        why: "the subscription has ended".to_owned(),
    };
    settlement::set_place(tx, &fence, (&Place::Cancelled, &said), now)?;
    Ok(())
}
