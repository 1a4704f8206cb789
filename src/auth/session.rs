//! Sessions: opened at sign-in, recognised on every request, ended at once when somebody says so.
//!
//! The cookie is only a name for a row. No row, no session: signing out, a new password or a disabled operator
//! works on the next request, on every node.

use std::time::Duration;

use crate::auth::claims::{Claims, Signer};
use crate::domain::actor::{Actor, Role};
use crate::domain::event::{About, Draft, EventKind};
use crate::domain::id::OperatorId;
use crate::domain::operator::Session;
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::store::{Store, StoreError, ledger, operator, session};

/// A console left open over lunch closes itself.
pub const IDLE: Duration = Duration::from_mins(30);
/// Longer than a shift, shorter than a day.
pub const ABSOLUTE: Duration = Duration::from_hours(12);
/// `seen_at` is written at most this often: reading a page must not cost a write.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// Who sits at this browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub operator: OperatorId,
    pub email: String,
    pub role: Role,
    pub jti: String,
    pub expires_at: Timestamp,
}

/// Begins a session and returns the text of its cookie.
///
/// # Errors
/// [`StoreError`] when the row cannot be written.
pub async fn open(
    store: &Store,
    signer: &Signer,
    who: OperatorId,
    now: Timestamp,
) -> Result<String, StoreError> {
    let row = Session {
        jti: entropy::token(),
        operator: who,
        created_at: now,
        seen_at: now,
        expires_at: now + ABSOLUTE,
    };
    let claims = Claims::new(who, &row.jti, now, row.expires_at);
    let token = signer
        .sign(&claims)
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    let fact = fact(EventKind::OperatorSignedIn, who, now);
    store
        .write(move |tx| {
            session::delete_expired(tx, now)?;
            session::insert(tx, &row)?;
            ledger::append(tx, &fact)
        })
        .await?;
    Ok(token)
}

/// The seat behind a cookie, or none: forged, expired, idle, signed out, disabled are all the same answer.
///
/// # Errors
/// [`StoreError`] when the database does not answer; a cookie is then neither good nor bad.
pub async fn recognise(
    store: &Store,
    signer: &Signer,
    token: &str,
    now: Timestamp,
) -> Result<Option<Seat>, StoreError> {
    let Ok(claims) = signer.verify(token, now) else {
        return Ok(None);
    };
    let jti = claims.jti.clone();
    let found = store
        .read(move |conn| {
            let Some(row) = session::by_jti(conn, &jti)? else {
                return Ok(None);
            };
            let who = operator::by_id(conn, row.operator)?;
            Ok(who.map(|who| (row, who)))
        })
        .await?;
    let Some((row, who)) = found else {
        return Ok(None);
    };
    let is_over = now >= row.expires_at || now.since(row.seen_at) >= IDLE;
    if is_over || who.is_disabled() || who.id.to_string() != claims.sub {
        return Ok(None);
    }
    if now.since(row.seen_at) >= SEEN_EVERY {
        let jti = row.jti.clone();
        store
            .write(move |tx| session::set_seen(tx, &jti, now))
            .await?;
    }
    Ok(Some(Seat {
        operator: who.id,
        email: who.email,
        role: who.role,
        jti: row.jti,
        expires_at: row.expires_at,
    }))
}

/// Ends one session, at once and everywhere.
///
/// # Errors
/// [`StoreError`] when it cannot be committed.
pub async fn close(store: &Store, seat: &Seat, now: Timestamp) -> Result<(), StoreError> {
    let (jti, fact) = (
        seat.jti.clone(),
        fact(EventKind::OperatorSignedOut, seat.operator, now),
    );
    store
        .write(move |tx| {
            session::delete(tx, &jti)?;
            ledger::append(tx, &fact).map(|_| ())
        })
        .await
}

fn fact(kind: EventKind, who: OperatorId, now: Timestamp) -> Draft {
    Draft {
        kind,
        at: now,
        actor: Actor::Operator(who),
        about: About::default(),
        body: "{}".to_owned(),
    }
}
