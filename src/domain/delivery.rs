//! A delivery: one event on its way to one recipient; what one attempt at it may come to.

use std::time::Duration;

use crate::domain::id::SubscriberId;
use crate::domain::subscriber::Channel;
use crate::domain::timestamp::Timestamp;

/// Where a delivery stands. Stored as the small number beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    Ready,
    Leased,
    Sent,
    /// A newer update of the same incident was sent instead.
    Superseded,
    /// Given up, with the reason in `last_error`.
    Dead,
    Cancelled,
    /// Its endpoint's circuit is open.
    Held,
}

impl DeliveryState {
    pub const ALL: [Self; 7] = [
        Self::Ready,
        Self::Leased,
        Self::Sent,
        Self::Superseded,
        Self::Dead,
        Self::Cancelled,
        Self::Held,
    ];

    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Ready => 0,
            Self::Leased => 1,
            Self::Sent => 2,
            Self::Superseded => 3,
            Self::Dead => 4,
            Self::Cancelled => 5,
            Self::Held => 6,
        }
    }

    /// As operators read it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "queued",
            Self::Leased => "leased",
            Self::Sent => "sent",
            Self::Superseded => "superseded",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
            Self::Held => "held",
        }
    }

    #[must_use]
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

/// Lanes keep a flood of incident mail from delaying a confirmation. Stored as the small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Confirmations, manage links, notices to operators and owners.
    Personal,
    Incident,
    Maintenance,
}

impl Lane {
    pub const ALL: [Self; 3] = [Self::Personal, Self::Incident, Self::Maintenance];

    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Personal => 0,
            Self::Incident => 1,
            Self::Maintenance => 2,
        }
    }
}

/// To whom a delivery goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recipient {
    Subscriber(SubscriberId),
    /// An operator or a component's owner, by mail address.
    Staff(String),
}

/// One claimed delivery, leased to a sender until `lease_until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: i64,
    /// The event it tells of.
    pub event: i64,
    pub recipient: Recipient,
    pub channel: Channel,
    pub address: String,
    /// 1 for the first try; the fence of settlement.
    pub attempt: i32,
    /// When the delivery row was made: the `Date` of its mail, the same on every retry.
    pub created_at: Timestamp,
    pub lease_until: Timestamp,
}

/// What one attempt came to. A refusal is an outcome, not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    Sent {
        code: i32,
    },
    /// This recipient, later; the attempt counts.
    Later {
        code: i32,
        why: String,
        retry_after: Option<Duration>,
    },
    /// Never, and why; the address is bad when `quarantine`.
    Never {
        code: i32,
        why: String,
        quarantine: bool,
    },
    /// Not about this recipient: relay down, network gone. Released, the attempt does not count.
    Release {
        why: String,
    },
}
