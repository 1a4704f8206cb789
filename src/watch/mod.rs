//! WHEN, AND WHAT FOLLOWS. Scheduling, ingest, timers, retention.
