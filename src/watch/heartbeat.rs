//! Heartbeats: senders call, we note it durably, and judge in memory whether they called in time.
//!
//! The book is all that a ping needs to be refused and all that a judgment reads: no database on either path.
//! A call that the database could not take still counts here, because we did hear it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::check::{Check, CheckKind, Secret};
use crate::domain::estate::Estate;
use crate::domain::heartbeat::{self, Calls, TOKEN_PURPOSE};
use crate::domain::id::CheckId;
use crate::domain::observation::{Observation, Phases};
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::seal::{KeyRing, SealError, sha256_hex};
use crate::store::heartbeat::{Heartbeat, insert, list, set_called, set_token};
use crate::store::{Store, StoreError};

pub use crate::store::heartbeat::Call;

#[derive(Debug, thiserror::Error)]
pub enum HeartbeatError {
    /// Also said of a token whose check is gone.
    #[error("no heartbeat has this token")]
    Unknown,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Every heartbeat of the estate, by check.
pub struct HeartbeatBook {
    store: Store,
    keys: KeyRing,
    /// Calls before this may have been missed.
    opened_at: Timestamp,
    kept: Mutex<HashMap<CheckId, Kept>>,
}

#[derive(Clone)]
struct Kept {
    token_hash: String,
    token_sealed: String,
    calls: Calls,
}

impl HeartbeatBook {
    /// Reads what is kept, and makes tokens for heartbeats that have none yet.
    ///
    /// # Errors
    /// [`HeartbeatError`] when the database or the key refuses.
    pub async fn open(
        store: Store,
        keys: KeyRing,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<Self, HeartbeatError> {
        let book = Self {
            store,
            keys,
            opened_at: now,
            kept: Mutex::default(),
        };
        book.adopt(estate, now).await?;
        Ok(book)
    }

    /// Takes over a new estate. Called before the scheduler hears of it.
    ///
    /// # Errors
    /// As [`HeartbeatBook::open`]; what was adopted before the error stays.
    pub async fn adopt(&self, estate: &Estate, now: Timestamp) -> Result<(), HeartbeatError> {
        let stored = self.store.read(list).await?;
        let mut stored: HashMap<_, _> = stored.into_iter().map(|row| (row.check, row)).collect();
        let mut adopted = HashMap::new();
        for (_, check) in estate.checks() {
            let CheckKind::Heartbeat(wanted) = &check.kind else {
                continue;
            };
            let row = match stored.remove(&check.id) {
                Some(row) => self.with_token(row, wanted.token.as_ref()).await?,
                None => {
                    self.first_seen(check.id, wanted.token.as_ref(), now)
                        .await?
                }
            };
            adopted.insert(check.id, self.keep(row));
        }
        let mut kept = self.kept();
        for (check, new) in &mut adopted {
            // A call heard while we read is newer than what we read.
            if let Some(old) = kept.get(check) {
                new.calls = later(new.calls, old.calls);
            }
        }
        *kept = adopted;
        Ok(())
    }

    /// Notes a call. It is durable when this returns `Ok`.
    ///
    /// # Errors
    /// [`HeartbeatError::Unknown`] for a token of nobody, without asking the database.
    pub async fn ping(
        &self,
        token: &str,
        call: Call,
        now: Timestamp,
    ) -> Result<CheckId, HeartbeatError> {
        let check = self.hear(&sha256_hex(token.as_bytes()), call, now)?;
        self.store
            .write(move |tx| set_called(tx, check, call, now))
            .await?;
        Ok(check)
    }

    /// The token a sender needs, for an operator to read.
    ///
    /// # Errors
    /// [`HeartbeatError::Unknown`] when the check is no heartbeat of this estate.
    pub fn token(&self, check: CheckId) -> Result<Secret, HeartbeatError> {
        let sealed = self
            .kept()
            .get(&check)
            .map(|kept| kept.token_sealed.clone());
        let sealed = sealed.ok_or(HeartbeatError::Unknown)?;
        Ok(Secret::new(self.keys.open_sealed(TOKEN_PURPOSE, &sealed)?))
    }

    /// What the calls so far mean at `now`; none for a check that is no heartbeat.
    pub fn judge(&self, check: &Check, location: &str, now: Timestamp) -> Option<Observation> {
        let CheckKind::Heartbeat(heartbeat) = &check.kind else {
            return None;
        };
        let unheard = Calls {
            started_at: None,
            succeeded_at: None,
            failed_at: None,
            listening_since: self.opened_at,
        };
        let calls = self
            .kept()
            .get(&check.id)
            .map_or(unheard, |kept| kept.calls);
        let judged = heartbeat::judge(heartbeat, calls, now);
        Some(Observation {
            check: check.id,
            location: location.to_owned(),
            at: now,
            outcome: judged.outcome,
            phases: Phases::default(),
            reason: judged.reason.to_owned(),
            detail: describe(calls, judged.due),
        })
    }

    fn hear(
        &self,
        token_hash: &str,
        call: Call,
        now: Timestamp,
    ) -> Result<CheckId, HeartbeatError> {
        let mut kept = self.kept();
        // Digests are compared, so that the time this takes says nothing about the token.
        let (check, heard) = kept
            .iter_mut()
            .find(|(_, kept)| kept.token_hash == token_hash)
            .ok_or(HeartbeatError::Unknown)?;
        match call {
            Call::Started => heard.calls.started_at = Some(now),
            Call::Succeeded => heard.calls.succeeded_at = Some(now),
            Call::Failed => heard.calls.failed_at = Some(now),
        }
        Ok(*check)
    }

    /// A token in the file wins over the one that is kept.
    async fn with_token(
        &self,
        row: Heartbeat,
        wanted: Option<&Secret>,
    ) -> Result<Heartbeat, HeartbeatError> {
        let Some(wanted) = wanted else {
            return Ok(row);
        };
        let token_hash = sha256_hex(wanted.reveal().as_bytes());
        if token_hash == row.token_hash {
            return Ok(row);
        }
        let token_sealed = self.keys.seal(TOKEN_PURPOSE, wanted.reveal())?;
        let changed = Heartbeat {
            token_hash,
            token_sealed,
            ..row
        };
        let new = changed.clone();
        self.store
            .write(move |tx| set_token(tx, new.check, &new.token_hash, &new.token_sealed))
            .await?;
        Ok(changed)
    }

    async fn first_seen(
        &self,
        check: CheckId,
        wanted: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Heartbeat, HeartbeatError> {
        let token = wanted
            .cloned()
            .unwrap_or_else(|| Secret::new(entropy::token()));
        let row = Heartbeat {
            check,
            token_hash: sha256_hex(token.reveal().as_bytes()),
            token_sealed: self.keys.seal(TOKEN_PURPOSE, token.reveal())?,
            started_at: None,
            succeeded_at: None,
            failed_at: None,
            created_at: now,
        };
        let new = row.clone();
        self.store.write(move |tx| insert(tx, &new)).await?;
        Ok(row)
    }

    fn keep(&self, row: Heartbeat) -> Kept {
        Kept {
            token_hash: row.token_hash,
            token_sealed: row.token_sealed,
            calls: Calls {
                started_at: row.started_at,
                succeeded_at: row.succeeded_at,
                failed_at: row.failed_at,
                listening_since: row.created_at.max(self.opened_at),
            },
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<CheckId, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The newer of each kind of call.
fn later(read: Calls, heard: Calls) -> Calls {
    Calls {
        started_at: read.started_at.max(heard.started_at),
        succeeded_at: read.succeeded_at.max(heard.succeeded_at),
        failed_at: read.failed_at.max(heard.failed_at),
        listening_since: read.listening_since,
    }
}

fn describe(calls: Calls, due: Option<Timestamp>) -> String {
    let last = calls.succeeded_at.map_or_else(
        || "no success was reported yet".to_owned(),
        |at| format!("the last success was reported at {at}"),
    );
    due.map_or_else(
        || last.clone(),
        |due| format!("{last}; the next is due at {due}"),
    )
}
