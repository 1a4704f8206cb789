//! What looking needs to know beside the checks themselves.

use std::collections::BTreeMap;

use url::Url;

use crate::domain::check::Secret;
use crate::egress::Policy;

/// `[probes]` and `[sources]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSettings {
    /// Where checks may look.
    pub policy: Policy,
    /// https URLs or `host:port`: when most of them fail together, we are the ones cut off.
    pub reference_targets: Vec<String>,
    /// This node's name as a probe location.
    pub location: String,
    /// By the key that checks and objectives name.
    pub sources: BTreeMap<String, PrometheusSource>,
}

/// A Prometheus-compatible API.
#[derive(Clone, Debug, PartialEq)]
pub struct PrometheusSource {
    pub url: Url,
    pub bearer: Option<Secret>,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            policy: Policy::with_any_private(),
            reference_targets: Vec::new(),
            location: "local".to_owned(),
            sources: BTreeMap::new(),
        }
    }
}
