//! The notifier on both databases: from a committed event to a settled delivery.

mod endpoint;
mod sink;
mod staff;
mod stage;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::settle::{Decided, Verdict, settle};
use super::*;
use crate::domain::actor::Actor;
use crate::domain::delivery::DeliveryState;
use crate::domain::event::{About, Draft, EventKind, Notice};
use crate::domain::id::{IncidentId, PublicId, SubscriberId};
use crate::domain::incident::Impact;
use crate::domain::subscriber::{Scope, SubscriberState};
use crate::domain::timestamp::Timestamp;
use crate::store::delivery::Claim;
use crate::store::for_tests::each_database;
use crate::store::subscriber::{self, Record};
use crate::store::{column, delivery, fan_out as rows, ledger};
use sink::Sink;

fn record(number: u8, channel: Channel, address: &str) -> Record {
    Record {
        id: SubscriberId(PublicId::from_random([number; 12])),
        channel,
        address: address.to_owned(),
        address_key: address.to_owned(),
        state: SubscriberState::Active,
        scope: Scope::default(),
        locale: "en".to_owned(),
        secret_sealed: None,
        confirm_hash: None,
        confirm_expires_at: None,
        created_at: Timestamp::from_millis(0),
        confirmed_at: Some(Timestamp::from_millis(0)),
        ended_at: None,
        ended_reason: None,
        failures: 0,
        first_failure_at: None,
        open_until: None,
    }
}

async fn subscribe(store: &Store, records: Vec<Record>) {
    store
        .write(move |tx| {
            records
                .iter()
                .try_for_each(|record| subscriber::insert(tx, record))
        })
        .await
        .unwrap();
}

fn notice(sequence: i64, at: Timestamp) -> Notice {
    Notice {
        title: "Checkout is slow".to_owned(),
        status: "investigating".to_owned(),
        impact: Impact::Major,
        body: format!("Update number {sequence}."),
        at,
        began_at: at,
        resolved_at: None,
        next_update_due: None,
        window: None,
        sequence,
        changes: Vec::new(),
        affected: Vec::new(),
        earlier: Vec::new(),
        path: "/incidents/aaaaaaaaaaaa".to_owned(),
    }
}

/// Commits an update of one incident, and the start of its fan-out.
async fn publish(store: &Store, sequence: i64) -> i64 {
    publish_at(store, sequence, clock::now()).await
}

async fn publish_at(store: &Store, sequence: i64, at: Timestamp) -> i64 {
    let incident = IncidentId(PublicId::from_random([0; 12]));
    store
        .write(move |tx| {
            let draft = Draft {
                kind: EventKind::IncidentUpdated,
                at,
                actor: Actor::System,
                about: About {
                    incident: Some(incident),
                    ..About::default()
                },
                body: column::to_json(&notice(sequence, at))?,
            };
            let seq = ledger::append(tx, &draft)?;
            rows::start(tx, seq, &format!("incident:{incident}"))?;
            Ok(seq)
        })
        .await
        .unwrap()
}

fn parts(store: &Store, port: u16) -> NotifyParts {
    let (_, estate) = watch::channel(Arc::new(Estate::default()));
    NotifyParts {
        store: store.clone(),
        keys: KeyRing::from_bytes(&[7; 32]),
        estate,
        mail: Some(MailSettings::for_tests(port)),
        webhooks: WebhookSettings::default(),
        public_url: "https://status.example.com/".to_owned(),
        console_url: "https://status.example.com/console".to_owned(),
        templates: None,
        counts: Arc::default(),
    }
}

async fn fan(store: &Store) {
    let (estate, counts) = (Arc::default(), Counts::default());
    while fan_out::tick(store, &estate, &counts, clock::now())
        .await
        .unwrap()
        .has_more
    {}
}

async fn claim(store: &Store, owner: &str) -> Vec<feed::Ready> {
    let now = clock::now();
    let claim = Claim {
        channel: Channel::Email,
        lane: Lane::Incident,
        most: 100,
        owner: owner.to_owned(),
        now,
        lease_until: now + feed::LEASE,
    };
    store.write(move |tx| feed::take(tx, &claim)).await.unwrap()
}

async fn states(store: &Store) -> Vec<(DeliveryState, i64)> {
    let mut counts = store.read(delivery::counts).await.unwrap();
    counts.sort_by_key(|(state, _)| state.number());
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_update_reaches_those_who_confirmed_and_a_refusal_stays_its_own() {
    each_database(async |store| {
        let mut sink = Sink::start(|to| {
            if to.starts_with("gone") {
                "550 5.1.1 no such user"
            } else {
                "250 ok"
            }
        })
        .await;
        let mut pending = record(3, Channel::Email, "pending@example.net");
        pending.state = SubscriberState::Pending;
        let people = vec![
            record(1, Channel::Email, "ada@example.net"),
            record(2, Channel::Email, "gone@example.net"),
            pending,
            record(4, Channel::Email, "bob@example.net"),
        ];
        subscribe(&store, people).await;
        let parts = parts(&store, sink.port);
        let counts = Arc::clone(&parts.counts);
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(run(parts, stopped));

        publish(&store, 1).await;

        let mut told = [sink.next().await, sink.next().await];
        told.sort_by(|a, b| a.to.cmp(&b.to));
        assert_eq!(told[0].to, "ada@example.net");
        assert_eq!(told[1].to, "bob@example.net");
        assert!(
            told[0].data.contains("Update number 1."),
            "{}",
            told[0].data
        );
        assert!(
            told[0]
                .data
                .contains("\r\nList-Unsubscribe: <https://status.example.com/unsubscribe/1.")
        );
        stop.send(true).unwrap();
        running.await.unwrap().unwrap();
        assert!(sink.taken.try_recv().is_err());
        let gone = SubscriberId(PublicId::from_random([2; 12]));
        let gone = store
            .read(move |conn| subscriber::by_id(conn, gone))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(gone.state, SubscriberState::Quarantined);
        assert_eq!(
            states(&store).await,
            [(DeliveryState::Sent, 2), (DeliveryState::Dead, 1)]
        );
        assert_eq!(counts.sent.load(std::sync::atomic::Ordering::Relaxed), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_was_away_costs_no_mail_an_attempt() {
    each_database(async |store| {
        let mut sink = Sink::start_after_refusing(1, |_| "250 ok").await;
        subscribe(&store, vec![record(1, Channel::Email, "ada@example.net")]).await;
        publish(&store, 1).await;
        let parts = parts(&store, sink.port);
        let counts = Arc::clone(&parts.counts);
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(run(parts, stopped));

        assert_eq!(sink.next().await.to, "ada@example.net");

        stop.send(true).unwrap();
        running.await.unwrap().unwrap();
        assert_eq!(states(&store).await, [(DeliveryState::Sent, 1)]);
        let count = |counter: &std::sync::atomic::AtomicU64| {
            counter.load(std::sync::atomic::Ordering::Relaxed)
        };
        assert_eq!(count(&counts.lane_pauses), 1);
        assert_eq!((count(&counts.released), count(&counts.retried)), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_newer_update_replaces_an_older_mail_but_never_a_webhook() {
    each_database(async |store| {
        let people = vec![
            record(1, Channel::Email, "ada@example.net"),
            record(2, Channel::Webhook, "https://hooks.example.net/"),
        ];
        subscribe(&store, people).await;

        publish(&store, 1).await;
        fan(&store).await;
        publish(&store, 2).await;
        fan(&store).await;

        assert_eq!(
            states(&store).await,
            [(DeliveryState::Ready, 3), (DeliveryState::Superseded, 1)]
        );
    })
    .await;
}

#[tokio::test]
async fn a_newer_update_waits_until_the_older_one_is_settled() {
    each_database(async |store| {
        subscribe(&store, vec![record(1, Channel::Email, "ada@example.net")]).await;
        publish(&store, 1).await;
        fan(&store).await;
        let first = claim(&store, "me").await;
        publish(&store, 2).await;
        fan(&store).await;

        assert!(claim(&store, "me").await.is_empty());
        let decided = sent(first);
        store
            .write(move |tx| settle(tx, "me", &decided, clock::now()).map(|_| ()))
            .await
            .unwrap();

        assert_eq!(claim(&store, "me").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn after_a_crash_the_same_bytes_go_out_and_the_late_settlement_is_fenced() {
    each_database(async |store| {
        subscribe(&store, vec![record(1, Channel::Email, "ada@example.net")]).await;
        publish(&store, 1).await;
        fan(&store).await;
        let parts = parts(&store, 25);
        let from = parts.mail.as_ref().unwrap().sender().unwrap();
        let hall = Hall::new(&parts, Some((from, None)));
        let first = claim(&store, "crashed").await;
        let once = render::mail(&hall, &first[0].claimed.delivery)
            .await
            .unwrap();

        store
            .write(|tx| settlement::reap_all(tx, clock::now()))
            .await
            .unwrap();
        let second = claim(&store, "successor").await;
        let again = render::mail(&hall, &second[0].claimed.delivery)
            .await
            .unwrap();

        assert_eq!(once, again);
        let late = sent(first);
        store
            .write(move |tx| settle(tx, "crashed", &late, clock::now()).map(|_| ()))
            .await
            .unwrap();
        assert_eq!(states(&store).await, [(DeliveryState::Leased, 1)]);
    })
    .await;
}

#[tokio::test]
async fn who_unsubscribes_while_a_mail_waits_is_not_sent_it() {
    each_database(async |store| {
        let mut ada = record(1, Channel::Email, "ada@example.net");
        subscribe(&store, vec![ada.clone()]).await;
        publish(&store, 1).await;
        fan(&store).await;

        ada.state = SubscriberState::Unsubscribed;
        store
            .write(move |tx| subscriber::set(tx, &ada))
            .await
            .unwrap();

        assert!(claim(&store, "me").await.is_empty());
        assert_eq!(states(&store).await, [(DeliveryState::Cancelled, 1)]);
    })
    .await;
}

fn sent(ready: Vec<feed::Ready>) -> Vec<Decided> {
    ready
        .into_iter()
        .map(|ready| Decided {
            delivery: ready.claimed.delivery,
            verdict: Verdict::Sent { code: 250 },
            at: clock::now(),
            took: Duration::ZERO,
            seed: 0.5,
        })
        .collect()
}
