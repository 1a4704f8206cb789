//! What a look found, before it is an observation; and whose fault an error is.

use std::borrow::Cow;
use std::io;

use crate::domain::observation::Outcome;
use crate::egress::ResolveError;

/// An outcome with its stable code and its sentence. Neither ever holds a body, a header's value or a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Cow<'static, str>,
    pub(crate) detail: String,
}

impl Finding {
    pub(crate) fn pass(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Pass, "ok", detail)
    }

    pub(crate) fn slow(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::new(Outcome::Slow, reason, detail)
    }

    pub(crate) fn fail(reason: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(Outcome::Fail, reason, detail)
    }

    /// Our own fault.
    pub(crate) fn own(reason: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(Outcome::Inconclusive, reason, detail)
    }

    pub(crate) fn new(
        outcome: Outcome,
        reason: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            outcome,
            reason: reason.into(),
            detail: detail.into(),
        }
    }
}

/// `Too many open files`, in this process and in the system.
const EMFILE: i32 = 24;
const ENFILE: i32 = 23;
/// `No buffer space available`.
const ENOBUFS: i32 = 105;

/// Whose fault a network error is. Errors that only our own machine can cause are ours.
pub(crate) fn blame(error: &io::Error, doing: &str) -> Finding {
    if let Some(reason) = own_reason(error) {
        return Finding::own(reason, format!("{doing}: {error}"));
    }
    let reason = match error.kind() {
        io::ErrorKind::ConnectionRefused => "connect_refused",
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => "connection_reset",
        io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => "closed_early",
        io::ErrorKind::HostUnreachable => "host_unreachable",
        io::ErrorKind::TimedOut => "connect_timeout",
        _ => "connection_failed",
    };
    Finding::fail(reason, format!("{doing}: {error}"))
}

fn own_reason(error: &io::Error) -> Option<&'static str> {
    if matches!(error.raw_os_error(), Some(EMFILE | ENFILE | ENOBUFS)) {
        return Some("own_descriptors");
    }
    match error.kind() {
        // No route at all: our network is gone, or we have none of that family.
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => Some("own_network"),
        // All local ports are taken.
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse => Some("own_ports"),
        // A local firewall refuses.
        io::ErrorKind::PermissionDenied => Some("own_firewall"),
        io::ErrorKind::OutOfMemory => Some("own_memory"),
        _ => None,
    }
}

pub(crate) fn blame_lookup(error: &ResolveError) -> Finding {
    match error {
        ResolveError::Denied(denied) => Finding::own(
            "denied",
            format!(
                "{} is {}: `allow_networks` does not allow it",
                denied.address, denied.why
            ),
        ),
        ResolveError::NotFound(_) => Finding::fail("dns_not_found", error.to_string()),
        ResolveError::OwnFault { .. } => Finding::own("dns_own_fault", error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_our_machine_can_cause_is_inconclusive() {
        for code in [EMFILE, ENFILE, ENOBUFS, 99, 100, 101, 1, 13, 12] {
            let found = blame(&io::Error::from_raw_os_error(code), "connecting");
            assert_eq!(found.outcome, Outcome::Inconclusive, "{code}: {found:?}");
        }
    }

    #[test]
    fn what_the_target_does_is_a_failure() {
        for (code, reason) in [
            (111, "connect_refused"),
            (104, "connection_reset"),
            (113, "host_unreachable"),
            (110, "connect_timeout"),
        ] {
            let found = blame(&io::Error::from_raw_os_error(code), "connecting");
            assert_eq!(
                (found.outcome, found.reason.as_ref()),
                (Outcome::Fail, reason),
                "{code}"
            );
        }
    }
}
