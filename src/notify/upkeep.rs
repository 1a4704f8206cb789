//! What falls due without anyone asking: leases that ran out, mails too old to be news, circuits to try again,
//! requests nobody confirmed, and the counts of what stands where.

use std::time::Duration;

use crate::domain::subscriber::{Channel, SubscriberState};
use crate::domain::timestamp::Timestamp;
use crate::notify::counts::Counts;
use crate::notify::retry;
use crate::store::{Store, StoreError, Tx, delivery, rate_limit, settlement, subscriber};

/// A request that was never confirmed is forgotten after a week.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(7 * 24);
/// No rate window is longer.
const LONGEST_WINDOW: Duration = Duration::from_hours(48);

/// What one look came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) reaped: usize,
    pub(super) expired: usize,
    pub(super) probed: usize,
}

pub(super) async fn tick(
    store: &Store,
    counts: &Counts,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let found = store.write(move |tx| look(tx, now)).await?;
    let rows = store.read(delivery::counts).await?;
    counts.set_rows(&rows);
    Counts::add(&counts.dead, found.expired);
    if found.expired > 0 {
        tracing::error!(
            deliveries = found.expired,
            "given up: too old to be news; is the mail relay reachable?"
        );
    }
    Ok(found)
}

fn look(tx: &mut Tx<'_>, now: Timestamp) -> Result<Found, StoreError> {
    let mut found = Found {
        reaped: settlement::reap(tx, now)?,
        ..Found::default()
    };
    for channel in [Channel::Email, Channel::Webhook] {
        let before = now - retry::gives_up(channel);
        found.expired += settlement::expire(tx, channel, before, now)?;
    }
    for record in subscriber::list_circuits_due(tx, now)? {
        found.probed += usize::from(probe(tx, record, now)?);
    }
    subscriber::delete_unconfirmed_before(tx, now - FORGOTTEN_AFTER)?;
    rate_limit::delete_before(tx, now - LONGEST_WINDOW)?;
    Ok(found)
}

/// Half open: one held row goes out; its answer closes the circuit or opens it for longer.
fn probe(
    tx: &mut Tx<'_>,
    mut record: subscriber::Record,
    now: Timestamp,
) -> Result<bool, StoreError> {
    record.open_until = None;
    let is_active = record.state == SubscriberState::Active;
    let is_probed = is_active && settlement::release_oldest_of(tx, record.id.as_str(), now)?;
    if is_active && !is_probed {
        // Nothing is held: the next message is the probe.
        record.failures = retry::ONE_SHORT_OF_OPEN;
    }
    subscriber::set(tx, &record)?;
    Ok(is_probed)
}
