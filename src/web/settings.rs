//! Where the faces listen and what they are called from outside: `[server]`, as `config` reads it.

pub use crate::config::ServerSettings;
