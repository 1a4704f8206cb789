//! A pin: a person's word against the rules; exact, with author, reason and an end.

use std::time::Duration;

use crate::domain::actor::Actor;
use crate::domain::id::{ComponentId, PinId};
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;

/// How long a pin lasts when nobody says otherwise.
pub const DEFAULT_PIN: Duration = Duration::from_hours(4);

/// No pin outlives a day: a forgotten one would lie for ever.
pub const LONGEST_PIN: Duration = Duration::from_hours(24);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub id: PinId,
    pub component: ComponentId,
    pub status: Status,
    pub reason: String,
    pub actor: Actor,
    pub created_at: Timestamp,
    /// From this moment on the rules speak again.
    pub expires_at: Timestamp,
}

impl Pin {
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}
