//! A mail worker: one connection, one mail after the other. Part of stop 9 of the journey.
//!
//! Before: [`super::feed`] claimed and leased. After: [`super::settle`]. The next mail's envelope rides in the
//! same write as this one's body; once announced, that mail and no other must follow.

use std::sync::Arc;
use std::time::Duration;

use async_channel::Receiver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::channel::email::relay::Relay;
use crate::channel::email::reply::Verdict;
use crate::channel::email::wire::{Dead, Mail, Wire};
use crate::clock::{self, Stopwatch};
use crate::domain::delivery::{Delivery, SendOutcome};
use crate::domain::timestamp::Timestamp;
use crate::notify::counts::Counts;
use crate::notify::feed::Ready;
use crate::notify::hall::Hall;
use crate::notify::pace::{Pace, Pause};
use crate::notify::render::{self, RenderError};
use crate::notify::settle::Done;

/// A lease with less left than this is given back: the last reply may take ten minutes.
const LEAST_LEASE: Duration = Duration::from_secs(640);
/// An idle connection is closed before the relay does it.
const IDLE: Duration = Duration::from_secs(20);
/// Relays grow impatient with one connection.
const MOST_ON_ONE: u32 = 500;

/// What the workers of one lane share.
pub(super) struct Desk {
    pub(super) hall: Arc<Hall>,
    pub(super) relay: Relay,
    /// Envelope sender.
    pub(super) from: String,
    pub(super) jobs: Receiver<Ready>,
    pub(super) pace: Arc<Pace>,
    pub(super) pause: Arc<Pause>,
    pub(super) said: UnboundedSender<Done>,
}

/// A mail in hand, with the permit that is given back when its settlement is committed.
struct Held {
    delivery: Delivery,
    data: Vec<u8>,
    permit: OwnedSemaphorePermit,
}

impl Held {
    fn mail<'a>(&'a self, from: &'a str) -> Mail<'a> {
        Mail {
            from,
            to: &self.delivery.address,
            data: &self.data,
        }
    }
}

/// Runs until the line is closed and empty, or until `stop` and the mail in hand is sent.
pub(super) async fn run(desk: Arc<Desk>, mut stop: watch::Receiver<bool>) {
    let mut wire: Option<(Wire, u32)> = None;
    let mut announced: Option<Held> = None;
    loop {
        let held = match announced.take() {
            Some(held) => held,
            None if *stop.borrow() => break,
            None => match next(&desk, &mut wire, &mut stop).await {
                Some(held) => held,
                None => break,
            },
        };
        if let Some(open) = connected(&desk, wire.take()).await {
            announced = turn(&desk, &mut wire, open, (held, &mut stop)).await;
        } else {
            release(&desk, held, "the relay is not reachable");
            desk.pause.wait(&mut stop).await;
        }
    }
    if let Some((open, _)) = wire {
        open.quit().await;
    }
}

/// Sends the mail in hand; answers the one that must or may follow on the same connection.
async fn turn(
    desk: &Desk,
    wire: &mut Option<(Wire, u32)>,
    (mut open, used): (Wire, u32),
    (held, stop): (Held, &mut watch::Receiver<bool>),
) -> Option<Held> {
    let following = if used < MOST_ON_ONE && !*stop.borrow() {
        following(desk).await
    } else {
        None
    };
    desk.pace.take().await;
    let tried = (clock::now(), Stopwatch::start());
    let mail = held.mail(&desk.from);
    let next_mail = following.as_ref().map(|held| held.mail(&desk.from));
    let (outcome, trouble) = match open.send(&mail, next_mail.as_ref()).await {
        Ok(verdict) => {
            note(desk, &verdict);
            let asks_for_patience = matches!(verdict, Verdict::Lane(_));
            let trouble = asks_for_patience.then_some("the relay asks for patience");
            (verdict.outcome(), trouble)
        }
        Err(dead) => {
            lost(desk, &dead, used);
            (failed(&dead), Some("its connection was lost"))
        }
    };
    settle(desk, held, outcome, tried);
    let Some(why) = trouble else {
        return keep(wire, (open, used + 1), following).await;
    };
    if let Some(held) = following {
        release(desk, held, why);
    }
    desk.pause.wait(stop).await;
    None
}

/// The connection stays for the announced mail, or until it is used up.
async fn keep(
    wire: &mut Option<(Wire, u32)>,
    (open, used): (Wire, u32),
    following: Option<Held>,
) -> Option<Held> {
    // Without pipelining nothing was announced, and the mail in hand simply comes next.
    if used >= MOST_ON_ONE && !open.is_open() {
        open.quit().await;
    } else {
        *wire = Some((open, used));
    }
    following
}

/// Waits for a mail; an idle connection is closed meanwhile.
async fn next(
    desk: &Desk,
    wire: &mut Option<(Wire, u32)>,
    stop: &mut watch::Receiver<bool>,
) -> Option<Held> {
    loop {
        desk.pause.wait(stop).await;
        let ready = tokio::select! {
            biased;
            _ = stop.changed() => return None,
            ready = desk.jobs.recv() => ready.ok()?,
            () = tokio::time::sleep(IDLE), if wire.is_some() => {
                if let Some((open, _)) = wire.take() {
                    open.quit().await;
                }
                continue;
            }
        };
        let permit = Arc::clone(&desk.hall.permits).acquire_owned().await.ok()?;
        if let Some(held) = prepared(desk, ready, permit).await {
            return Some(held);
        }
    }
}

/// The mail to announce with this one, if one is waiting and may be sent.
async fn following(desk: &Desk) -> Option<Held> {
    let permit = Arc::clone(&desk.hall.permits).try_acquire_owned().ok()?;
    let ready = desk.jobs.try_recv().ok()?;
    prepared(desk, ready, permit).await
}

async fn prepared(desk: &Desk, ready: Ready, permit: OwnedSemaphorePermit) -> Option<Held> {
    let delivery = ready.claimed.delivery;
    let (at, watch) = (clock::now(), Stopwatch::start());
    let outcome = if delivery.lease_until.since(at) < LEAST_LEASE {
        SendOutcome::Release {
            why: "it waited too long in line".to_owned(),
        }
    } else {
        match render::mail(&desk.hall, &delivery).await {
            Ok(data) => {
                return Some(Held {
                    delivery,
                    data,
                    permit,
                });
            }
            Err(error) => unrendered(&delivery, &error),
        }
    };
    say(
        desk,
        Done {
            delivery,
            outcome,
            at,
            took: watch.elapsed(),
            permit: Some(permit),
        },
    );
    None
}

/// What has no words now may have them later, if only the database was away.
pub(super) fn unrendered(delivery: &Delivery, error: &RenderError) -> SendOutcome {
    if let RenderError::Store(store) = error
        && store.is_passing()
    {
        return SendOutcome::Release {
            why: store.to_string(),
        };
    }
    tracing::error!(delivery.id = delivery.id, event.seq = delivery.event, %error, "a message cannot be written");
    SendOutcome::Later {
        code: 0,
        why: error.to_string(),
        retry_after: None,
    }
}

async fn connected(desk: &Desk, wire: Option<(Wire, u32)>) -> Option<(Wire, u32)> {
    if wire.is_some() {
        return wire;
    }
    match Wire::connect(&desk.relay).await {
        Ok(wire) => Some((wire, 0)),
        Err(dead) => {
            lost(desk, &dead, 0);
            None
        }
    }
}

/// The relay failed. One that closed a connection it had served is only tidying up; any other is left alone.
fn lost(desk: &Desk, dead: &Dead, used: u32) {
    if dead.in_doubt {
        Counts::add(&desk.hall.counts.in_doubt, 1);
    }
    if used > 0 && !dead.in_doubt {
        return;
    }
    leave_alone(desk, &dead.to_string());
}

/// A mail that may have arrived counts as tried, so that one on which a relay always dies cannot block the lane.
fn failed(dead: &Dead) -> SendOutcome {
    let why = dead.to_string();
    if dead.in_doubt {
        return SendOutcome::Later {
            code: 0,
            why,
            retry_after: None,
        };
    }
    SendOutcome::Release { why }
}

fn note(desk: &Desk, verdict: &Verdict) {
    match verdict {
        Verdict::Policy(reply) => {
            Counts::add(&desk.hall.counts.policy_refusals, 1);
            let reply = reply.summary();
            tracing::error!(
                reply,
                "the relay refuses what we send, not whom we send it to"
            );
        }
        Verdict::Lane(reply) => leave_alone(desk, &reply.summary()),
        Verdict::Sent(_) => desk.pause.clear(),
        Verdict::Soft(_) | Verdict::Hard(_) => {}
    }
}

/// The first to find the relay in trouble begins the pause of all.
fn leave_alone(desk: &Desk, why: &str) {
    if let Some(span) = desk.pause.begin() {
        Counts::add(&desk.hall.counts.lane_pauses, 1);
        let pause_ms = span.as_millis();
        tracing::warn!(
            why,
            pause_ms,
            "the mail relay is in trouble; its mails wait"
        );
    }
}

fn settle(desk: &Desk, held: Held, outcome: SendOutcome, (at, watch): (Timestamp, Stopwatch)) {
    say(
        desk,
        Done {
            delivery: held.delivery,
            outcome,
            at,
            took: watch.elapsed(),
            permit: Some(held.permit),
        },
    );
}

fn release(desk: &Desk, held: Held, why: &str) {
    let why = why.to_owned();
    let outcome = SendOutcome::Release { why };
    settle(desk, held, outcome, (clock::now(), Stopwatch::start()));
}

fn say(desk: &Desk, done: Done) {
    // The receiver outlives every worker; a closed line means that the process is ending.
    if desk.said.send(done).is_err() {
        tracing::warn!("a settlement came after the end; its lease will run out");
    }
}
