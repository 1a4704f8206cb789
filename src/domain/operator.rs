//! An operator: a person in the console; and the session that person is in.

use crate::domain::actor::Role;
use crate::domain::id::OperatorId;
use crate::domain::timestamp::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    pub id: OperatorId,
    /// In lower case: the name at sign-in.
    pub email: String,
    pub role: Role,
    /// In PHC form, argon2id; none until the first password is set.
    pub password_hash: Option<String>,
    /// The one-time link by which a password can be set.
    pub invitation: Option<Invitation>,
    pub disabled_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl Operator {
    #[must_use]
    pub const fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }
}

/// A link that sets a password once; only its digest is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub token_hash: String,
    pub expires_at: Timestamp,
}

/// A signed-in browser. Its cookie names `jti`; without this row the cookie is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub jti: String,
    pub operator: OperatorId,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}
