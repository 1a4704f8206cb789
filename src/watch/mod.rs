//! WHEN, AND WHAT FOLLOWS. Scheduling, ingest, timers, retention.

pub mod hurry;
pub mod pace;
pub mod scheduler;
pub mod timetable;

pub mod heartbeat;

#[cfg(test)]
mod timetable_tests;
