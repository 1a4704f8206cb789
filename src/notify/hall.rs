//! What the parts of the notifier share: where things are kept, who we are, and how they wake each other.

use std::sync::Arc;

use crate::channel::email::Mailbox;
use tokio::sync::{Notify, Semaphore, watch};

use crate::domain::estate::Estate;
use crate::entropy;
use crate::notify::NotifyParts;
use crate::notify::counts::Counts;
use crate::notify::facts::Voice;
use crate::notify::render::Kept;
use crate::notify::template::Templates;
use crate::seal::KeyRing;
use crate::store::Store;

/// Mails and webhooks that may be sent before their settlement is committed: what a crash can send twice.
const PERMITS: usize = 256;

pub(super) struct Hall {
    pub(super) store: Store,
    pub(super) keys: KeyRing,
    pub(super) counts: Arc<Counts>,
    pub(super) templates: Templates,
    pub(super) kept: Kept,
    /// Our sender and where answers go; none while mail is off.
    pub(super) senders: Option<(Mailbox, Option<Mailbox>)>,
    /// Without a slash at the end.
    pub(super) public_url: String,
    /// Names our leases.
    pub(super) owner: String,
    pub(super) permits: Arc<Semaphore>,
    pub(super) feeders: [Notify; 3],
    estate: watch::Receiver<Arc<Estate>>,
    console_url: String,
}

impl Hall {
    pub(super) fn new(parts: &NotifyParts, senders: Option<(Mailbox, Option<Mailbox>)>) -> Self {
        Self {
            store: parts.store.clone(),
            keys: parts.keys.clone(),
            counts: Arc::clone(&parts.counts),
            templates: Templates::load(parts.templates.as_deref()),
            kept: Kept::default(),
            senders,
            public_url: parts.public_url.trim_end_matches('/').to_owned(),
            owner: entropy::id().to_string(),
            permits: Arc::new(Semaphore::new(PERMITS)),
            feeders: [Notify::new(), Notify::new(), Notify::new()],
            estate: parts.estate.clone(),
            console_url: parts.console_url.clone(),
        }
    }

    pub(super) fn estate(&self) -> Arc<Estate> {
        Arc::clone(&self.estate.borrow())
    }

    pub(super) fn voice(&self) -> Voice {
        let estate = self.estate();
        Voice::of(estate.pages.first(), &self.public_url, &self.console_url)
    }

    /// There may be something new to claim.
    pub(super) fn wake_feeders(&self) {
        for feeder in &self.feeders {
            feeder.notify_one();
        }
    }
}
