//! THE SAME ACTIONS FROM A TERMINAL. Verbs, then nouns; data on stdout, talk on stderr; `--json` everywhere;
//! exit 0 done, 1 failed, 2 misuse.
//!
//! How to add a command: a variant of [`Command`] whose doc comment is the help, a file here with its arguments and
//! its `run`, and an arm in [`run`]. `serve` and `demo` are wired in `app`, above this layer.

pub mod check;
pub mod config;
pub mod control;
pub mod incident;
pub mod maintenance;
pub mod operator;
pub mod output;
pub mod pin;
pub mod replay;
pub mod subscriber;
pub mod token;

mod act;
mod backup;
mod doctor;
mod healthcheck;
mod status;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::cli::output::Output;
use crate::config::{ConfigErrors, Settings};

/// Allclear: a self-hosted status page and customer notifier.
#[derive(Debug, Parser)]
#[command(name = "allclear", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub common: Options,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The configuration file; without it ./allclear.toml, if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print data as JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check, print or describe the configuration.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Look at one check.
    #[command(subcommand)]
    Check(check::CheckCommand),
    /// Run recorded evidence through the rules in virtual time and print the transitions as JSON lines.
    Replay(replay::Replay),
    /// Say what the page says of a component, or of all, and why.
    Status { component: Option<String> },
    /// Open, update, resolve and list incidents.
    #[command(subcommand)]
    Incident(incident::IncidentCommand),
    /// Schedule, start, extend, complete and cancel maintenance.
    #[command(subcommand)]
    Maintenance(maintenance::MaintenanceCommand),
    /// Say what a component is, against the checks, for a while.
    #[command(subcommand)]
    Pin(pin::PinCommand),
    /// Add, list, remove subscribers, bring them in and take them out as CSV.
    #[command(subcommand)]
    Subscriber(subscriber::SubscriberCommand),
    /// Add people to the console, change their role, keep them out.
    #[command(subcommand)]
    Operator(operator::OperatorCommand),
    /// Make, list and revoke API tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Copy the database to a file, also while the server runs.
    Backup { file: PathBuf },
    /// Bring the database to this program's version.
    Migrate,
    /// Exit 0 while the server answers on its listen address: for container health checks.
    Healthcheck,
    /// Look for what is wrong with this installation, and say what to do. Exit 1 when something is.
    Doctor,
}

/// How a command ended; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    Misuse,
}

impl Exit {
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Misuse => 2,
        }
    }
}

/// Runs a command to its end.
#[must_use]
pub fn run(cli: Cli) -> Exit {
    let output = Output::new(cli.common.json);
    match cli.command {
        Command::Config(command) => config::run(command, &cli.common, output),
        Command::Check(command) => check::run(&command, &cli.common, output),
        Command::Replay(replay) => replay::run(&replay, output),
        Command::Status { component } => status::status(component, &cli.common, output),
        Command::Incident(command) => incident::run(command, &cli.common, output),
        Command::Maintenance(command) => maintenance::run(command, &cli.common, output),
        Command::Pin(command) => pin::run(command, &cli.common, output),
        Command::Subscriber(command) => subscriber::run(command, &cli.common, output),
        Command::Operator(command) => operator::run(command, &cli.common, output),
        Command::Token(command) => token::run(command, &cli.common, output),
        Command::Backup { file } => backup::backup(&file, &cli.common, output),
        Command::Migrate => backup::migrate(&cli.common, output),
        Command::Healthcheck => healthcheck::healthcheck(&cli.common, output),
        Command::Doctor => doctor::doctor(&cli.common, output),
    }
}

impl Options {
    /// The configuration these options name, with its warnings told.
    ///
    /// # Errors
    /// [`ConfigErrors`] with everything that is wrong with it.
    pub fn load(&self, output: Output) -> Result<Settings, ConfigErrors> {
        let settings = crate::config::load(self.config.as_deref(), &crate::config::environment())?;
        for warning in &settings.warnings {
            output.say(&crate::config::problem::Located(&settings.file, warning));
        }
        Ok(settings)
    }
}
