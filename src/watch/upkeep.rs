//! Upkeep: observations are packed when their hour is over, and what is older than its retention is removed, both in
//! pieces small enough that nobody waits for them.

use crate::domain::timestamp::Timestamp;
use crate::store::{Retention, Store, StoreError, observation, retention};

/// Packs finished hours.
pub async fn seal(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    observation::seal(store, now).await
}

/// Removes what has outlived its retention.
pub async fn forget(store: &Store, keep: &Retention, now: Timestamp) -> Result<(), StoreError> {
    retention::forget(store, keep, now).await
}
