//! TELLING. One folder per transport; each knows a rendered message, not an incident.
//!
//! How to add a channel: a variant of `domain::subscriber::Channel`, a folder here with its settings and its
//! one `send`, a lane in `notify/feed`, and a test file.

pub mod email;
pub mod webhook;
