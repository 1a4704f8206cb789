//! LOOKING. One file per check kind; a down target is an observation, never an error. Stop 2 on the journey.
//!
//! Probe never writes: it is told the time, looks once, and says what it saw and where the time went. What is our
//! own fault (no descriptors, no route, no resolver, our own refusal to dial) is `inconclusive`, never `fail`.
//!
//! To add a kind: a variant in domain/check.rs, a file here, an arm in [`look`], its form in the console, a test.

mod certificate;
mod dial;
mod exchange;
mod expect;
mod finding;
pub mod http;
pub mod isolation;
pub mod prometheus;
pub mod settings;
pub mod tcp;
pub mod timing;

#[cfg(test)]
pub(crate) mod for_tests;
#[cfg(test)]
mod http_tests;
#[cfg(test)]
mod redirect_tests;
#[cfg(test)]
mod tls_tests;

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio_rustls::TlsConnector;

use crate::domain::check::{Check, CheckKind};
use crate::domain::observation::{Observation, Phases};
use crate::domain::timestamp::Timestamp;
use crate::egress::{
    EgressError, GuardedClient, Resolver, guarded_client, tls_client_config_trusting,
};
use crate::probe::expect::Patterns;
use crate::probe::finding::Finding;

pub use settings::{ProbeSettings, PrometheusSource};

/// What looks share: the settings, the resolver's memory, the roots we trust, the client for Prometheus.
pub struct Instruments {
    settings: Arc<ProbeSettings>,
    resolver: Resolver,
    tls: TlsConnector,
    client: GuardedClient,
    patterns: Patterns,
}

impl Instruments {
    /// # Errors
    /// [`EgressError::Client`] when TLS cannot be set up.
    pub fn new(settings: Arc<ProbeSettings>) -> Result<Self, EgressError> {
        Self::trusting(settings, &[])
    }

    /// The name of the place we look from.
    pub fn location(&self) -> &str {
        &self.settings.location
    }

    /// The same with further roots, as a private certificate authority has.
    ///
    /// # Errors
    /// As [`Instruments::new`].
    pub fn trusting(
        settings: Arc<ProbeSettings>,
        roots: &[CertificateDer<'static>],
    ) -> Result<Self, EgressError> {
        Ok(Self {
            client: guarded_client(settings.policy.clone(), Duration::from_secs(30))?,
            tls: TlsConnector::from(tls_client_config_trusting(roots)),
            resolver: Resolver::default(),
            patterns: Patterns::default(),
            settings,
        })
    }
}

/// Looks once at the target of `check`. A heartbeat has no target: watch/heartbeat.rs judges it by its pings.
pub async fn look(check: &Check, instruments: &Instruments, now: Timestamp) -> Observation {
    let (finding, phases) = match &check.kind {
        CheckKind::Http(http) => http::look(http, check, instruments, now).await,
        CheckKind::Tcp(tcp) => tcp::look(tcp, check, instruments).await,
        CheckKind::Prometheus(reading) => prometheus::look(reading, check, instruments).await,
        CheckKind::Heartbeat(_) => (
            Finding::own("heartbeat", "a heartbeat is judged by its pings"),
            Phases::default(),
        ),
    };
    Observation {
        check: check.id,
        location: instruments.settings.location.clone(),
        at: now,
        outcome: finding.outcome,
        phases,
        reason: finding.reason.into_owned(),
        detail: finding.detail,
    }
}
