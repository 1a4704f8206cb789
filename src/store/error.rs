//! What can go wrong with the database, by what the caller can do about it.

use diesel::result::{ConnectionError, DatabaseErrorKind, Error};

/// Small on purpose and clonable: one failed commit answers everyone in its group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No connection, or it was lost: what was asked may or may not have been committed. Passes.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// Someone else holds the lock, or transactions collided too often. Passes.
    #[error("the database is busy")]
    Busy,
    /// No room on the database's disk; nothing was changed. Passes when someone makes room.
    #[error("the disk of the database is full")]
    Full,
    /// A unique rule: it is there already.
    #[error("already there: {0}")]
    Conflict(String),
    #[error("not found: {0}")]
    NotFound(String),
    /// A rule of ours, in words; everything is rolled back.
    #[error("{0}")]
    Refused(String),
    /// What is stored is not what we store.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// Anything else the database said: a bug of ours.
    #[error("the database refused a statement: {0}")]
    Database(String),
}

impl StoreError {
    /// Whether the same request may succeed later with nothing changed: a loop waits and goes on.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Busy | Self::Full => true,
            Self::Conflict(_)
            | Self::NotFound(_)
            | Self::Refused(_)
            | Self::Corrupt(_)
            | Self::Database(_) => false,
        }
    }

    pub(super) fn of_message(message: &str) -> Self {
        BY_WORDING
            .iter()
            .find(|(wording, _)| message.contains(wording))
            .map_or_else(
                || Self::Database(message.to_owned()),
                |(_, error)| error(message),
            )
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, facts) => of_kind(kind, facts.message()),
            Error::NotFound => Self::NotFound("no such row".to_owned()),
            Error::BrokenTransactionManager | Error::NotInTransaction => {
                Self::Unavailable("the connection was lost inside a transaction".to_owned())
            }
            // The first failure is the cause; that the rollback failed too follows from it.
            Error::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            Error::DeserializationError(why) => Self::Corrupt(why.to_string()),
            other => Self::Database(other.to_string()),
        }
    }
}

impl From<ConnectionError> for StoreError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::CouldntSetupConfiguration(error) => Self::from(error),
            other => match StoreError::of_message(&other.to_string()) {
                Self::Database(text) => Self::Unavailable(text),
                known => known,
            },
        }
    }
}

fn of_kind(kind: DatabaseErrorKind, message: &str) -> StoreError {
    match kind {
        DatabaseErrorKind::UniqueViolation => StoreError::Conflict(message.to_owned()),
        DatabaseErrorKind::SerializationFailure => StoreError::Busy,
        DatabaseErrorKind::ClosedConnection => StoreError::Unavailable(message.to_owned()),
        _ => StoreError::of_message(message),
    }
}

/// Makes an error of what the database said.
type Make = fn(&str) -> StoreError;

/// Neither driver tells these apart in types; both keep their wording stable.
const BY_WORDING: [(&str, Make); 17] = [
    ("deadlock detected", |_| StoreError::Busy),
    ("lock timeout", |_| StoreError::Busy),
    ("database is locked", |_| StoreError::Busy),
    ("database table is locked", |_| StoreError::Busy),
    ("disk is full", |_| StoreError::Full),
    ("No space left on device", |_| StoreError::Full),
    ("disk I/O error", unavailable),
    ("unable to open database", unavailable),
    ("server closed the connection", unavailable),
    ("terminating connection", unavailable),
    ("no connection to the server", unavailable),
    ("connection to server", unavailable),
    ("SSL connection has been closed", unavailable),
    ("the database system is", unavailable),
    ("could not receive data from server", unavailable),
    ("disk image is malformed", corrupt),
    ("file is not a database", corrupt),
];

fn unavailable(message: &str) -> StoreError {
    StoreError::Unavailable(message.trim().to_owned())
}

fn corrupt(message: &str) -> StoreError {
    StoreError::Corrupt(message.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str) -> StoreError {
        StoreError::from(Error::DatabaseError(
            DatabaseErrorKind::Unknown,
            Box::new(message.to_owned()),
        ))
    }

    #[test]
    fn a_full_disk_and_a_lock_pass_and_a_wrong_statement_does_not() {
        assert_eq!(said("database or disk is full"), StoreError::Full);
        assert_eq!(said("database is locked"), StoreError::Busy);
        assert!(said("FATAL: terminating connection due to administrator command").is_passing());
        assert!(!said("no such column: colour").is_passing());
    }
}
