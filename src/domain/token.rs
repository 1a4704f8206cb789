//! An API token: a machine's credential with a scope; shown once, kept as a digest.

use serde::{Deserialize, Serialize};

use crate::domain::id::TokenId;
use crate::domain::timestamp::Timestamp;

/// What a token may do. `Ord` is power: each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    Read,
    Incidents,
    Manage,
}

impl TokenScope {
    pub const ALL: [Self; 3] = [Self::Read, Self::Incidents, Self::Manage];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Incidents => "incidents",
            Self::Manage => "manage",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    /// SHA-256 in hex of the token's text.
    pub hash: String,
    pub scope: TokenScope,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}
