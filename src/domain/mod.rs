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
pub mod objective_report;
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
pub mod permission;
pub mod pin;
pub mod subscriber;
pub mod subscription;
pub mod token;

pub mod audience;
pub mod burn_rate;
pub mod derive;
pub mod evidence;
pub mod gate;
pub mod heartbeat;
pub mod hysteresis;
pub mod machine;
pub mod overlay;
pub mod quorum;
pub mod replay;

pub mod budget_evidence;
pub mod rule;
pub mod sample;
pub mod slo;
pub mod span;
#[cfg(test)]
pub(crate) mod specimen;
pub mod statuspage;
pub mod streak;
pub mod trace;
pub mod transition;
pub mod union;
pub mod uptime;
pub mod wording;
