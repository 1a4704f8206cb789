//! `allclear incident …`

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::actions::components::ComponentSetting;
use crate::actions::incidents::{EditUpdate, OpenIncident, UpdateIncident};
use crate::actions::proposals::{DismissProposal, PublishProposal};
use crate::actions::request::Request;
use crate::cli::act::{self, act, cell, lines};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::domain::incident::{Impact, IncidentStatus};
use crate::domain::timestamp::Timestamp;

#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// Open an incident and tell subscribers. Ends only when it is durably committed.
    Open {
        #[arg(long)]
        title: String,
        #[arg(long, default_value = "investigating", value_parser = status)]
        status: IncidentStatus,
        #[command(flatten)]
        said: Said,
    },
    /// Write an update; `--status resolved` resolves it, `postmortem` comes after that.
    Update {
        id: String,
        #[arg(long, value_parser = status)]
        status: Option<IncidentStatus>,
        #[command(flatten)]
        said: Said,
    },
    /// Say that it is over, and let go of its components.
    Resolve {
        id: String,
        #[command(flatten)]
        said: Said,
    },
    /// Correct the words of an update. The page changes, and nobody is told.
    Edit {
        id: String,
        /// The update's id: `update_id` when it was written, or from `incident list --json`.
        update: String,
        /// Markdown; `-` reads standard input.
        #[arg(long)]
        body: String,
    },
    /// Show a proposed incident to customers.
    Publish {
        id: String,
        #[arg(long)]
        title: Option<String>,
        /// The words; without it those it was proposed with. `-` reads standard input.
        #[arg(long)]
        body: Option<String>,
        #[arg(long = "component", value_name = "ID=STATUS", value_parser = act::setting)]
        components: Vec<ComponentSetting>,
        #[arg(long)]
        no_notify: bool,
    },
    /// Turn a proposed incident down; it is never shown.
    Dismiss {
        id: String,
        #[arg(long)]
        reason: Option<String>,
    },
    /// The newest incidents, proposed and dismissed ones too.
    List {
        /// Only those that are not resolved.
        #[arg(long)]
        open: bool,
    },
}

/// What an update says.
#[derive(Debug, Args)]
pub struct Said {
    /// Markdown; `-` reads standard input.
    #[arg(long)]
    body: String,
    /// Instead of what the components' statuses mean.
    #[arg(long, value_parser = act::impact)]
    impact: Option<Impact>,
    #[arg(long = "component", value_name = "ID=STATUS", value_parser = act::setting)]
    components: Vec<ComponentSetting>,
    /// A promise: the next update comes by then.
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    next_update: Option<Timestamp>,
    /// Change the page and tell nobody.
    #[arg(long)]
    no_notify: bool,
}

pub(super) fn run(command: IncidentCommand, options: &Options, output: Output) -> Exit {
    match command {
        IncidentCommand::List { open } => {
            let request = Request::ListIncidents { open };
            act(options, output, request, |found| {
                lines(found, &["id", "status", "impact", "publication", "title"])
            })
        }
        IncidentCommand::Dismiss { id, reason } => {
            let wanted = DismissProposal {
                incident: id,
                reason,
            };
            act(options, output, Request::DismissProposal(wanted), |_| {
                "dismissed".to_owned()
            })
        }
        written => match request(written) {
            Ok(request) => act(options, output, request, written_line),
            Err(error) => act::failed(output, &error),
        },
    }
}

fn request(command: IncidentCommand) -> std::io::Result<Request> {
    Ok(match command {
        IncidentCommand::Open {
            title,
            status,
            said,
        } => Request::OpenIncident(OpenIncident {
            title,
            status,
            impact: said.impact,
            body: act::text_or_stdin(said.body)?,
            components: said.components,
            next_update_due: said.next_update,
            notify: !said.no_notify,
        }),
        IncidentCommand::Update { id, status, said } => update(id, status, said)?,
        IncidentCommand::Resolve { id, said } => update(id, Some(IncidentStatus::Resolved), said)?,
        IncidentCommand::Edit { id, update, body } => Request::EditUpdate(EditUpdate {
            incident: id,
            update,
            body: act::text_or_stdin(body)?,
        }),
        IncidentCommand::Publish {
            id,
            title,
            body,
            components,
            no_notify,
        } => Request::PublishProposal(PublishProposal {
            incident: id,
            title,
            body: body.map(act::text_or_stdin).transpose()?,
            status: IncidentStatus::Investigating,
            impact: None,
            components,
            next_update_due: None,
            notify: !no_notify,
        }),
        IncidentCommand::Dismiss { id, reason } => Request::DismissProposal(DismissProposal {
            incident: id,
            reason,
        }),
        IncidentCommand::List { open } => Request::ListIncidents { open },
    })
}

fn update(
    incident: String,
    status: Option<IncidentStatus>,
    said: Said,
) -> std::io::Result<Request> {
    Ok(Request::UpdateIncident(UpdateIncident {
        incident,
        status,
        impact: said.impact,
        body: act::text_or_stdin(said.body)?,
        components: said.components,
        next_update_due: said.next_update,
        notify: !said.no_notify,
    }))
}

pub(super) fn written_line(written: &Value) -> String {
    let event = cell(written.get("event"));
    format!("{} committed as event {event}", cell(written.get("id")))
}

fn status(text: &str) -> Result<IncidentStatus, String> {
    let names = IncidentStatus::ALL.map(IncidentStatus::name);
    act::named(text, IncidentStatus::parse, &names)
}
