//! WHO HEARS WHAT. From a committed event to a settled delivery. Stops 8 to 10 of the journey.
//!
//! [`fan_out`] makes one row per recipient; [`feed`] claims rows, [`mail`] and [`hooks`] send them; [`settle`]
//! commits what came of it. `UNIQUE (event, recipient)` makes it correct, leases save work, permits bound what a
//! crash can send twice. It knows nothing of the page, and a hang here cannot stop it.
//!
//! How to add a message: three templates, a variant of `template::Message`, its facts, and a kind in `hearers`.

pub mod counts;
pub mod retry;

mod circuit;
mod facts;
pub mod fan_out;
pub mod feed;
mod hall;
mod hearers;
pub mod hooks;
pub mod mail;
mod pace;
mod render;
pub mod settle;
mod template;
mod upkeep;
mod words;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::channel::email::MailSettings;
use crate::channel::email::relay::Relay;
use crate::channel::webhook::WebhookSettings;
use crate::channel::webhook::send::Sender;
use crate::clock;
use crate::domain::delivery::Lane;
use crate::domain::estate::Estate;
use crate::domain::subscriber::Channel;
use crate::egress;
use crate::notify::feed::Feed;
use crate::notify::hall::Hall;
use crate::notify::pace::{Pace, Pause};
use crate::seal::KeyRing;
use crate::store::{Store, StoreError, settlement};

pub use counts::Counts;

/// Connections to the relay for incident and maintenance mail; one more is kept for personal mail.
const CONNECTIONS: usize = 8;
/// Claimed rows that wait for a sender.
const LINE: usize = 256;
/// The net under the wake-ups.
const POLL: Duration = Duration::from_millis(500);
/// How often leases, circuits and ages are looked at.
const UPKEEP: Duration = Duration::from_secs(2);
/// What is in flight when we stop gets this long; the rest is given back.
const LAST_SENDS: Duration = Duration::from_secs(10);
/// And noting what they came to gets this long.
const LAST_SETTLEMENTS: Duration = Duration::from_millis(1500);

/// What the notifier is given.
pub struct NotifyParts {
    pub store: Store,
    pub keys: KeyRing,
    /// Read for the page's name and zone and the components' owners; a reload is seen at once.
    pub estate: watch::Receiver<Arc<Estate>>,
    /// None: mail is off; what is due by mail waits, and is given up when it is too old.
    pub mail: Option<MailSettings>,
    pub webhooks: WebhookSettings,
    /// Every link in every message begins with this.
    pub public_url: String,
    pub console_url: String,
    /// A folder whose files replace built-in templates, one by one.
    pub templates: Option<PathBuf>,
    pub counts: Arc<Counts>,
}

/// Why the notifier cannot start.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    #[error(transparent)]
    Mailbox(#[from] crate::channel::email::settings::InvalidMailbox),
    #[error(transparent)]
    Egress(#[from] egress::EgressError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs until `stop` turns true; then stops claiming, finishes what is in flight within ten seconds, and gives
/// the rest back uncounted.
///
/// # Errors
/// [`NotifyError`] when it cannot start; once it runs, troubles are logged and waited out.
pub async fn run(parts: NotifyParts, stop: watch::Receiver<bool>) -> Result<(), NotifyError> {
    let senders = match &parts.mail {
        Some(mail) => {
            mail.check()?;
            let reply_to = mail.reply_to.as_deref().map(str::parse).transpose();
            Some((mail.sender()?, reply_to.unwrap_or_default()))
        }
        None => None,
    };
    let hall = Arc::new(Hall::new(&parts, senders));
    // Nobody else serves this database: every lease is one of a process that is gone.
    let now = clock::now();
    let reaped = hall
        .store
        .write(move |tx| settlement::reap_all(tx, now))
        .await?;
    if reaped > 0 {
        tracing::info!(
            deliveries = reaped,
            "taken up again what was being sent when we last ended"
        );
    }
    let (said, hears) = unbounded_channel();
    let settling = tokio::spawn(settle::run(Arc::clone(&hall), hears));
    let mut crew = Crew {
        hall: Arc::clone(&hall),
        said,
        stop: stop.clone(),
        looking: JoinSet::new(),
        sending: JoinSet::new(),
    };
    crew.start_mail(&parts);
    crew.start_hooks(&parts)?;
    crew.looking
        .spawn(keep_fanning(Arc::clone(&hall), stop.clone()));
    crew.looking.spawn(keep_up(Arc::clone(&hall), stop.clone()));
    stopped(stop).await;
    crew.end().await;
    settled(settling).await;
    give_back(&hall).await;
    Ok(())
}

/// Every task of the notifier but the settler, which outlives them all.
struct Crew {
    hall: Arc<Hall>,
    said: UnboundedSender<settle::Done>,
    stop: watch::Receiver<bool>,
    /// Those who make and claim rows.
    looking: JoinSet<()>,
    /// Those who have something in flight.
    sending: JoinSet<()>,
}

impl Crew {
    fn start_mail(&mut self, parts: &NotifyParts) {
        let (Some(settings), Some((from, _))) = (&parts.mail, &self.hall.senders) else {
            tracing::info!("mail is off: no [mail] in the configuration");
            return;
        };
        let relay = Relay::new(
            &settings.smtp,
            from.email.domain(),
            egress::tls_client_config(),
        );
        let envelope = from.email.to_string();
        let pace = Arc::new(Pace::new(settings.max_per_second));
        let pause = Arc::new(Pause::new());
        let lanes: [(&'static [Lane], usize, usize); 2] = [
            (&[Lane::Personal], 0, 1),
            (&[Lane::Incident, Lane::Maintenance], 1, CONNECTIONS),
        ];
        for (lanes, bell, workers) in lanes {
            let (out, jobs) = async_channel::bounded(LINE);
            let feed = Feed {
                channel: Channel::Email,
                lanes,
                bell,
                pause: Arc::clone(&pause),
                out,
            };
            self.looking
                .spawn(feed::run(Arc::clone(&self.hall), feed, self.stop.clone()));
            let desk = Arc::new(mail::Desk {
                hall: Arc::clone(&self.hall),
                relay: relay.clone(),
                from: envelope.clone(),
                jobs,
                pace: Arc::clone(&pace),
                pause: Arc::clone(&pause),
                said: self.said.clone(),
            });
            for _ in 0..workers {
                self.sending
                    .spawn(mail::run(Arc::clone(&desk), self.stop.clone()));
            }
        }
    }

    fn start_hooks(&mut self, parts: &NotifyParts) -> Result<(), NotifyError> {
        let (out, jobs) = async_channel::bounded(LINE);
        let feed = Feed {
            channel: Channel::Webhook,
            lanes: &[Lane::Personal, Lane::Incident, Lane::Maintenance],
            bell: 2,
            pause: Arc::new(Pause::new()),
            out,
        };
        self.looking
            .spawn(feed::run(Arc::clone(&self.hall), feed, self.stop.clone()));
        let desk = Arc::new(hooks::Desk {
            hall: Arc::clone(&self.hall),
            sender: Sender::new(&parts.webhooks)?,
            jobs,
            said: self.said.clone(),
        });
        self.sending.spawn(hooks::run(desk, self.stop.clone()));
        Ok(())
    }

    /// Nothing new is claimed; what is in flight is finished, or cut off when it takes too long.
    async fn end(mut self) {
        self.looking.abort_all();
        while self.looking.join_next().await.is_some() {}
        let finished = tokio::time::timeout(LAST_SENDS, async {
            while self.sending.join_next().await.is_some() {}
        });
        if finished.await.is_ok() {
            return;
        }
        tracing::warn!("what is still in flight is cut off; it may arrive twice");
        self.sending.abort_all();
        while self.sending.join_next().await.is_some() {}
    }
}

/// Looks at the fan-outs whenever the ledger grows, and every half second besides.
async fn keep_fanning(hall: Arc<Hall>, mut stop: watch::Receiver<bool>) {
    let mut ledger = hall.store.ledger_watch();
    while !*stop.borrow() {
        ledger.mark_unchanged();
        if has_more_to_fan(&hall).await {
            continue;
        }
        tokio::select! {
            _ = ledger.changed() => {}
            () = tokio::time::sleep(POLL) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn has_more_to_fan(hall: &Hall) -> bool {
    let estate = hall.estate();
    match fan_out::tick(&hall.store, &estate, &hall.counts, clock::now()).await {
        Ok(progress) => {
            if progress.made > 0 {
                hall.wake_feeders();
            }
            progress.has_more
        }
        Err(error) => {
            tracing::warn!(%error, "the fan-out waits for the database");
            false
        }
    }
}

async fn keep_up(hall: Arc<Hall>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        look_after(&hall).await;
        tokio::select! {
            () = tokio::time::sleep(UPKEEP) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn look_after(hall: &Hall) {
    match upkeep::tick(&hall.store, &hall.counts, clock::now()).await {
        Ok(found) if found.reaped + found.probed > 0 => hall.wake_feeders(),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "leases and circuits wait for the database"),
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that whoever could stop us is gone: that is a stop, too.
    while !*stop.borrow() && stop.changed().await.is_ok() {}
}

/// The senders are gone and their end of the line with them: the settler ends when it has settled everything.
async fn settled(settling: JoinHandle<()>) {
    let settled = tokio::time::timeout(LAST_SETTLEMENTS, settling);
    if settled.await.is_err() {
        tracing::warn!("the last settlements are not noted; those mails go out again");
    }
}

async fn give_back(hall: &Hall) {
    let (owner, now) = (hall.owner.clone(), clock::now());
    let released = hall
        .store
        .write(move |tx| settlement::release_owned(tx, &owner, now))
        .await;
    if let Err(error) = released {
        tracing::warn!(%error, "leases could not be given back; the next start takes them");
    }
}
