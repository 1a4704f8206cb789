//! The integration tests, one binary. Read `journey.rs` first.
mod cli;
