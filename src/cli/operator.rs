//! `allclear operator …`

use clap::Subcommand;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::actions::operators::{AddOperator, ChangeOperator, OperatorChange};
use crate::actions::request::Request;
use crate::auth::password;
use crate::cli::act::{self, act, cell, lines, with_settings};
use crate::cli::control::{self, ControlError};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::config::Settings;
use crate::domain::actor::Role;

#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Add a person and print a link that sets their password once.
    Add {
        email: String,
        /// owner, admin, responder or viewer
        #[arg(long, value_parser = role)]
        role: Role,
        /// Set the password at once, from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Everybody who was ever added.
    List,
    /// End their sessions and keep them out.
    Disable { email: String },
    /// Give another role.
    Role {
        email: String,
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Print a new link, or set the password from standard input.
    Password {
        email: String,
        #[arg(long)]
        password_stdin: bool,
    },
}

pub(super) fn run(command: OperatorCommand, options: &Options, output: Output) -> Exit {
    match command {
        OperatorCommand::Add {
            email,
            role,
            password_stdin,
        } => {
            let added = Request::AddOperator(AddOperator {
                email: email.clone(),
                role,
            });
            invite(options, output, added, password_stdin.then_some(email))
        }
        OperatorCommand::Password {
            email,
            password_stdin: false,
        } => invite(
            options,
            output,
            Request::InviteOperator { operator: email },
            None,
        ),
        OperatorCommand::Password {
            email,
            password_stdin: true,
        } => with_settings(options, output, async |settings| {
            let written = set_password(settings, &email, typed()?).await?;
            output.tell(&written, &"the password is set");
            Ok(Exit::Done)
        }),
        OperatorCommand::List => act(options, output, Request::ListOperators, |found| {
            lines(
                found,
                &["id", "role", "has_password", "disabled_at", "email"],
            )
        }),
        OperatorCommand::Disable { email } => {
            change(options, output, email, OperatorChange::Disable)
        }
        OperatorCommand::Role { email, role } => {
            change(options, output, email, OperatorChange::Role(role))
        }
    }
}

/// With `password_of` the link is used up at once; the password is read and judged before anything is asked.
fn invite(
    options: &Options,
    output: Output,
    request: Request,
    password_of: Option<String>,
) -> Exit {
    with_settings(options, output, async |settings| {
        let Some(email) = password_of else {
            let invited = control::ask(settings, request).await?;
            let console = settings.server.console_url.as_str().trim_end_matches('/');
            let link = format!("{console}/set-password/{}", cell(invited.get("token")));
            let shown = json!({
                "id": invited.get("id"),
                "link": link,
                "expires_at": invited.get("expires_at"),
            });
            output.tell(&shown, &link);
            return Ok(Exit::Done);
        };
        let password = typed()?;
        password::judge(&password).map_err(unopened)?;
        let added = control::ask(settings, request).await?;
        set_password(settings, &email, password).await?;
        output.tell(&json!({ "id": added.get("id") }), &"added");
        Ok(Exit::Done)
    })
}

fn change(options: &Options, output: Output, operator: String, change: OperatorChange) -> Exit {
    let request = Request::ChangeOperator(ChangeOperator { operator, change });
    act(options, output, request, |_| "changed".to_owned())
}

async fn set_password(
    settings: &Settings,
    email: &str,
    password: String,
) -> Result<serde_json::Value, ControlError> {
    let hash = password::hash(&Semaphore::new(1), password)
        .await
        .map_err(unopened)?;
    let request = Request::ChangeOperator(ChangeOperator {
        operator: email.to_owned(),
        change: OperatorChange::Password(hash),
    });
    control::ask(settings, request).await
}

/// Without the line end that a pipe or a terminal adds.
fn typed() -> Result<String, ControlError> {
    let text = act::text_or_stdin("-".to_owned()).map_err(unopened)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn unopened(why: impl std::fmt::Display) -> ControlError {
    ControlError::Unopened(why.to_string())
}

fn role(text: &str) -> Result<Role, String> {
    act::named(text, Role::parse, &Role::ALL.map(Role::name))
}
