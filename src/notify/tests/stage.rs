//! The notifier driven by hand, at times the test chooses: every part but the loops.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::domain::check::Secret;
use crate::domain::component::{AutoPublish, Component, Hysteresis, Owner, Show};
use crate::domain::id::ComponentId;
use crate::domain::subscription::SECRET_PURPOSE;
use crate::egress::Policy;
use crate::notify::settle::{Done, decide};

/// Valid for every endpoint of these tests.
pub(super) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(super) struct Stage {
    pub(super) store: Store,
    estate: Arc<Estate>,
    desk: hooks::Desk,
}

impl Stage {
    pub(super) fn set(store: &Store, components: Vec<Component>) -> Self {
        egress::install_crypto();
        let estate = Arc::new(Estate {
            components,
            ..Estate::default()
        });
        let webhooks = WebhookSettings {
            policy: Policy::with_any_private(),
            allow_http: true,
        };
        let sender = Sender::new(&webhooks).unwrap();
        let (_, seen) = watch::channel(Arc::clone(&estate));
        let parts = NotifyParts {
            estate: seen,
            webhooks,
            ..parts(store, 25)
        };
        let (_, jobs) = async_channel::bounded(1);
        let (said, _) = unbounded_channel();
        let desk = hooks::Desk {
            hall: Arc::new(Hall::new(&parts, None)),
            sender,
            jobs,
            said,
        };
        let store = store.clone();
        Self {
            store,
            estate,
            desk,
        }
    }

    /// An active endpoint; `number` makes its id.
    pub(super) async fn endpoint(&self, number: u8, url: &str) -> Record {
        let secret = self.desk.hall.keys.seal(SECRET_PURPOSE, SECRET).unwrap();
        let endpoint = Record {
            secret_sealed: Some(secret),
            ..record(number, Channel::Webhook, url)
        };
        subscribe(&self.store, vec![endpoint.clone()]).await;
        endpoint
    }

    pub(super) async fn fan(&self, now: Timestamp) {
        let counts = Counts::default();
        while fan_out::tick(&self.store, &self.estate, &counts, now)
            .await
            .unwrap()
            .has_more
        {}
    }

    /// Upkeep, fan-out, and one round of claiming, posting and settling; answers how many were tried.
    pub(super) async fn turn(&self, now: Timestamp) -> usize {
        upkeep::tick(&self.store, &Counts::default(), now)
            .await
            .unwrap();
        self.fan(now).await;
        let mut tried = 0;
        for lane in Lane::ALL {
            let ready = self.claim(Channel::Webhook, lane, now).await;
            let mut decided = Vec::new();
            for ready in ready {
                let outcome = hooks::attempt(&self.desk, &ready, now).await;
                decided.push(decide(Done {
                    delivery: ready.claimed.delivery,
                    outcome,
                    at: now,
                    took: Duration::ZERO,
                    permit: None,
                }));
            }
            tried += decided.len();
            self.store
                .write(move |tx| settle(tx, "me", &decided, now).map(|_| ()))
                .await
                .unwrap();
        }
        tried
    }

    pub(super) async fn claim(
        &self,
        channel: Channel,
        lane: Lane,
        now: Timestamp,
    ) -> Vec<feed::Ready> {
        let claim = Claim {
            channel,
            lane,
            most: 100,
            owner: "me".to_owned(),
            now,
            lease_until: now + feed::LEASE,
        };
        self.store
            .write(move |tx| feed::take(tx, &claim))
            .await
            .unwrap()
    }

    pub(super) async fn state_of(&self, record: &Record) -> SubscriberState {
        let id = record.id;
        let found = self.store.read(move |conn| subscriber::by_id(conn, id));
        found.await.unwrap().unwrap().state
    }

    /// Commits an event and the start of its fan-out.
    pub(super) async fn commit(&self, draft: Draft, topic: &str) -> i64 {
        let topic = topic.to_owned();
        let committed = self.store.write(move |tx| {
            let seq = ledger::append(tx, &draft)?;
            rows::start(tx, seq, &topic)?;
            Ok(seq)
        });
        committed.await.unwrap()
    }
}

pub(super) fn secret() -> Secret {
    Secret::new(SECRET.to_owned())
}

pub(super) fn component(letter: u8, owner_mail: Option<&str>) -> Component {
    Component {
        id: ComponentId(PublicId::from_random([letter; 12])),
        key: "checkout".to_owned(),
        name: "Checkout API".to_owned(),
        description: None,
        group: None,
        tier: 2,
        owner_mail: owner_mail.map(str::to_owned),
        runbook: None,
        depends_on: Vec::new(),
        show: Show::Always,
        auto_publish: AutoPublish::StatusOnly,
        publish_after: Duration::from_mins(10),
        major_k: None,
        region: None,
        workaround: None,
        revenue_per_minute: None,
        uptime_since: None,
        hysteresis: Hysteresis::default(),
        checks: Vec::new(),
        objectives: Vec::new(),
        owner: Owner::File,
        created_at: Timestamp::from_seconds(0),
    }
}
