//! WHAT IS SHOWN. From committed events to bytes. Stop 7 of the journey.
//!
//! Before: [`crate::domain::event`] is committed. After: readers get bytes from the [`shelf`]; beside it,
//! [`crate::notify`] reads the same ledger and knows nothing of us.

pub mod view;

pub mod build;
pub mod timeline;

pub mod render;

pub mod document;
pub mod shelf;
pub mod snapshot;

pub mod run;

mod file;

pub use run::{PublishParts, PublishSettings, first_shelf, run};

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
