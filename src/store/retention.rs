//! How long what is remembered.

use std::time::Duration;

/// The `[retention]` table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Single observations, packed by the hour.
    pub observations: Duration,
    /// Hourly sums.
    pub hours: Duration,
    /// Daily sums.
    pub days: Duration,
    /// Deliveries and their attempts.
    pub deliveries: Duration,
}
