//! Telling by webhook: Standard Webhooks v1, signed, through the guarded client, never following a redirect.

pub mod send;
pub mod settings;
pub mod sign;

pub use settings::{InvalidEndpoint, WebhookSettings};
