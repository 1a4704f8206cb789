//! WHAT IS SHOWN. From committed events to bytes. Stop 7 of the journey.
//!
//! Before: [`crate::domain::event`] is committed. After: readers get bytes from the [`shelf`]; beside it,
//! [`crate::notify`] reads the same ledger and knows nothing of us.

pub mod document;
pub mod shelf;
pub mod snapshot;

mod file;
