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
mod fan_out;
mod feed;
mod hall;
mod hearers;
mod hooks;
mod mail;
mod pace;
mod render;
mod settle;
mod template;
mod upkeep;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinSet;

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
    let mut sending = JoinSet::new();
    let mut looking = JoinSet::new();
    start_mail(&hall, &parts, &said, &stop, (&mut looking, &mut sending));
    start_hooks(&hall, &parts, said, &stop, (&mut looking, &mut sending))?;
    looking.spawn(keep_fanning(Arc::clone(&hall), stop.clone()));
    looking.spawn(keep_up(Arc::clone(&hall), stop.clone()));
    stopped(stop).await;
    end(&hall, looking, sending, settling).await;
    Ok(())
}

type Tasks<'a> = (&'a mut JoinSet<()>, &'a mut JoinSet<()>);

fn start_mail(
    hall: &Arc<Hall>,
    parts: &NotifyParts,
    said: &UnboundedSender<settle::Done>,
    stop: &watch::Receiver<bool>,
    (looking, sending): Tasks<'_>,
) {
    let (Some(settings), Some((from, _))) = (&parts.mail, &hall.senders) else {
        tracing::info!("mail is off: no [mail] in the configuration");
        return;
    };
    let relay = Relay::new(
        &settings.smtp,
        from.email.domain(),
        egress::tls_client_config(),
    );
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
        looking.spawn(feed::run(Arc::clone(hall), feed, stop.clone()));
        let desk = Arc::new(mail::Desk {
            hall: Arc::clone(hall),
            relay: relay.clone(),
            from: from.email.to_string(),
            jobs,
            pace: Arc::clone(&pace),
            pause: Arc::clone(&pause),
            said: said.clone(),
        });
        for _ in 0..workers {
            sending.spawn(mail::run(Arc::clone(&desk), stop.clone()));
        }
    }
}

fn start_hooks(
    hall: &Arc<Hall>,
    parts: &NotifyParts,
    said: UnboundedSender<settle::Done>,
    stop: &watch::Receiver<bool>,
    (looking, sending): Tasks<'_>,
) -> Result<(), NotifyError> {
    let (out, jobs) = async_channel::bounded(LINE);
    let feed = Feed {
        channel: Channel::Webhook,
        lanes: &[Lane::Personal, Lane::Incident, Lane::Maintenance],
        bell: 2,
        pause: Arc::new(Pause::new()),
        out,
    };
    looking.spawn(feed::run(Arc::clone(hall), feed, stop.clone()));
    let desk = Arc::new(hooks::Desk {
        hall: Arc::clone(hall),
        sender: Sender::new(&parts.webhooks)?,
        jobs,
        said,
    });
    sending.spawn(hooks::run(desk, stop.clone()));
    Ok(())
}

/// Looks at the fan-outs whenever the ledger grows, and every half second besides.
async fn keep_fanning(hall: Arc<Hall>, mut stop: watch::Receiver<bool>) {
    let mut ledger = hall.store.ledger_watch();
    while !*stop.borrow() {
        ledger.mark_unchanged();
        let estate = hall.estate();
        match fan_out::tick(&hall.store, &estate, &hall.counts, clock::now()).await {
            Ok(progress) => {
                if progress.made > 0 {
                    hall.wake_feeders();
                }
                if progress.has_more {
                    continue;
                }
            }
            Err(error) => tracing::warn!(%error, "the fan-out waits for the database"),
        }
        tokio::select! {
            _ = ledger.changed() => {}
            () = tokio::time::sleep(POLL) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn keep_up(hall: Arc<Hall>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match upkeep::tick(&hall.store, &hall.counts, clock::now()).await {
            Ok(found) if found.reaped + found.probed > 0 => hall.wake_feeders(),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "leases and circuits wait for the database"),
        }
        tokio::select! {
            () = tokio::time::sleep(UPKEEP) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that whoever could stop us is gone: that is a stop, too.
    while !*stop.borrow() && stop.changed().await.is_ok() {}
}

async fn end(
    hall: &Hall,
    mut looking: JoinSet<()>,
    mut sending: JoinSet<()>,
    settling: tokio::task::JoinHandle<()>,
) {
    looking.abort_all();
    while looking.join_next().await.is_some() {}
    let finished = tokio::time::timeout(LAST_SENDS, async {
        while sending.join_next().await.is_some() {}
    });
    if finished.await.is_err() {
        tracing::warn!("what is still in flight is cut off; it may arrive twice");
        sending.abort_all();
        while sending.join_next().await.is_some() {}
    }
    // The senders are gone and their end of the line with them: the settler ends when it has settled everything.
    if tokio::time::timeout(LAST_SETTLEMENTS, settling)
        .await
        .is_err()
    {
        tracing::warn!("the last settlements are not noted; those mails go out again");
    }
    let (owner, now) = (hall.owner.clone(), clock::now());
    let released = hall
        .store
        .write(move |tx| settlement::release_owned(tx, &owner, now))
        .await;
    match released {
        Ok(0) => {}
        Ok(deliveries) => tracing::info!(deliveries, "given back for the next start"),
        Err(error) => {
            tracing::warn!(%error, "leases could not be given back; the next start takes them");
        }
    }
}
