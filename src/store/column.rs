//! From columns to our words and back. Rows hold `i64` and `String`; each table file converts with these.
//!
//! Text that is not ours any more (a row edited by hand, a newer version's word) is
//! [`StoreError::Corrupt`], never a panic and never a default.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::id::PublicId;
use crate::domain::timestamp::Timestamp;
use crate::store::error::StoreError;

/// `column::id(&row.component_id, ComponentId)?`
pub fn id<T>(text: &str, wrap: fn(PublicId) -> T) -> Result<T, StoreError> {
    PublicId::parse(text)
        .map(wrap)
        .map_err(|error| StoreError::Corrupt(error.to_string()))
}

pub fn optional_id<T>(
    text: Option<&str>,
    wrap: fn(PublicId) -> T,
) -> Result<Option<T>, StoreError> {
    text.map(|text| id(text, wrap)).transpose()
}

/// A word of a closed set: `column::word(&row.kind, EventKind::parse)?`
pub fn word<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| StoreError::Corrupt(format!("`{text}` is not a word we know")))
}

/// A small number of a closed set: `column::number(row.state, DeliveryState::from_number)?`
pub fn number<T>(number: i16, parse: impl Fn(i16) -> Option<T>) -> Result<T, StoreError> {
    parse(number).ok_or_else(|| StoreError::Corrupt(format!("{number} is not a number we know")))
}

pub fn json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

pub fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Database(format!("a value has no JSON form: {error}")))
}

pub fn optional_time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

pub fn optional_millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_millis)
}
