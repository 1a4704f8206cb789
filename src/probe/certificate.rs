//! What a peer's certificate says: why it is not believed, and how many days it has left.

use std::io;

use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::domain::timestamp::{DAY_MS, Timestamp};
use crate::probe::finding::{Finding, blame};

/// Tells a bad certificate from a bad handshake from a broken connection.
pub(crate) fn blame_handshake(error: &io::Error) -> Finding {
    let Some(tls) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    else {
        return blame(error, "during the TLS handshake");
    };
    match tls {
        rustls::Error::InvalidCertificate(problem) => blame_certificate(problem),
        other => Finding::fail("tls_failed", format!("no TLS handshake: {other}")),
    }
}

fn blame_certificate(problem: &CertificateError) -> Finding {
    let reason = match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "certificate_expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "certificate_not_yet_valid"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "certificate_wrong_name"
        }
        CertificateError::UnknownIssuer => "certificate_untrusted",
        CertificateError::Revoked => "certificate_revoked",
        _ => "certificate_invalid",
    };
    Finding::fail(reason, format!("the certificate is not valid: {problem}"))
}

/// Whole days until `certificate` expires; none when it cannot be read.
pub(crate) fn days_left(certificate: &CertificateDer<'_>, now: Timestamp) -> Option<i64> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let ends = Timestamp::from_seconds(parsed.validity().not_after.timestamp());
    Some((ends.as_millis() - now.as_millis()).div_euclid(DAY_MS))
}
