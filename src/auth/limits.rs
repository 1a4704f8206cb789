//! How often a password may be tried. Nobody is locked out: tries are slowed, per account and per network, and
//! only a few digests are computed at a time, so that an attack on the door cannot starve the page.

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::domain::timestamp::Timestamp;
use crate::seal::sha256_hex;
use crate::store::rate_limit::{self, Limit};
use crate::store::{Store, StoreError};

/// Each argon2 digest takes 19 MiB and a core for a while; two cores, two digests.
const AT_A_TIME: usize = 2;
/// A person who waits longer than this for the door thinks it broken.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tries at one account from one network in a quarter of an hour.
const PER_PAIR: Limit = Limit {
    most: 10,
    window: WINDOW,
};
/// Tries from one network: an office may share one address.
const PER_NETWORK: Limit = Limit {
    most: 30,
    window: WINDOW,
};
/// Tries at one account from everywhere. Past this each waits a little; refusing would let a stranger lock its
/// owner out.
const PER_ACCOUNT: Limit = Limit {
    most: 20,
    window: WINDOW,
};
const SOFT_DELAY: Duration = Duration::from_secs(3);
const WINDOW: Duration = Duration::from_mins(15);

/// Shared by every worker of the server.
pub struct Limits {
    pub digests: Semaphore,
}

/// Come back later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    pub retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            digests: Semaphore::new(AT_A_TIME),
        }
    }
}

impl Limits {
    /// Waits for `digest`, which waits for its turn; gives up when the queue does not move.
    ///
    /// # Errors
    /// [`TooMany`] when the door is under siege.
    pub async fn patiently<T>(&self, digest: impl Future<Output = T>) -> Result<T, TooMany> {
        let waited = tokio::time::timeout(PATIENCE, digest).await;
        waited.map_err(|_| TooMany {
            retry_after: PATIENCE,
        })
    }
}

/// Counts one try against the account and the network, before any digest is computed. Says how long this try
/// has to wait first, which is nothing as long as nobody attacks the account.
///
/// # Errors
/// [`StoreError`] when it cannot be counted: then nobody gets in, which is what a missing database means anyway.
pub async fn count_try(
    store: &Store,
    email: &str,
    network: &str,
    now: Timestamp,
) -> Result<Result<Duration, TooMany>, StoreError> {
    let who = sha256_hex(email.as_bytes());
    let pair = format!("sign_in:pair:{who}:{network}");
    let account = format!("sign_in:account:{who}");
    let network = format!("sign_in:network:{network}");
    store
        .write(move |tx| {
            if !rate_limit::take(tx, &network, PER_NETWORK, now)?
                || !rate_limit::take(tx, &pair, PER_PAIR, now)?
            {
                return Ok(Err(TooMany {
                    retry_after: WINDOW,
                }));
            }
            let is_calm = rate_limit::take(tx, &account, PER_ACCOUNT, now)?;
            Ok(Ok(if is_calm { Duration::ZERO } else { SOFT_DELAY }))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::for_tests::each_database;

    #[tokio::test]
    async fn an_attacked_account_is_slowed_and_its_owner_still_gets_in() {
        each_database(async |store| {
            let at = Timestamp::from_seconds(1000);
            let attempt = async |network: &str| {
                count_try(&store, "ada@example.net", network, at)
                    .await
                    .unwrap()
            };

            for _ in 0..10 {
                assert_eq!(attempt("203.0.113.1").await, Ok(Duration::ZERO));
            }
            assert_eq!(
                attempt("203.0.113.1").await,
                Err(TooMany {
                    retry_after: WINDOW
                })
            );
            for _ in 0..10 {
                assert_eq!(attempt("203.0.113.2").await, Ok(Duration::ZERO));
            }

            assert_eq!(
                attempt("198.51.100.7").await,
                Ok(SOFT_DELAY),
                "slowed, not refused"
            );
        })
        .await;
    }
}
