//! The integration tests, one binary. Read `journey.rs` first.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests/run says by the environment where its servers are"
)]
#![expect(clippy::print_stderr, reason = "a failed test shows the server's log")]

mod burn;
mod cli;
mod incidents;
mod journey;
mod misuse;
mod running;
mod town;
