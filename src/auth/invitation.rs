//! Links that set a password once: the first operator's, printed at start, and those an owner hands out.
//!
//! Only digests are kept. A link that was used, replaced or has expired is nothing: the page answers 404.

use std::time::Duration;

use crate::domain::actor::{Actor, Role};
use crate::domain::event::{About, Draft, EventKind};
use crate::domain::id::OperatorId;
use crate::domain::operator::Operator;
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::seal::sha256_hex;
use crate::store::{Store, StoreError, ledger, operator, session, setup};

/// Long enough to finish the installation over lunch.
const SETUP_LASTS: Duration = Duration::from_hours(24);

/// The token of a fresh setup link, when nobody can sign in yet; none once somebody can. Call it at start and
/// print it: nothing else knows it.
///
/// # Errors
/// [`StoreError`] when the link cannot be kept.
pub async fn begin_setup(store: &Store, now: Timestamp) -> Result<Option<String>, StoreError> {
    let token = entropy::token();
    let link = setup::Link {
        token_hash: sha256_hex(token.as_bytes()),
        expires_at: now + SETUP_LASTS,
    };
    let is_needed = store
        .write(move |tx| {
            if setup::has_operators(tx)? {
                setup::delete_link(tx)?;
                return Ok(false);
            }
            setup::set_link(tx, &link)?;
            Ok(true)
        })
        .await?;
    Ok(is_needed.then_some(token))
}

/// Whether `token` may still make the first operator.
///
/// # Errors
/// [`StoreError`] when the database does not answer.
pub async fn is_setup_open(store: &Store, token: &str, now: Timestamp) -> Result<bool, StoreError> {
    let hash = sha256_hex(token.as_bytes());
    store
        .read(move |conn| {
            Ok(!setup::has_operators(conn)? && is_good(setup::link(conn)?, &hash, now))
        })
        .await
}

/// Makes the first operator, an owner, and burns the link. None when the link is not good (any more).
///
/// # Errors
/// [`StoreError`] when it cannot be committed.
pub async fn finish_setup(
    store: &Store,
    token: &str,
    email: String,
    digest: String,
    now: Timestamp,
) -> Result<Option<OperatorId>, StoreError> {
    let hash = sha256_hex(token.as_bytes());
    let first = Operator {
        id: OperatorId(entropy::id()),
        email,
        role: Role::Owner,
        password_hash: Some(digest),
        invitation: None,
        disabled_at: None,
        created_at: now,
    };
    store
        .write(move |tx| {
            if setup::has_operators(tx)? || !is_good(setup::link(tx)?, &hash, now) {
                return Ok(None);
            }
            operator::insert(tx, &first)?;
            setup::delete_link(tx)?;
            ledger::append(
                tx,
                &fact(EventKind::OperatorAdded, first.id, "first operator", now),
            )?;
            Ok(Some(first.id))
        })
        .await
}

/// Whose password the link `token` sets; none when it is not good.
///
/// # Errors
/// [`StoreError`] when the database does not answer.
pub async fn invited(
    store: &Store,
    token: &str,
    now: Timestamp,
) -> Result<Option<Operator>, StoreError> {
    let hash = sha256_hex(token.as_bytes());
    let found = store
        .read(move |conn| operator::by_invitation(conn, &hash))
        .await?;
    Ok(found.filter(|who| is_invited(who, now)))
}

/// Sets the password behind the link, burns the link, and ends every session of that person.
///
/// # Errors
/// [`StoreError`] when it cannot be committed.
pub async fn accept(
    store: &Store,
    token: &str,
    digest: String,
    now: Timestamp,
) -> Result<Option<OperatorId>, StoreError> {
    let hash = sha256_hex(token.as_bytes());
    store
        .write(move |tx| {
            let found = operator::by_invitation(tx, &hash)?.filter(|who| is_invited(who, now));
            let Some(mut who) = found else {
                return Ok(None);
            };
            who.password_hash = Some(digest.clone());
            who.invitation = None;
            operator::set(tx, &who)?;
            session::delete_of_operator(tx, who.id)?;
            ledger::append(
                tx,
                &fact(EventKind::OperatorChanged, who.id, "set a password", now),
            )?;
            Ok(Some(who.id))
        })
        .await
}

fn is_good(link: Option<setup::Link>, hash: &str, now: Timestamp) -> bool {
    link.is_some_and(|link| link.token_hash == hash && now < link.expires_at)
}

fn is_invited(who: &Operator, now: Timestamp) -> bool {
    !who.is_disabled()
        && who
            .invitation
            .as_ref()
            .is_some_and(|link| now < link.expires_at)
}

fn fact(kind: EventKind, who: OperatorId, what: &str, now: Timestamp) -> Draft {
    Draft {
        kind,
        at: now,
        actor: Actor::Operator(who),
        about: About::default(),
        body: serde_json::json!({ "operator": who, "what": what }).to_string(),
    }
}
