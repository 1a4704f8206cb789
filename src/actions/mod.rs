//! WHAT A PERSON MAY CHANGE. One function = one transaction = change + audit + event.
//!
//! The console calls the functions; the command line and the control socket say [`request::Request`], which names them all.
//! An action validates its input, then writes rows, the event and, where customers are to hear of it, the start of the
//! fan-out, in one transaction. Who may call which is decided by the door: [`crate::domain::permission`].

pub mod context;
pub mod error;

pub mod incidents;
pub mod proposals;

pub mod maintenance;

mod subscriber_lines;
pub mod subscribers;
pub mod subscribing;

pub mod operators;
pub mod pins;
pub mod tokens;

pub mod apply_config;
pub mod audience;

pub mod request;

pub mod components;
mod evidence;
mod examining;
mod explaining;
#[cfg(test)]
mod for_tests;
mod listing;
#[cfg(test)]
mod tests;
mod words;

pub use context::ActionContext;
pub use error::ActionError;
