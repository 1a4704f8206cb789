//! The integration tests, one binary. Read `journey.rs` first.

mod burn;
mod cli;
mod journey;
mod town;
