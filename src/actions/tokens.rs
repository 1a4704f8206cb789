//! API tokens: made, shown once, revoked.

use serde::{Deserialize, Serialize};

use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::actions::words;
use crate::domain::event::{About, EventKind};
use crate::domain::id::TokenId;
use crate::domain::token::{Token, TokenScope};
use crate::entropy;
use crate::seal::sha256_hex;
use crate::store::{ledger, token};

/// In front of every token, so that a leaked one is recognised for what it is.
const PREFIX: &str = "acl_";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    pub name: String,
    pub scope: TokenScope,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeToken {
    /// Its id.
    pub token: String,
}

/// The only time the token's text exists outside its holder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCreated {
    pub id: TokenId,
    pub token: String,
    pub event: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRevoked {
    pub event: i64,
}

pub async fn create_token(
    ctx: &ActionContext,
    wanted: CreateToken,
) -> Result<TokenCreated, ActionError> {
    let text = format!("{PREFIX}{}", entropy::token());
    let made = Token {
        id: TokenId(entropy::id()),
        name: words::line("name", &wanted.name)?,
        hash: sha256_hex(text.as_bytes()),
        scope: wanted.scope,
        created_at: ctx.now,
        revoked_at: None,
    };
    let id = made.id;
    let event = ctx
        .judge(move |ctx, tx| {
            token::insert(tx, &made)?;
            let facts = serde_json::json!({
                "token": made.id, "name": made.name, "scope": made.scope,
            });
            let draft = ctx.draft(EventKind::TokenCreated, About::default(), facts.to_string());
            Ok(Ok(ledger::append(tx, &draft)?))
        })
        .await?;
    Ok(TokenCreated {
        id,
        token: text,
        event,
    })
}

/// From its commit on the token opens nothing.
pub async fn revoke_token(
    ctx: &ActionContext,
    wanted: RevokeToken,
) -> Result<TokenRevoked, ActionError> {
    let missing = || ActionError::missing(format!("token `{}`", wanted.token));
    let id = TokenId::parse(&wanted.token).map_err(|_| missing())?;
    let missing = missing();
    ctx.judge(move |ctx, tx| {
        let Some(found) = token::by_id(tx, id)? else {
            return Ok(Err(missing.clone()));
        };
        if found.revoked_at.is_some() {
            return Ok(Err(ActionError::Conflict {
                message: format!("token `{id}` is revoked already"),
                hint: None,
            }));
        }
        token::set_revoked(tx, id, ctx.now)?;
        let facts = serde_json::json!({ "token": id, "name": found.name });
        let draft = ctx.draft(EventKind::TokenRevoked, About::default(), facts.to_string());
        Ok(Ok(TokenRevoked {
            event: ledger::append(tx, &draft)?,
        }))
    })
    .await
}
