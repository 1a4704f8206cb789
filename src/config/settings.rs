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
    /// The file as the user named it, for messages.
    pub file: String,
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

impl ServerSettings {
    /// Whether browsers reach the console over TLS: then its cookie is `__Host-` and `Secure`.
    #[must_use]
    pub fn is_console_https(&self) -> bool {
        self.console_url.scheme() == "https"
    }

    /// Loopback, one address, no proxies.
    ///
    /// # Panics
    /// Never: the texts are constants.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the texts are constants")]
    pub fn for_tests() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            console_listen: None,
            public_url: Url::parse("http://127.0.0.1:8080").expect("a constant"),
            console_url: Url::parse("http://127.0.0.1:8080/console").expect("a constant"),
            data_dir: PathBuf::from("data"),
            trusted_proxies: Vec::new(),
            metrics_listen: None,
        }
    }
}
