//! Read models that join tables, one file per screen.

pub mod public;
