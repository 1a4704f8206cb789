//! The integration tests, one binary. Read `journey.rs` first.

mod burn;
mod journey;
mod town;
