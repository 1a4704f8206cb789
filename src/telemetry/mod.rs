//! Our own health: logs for people and machines, counters for dashboards.

pub mod logs;
pub mod metrics;
