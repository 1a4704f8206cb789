//! WHAT IS TRUE. Pure rules and words: no async, no I/O, no clock, no randomness, no log, no framework.
//!
//! A function here takes facts, `now` and seeds, and returns a decision with its reason.

pub mod id;
pub mod text;
pub mod timestamp;

pub mod check;
pub mod component;
pub mod estate;
pub mod objective;
pub mod observation;
pub mod page;
pub mod status;

pub mod actor;
pub mod advance;
pub mod delivery;
pub mod event;
pub mod incident;
pub mod maintenance;
pub mod notice;
pub mod operator;
pub mod pin;
pub mod subscriber;
pub mod token;
