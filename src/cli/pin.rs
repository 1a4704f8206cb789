//! `allclear pin …`

use std::time::Duration;

use clap::Subcommand;

use crate::actions::pins::{ClearPin, SetPin};
use crate::actions::request::Request;
use crate::cli::act::{self, act, cell, lines};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::clock;
use crate::domain::status::Status;

#[derive(Debug, Subcommand)]
pub enum PinCommand {
    /// Say what a component is, whatever the checks say, for a while.
    Set {
        /// The component and its status, as in checkout=operational.
        #[arg(value_name = "ID=STATUS")]
        setting: String,
        #[arg(long)]
        reason: String,
        /// Hours until the rules speak again; at most 24.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=24))]
        hours: u64,
    },
    /// Let the rules speak again.
    Clear { component: String },
    /// The pins that hold.
    List,
}

pub(super) fn run(command: PinCommand, options: &Options, output: Output) -> Exit {
    match command {
        PinCommand::Set {
            setting,
            reason,
            hours,
        } => {
            let Some((component, status)) = setting.split_once('=') else {
                output.fail(&"write ID=STATUS, as in checkout=operational");
                return Exit::Misuse;
            };
            let names = Status::ALL.map(Status::name);
            let status = match act::named(status, Status::parse, &names) {
                Ok(status) => status,
                Err(why) => {
                    output.fail(&why);
                    return Exit::Misuse;
                }
            };
            let request = Request::SetPin(SetPin {
                component: component.to_owned(),
                status,
                reason,
                expires_at: Some(clock::now() + Duration::from_secs(hours * 3600)),
            });
            act(options, output, request, |set| {
                format!("pinned as event {}", cell(set.get("event")))
            })
        }
        PinCommand::Clear { component } => {
            let request = Request::ClearPin(ClearPin { component });
            act(options, output, request, |_| "cleared".to_owned())
        }
        PinCommand::List => act(options, output, Request::ListPins, |found| {
            lines(found, &["component", "status", "expires_at", "reason"])
        }),
    }
}
