//! FACES IN THE BROWSER: one table of routes, the console, the subscription links, and the servers that carry them.
//!
//! Adding a route is one line in [`routes`] and one handler; its access stands in both, or it does not build.

pub mod settings;
pub mod site;

pub mod routes;
pub mod table;

pub mod extract;
pub mod layer;
pub mod problem;

pub mod public;

pub mod console;
pub mod control;
pub mod health;
pub mod heartbeat;
pub mod subscriptions;

pub mod server;

#[cfg(test)]
mod for_tests;
#[cfg(test)]
mod tests;
