//! Which checks have a failure that is not confirmed yet: set by ingest, read by the scheduler.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::domain::id::CheckId;

/// Such a check is looked at again after its `retry_interval`.
#[derive(Debug, Default)]
pub struct Hurry {
    unconfirmed: Mutex<HashSet<CheckId>>,
    grown: Notify,
}

impl Hurry {
    /// Said after every observation.
    pub fn set(&self, check: CheckId, is_unconfirmed: bool) {
        let mut unconfirmed = self
            .unconfirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !is_unconfirmed {
            unconfirmed.remove(&check);
            return;
        }
        if unconfirmed.insert(check) {
            self.grown.notify_one();
        }
    }

    pub(crate) fn is_unconfirmed(&self, check: CheckId) -> bool {
        let unconfirmed = self
            .unconfirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unconfirmed.contains(&check)
    }

    pub(crate) fn unconfirmed(&self) -> Vec<CheckId> {
        let unconfirmed = self
            .unconfirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unconfirmed.iter().copied().collect()
    }

    /// Another check has become one to hurry.
    pub(crate) async fn grown(&self) {
        self.grown.notified().await;
    }
}
