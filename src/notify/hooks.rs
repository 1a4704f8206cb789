//! The webhook sender: many endpoints at once, few per host, one message per endpoint and topic. Part of stop 9.
//!
//! Before: [`super::feed`] claimed and leased; its guard lets one message per endpoint and topic through. After:
//! [`super::settle`]. A host that is slow or dead fills its own places and nobody else's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_channel::Receiver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::channel::webhook::send::{Post, Sender};
use crate::clock::{self, Stopwatch};
use crate::domain::check::Secret;
use crate::domain::delivery::SendOutcome;
use crate::domain::subscription::SECRET_PURPOSE;
use crate::notify::feed::Ready;
use crate::notify::hall::Hall;
use crate::notify::mail::unrendered;
use crate::notify::render;
use crate::notify::settle::Done;

/// Messages to one host at a time.
const PER_HOST: usize = 4;
/// Messages claimed for one host, sent or waiting; more are given back.
const LINE_PER_HOST: usize = 16;
/// A message given back for its host's sake is due again within this.
const NOT_BEFORE: Duration = Duration::from_secs(2);

pub(super) struct Desk {
    pub(super) hall: Arc<Hall>,
    pub(super) sender: Sender,
    pub(super) jobs: Receiver<Ready>,
    pub(super) said: UnboundedSender<Done>,
}

/// Places at one host, and how many hold or want one.
struct Host {
    places: Arc<Semaphore>,
    in_line: usize,
}

/// Runs until the line is closed, or until `stop`; then what is in flight is finished.
pub(super) async fn run(desk: Arc<Desk>, mut stop: watch::Receiver<bool>) {
    let mut hosts: HashMap<String, Host> = HashMap::new();
    let mut sending: JoinSet<String> = JoinSet::new();
    while !*stop.borrow() {
        tokio::select! {
            biased;
            _ = stop.changed() => {}
            Some(ended) = sending.join_next() => leave(&mut hosts, ended.ok()),
            ready = desk.jobs.recv() => match ready {
                Ok(ready) => enter(&desk, &mut hosts, &mut sending, ready),
                Err(_) => break,
            },
        }
    }
    while sending.join_next().await.is_some() {}
}

fn enter(
    desk: &Arc<Desk>,
    hosts: &mut HashMap<String, Host>,
    sending: &mut JoinSet<String>,
    ready: Ready,
) {
    let name = host_of(&ready.claimed.delivery.address);
    let host = hosts.entry(name.clone()).or_insert_with(|| Host {
        places: Arc::new(Semaphore::new(PER_HOST)),
        in_line: 0,
    });
    if host.in_line >= LINE_PER_HOST {
        give_back(desk, ready);
        return;
    }
    host.in_line += 1;
    let places = Arc::clone(&host.places);
    let desk = Arc::clone(desk);
    sending.spawn(async move {
        if let Ok(_place) = places.acquire_owned().await {
            deliver(&desk, ready).await;
        }
        name
    });
}

fn leave(hosts: &mut HashMap<String, Host>, ended: Option<String>) {
    let Some(name) = ended else {
        tracing::error!("a webhook task ended by a panic; its lease will run out");
        return;
    };
    if let Some(host) = hosts.get_mut(&name) {
        host.in_line = host.in_line.saturating_sub(1);
        if host.in_line == 0 {
            hosts.remove(&name);
        }
    }
}

async fn deliver(desk: &Desk, ready: Ready) {
    let Ok(permit) = Arc::clone(&desk.hall.permits).acquire_owned().await else {
        return;
    };
    let (at, watch) = (clock::now(), Stopwatch::start());
    let outcome = attempt(desk, &ready, at).await;
    let done = Done {
        delivery: ready.claimed.delivery,
        outcome,
        at,
        took: watch.elapsed(),
        permit: Some(permit),
    };
    say(desk, done);
}

pub(super) async fn attempt(
    desk: &Desk,
    ready: &Ready,
    at: crate::domain::timestamp::Timestamp,
) -> SendOutcome {
    let delivery = &ready.claimed.delivery;
    let body = match render::webhook(&desk.hall, delivery).await {
        Ok(body) => body,
        Err(error) => return unrendered(delivery, &error),
    };
    let sealed = ready.secret_sealed.as_deref().unwrap_or_default();
    let secret = match desk.hall.keys.open_sealed(SECRET_PURPOSE, sealed) {
        Ok(secret) => Secret::new(secret),
        Err(error) => {
            tracing::error!(delivery.id = delivery.id, %error, "a webhook's secret cannot be opened");
            return SendOutcome::Later {
                code: 0,
                why: error.to_string(),
                retry_after: None,
            };
        }
    };
    let post = Post {
        url: &delivery.address,
        id: &render::webhook_id(delivery),
        at,
        body: body.to_vec(),
        secret: &secret,
    };
    desk.sender.send(post).await
}

fn give_back(desk: &Desk, ready: Ready) {
    let at = clock::now() + crate::entropy::jitter(NOT_BEFORE);
    let done = Done {
        delivery: ready.claimed.delivery,
        outcome: SendOutcome::Release {
            why: "its host has enough to answer".to_owned(),
        },
        at,
        took: Duration::ZERO,
        permit: None,
    };
    say(desk, done);
}

fn say(desk: &Desk, done: Done) {
    if desk.said.send(done).is_err() {
        tracing::warn!("a settlement came after the end; its lease will run out");
    }
}

fn host_of(address: &str) -> String {
    url::Url::parse(address)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}
