//! Read models that join tables, one file per screen.

pub mod console;
pub mod public;
