//! Who did it: people with a role, tokens with a scope, the command line, or the program itself.

use serde::{Deserialize, Serialize};

use crate::domain::id::{OperatorId, TokenId};

/// A role of an operator. `Ord` is power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Viewer,
    Responder,
    Admin,
    Owner,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Responder, Self::Admin, Self::Owner];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// The actor of an event, stored as text: `operator:<id>`, `token:<id>`, `cli`, `subscriber`, `system`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A rule of ours acted on evidence.
    System,
    /// Someone with access to the data directory.
    CommandLine,
    Operator(OperatorId),
    Token(TokenId),
    /// A subscriber acting on their own subscription.
    Subscriber,
}

impl Actor {
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::System => "system".to_owned(),
            Self::CommandLine => "cli".to_owned(),
            Self::Subscriber => "subscriber".to_owned(),
            Self::Operator(id) => format!("operator:{id}"),
            Self::Token(id) => format!("token:{id}"),
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(id) = name.strip_prefix("operator:") {
            return OperatorId::parse(id).ok().map(Self::Operator);
        }
        if let Some(id) = name.strip_prefix("token:") {
            return TokenId::parse(id).ok().map(Self::Token);
        }
        match name {
            "system" => Some(Self::System),
            "cli" => Some(Self::CommandLine),
            "subscriber" => Some(Self::Subscriber),
            _ => None,
        }
    }
}
