//! How often a password may be tried. Nobody is locked out: tries are slowed, per account and per network, and
//! only a few digests are computed at a time, so that an attack on the door cannot starve the page.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::domain::timestamp::Timestamp;
use crate::seal::sha256_hex;
use crate::store::{Store, StoreError, rate_limit};

/// Each argon2 digest takes 19 MiB and a core for a while; two cores, two digests.
const AT_A_TIME: usize = 2;
/// A person who waits longer than this for the door thinks it broken.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tries per account and quarter of an hour.
const PER_ACCOUNT: i32 = 10;
/// Tries per network and quarter of an hour: an office may share one address.
const PER_NETWORK: i32 = 30;
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Shared by every worker of the server.
pub struct Limits {
    digests: Semaphore,
}

/// Come back later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    pub retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { digests: Semaphore::new(AT_A_TIME) }
    }
}

impl Limits {
    /// A turn at computing a digest; none when the queue does not move.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, TooMany> {
        let waited = tokio::time::timeout(PATIENCE, self.digests.acquire()).await;
        match waited {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(TooMany { retry_after: PATIENCE }),
        }
    }
}

/// Counts one try against the account and the network, before any digest is computed.
///
/// # Errors
/// [`StoreError`] when it cannot be counted: then nobody gets in, which is what a missing database means anyway.
pub async fn count_try(store: &Store, email: &str, network: &str, now: Timestamp) -> Result<Result<(), TooMany>, StoreError> {
    let account = format!("sign_in:account:{}", sha256_hex(email.as_bytes()));
    let network = format!("sign_in:network:{network}");
    store
        .write(move |tx| {
            let one = rate_limit::take(tx, &network, PER_NETWORK, WINDOW, now)?;
            let two = rate_limit::take(tx, &account, PER_ACCOUNT, WINDOW, now)?;
            Ok(if one && two { Ok(()) } else { Err(TooMany { retry_after: WINDOW }) })
        })
        .await
}
