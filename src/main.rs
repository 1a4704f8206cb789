//! Parse the arguments, run a command, give its exit code.

use std::process::ExitCode;

use allclear::app::{self, demo::DemoArguments};
use allclear::cli::{self, Cli, Options};
use clap::{Parser, Subcommand};

/// Allclear: a self-hosted status page and customer notifier.
#[derive(Debug, Parser)]
#[command(name = "allclear", version, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    common: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: checks, page, console and messages.
    Serve,
    /// Run the server over a small simulated estate, without mail, for a first look.
    Demo(DemoArguments),
    #[command(flatten)]
    Terminal(cli::Command),
}

fn main() -> ExitCode {
    let Arguments { common, command } = Arguments::parse();
    let exit = match command {
        Command::Serve => app::run(&common, app::Program::Serve),
        Command::Demo(arguments) => app::run(&common, app::Program::Demo(arguments)),
        Command::Terminal(command) => cli::run(Cli { common, command }),
    };
    ExitCode::from(exit.code())
}
