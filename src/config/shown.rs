//! The effective configuration as a tree: what was read, with every default, and which parts of it are secret.
//! It is printed, redacted, or hashed; nothing runs on it.

use std::collections::BTreeMap;
use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value};

use crate::domain::check::Secret;

/// One effective value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shown {
    Plain(Value),
    /// Must not be printed when redacted, nor hashed in the clear.
    Secret(Secret),
    List(Vec<Self>),
    Table(BTreeMap<String, Self>),
}

/// How secrets are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// As they are: for the operator's own eyes.
    Plain,
    /// As `[redacted]`.
    Redacted,
    /// As their digests, so that a change of a secret changes the hash.
    Digested,
}

impl Shown {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Plain(Value::String(text.into()))
    }

    pub(super) fn secret(text: impl Into<String>) -> Self {
        Self::Secret(Secret::new(text))
    }

    pub(super) fn render(&self, secrets: Secrets) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Secret(text) => Value::String(match secrets {
                Secrets::Plain => text.reveal().to_owned(),
                Secrets::Redacted => "[redacted]".to_owned(),
                Secrets::Digested => sha256(text.reveal().as_bytes()),
            }),
            Self::List(items) => items.iter().map(|item| item.render(secrets)).collect(),
            Self::Table(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.render(secrets)))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}

/// `sha256:` and hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in digest(&SHA256, bytes).as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
