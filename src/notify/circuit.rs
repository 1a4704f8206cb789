//! What one answer means for its subscriber: circuits that open and close, endpoints proved, addresses gone.
//!
//! All of it happens in the transaction that settles the delivery, so that a circuit and its held rows never
//! disagree.

use crate::domain::actor::Actor;
use crate::domain::delivery::Recipient;
use crate::domain::event::{About, Draft, EventKind};
use crate::domain::id::SubscriberId;
use crate::domain::subscriber::{Channel, EmailAddress, SubscriberState};
use crate::domain::subscription::Ended;
use crate::domain::timestamp::Timestamp;
use crate::notify::retry;
use crate::notify::settle::{Decided, attempt_of};
use crate::store::subscriber::Record;
use crate::store::{StoreError, Tx, column, fan_out, ledger, settlement, subscriber};

fn subscriber_of(one: &Decided) -> Option<SubscriberId> {
    match &one.delivery.recipient {
        Recipient::Subscriber(id) => Some(*id),
        Recipient::Staff(_) => None,
    }
}

/// An endpoint answered 2xx: its failures are over, what was held goes out, and a pending one has proved itself.
pub(super) fn note_success(
    tx: &mut Tx<'_>,
    one: &Decided,
    code: i32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (Channel::Webhook, Some(id)) = (one.delivery.channel, subscriber_of(one)) else {
        return Ok(());
    };
    settlement::insert_attempt(tx, &attempt_of(one, code, ""))?;
    let Some(mut record) = subscriber::by_id(tx, id)? else {
        return Ok(());
    };
    if record.failures > 0 {
        record.failures = 0;
        record.first_failure_at = None;
        record.open_until = None;
        subscriber::set(tx, &record)?;
        settlement::release_all_of(tx, id.as_str(), now)?;
    }
    if record.state == SubscriberState::Pending {
        record.state = SubscriberState::Active;
        record.confirmed_at = Some(now);
        subscriber::set(tx, &record)?;
        append(
            tx,
            id,
            (EventKind::SubscriberConfirmed, "{}".to_owned()),
            now,
        )?;
    }
    Ok(())
}

/// A counted failure of an endpoint: opens its circuit at the fifth, and disables it after days of them.
pub(super) fn note_failure(tx: &mut Tx<'_>, one: &Decided) -> Result<(), StoreError> {
    let Some(id) = subscriber_of(one) else {
        return Ok(());
    };
    let Some(mut record) = subscriber::by_id(tx, id)? else {
        return Ok(());
    };
    if record.state != SubscriberState::Active {
        return Ok(());
    }
    record.failures += 1;
    let first = *record.first_failure_at.get_or_insert(one.at);
    record.open_until = retry::circuit(record.failures, one.seed).map(|pause| one.at + pause);
    subscriber::set(tx, &record)?;
    if one.at.since(first) > retry::ENDPOINT_GIVES_UP {
        end(tx, record, "no success for five days", one.at)?;
        return Ok(());
    }
    if record.open_until.is_some() {
        settlement::hold_all_of(tx, id.as_str())?;
    }
    Ok(())
}

/// The address is gone: nothing more is sent, and for an endpoint its keepers are told. False when it had ended.
pub(super) fn quarantine(
    tx: &mut Tx<'_>,
    one: &Decided,
    why: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(id) = subscriber_of(one) else {
        return Ok(false);
    };
    let Some(record) = subscriber::by_id(tx, id)? else {
        return Ok(false);
    };
    match record.state {
        SubscriberState::Pending | SubscriberState::Active => {
            end(tx, record, why, now)?;
            Ok(true)
        }
        SubscriberState::Unsubscribed | SubscriberState::Quarantined => Ok(false),
    }
}

fn end(tx: &mut Tx<'_>, mut record: Record, why: &str, now: Timestamp) -> Result<(), StoreError> {
    let (id, channel) = (record.id, record.channel);
    let ended = Ended {
        address: shown(channel, &record.address),
        why: why.to_owned(),
    };
    record.state = SubscriberState::Quarantined;
    record.ended_at = Some(now);
    record.ended_reason = Some(why.to_owned());
    record.open_until = None;
    subscriber::set(tx, &record)?;
    settlement::cancel_all_of(tx, id, now)?;
    let body = column::to_json(&ended)?;
    let seq = append(tx, id, (EventKind::SubscriberQuarantined, body), now)?;
    match channel {
        Channel::Webhook => fan_out::start(tx, seq, &format!("subscriber:{id}")),
        // One address that is gone is no news to anyone; the ledger has it.
        Channel::Email => Ok(()),
    }
}

fn shown(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Email => EmailAddress::parse(address)
            .map(|address| address.masked())
            .unwrap_or_default(),
        Channel::Webhook => url::Url::parse(address)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default(),
    }
}

fn append(
    tx: &mut Tx<'_>,
    id: SubscriberId,
    (kind, body): (EventKind, String),
    now: Timestamp,
) -> Result<i64, StoreError> {
    let about = About {
        subscriber: Some(id),
        ..About::default()
    };
    ledger::append(
        tx,
        &Draft {
            kind,
            at: now,
            actor: Actor::System,
            about,
            body,
        },
    )
}
