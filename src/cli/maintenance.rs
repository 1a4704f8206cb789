//! `allclear maintenance …`

use clap::{Args, Subcommand};

use crate::actions::maintenance::{ChangeMaintenance, MaintenanceChange, ScheduleMaintenance};
use crate::actions::request::Request;
use crate::cli::act::{self, act, lines};
use crate::cli::incident::written_line;
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::domain::timestamp::Timestamp;

#[derive(Debug, Subcommand)]
pub enum MaintenanceCommand {
    /// Announce work ahead, with a window.
    Schedule {
        #[arg(long)]
        title: String,
        /// When the window begins, as in 2026-01-31T14:30:00Z.
        #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
        starts: Timestamp,
        #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
        ends: Timestamp,
        #[arg(long = "component", value_name = "ID", required = true)]
        components: Vec<String>,
        #[command(flatten)]
        said: Said,
    },
    /// Write an update; the status stays.
    Update {
        id: String,
        #[command(flatten)]
        said: Said,
    },
    /// The work is done and being looked at.
    Verify {
        id: String,
        #[command(flatten)]
        said: Said,
    },
    /// Begin now, ahead of the window if need be.
    Start {
        id: String,
        #[command(flatten)]
        said: Said,
    },
    /// Give it a later end.
    Extend {
        id: String,
        #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
        ends: Timestamp,
        #[command(flatten)]
        said: Said,
    },
    /// The work is done.
    Complete {
        id: String,
        #[command(flatten)]
        said: Said,
    },
    /// It will not take place.
    Cancel {
        id: String,
        #[command(flatten)]
        said: Said,
    },
    /// Windows, newest first.
    List {
        /// Only those that are neither completed nor cancelled.
        #[arg(long)]
        open: bool,
    },
}

#[derive(Debug, Args)]
pub struct Said {
    /// Markdown; `-` reads standard input.
    #[arg(long)]
    body: String,
    /// Change the page and tell nobody.
    #[arg(long)]
    no_notify: bool,
}

pub(super) fn run(command: MaintenanceCommand, options: &Options, output: Output) -> Exit {
    let request = match command {
        MaintenanceCommand::List { open } => {
            let request = Request::ListMaintenance { open };
            return act(options, output, request, |found| {
                lines(found, &["id", "status", "starts_at", "ends_at", "title"])
            });
        }
        MaintenanceCommand::Schedule {
            title,
            starts,
            ends,
            components,
            said,
        } => act::text_or_stdin(said.body).map(|body| {
            Request::ScheduleMaintenance(ScheduleMaintenance {
                title,
                body,
                starts_at: starts,
                ends_at: ends,
                components,
                notify: !said.no_notify,
            })
        }),
        MaintenanceCommand::Update { id, said } => change(id, MaintenanceChange::Update, said),
        MaintenanceCommand::Verify { id, said } => change(id, MaintenanceChange::Verify, said),
        MaintenanceCommand::Start { id, said } => change(id, MaintenanceChange::Start, said),
        MaintenanceCommand::Extend { id, ends, said } => {
            change(id, MaintenanceChange::Extend { ends_at: ends }, said)
        }
        MaintenanceCommand::Complete { id, said } => change(id, MaintenanceChange::Complete, said),
        MaintenanceCommand::Cancel { id, said } => change(id, MaintenanceChange::Cancel, said),
    };
    match request {
        Ok(request) => act(options, output, request, written_line),
        Err(error) => act::failed(output, &error),
    }
}

fn change(maintenance: String, change: MaintenanceChange, said: Said) -> std::io::Result<Request> {
    Ok(Request::ChangeMaintenance(ChangeMaintenance {
        maintenance,
        change,
        body: act::text_or_stdin(said.body)?,
        notify: !said.no_notify,
    }))
}
