//! The operators' face. Every screen is one request and whole without script; reasons are one disclosure away.
//!
//! A screen is a reading in `store/views/console.rs`, a handler of a few lines and a `draw` of maud. Adding one is
//! those three, and its line in [`crate::web::routes`].

pub mod assets;
pub mod frame;
pub mod parts;
pub mod trouble;

pub mod door;
pub mod welcome;

pub mod acting;
pub mod composer;

pub mod overview;

pub mod incidents;
pub mod room;
pub mod timeline;

pub mod components;
pub mod maintenance;

pub mod audit;
pub mod operators;
pub mod subscribers;
