//! A check: what is looked at, how often, and what is expected. No results here.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::id::CheckId;

/// A probe definition attached to a component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub id: CheckId,
    /// The configuration key.
    pub key: String,
    pub kind: CheckKind,
    pub interval: Duration,
    /// Total deadline of one look, from name lookup to the last byte.
    pub timeout: Duration,
    /// Used instead of `interval` while a failure is not yet confirmed.
    pub retry_interval: Duration,
    pub fail_after: u32,
    pub recover_after: u32,
    /// Slower than this is `slow`, not `fail`.
    pub slow_after: Option<Duration>,
    pub critical: bool,
    /// Names of the probe locations; until agents exist this node's alone.
    pub locations: Vec<String>,
}

impl Check {
    /// Without a result for this long the check is stale: `max(3 x interval, 120 s)`, derivation.md L1.
    /// A heartbeat is judged by its own schedule and never stale.
    #[must_use]
    pub fn stale_after(&self) -> Duration {
        (self.interval * 3).max(Duration::from_mins(2))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[expect(clippy::large_enum_variant, reason = "most checks are HTTP checks")]
pub enum CheckKind {
    Http(HttpCheck),
    Tcp(TcpCheck),
    Heartbeat(HeartbeatCheck),
    Prometheus(PrometheusCheck),
}

impl CheckKind {
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Tcp(_) => "tcp",
            Self::Heartbeat(_) => "heartbeat",
            Self::Prometheus(_) => "prometheus",
        }
    }
}

/// A text that must not be printed: `Debug` and serialisation show only that it is there.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for the wire, never for a log.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("[secret]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpCheck {
    /// Canonical http or https URL, without user information.
    pub url: url::Url,
    pub method: String,
    pub body: Option<String>,
    /// Redirects followed, each hop guarded; 0 follows none.
    pub redirects: u8,
    pub auth: Option<HttpAuth>,
    pub headers: Vec<(String, Secret)>,
    pub expect: Expectations,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpAuth {
    Basic { user: String, password: Secret },
    Bearer(Secret),
}

/// What a good answer looks like. All given expectations must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectations {
    /// Inclusive ranges of status codes.
    pub status: Vec<(u16, u16)>,
    pub body_contains: Option<String>,
    pub json: Option<JsonExpectation>,
    pub header: Option<HeaderExpectation>,
    /// Fewer days left on the certificate is `slow`.
    pub certificate_days: Option<u32>,
}

impl Default for Expectations {
    fn default() -> Self {
        Self {
            status: vec![(200, 299)],
            body_contains: None,
            json: None,
            header: None,
            certificate_days: None,
        }
    }
}

/// The value at an RFC 9535 path must equal `equals`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JsonExpectation {
    pub path: String,
    pub equals: serde_json::Value,
}

/// A header of that name must match the regular expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeaderExpectation {
    pub name: String,
    pub matches: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpCheck {
    pub host: String,
    pub port: u16,
}

/// We wait for the other side to report. `interval` of the check is how often we judge, not how often it calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeartbeatCheck {
    /// Given by the operator; otherwise made and kept by the server.
    pub token: Option<Secret>,
    pub schedule: HeartbeatSchedule,
    pub grace: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeartbeatSchedule {
    Every(Duration),
    /// A five-field cron line in an IANA zone.
    Cron {
        line: String,
        time_zone: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrometheusCheck {
    /// Key of `[sources.prometheus.KEY]`.
    pub source: String,
    pub query: String,
    pub fail: Comparison,
    pub slow: Option<Comparison>,
}

/// `> 600` and its like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub operator: Operator,
    pub value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

impl Comparison {
    #[must_use]
    #[expect(
        clippy::float_cmp,
        reason = "`== 0` in a configuration means exactly that"
    )]
    pub fn holds(&self, reading: f64) -> bool {
        match self.operator {
            Operator::Less => reading < self.value,
            Operator::LessOrEqual => reading <= self.value,
            Operator::Equal => reading == self.value,
            Operator::NotEqual => reading != self.value,
            Operator::GreaterOrEqual => reading >= self.value,
            Operator::Greater => reading > self.value,
        }
    }
}
