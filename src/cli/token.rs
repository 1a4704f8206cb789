//! `allclear token …`

use clap::Subcommand;

use crate::actions::request::Request;
use crate::actions::tokens::{CreateToken, RevokeToken};
use crate::cli::act::{self, act, cell, lines};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::domain::token::TokenScope;

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it, this once.
    Create {
        name: String,
        /// read, incidents or manage
        #[arg(long, value_parser = scope)]
        scope: TokenScope,
    },
    /// Every token ever made, without its text.
    List,
    /// From now on it opens nothing.
    Revoke {
        /// Its id, as `token list` prints it.
        id: String,
    },
}

pub(super) fn run(command: TokenCommand, options: &Options, output: Output) -> Exit {
    match command {
        TokenCommand::Create { name, scope } => {
            let request = Request::CreateToken(CreateToken { name, scope });
            act(options, output, request, |made| cell(made.get("token")))
        }
        TokenCommand::List => act(options, output, Request::ListTokens, |found| {
            lines(found, &["id", "scope", "created_at", "revoked_at", "name"])
        }),
        TokenCommand::Revoke { id } => {
            let request = Request::RevokeToken(RevokeToken { token: id });
            act(options, output, request, |_| "revoked".to_owned())
        }
    }
}

fn scope(text: &str) -> Result<TokenScope, String> {
    act::named(
        text,
        TokenScope::parse,
        &TokenScope::ALL.map(TokenScope::name),
    )
}
