//! Why an action was not done, by what the caller can do about it.

use std::time::Duration;

use crate::store::StoreError;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    #[error("{what} does not exist")]
    NotFound { what: String, hint: Option<String> },
    /// One field cannot be taken as it is.
    #[error("{field}: {message}")]
    Invalid {
        field: &'static str,
        message: String,
        hint: Option<String>,
    },
    /// The thing is not in a state for this.
    #[error("{message}")]
    Conflict {
        message: String,
        hint: Option<String>,
    },
    #[error("{0}")]
    Forbidden(String),
    #[error("too many of these at once: try again in {} s", retry_after.as_secs())]
    Limited { retry_after: Duration },
    /// The database did not confirm it, in words that say whether it may be done all the same.
    #[error("{0}")]
    Unavailable(String),
    /// A bug of ours or rows that are not ours; trying again will not help.
    #[error("not saved: {0}")]
    Broken(String),
}

impl ActionError {
    /// A stable word for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Invalid { .. } => "invalid",
            Self::Conflict { .. } => "conflict",
            Self::Forbidden(_) => "forbidden",
            Self::Limited { .. } => "limited",
            Self::Unavailable(_) => "unavailable",
            Self::Broken(_) => "broken",
        }
    }

    /// The way out, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::NotFound { hint, .. }
            | Self::Invalid { hint, .. }
            | Self::Conflict { hint, .. } => hint.as_deref(),
            Self::Forbidden(_) | Self::Limited { .. } | Self::Unavailable(_) | Self::Broken(_) => {
                None
            }
        }
    }

    pub(crate) fn missing(what: impl Into<String>) -> Self {
        Self::NotFound {
            what: what.into(),
            hint: None,
        }
    }

    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn conflict(message: impl Into<String>, hint: &str) -> Self {
        Self::Conflict {
            message: message.into(),
            hint: Some(hint.to_owned()),
        }
    }
}

impl ActionError {
    /// Why a transaction of ours did not end. A connection lost during the commit leaves it open whether it did.
    pub(super) fn of_writing(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                Self::Unavailable(format!("unknown whether it was committed: {error}"))
            }
            StoreError::Busy | StoreError::Full => Self::Unavailable(format!("not saved: {error}")),
            StoreError::Conflict(_)
            | StoreError::NotFound(_)
            | StoreError::Refused(_)
            | StoreError::Corrupt(_)
            | StoreError::Database(_) => Self::from(error),
        }
    }
}

impl From<StoreError> for ActionError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Busy | StoreError::Full => {
                Self::Unavailable(error.to_string())
            }
            StoreError::Conflict(message) | StoreError::Refused(message) => Self::Conflict {
                message,
                hint: None,
            },
            StoreError::NotFound(what) => Self::NotFound { what, hint: None },
            StoreError::Corrupt(_) | StoreError::Database(_) => Self::Broken(error.to_string()),
        }
    }
}
