//! TLS as a client: one crypto provider, installed once, and the roots of the system.
//!
//! Verification cannot be turned off. A system without roots falls back on Mozilla's, compiled in.

use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// Makes aws-lc-rs the crypto of this process. Called at start and by tests; more than once does no harm.
pub fn install_crypto() {
    // `Err` means that it is installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// The configuration every outgoing connection shares.
#[must_use]
pub fn tls_client_config() -> Arc<ClientConfig> {
    static SHARED: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    Arc::clone(SHARED.get_or_init(|| tls_client_config_trusting(&[])))
}

/// The same with further roots, as a private certificate authority has.
#[must_use]
pub fn tls_client_config_trusting(extra: &[CertificateDer<'static>]) -> Arc<ClientConfig> {
    install_crypto();
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "part of the system's certificate store is unreadable");
    }
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots.add_parsable_certificates(extra.iter().cloned());
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    // A resumed handshake shows no certificate, so that an expired one would go unseen.
    config.resumption = Resumption::disabled();
    Arc::new(config)
}
