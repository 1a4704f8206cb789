//! Where the faces listen and what they are called from outside.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

/// Built by `config`; immutable while the server runs.
#[derive(Clone, Debug)]
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
