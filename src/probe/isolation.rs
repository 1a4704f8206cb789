//! Am I the one cut off? Reference targets that have nothing to do with us are asked when a look fails.
//!
//! When a strict majority of them fails too, the fault is on our side and the look is inconclusive. They are asked
//! after a failure and not by the clock: a verdict from before the failure could be older than the outage.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use url::Url;

use crate::clock::Stopwatch;
use crate::domain::observation::{Observation, Outcome};
use crate::probe::timing::Trail;
use crate::probe::{Instruments, ProbeSettings, dial};

/// A reference target that has not answered by now counts as failed.
const PATIENCE: Duration = Duration::from_secs(3);

/// Something far away that is up when we are connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    host: String,
    port: u16,
    is_https: bool,
}

/// The text is neither an https URL nor `host:port`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a reference target: write https://example.net or 1.1.1.1:53")]
pub struct NotAReference(pub String);

impl Reference {
    /// # Errors
    /// [`NotAReference`] when the text names no target.
    pub fn parse(text: &str) -> Result<Self, NotAReference> {
        let refused = || NotAReference(text.to_owned());
        let is_url = text.contains("://");
        let spelled = if is_url {
            text.to_owned()
        } else {
            format!("tcp://{text}")
        };
        let url = Url::parse(&spelled).map_err(|_| refused())?;
        if is_url && !matches!(url.scheme(), "http" | "https") {
            return Err(refused());
        }
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(refused)?;
        Ok(Self {
            host: host.to_owned(),
            port: url.port_or_known_default().ok_or_else(refused)?,
            is_https: url.scheme() == "https",
        })
    }

    /// A connection, and a TLS handshake where the target speaks it, are proof enough of a network.
    async fn is_reached(&self, instruments: &Instruments) -> bool {
        let reach = async {
            let mut trail = Trail::start();
            let stream = dial::connect(instruments, &self.host, self.port, &mut trail).await?;
            if self.is_https {
                dial::encrypt(instruments, &self.host, stream, &mut trail).await?;
            }
            Ok::<(), crate::probe::finding::Finding>(())
        };
        matches!(tokio::time::timeout(PATIENCE, reach).await, Ok(Ok(())))
    }
}

/// The guard. Without reference targets it is off.
pub struct IsolationGuard {
    references: Vec<Reference>,
    last: Mutex<Option<Round>>,
}

struct Round {
    age: Stopwatch,
    is_isolated: bool,
}

impl IsolationGuard {
    /// # Errors
    /// [`NotAReference`] names the first text that is no target.
    pub fn new(settings: &ProbeSettings) -> Result<Self, NotAReference> {
        let parsed: Result<Vec<_>, _> = settings
            .reference_targets
            .iter()
            .map(|text| Reference::parse(text))
            .collect();
        Ok(Self {
            references: parsed?,
            last: Mutex::new(None),
        })
    }

    pub fn is_on(&self) -> bool {
        !self.references.is_empty()
    }

    /// Takes the blame off a failing target while we are cut off. A verdict of the last `recent` is good enough.
    pub async fn absolve(
        &self,
        seen: Observation,
        instruments: &Arc<Instruments>,
        recent: Duration,
    ) -> Observation {
        if seen.outcome != Outcome::Fail || !self.is_on() {
            return seen;
        }
        if !self.is_isolated(instruments, recent).await {
            return seen;
        }
        Observation {
            outcome: Outcome::Inconclusive,
            reason: "isolated".to_owned(),
            detail: format!(
                "our own network is cut off; {}: {}",
                seen.reason, seen.detail
            ),
            ..seen
        }
    }

    /// One round at a time: those who fail together share its verdict.
    async fn is_isolated(&self, instruments: &Arc<Instruments>, recent: Duration) -> bool {
        let mut last = self.last.lock().await;
        if let Some(round) = last.as_ref().filter(|round| round.age.elapsed() <= recent) {
            return round.is_isolated;
        }
        let was_isolated = last.as_ref().is_some_and(|round| round.is_isolated);
        let failed = self.count_failed(instruments).await;
        let is_isolated = failed * 2 > self.references.len();
        if was_isolated != is_isolated {
            self.say(is_isolated, failed);
        }
        *last = Some(Round {
            age: Stopwatch::start(),
            is_isolated,
        });
        is_isolated
    }

    fn say(&self, is_isolated: bool, failed: usize) {
        if !is_isolated {
            tracing::info!("this node is connected again");
            return;
        }
        tracing::error!(
            references.failed = failed,
            references.total = self.references.len(),
            "this node is isolated: failing checks say nothing about their targets"
        );
    }

    async fn count_failed(&self, instruments: &Arc<Instruments>) -> usize {
        let asked = self
            .references
            .iter()
            .map(|reference| reference.is_reached(instruments));
        let reached = futures_util::future::join_all(asked).await;
        reached.into_iter().filter(|is_reached| !is_reached).count()
    }
}
