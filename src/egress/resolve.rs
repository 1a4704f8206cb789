//! From a name to the addresses we may dial: a deadline of its own, few lookups at once, a short memory.
//!
//! The system's resolver is asked on threads that cannot be cancelled, so a hung one must not take them all.
//! What cannot be told apart by the system's answer (its resolver is down, or the name's servers are) is called
//! our own fault: never red because we are broken.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::clock::Stopwatch;
use crate::egress::policy::{Denied, Policy};

/// A resolver that has not answered by now is down; its client has asked it twice.
const DEADLINE: Duration = Duration::from_secs(7);
/// Lookups in flight. A lookup takes well under 50 ms, so that this serves 600 names a second.
const AT_ONCE: usize = 32;
/// An answer is kept for less than the shortest usual interval, so that a look sees a change of the name.
const KEPT: Duration = Duration::from_secs(5);
/// Names remembered before the expired are swept.
const SWEEP_AT: usize = 4096;
/// Addresses tried of one name.
const MOST_ADDRESSES: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// An answer points where we may not dial; the whole answer is refused, or a second lookup could choose it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The name does not exist or has no address: its owner's fault.
    #[error("name `{0}` does not exist")]
    NotFound(String),
    /// Our resolver did not answer, or we could not ask.
    #[error("name `{host}` could not be looked up: {why}")]
    OwnFault { host: String, why: String },
}

/// A clone shares its memory and its permits.
#[derive(Clone)]
pub struct Resolver {
    permits: Arc<Semaphore>,
    memory: Arc<Mutex<HashMap<String, Answer>>>,
    deadline: Duration,
}

struct Answer {
    age: Stopwatch,
    addresses: Vec<IpAddr>,
}

impl Default for Resolver {
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            memory: Arc::default(),
            deadline: DEADLINE,
        }
    }
}

impl Resolver {
    /// The addresses of `host` in the order to try them, each of them judged.
    ///
    /// # Errors
    /// [`ResolveError`] tells the target's fault from ours.
    pub async fn resolve(
        &self,
        host: &str,
        port: u16,
        policy: &Policy,
    ) -> Result<Vec<SocketAddr>, ResolveError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(literal) = bare.parse::<IpAddr>() {
            policy.judge(literal)?;
            return Ok(vec![SocketAddr::new(literal, port)]);
        }
        let found = match self.remembered(host) {
            Some(found) => found,
            None => tokio::time::timeout(self.deadline, self.look_up(host))
                .await
                .unwrap_or_else(|_| Err(own_fault(host, "no answer in time")))?,
        };
        for address in &found {
            policy.judge(*address)?;
        }
        Ok(found
            .into_iter()
            .take(MOST_ADDRESSES)
            .map(|address| SocketAddr::new(address, port))
            .collect())
    }

    async fn look_up(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| own_fault(host, "the resolver is closed"))?;
        if let Some(found) = self.remembered(host) {
            return Ok(found);
        }
        let name = host.to_owned();
        // The permit lives as long as the thread is busy, even when nobody waits for its answer any more.
        let lookup = tokio::spawn(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found = found.map(|addresses| addresses.map(|address| address.ip()).collect());
            drop(permit);
            found
        });
        let found: Vec<IpAddr> = lookup
            .await
            .map_err(|_| own_fault(host, "the lookup was stopped"))?
            .map_err(|error| blame(host, &error))?;
        if found.is_empty() {
            return Err(ResolveError::NotFound(host.to_owned()));
        }
        self.remember(host, &found);
        Ok(found)
    }

    fn remembered(&self, host: &str) -> Option<Vec<IpAddr>> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = memory.get(host)?;
        answer.is_fresh().then(|| answer.addresses.clone())
    }

    fn remember(&self, host: &str, found: &[IpAddr]) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= SWEEP_AT {
            memory.retain(|_, answer| answer.is_fresh());
        }
        let answer = Answer {
            age: Stopwatch::start(),
            addresses: found.to_vec(),
        };
        memory.insert(host.to_owned(), answer);
    }
}

impl Answer {
    fn is_fresh(&self) -> bool {
        self.age.elapsed() < KEPT
    }
}

fn own_fault(host: &str, why: &str) -> ResolveError {
    ResolveError::OwnFault {
        host: host.to_owned(),
        why: why.to_owned(),
    }
}

/// The standard library keeps the resolver's code in the text alone. These are the texts of glibc and musl for
/// `EAI_NONAME` and `EAI_NODATA`; all other codes (`EAI_AGAIN`, `EAI_FAIL`, `EAI_SYSTEM`) may be ours.
fn blame(host: &str, error: &std::io::Error) -> ResolveError {
    const DOES_NOT_EXIST: [&str; 4] = [
        "Name or service not known",
        "No address associated with hostname",
        "Name does not resolve",
        "Name has no usable address",
    ];
    let text = error.to_string();
    if DOES_NOT_EXIST.iter().any(|known| text.contains(known)) {
        return ResolveError::NotFound(host.to_owned());
    }
    // A name that cannot be a name (too long a label) is refused before anyone is asked.
    if error.kind() == std::io::ErrorKind::InvalidInput {
        return ResolveError::NotFound(host.to_owned());
    }
    own_fault(host, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_literal_is_judged_without_a_lookup() {
        let resolver = Resolver::default();
        let policy = Policy::public_only();

        let denied = resolver.resolve("169.254.169.254", 80, &policy).await;
        let allowed = resolver.resolve("[2606:4700::1111]", 443, &policy).await;

        assert!(matches!(denied, Err(ResolveError::Denied(_))));
        assert_eq!(allowed.unwrap(), ["[2606:4700::1111]:443".parse().unwrap()]);
    }

    #[tokio::test]
    async fn a_name_is_judged_by_where_it_points() {
        let resolver = Resolver::default();

        let denied = resolver
            .resolve("localhost", 80, &Policy::public_only())
            .await;
        let allowed = resolver
            .resolve("localhost", 80, &Policy::with_any_private())
            .await;

        assert!(matches!(denied, Err(ResolveError::Denied(_))), "{denied:?}");
        assert!(
            allowed
                .unwrap()
                .iter()
                .all(|address| address.ip().is_loopback())
        );
    }

    #[tokio::test]
    async fn spellings_the_system_reads_as_numbers_are_judged_too() {
        let resolver = Resolver::default();
        for host in [
            "127.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "0xa9fea9fe",
            "169.254.43518",
        ] {
            let found = resolver.resolve(host, 80, &Policy::public_only()).await;
            assert!(found.is_err(), "{host}: {found:?}");
        }
    }

    #[test]
    fn an_absent_name_is_the_owners_fault_and_a_silent_resolver_is_ours() {
        let absent = std::io::Error::other(
            "failed to lookup address information: Name or service not known",
        );
        let silent = std::io::Error::other(
            "failed to lookup address information: Temporary failure in name resolution",
        );

        assert!(matches!(
            blame("a.example", &absent),
            ResolveError::NotFound(_)
        ));
        assert!(matches!(
            blame("a.example", &silent),
            ResolveError::OwnFault { .. }
        ));
    }

    #[tokio::test]
    async fn no_permit_in_time_is_our_own_fault() {
        let resolver = Resolver {
            deadline: Duration::ZERO,
            ..Resolver::default()
        };
        let _all = resolver.permits.acquire_many(32).await.unwrap();

        let found = resolver
            .resolve("localhost", 80, &Policy::with_any_private())
            .await;

        assert!(matches!(found, Err(ResolveError::OwnFault { .. })));
    }
}
