//! Observations on their way from the scheduler to a graph: staged as they come, packed by the hour, added up by
//! hour and day.
//!
//! [`staging`] takes them, [`sealing`] packs them, [`reading`] gives them back. A look is never updated: it is kept,
//! or with its hour forgotten ([`crate::store::retention`]).

pub mod codec;
pub mod histogram;
pub mod tally;

pub mod staging;

pub mod reading;
pub mod sealing;

mod rollup;
mod varint;

pub use staging::insert;
pub use varint::Torn;

use crate::store::error::StoreError;

impl From<Torn> for StoreError {
    fn from(torn: Torn) -> Self {
        Self::Corrupt(torn.to_string())
    }
}
