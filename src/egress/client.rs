//! An HTTP client that cannot be pointed at a forbidden address: for webhooks, chat, Prometheus.
//!
//! The connector takes literal addresses without asking its resolver, so both are guarded: literals when a
//! request is made, names where they are resolved. Redirects are not followed; a proxy in the environment is
//! not used, because it would resolve names out of our sight.

use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Method, RequestBuilder, redirect};
use url::Url;

use crate::egress::policy::{Denied, Policy};
use crate::egress::resolve::Resolver;
use crate::egress::tls::tls_client_config;

/// A peer that accepts a connection does so within this, or is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("only http and https are spoken, not `{0}`")]
    Scheme(String),
    #[error("the address carries a user name or password")]
    UserInfo,
    #[error("the HTTP client cannot be built: {0}")]
    Client(String),
}

/// Requests begin here and nowhere else; the client inside is not handed out.
#[derive(Clone)]
pub struct GuardedClient {
    client: reqwest::Client,
    policy: Arc<Policy>,
}

/// A client for `policy` whose requests end after `timeout`, body included.
///
/// # Errors
/// [`EgressError::Client`] when TLS cannot be set up.
pub fn guarded_client(policy: Policy, timeout: Duration) -> Result<GuardedClient, EgressError> {
    let policy = Arc::new(policy);
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured((*tls_client_config()).clone())
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .dns_resolver(GuardedNames {
            resolver: Resolver::default(),
            policy: Arc::clone(&policy),
        })
        .build()
        .map_err(|error| EgressError::Client(error.to_string()))?;
    Ok(GuardedClient { client, policy })
}

impl GuardedClient {
    /// Begins a request to `url`, whose scheme and literal address are judged here.
    ///
    /// # Errors
    /// [`EgressError`] when the address may not be dialled or is not one for HTTP.
    pub fn request(&self, method: Method, url: &Url) -> Result<RequestBuilder, EgressError> {
        self.judge(url)?;
        Ok(self.client.request(method, url.clone()))
    }

    /// # Errors
    /// As [`GuardedClient::request`].
    pub fn get(&self, url: &Url) -> Result<RequestBuilder, EgressError> {
        self.request(Method::GET, url)
    }

    /// # Errors
    /// As [`GuardedClient::request`].
    pub fn post(&self, url: &Url) -> Result<RequestBuilder, EgressError> {
        self.request(Method::POST, url)
    }

    /// What [`GuardedClient::request`] asks first: also good for refusing an address when it is entered.
    ///
    /// # Errors
    /// As [`GuardedClient::request`].
    pub fn judge(&self, url: &Url) -> Result<(), EgressError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EgressError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressError::UserInfo);
        }
        Ok(self.policy.judge_literal(url)?)
    }
}

/// The addresses the connector dials are the ones judged here.
struct GuardedNames {
    resolver: Resolver,
    policy: Arc<Policy>,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.resolver.clone();
        let policy = Arc::clone(&self.policy);
        Box::pin(async move {
            // Port 0 is replaced by the connector with the one of the URL.
            let found = resolver.resolve(name.as_str(), 0, &policy).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
