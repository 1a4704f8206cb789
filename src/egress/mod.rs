//! The one policy for every address we dial: literals, resolved addresses, each redirect hop.
//!
//! Nothing in the house opens a connection to a configured or subscribed address without asking here.
//! Webhooks, chat and Prometheus go through [`guarded_client`]; checks dial by themselves through [`Resolver`].

pub mod client;
pub mod policy;
pub mod resolve;
pub mod tls;

#[cfg(test)]
mod spellings;

pub use client::{EgressError, GuardedClient, guarded_client};
pub use policy::{Denied, Policy};
pub use resolve::{ResolveError, Resolver};
pub use tls::{install_crypto, tls_client_config, tls_client_config_trusting};
