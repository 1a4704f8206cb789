//! The integration tests, one binary. Read `journey.rs` first.

mod burn;
mod cli;
mod incidents;
mod journey;
mod running;
mod town;
