//! How a subscription begins and ends in events: the facts that travel from an action to the notifier.

use serde::{Deserialize, Serialize};

use crate::domain::timestamp::Timestamp;

/// The purpose under which a confirmation's token is sealed in the ledger.
pub const CONFIRM_PURPOSE: &str = "confirm";
/// The purpose under which an endpoint's secret is sealed in its row.
pub const SECRET_PURPOSE: &str = "webhook";

/// The body of `subscriber.requested`: which message the one address concerned gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Asked {
    /// A mail address confirms by a link. The token is sealed: a reader of the ledger cannot confirm.
    Confirm {
        token_sealed: String,
        expires_at: Timestamp,
    },
    /// It is subscribed already; whoever asked learns nothing, the owner of the address does.
    AlreadySubscribed,
    /// A webhook proves that it listens by answering a signed test with 2xx.
    Test,
}

/// The body of `subscriber.quarantined`: what the people who look after it are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The endpoint's host, or a masked mail address.
    pub address: String,
    pub why: String,
}
