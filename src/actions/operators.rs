//! Operators: added with a one-time link, given a role, disabled. Whatever weakens trust ends their sessions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::actions::context::{ActionContext, Judged};
use crate::actions::error::ActionError;
use crate::auth::password::PasswordHash;
use crate::domain::actor::Role;
use crate::domain::event::{About, EventKind};
use crate::domain::id::OperatorId;
use crate::domain::operator::{Invitation, Operator};
use crate::domain::subscriber::EmailAddress;
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::seal::sha256_hex;
use crate::store::{Conn, StoreError, Tx, ledger, operator, session};

/// How long a set-password link is good: over a weekend's first two days, no longer.
const LINK_LASTS: Duration = Duration::from_hours(48);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddOperator {
    pub email: String,
    pub role: Role,
}

/// One thing about an operator, named by mail address or id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeOperator {
    pub operator: String,
    pub change: OperatorChange,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OperatorChange {
    Role(Role),
    Disable,
    Password(PasswordHash),
}

/// A link's secret: `/set-password/<token>` below the console's address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    pub id: OperatorId,
    pub token: String,
    pub expires_at: Timestamp,
    pub event: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorWritten {
    pub id: OperatorId,
    pub event: i64,
}

pub async fn add_operator(
    ctx: &ActionContext,
    wanted: AddOperator,
) -> Result<Invited, ActionError> {
    let email = EmailAddress::parse(&wanted.email)
        .map_err(|why| ActionError::invalid("email", why.to_string()))?
        .key();
    let (id, token) = (OperatorId(entropy::id()), entropy::token());
    let invitation = invitation(&token, ctx.now);
    let expires_at = invitation.expires_at;
    let event = ctx
        .judge(move |ctx, tx| {
            if operator::by_email(tx, &email)?.is_some() {
                return Ok(Err(ActionError::conflict(
                    format!("operator `{email}` is there already"),
                    "`operator password` makes a new link",
                )));
            }
            let added = Operator {
                id,
                email: email.clone(),
                role: wanted.role,
                password_hash: None,
                invitation: Some(invitation.clone()),
                disabled_at: None,
                created_at: ctx.now,
            };
            operator::insert(tx, &added)?;
            let facts = serde_json::json!({ "operator": id, "role": wanted.role });
            Ok(Ok(record(tx, ctx, EventKind::OperatorAdded, &facts)?))
        })
        .await?;
    Ok(Invited {
        id,
        token,
        expires_at,
        event,
    })
}

/// A new link for someone who lost the first, or the password; the old link and password stay good until it is used.
pub async fn invite_again(ctx: &ActionContext, who: &str) -> Result<Invited, ActionError> {
    let token = entropy::token();
    let invitation = invitation(&token, ctx.now);
    let expires_at = invitation.expires_at;
    let who = who.to_owned();
    let (id, event) = ctx
        .judge(move |ctx, tx| {
            let mut found = match enabled(tx, &who)? {
                Ok(found) => found,
                Err(refused) => return Ok(Err(refused)),
            };
            found.invitation = Some(invitation.clone());
            operator::set(tx, &found)?;
            let facts = serde_json::json!({ "operator": found.id, "changed": "invitation" });
            let event = record(tx, ctx, EventKind::OperatorChanged, &facts)?;
            Ok(Ok((found.id, event)))
        })
        .await?;
    Ok(Invited {
        id,
        token,
        expires_at,
        event,
    })
}

pub async fn change_operator(
    ctx: &ActionContext,
    wanted: ChangeOperator,
) -> Result<OperatorWritten, ActionError> {
    ctx.judge(move |ctx, tx| {
        let mut found = match enabled(tx, &wanted.operator)? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let loses_owner = match &wanted.change {
            OperatorChange::Role(role) => *role != Role::Owner,
            OperatorChange::Disable => true,
            OperatorChange::Password(_) => false,
        };
        if loses_owner && found.role == Role::Owner && count_owners(tx)? < 2 {
            return Ok(Err(ActionError::conflict(
                format!("`{}` is the only owner", found.email),
                "make someone else an owner first",
            )));
        }
        let facts = match &wanted.change {
            OperatorChange::Password(password) => return give_password(tx, ctx, found, password),
            OperatorChange::Role(role) => {
                found.role = *role;
                serde_json::json!({ "operator": found.id, "changed": "role", "role": role })
            }
            OperatorChange::Disable => {
                found.disabled_at = Some(ctx.now);
                found.invitation = None;
                serde_json::json!({ "operator": found.id, "changed": "disabled" })
            }
        };
        operator::set(tx, &found)?;
        session::delete_of_operator(tx, found.id)?;
        let event = record(tx, ctx, EventKind::OperatorChanged, &facts)?;
        Ok(Ok(OperatorWritten {
            id: found.id,
            event,
        }))
    })
    .await
}

fn invitation(token: &str, now: Timestamp) -> Invitation {
    Invitation {
        token_hash: sha256_hex(token.as_bytes()),
        expires_at: now + LINK_LASTS,
    }
}

fn give_password(
    tx: &mut Tx<'_>,
    ctx: &ActionContext,
    mut to: Operator,
    password: &PasswordHash,
) -> Judged<OperatorWritten> {
    to.password_hash = Some(password.as_str().to_owned());
    to.invitation = None;
    operator::set(tx, &to)?;
    session::delete_of_operator(tx, to.id)?;
    let facts = serde_json::json!({ "operator": to.id, "changed": "password" });
    let event = record(tx, ctx, EventKind::OperatorChanged, &facts)?;
    Ok(Ok(OperatorWritten { id: to.id, event }))
}

/// By mail address or id; a disabled one cannot be changed.
fn enabled(conn: &mut Conn, who: &str) -> Judged<Operator> {
    let found = match OperatorId::parse(who) {
        Ok(id) => operator::by_id(conn, id)?,
        Err(_) => operator::by_email(conn, &who.to_ascii_lowercase())?,
    };
    let Some(found) = found else {
        return Ok(Err(ActionError::missing(format!("operator `{who}`"))));
    };
    if found.is_disabled() {
        return Ok(Err(ActionError::Conflict {
            message: format!("operator `{who}` is disabled"),
            hint: None,
        }));
    }
    Ok(Ok(found))
}

fn count_owners(conn: &mut Conn) -> Result<usize, StoreError> {
    let owners = operator::list(conn)?
        .into_iter()
        .filter(|one| one.role == Role::Owner && !one.is_disabled());
    Ok(owners.count())
}

fn record(
    tx: &mut Tx<'_>,
    ctx: &ActionContext,
    kind: EventKind,
    facts: &serde_json::Value,
) -> Result<i64, StoreError> {
    ledger::append(tx, &ctx.draft(kind, About::default(), facts.to_string()))
}
