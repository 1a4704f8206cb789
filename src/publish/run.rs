//! The loop that keeps the shelf fresh: woken by the ledger, by a new estate and by each minute. Stop 7.
//!
//! Before: [`crate::store::ledger`] has a new event. After: readers take bytes from [`crate::publish::shelf`]. A render
//! that fails leaves the last good snapshot; a store that does not answer leaves it until it is no longer good,
//! and then every component is unknown, without an event.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;

use crate::clock::{self, Stopwatch};
use crate::domain::estate::Estate;
use crate::domain::timestamp::Timestamp;
use crate::publish::build::{self, Sight};
use crate::publish::render;
use crate::publish::shelf::{self, Shelf};
use crate::publish::snapshot::Snapshot;
use crate::store::Store;
use crate::store::views::public::{self, PublicFacts};

/// However many changes arrive, so far apart are two renders.
const COALESCE: Duration = Duration::from_millis(150);
/// A large page rests in proportion to what it costs: in a storm of changes most of the processor is left to others.
const REST_PER_WORK: u32 = 2;
/// While the store does not answer we ask again this often.
const ASK_AGAIN: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct PublishSettings {
    /// The address under which readers reach us.
    pub public_url: String,
    /// Where the snapshot is kept.
    pub data_dir: PathBuf,
}

/// What the loop works with.
pub struct PublishParts {
    pub store: Store,
    pub estate: watch::Receiver<Arc<Estate>>,
    pub shelf: Arc<Shelf>,
    pub settings: PublishSettings,
}

/// The shelf at start: the kept snapshot while it is still good, otherwise everything unknown.
#[must_use]
pub fn first_shelf(estate: &Estate, settings: &PublishSettings, now: Timestamp) -> Arc<Shelf> {
    let kept = Shelf::kept(&settings.data_dir);
    if let Some(kept) = kept.filter(|kept| kept.valid_until > now) {
        return Arc::new(Shelf::holding(kept));
    }
    let sight = Sight {
        now,
        public_url: settings.public_url.clone(),
        blind_since: Some(now),
    };
    let view = build::view(estate, &PublicFacts::default(), &sight);
    Arc::new(Shelf::holding(render::snapshot(&view, 0)))
}

/// Runs until `stop` says true.
pub async fn run(parts: PublishParts, mut stop: watch::Receiver<bool>) {
    let mut ledger = parts.store.ledger_watch();
    let mut estate = parts.estate.clone();
    let mut publisher = Publisher::new(parts);
    while !*stop.borrow_and_update() {
        ledger.borrow_and_update();
        estate.borrow_and_update();
        let work = Stopwatch::start();
        publisher.tick(clock::now()).await;
        tokio::select! {
            () = sleep(COALESCE.max(work.elapsed() * REST_PER_WORK)) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
        tokio::select! {
            () = changed(&mut ledger) => {}
            () = changed(&mut estate) => {}
            () = sleep(publisher.until_next(clock::now())) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    publisher.finish().await;
}

/// A sender that is gone changes nothing any more.
async fn changed<T>(receiver: &mut watch::Receiver<T>) {
    if receiver.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Since when the watch has not been alive, once that is longer than a copy is good for: the database answers, but
/// nobody looks any more, and what it says is not known to hold.
fn asleep_since(facts: &PublicFacts, now: Timestamp) -> Option<Timestamp> {
    let asleep = facts
        .alive_at
        .filter(|alive_at| now.since(*alive_at) > build::ALLOWANCE);
    if let Some(since) = asleep {
        tracing::error!(%since, "the watch shows no sign of life; the page says unknown");
    }
    asleep
}

struct Publisher {
    parts: PublishParts,
    /// The last reading, and when it was taken.
    last: Option<(Arc<PublicFacts>, Timestamp)>,
    /// Since when the store has not answered.
    failing: bool,
    writing: Option<JoinHandle<()>>,
}

impl Publisher {
    const fn new(parts: PublishParts) -> Self {
        Self {
            parts,
            last: None,
            failing: false,
            writing: None,
        }
    }

    /// One look at the store and one render.
    async fn tick(&mut self, now: Timestamp) {
        let since = build::window_start(now);
        match self
            .parts
            .store
            .read(move |conn| public::read(conn, since))
            .await
        {
            Ok(facts) => {
                self.failing = false;
                let facts = Arc::new(facts);
                self.last = Some((Arc::clone(&facts), now));
                let asleep_since = asleep_since(&facts, now);
                self.show(facts, now, asleep_since).await;
            }
            Err(error) => {
                if !self.failing {
                    tracing::warn!(%error, "the store does not answer; the page keeps what it last knew");
                }
                self.failing = true;
                self.show_blindness(now).await;
            }
        }
    }

    /// Once what stands on the shelf is no longer good: the last view again, with everything unknown.
    async fn show_blindness(&mut self, now: Timestamp) {
        let shown = self.parts.shelf.load();
        if now < shown.valid_until && self.last.is_none() {
            return;
        }
        let (facts, seen_at) = match &self.last {
            Some((_, seen_at)) if now < minute_of(*seen_at) + build::ALLOWANCE => return,
            Some((facts, seen_at)) => (Arc::clone(facts), *seen_at),
            None => (Arc::default(), shown.generated_at),
        };
        self.show(facts, now, Some(seen_at)).await;
    }

    async fn show(
        &mut self,
        facts: Arc<PublicFacts>,
        now: Timestamp,
        blind_since: Option<Timestamp>,
    ) {
        let estate = Arc::clone(&self.parts.estate.borrow());
        let sight = Sight {
            now,
            public_url: self.parts.settings.public_url.clone(),
            blind_since,
        };
        let rendering = spawn_blocking(move || {
            let view = build::view(&estate, &facts, &sight);
            Arc::new(render::snapshot(&view, facts.seq))
        });
        match rendering.await {
            Ok(snapshot) => {
                self.parts.shelf.put(Arc::clone(&snapshot));
                self.keep(snapshot);
            }
            Err(error) => tracing::error!(%error, "rendering failed; the last good snapshot stays"),
        }
    }

    /// Writes beside the loop, one at a time: a slow disk must not hold up the page. What is skipped is written
    /// with the next minute.
    fn keep(&mut self, snapshot: Arc<Snapshot>) {
        if self
            .writing
            .as_ref()
            .is_some_and(|writing| !writing.is_finished())
        {
            return;
        }
        let data_dir = self.parts.settings.data_dir.clone();
        self.writing = Some(spawn_blocking(move || {
            if let Err(error) = shelf::keep(&snapshot, &data_dir) {
                tracing::warn!(%error, "the snapshot could not be kept on disk");
            }
        }));
    }

    fn until_next(&self, now: Timestamp) -> Duration {
        let next_minute = minute_of(now) + Duration::from_mins(1);
        let wait = next_minute.since(now);
        if self.failing {
            wait.min(ASK_AGAIN)
        } else {
            wait
        }
    }

    async fn finish(self) {
        if let Some(writing) = self.writing {
            let _ = writing.await;
        }
    }
}

fn minute_of(at: Timestamp) -> Timestamp {
    Timestamp::from_seconds(at.as_seconds().div_euclid(60) * 60)
}
