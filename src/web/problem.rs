//! The only mapping from errors to HTTP. Programs get `application/problem+json` with a stable `code`, people a
//! page; what went wrong inside is logged beside the request id, and only the id is shown.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::domain::permission::Permission;
use crate::store::StoreError;

/// Why a request was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Also what a console path is on the public address.
    NotFound,
    MethodNotAllowed,
    /// No session, or one that has ended.
    SignedOut(Interrupted),
    Forbidden(Permission),
    /// A browser says that another site sent this.
    CrossSite,
    /// The form was drawn for another session, or has no token.
    StaleForm,
    TooLarge,
    /// A body that is not a form.
    NotAForm,
    /// Bytes that are not what they claim; says which.
    Malformed(String),
    TooMany {
        retry_after_s: u64,
    },
    /// A rule of ours says no, in words for people.
    Refused(String),
    TooSlow,
    /// The database cannot be reached or is full: come back.
    Unavailable(String),
    /// Our fault. The text is for the log, never for the reader.
    Internal(String),
}

/// What someone was doing when their session was found to have ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interrupted {
    /// Path below the console to come back to.
    pub next: String,
    /// What they had typed, when it was a form: it is handed back, not lost.
    pub typed: Vec<(String, String)>,
}

impl Problem {
    /// The stable name programs may rely on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::SignedOut(_) => "signed_out",
            Self::Forbidden(_) => "forbidden",
            Self::CrossSite => "cross_site",
            Self::StaleForm => "stale_form",
            Self::TooLarge => "too_large",
            Self::NotAForm => "not_a_form",
            Self::Malformed(_) => "malformed",
            Self::TooMany { .. } => "too_many",
            Self::Refused(_) => "refused",
            Self::TooSlow => "too_slow",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::SignedOut(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::CrossSite | Self::StaleForm => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Two sentences for a person: what happened, and what to do.
    #[must_use]
    pub fn words(&self) -> (String, String) {
        let (title, advice) = match self {
            Self::NotFound => (
                "There is nothing here.",
                "The address may be mistyped, or the thing was removed.",
            ),
            Self::MethodNotAllowed => (
                "This address does not do that.",
                "Go back and try from the page itself.",
            ),
            Self::SignedOut(_) => (
                "You are signed out.",
                "Sign in again; what you typed is kept.",
            ),
            Self::Forbidden(permission) => {
                let title = format!("Your role does not let you {}.", permission.phrase());
                return (
                    title,
                    format!("It needs the role {} or higher.", permission.needs().name()),
                );
            }
            Self::CrossSite => (
                "Another site sent this request.",
                "Nothing was changed. Use the form on this site.",
            ),
            Self::StaleForm => (
                "This form is from an earlier session.",
                "Nothing was changed. Load the page again and repeat it.",
            ),
            Self::TooLarge => (
                "That is more than we accept.",
                "A form may hold 64 KiB. Nothing was changed.",
            ),
            Self::NotAForm => (
                "That is not a form.",
                "Send application/x-www-form-urlencoded.",
            ),
            Self::Malformed(what) => return ("We could not read that.".to_owned(), what.clone()),
            Self::TooMany { retry_after_s } => {
                let wait = format!("Try again in {}.", minutes(*retry_after_s));
                return ("Too many tries.".to_owned(), wait);
            }
            Self::Refused(why) => return ("That cannot be done.".to_owned(), why.clone()),
            Self::TooSlow => (
                "The request took too long to arrive.",
                "Nothing was changed. Try again.",
            ),
            Self::Unavailable(_) => (
                "The database does not answer.",
                "Nothing was changed. The public page is still served from memory.",
            ),
            Self::Internal(_) => (
                "Something went wrong on our side.",
                "It has been written down under the number below.",
            ),
        };
        (title.to_owned(), advice.to_owned())
    }

    /// The body for programs.
    #[must_use]
    pub fn to_json(&self, request_id: &str) -> String {
        let (title, advice) = self.words();
        let shape = Shape {
            kind: "about:blank",
            title: &title,
            status: self.status().as_u16(),
            code: self.code(),
            detail: (!self.status().is_server_error()).then_some(advice.as_str()),
            request_id,
        };
        serde_json::to_string(&shape).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Shape<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    request_id: &'a str,
}

fn minutes(seconds: u64) -> String {
    match seconds.div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        many => format!("{many} minutes"),
    }
}

/// For the log: the one place where the inner reason shows.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(why) | Self::Unavailable(why) | Self::Malformed(why) => {
                write!(f, "{}: {why}", self.code())
            }
            Self::Refused(why) => write!(f, "refused: {why}"),
            _ => f.write_str(self.code()),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Bare; [`crate::web::layer::envelope`] writes the body, because only it knows who asks.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status());
        if let Self::TooMany { retry_after_s } = self {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::Busy => Self::Unavailable("the database is busy".to_owned()),
            StoreError::Full => Self::Unavailable("the disk is full".to_owned()),
            StoreError::NotFound(_) => Self::NotFound,
            StoreError::Conflict(why) | StoreError::Refused(why) => Self::Refused(why),
            StoreError::Corrupt(why) | StoreError::Database(why) => Self::Internal(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_ours_shows_its_number_and_not_its_reason() {
        let json = Problem::Internal("no such table: incident".to_owned()).to_json("abc123");
        assert!(
            json.contains("\"code\":\"internal\"") && json.contains("abc123"),
            "{json}"
        );
        assert!(!json.contains("table"), "{json}");
    }
}
