//! Titles, bodies and promises as typed, made fit or refused by name of their field.

use crate::actions::error::ActionError;
use crate::domain::text::{LONGEST_BODY, LONGEST_TITLE, clean_body, clean_line};
use crate::domain::timestamp::Timestamp;

pub(super) fn title(text: &str) -> Result<String, ActionError> {
    line("title", text)
}

pub(super) fn line(field: &'static str, text: &str) -> Result<String, ActionError> {
    clean_line(text, LONGEST_TITLE).map_err(|why| ActionError::invalid(field, why.to_string()))
}

pub(super) fn body(text: &str) -> Result<String, ActionError> {
    clean_body(text, LONGEST_BODY).map_err(|why| ActionError::invalid("body", why.to_string()))
}

/// A promise lies ahead.
pub(super) fn promise(
    due: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ActionError> {
    if due.is_some_and(|due| due <= now) {
        return Err(ActionError::invalid(
            "next_update_due",
            "it has passed already",
        ));
    }
    Ok(due)
}
