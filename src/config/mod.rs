//! The process's settings and the manifest of components: configuration as code (D12).
//!
//! [`load()`] reads allclear.toml whole and gives [`Settings`], or every problem at once. [`keys`] is the file as data:
//! the reader, `config schema` and docs/CONFIG.md follow it. No run-time state lives here; a reload is another `load`.
//!
//! How to add a key: one line in `keys/`, one `table.get` in `sections/`, one field in the settings it fills; the
//! schema and the reference follow.

pub mod keys;
pub mod load;
pub mod manifest;
pub mod problem;
pub mod reference;
pub mod schema;
pub mod settings;
pub mod shown;

mod cell;
mod cross;
mod sections;
mod setting;
mod source;
mod table;

pub use load::{environment, load, load_for};
pub use manifest::Manifest;
pub use problem::ConfigErrors;
pub use settings::{ServerSettings, Settings};
pub use source::{Environment, Purpose};

#[cfg(test)]
mod tests;
