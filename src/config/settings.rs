//! What a loaded configuration is: the settings of each room, and the manifest.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde_json::Value;
use url::Url;

use crate::channel::email::MailSettings;
use crate::channel::webhook::WebhookSettings;
use crate::config::manifest::Manifest;
use crate::config::problem::Problem;
use crate::config::shown::{Secrets, Shown};
use crate::probe::ProbeSettings;
use crate::store::retention::Retention;

/// A whole configuration, checked. Immutable; a reload makes another.
#[derive(Clone, Debug)]
pub struct Settings {
    pub server: ServerSettings,
    pub database_url: String,
    /// None: mail is off.
    pub mail: Option<MailSettings>,
    pub webhooks: WebhookSettings,
    pub probes: ProbeSettings,
    pub retention: Retention,
    pub manifest: Manifest,
    /// `sha256:` and hex, over the effective configuration with secrets replaced by their digests.
    pub hash: String,
    /// Doubts that do not stop it.
    pub warnings: Vec<Problem>,
    pub(super) effective: Shown,
}

impl Settings {
    /// Every value in effect, defaults included.
    #[must_use]
    pub fn effective(&self, secrets: Secrets) -> Value {
        self.effective.render(secrets)
    }
}

/// Where the faces listen and what they are called from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerSettings {
    /// The public page and the APIs.
    pub listen: SocketAddr,
    /// The console on an address of its own; then it is 404 on `listen`.
    pub console_listen: Option<SocketAddr>,
    /// Every link in every message starts with this.
    pub public_url: Url,
    /// Defaults to `public_url` + `/console`.
    pub console_url: Url,
    /// Database, snapshot, keys; made owner-only.
    pub data_dir: PathBuf,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `/metrics`, and nothing else.
    pub metrics_listen: Option<SocketAddr>,
}
