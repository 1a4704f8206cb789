//! `allclear subscriber …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::actions::request::Request;
use crate::actions::subscribers::{AddSubscriber, ImportSubscribers, RemoveSubscriber};
use crate::cli::act::{self, act, cell, lines, with_settings};
use crate::cli::control::{self, ControlError};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::domain::incident::Impact;
use crate::domain::subscriber::{Channel, Scope, Topic};

#[derive(Debug, Subcommand)]
pub enum SubscriberCommand {
    /// Add one: by mail, who is asked to confirm, or a webhook, which is tested first.
    #[command(subcommand)]
    Add(AddCommand),
    /// Everybody who subscribed, also those who wait or have left.
    List,
    /// Forget one: nothing more is sent, and the address is deleted.
    Remove {
        /// Its id, mail address or URL.
        subscriber: String,
    },
    /// Add everybody in a CSV file, or nobody when a line is wrong.
    Import {
        /// With a header from `channel,address,components,kinds,min_impact,locale`; `-` reads standard input.
        file: PathBuf,
    },
    /// Print those who are told now as CSV.
    Export,
}

#[derive(Debug, Subcommand)]
pub enum AddCommand {
    /// A mail address.
    Email {
        address: String,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// A webhook; its signing secret is printed this once.
    Webhook {
        url: String,
        #[command(flatten)]
        wanted: Wanted,
    },
}

/// What they are told of.
#[derive(Debug, Args)]
pub struct Wanted {
    /// Only of this component; may be given again. Without it of all.
    #[arg(long = "component", value_name = "ID")]
    components: Vec<String>,
    /// Only of these: incident, maintenance, component.
    #[arg(long = "kind", value_name = "KIND", value_parser = topic)]
    topics: Vec<Topic>,
    /// Only from this impact on: none, minor, major, critical.
    #[arg(long, default_value = "none", value_parser = act::impact)]
    min_impact: Impact,
    #[arg(long, default_value = "en")]
    locale: String,
    /// You vouch for the address: no confirmation is asked for.
    #[arg(long)]
    confirmed: bool,
}

pub(super) fn run(command: SubscriberCommand, options: &Options, output: Output) -> Exit {
    match command {
        SubscriberCommand::Add(AddCommand::Email { address, wanted }) => {
            let request = wanted.of(Channel::Email, address);
            act(options, output, request, |added| cell(added.get("id")))
        }
        SubscriberCommand::Add(AddCommand::Webhook { url, wanted }) => {
            let request = wanted.of(Channel::Webhook, url);
            act(options, output, request, |added| {
                format!("{}\t{}", cell(added.get("id")), cell(added.get("secret")))
            })
        }
        SubscriberCommand::List => act(options, output, Request::ListSubscribers, |found| {
            lines(found, &["id", "channel", "state", "address"])
        }),
        SubscriberCommand::Remove { subscriber } => {
            let request = Request::RemoveSubscriber(RemoveSubscriber { subscriber });
            act(options, output, request, |_| "removed".to_owned())
        }
        SubscriberCommand::Import { file } => import(&file, options, output),
        SubscriberCommand::Export => export(options, output),
    }
}

impl Wanted {
    fn of(self, channel: Channel, address: String) -> Request {
        let topics = if self.topics.is_empty() {
            Scope::default().topics
        } else {
            self.topics
        };
        Request::AddSubscriber(AddSubscriber {
            channel,
            address,
            components: self.components,
            topics,
            min_impact: self.min_impact,
            locale: self.locale,
            confirmed: self.confirmed,
        })
    }
}

fn import(file: &PathBuf, options: &Options, output: Output) -> Exit {
    let text = if file.as_os_str() == "-" {
        act::text_or_stdin("-".to_owned())
    } else {
        std::fs::read_to_string(file)
    };
    let csv = match text {
        Ok(csv) => csv,
        Err(error) => {
            return act::failed(
                output,
                &format!("{} cannot be read: {error}", file.display()),
            );
        }
    };
    let request = Request::ImportSubscribers(ImportSubscribers { csv });
    act(options, output, request, |sum| {
        format!(
            "{} added, {} known before",
            cell(sum.get("added")),
            cell(sum.get("known"))
        )
    })
}

/// CSV is the data: it is printed as it is, also with `--json`, where it is one string.
fn export(options: &Options, output: Output) -> Exit {
    with_settings(options, output, async |settings| {
        let exported = control::ask(settings, Request::ExportSubscribers).await?;
        match (&exported, output.is_json()) {
            (Value::String(csv), false) => output.print_raw(csv),
            (Value::String(_), true) => output.print_json(&exported),
            (other, _) => {
                return Err(ControlError::Unopened(format!("no CSV but {other}")));
            }
        }
        Ok(Exit::Done)
    })
}

fn topic(text: &str) -> Result<Topic, String> {
    act::named(text, Topic::parse, &Topic::ALL.map(Topic::name))
}
