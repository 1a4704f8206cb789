//! Parse the arguments, run a command, give its exit code.

use std::process::ExitCode;

use allclear::cli::{self, Cli};
use clap::Parser;

fn main() -> ExitCode {
    ExitCode::from(cli::run(Cli::parse()).code())
}
