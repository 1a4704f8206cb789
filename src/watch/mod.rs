//! WHEN, AND WHAT FOLLOWS. Scheduling, ingest, timers, retention.

pub mod hurry;
pub mod pace;
pub mod scheduler;
pub mod timetable;

pub mod heartbeat;

#[cfg(test)]
mod heartbeat_tests;
#[cfg(test)]
mod scheduler_tests;
#[cfg(test)]
pub(crate) mod timetable_tests;
