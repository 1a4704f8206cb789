//! Allclear: a self-hosted status page and customer notifier.
//!
//! `ls src` reads as a sentence: *probe* the world, keep *watch* and decide by the rules of the *domain*,
//! *store* what happened, *publish* it for readers, *notify* those who asked, over a *channel*; people change
//! things by *actions*, through the *web* and the *cli*.
//!
//! # The journey of one check result
//!
//! 1. [`watch::scheduler`]: the check is due; take a permit.
//! 2. [`probe::http`]: look once, by a deadline; what was seen is an observation.
//! 3. [`watch::ingest`]: one transaction begins.
//! 4. [`domain::streak`]: third failure in a row? [`domain::quorum`]: do enough locations agree?
//! 5. [`domain::derive`]: component operational -> major outage, because …; [`domain::hysteresis`]: hold, raise or
//!    clear; [`domain::overlay`]: pins, maintenance and open incidents go over it.
//! 6. [`domain::event`]: that difference is an event; the ledger keeps it beside the change; commit.
//! 7. [`publish::snapshot`]: render once, swap atomically, write to disk.
//! 8. [`notify::fan_out`]: [`domain::audience`] says who hears it; delivery rows, in chunks, by cursor.
//! 9. [`notify::feed`]: lease; [`notify::mail`] and [`notify::hooks`] render and send, by [`channel`].
//! 10. [`notify::settle`]: sent; or again at 12:05; or never, and why.
//!
//! `docs/ARCHITECTURE.md` says the same at more length, and what is deliberately absent.

pub mod domain;

pub mod clock;
pub mod egress;
pub mod entropy;
pub mod markup;
pub mod seal;
pub mod telemetry;

pub mod channel;
pub mod probe;
pub mod store;

pub mod actions;
pub mod auth;
pub mod config;
pub mod notify;
pub mod publish;
pub mod watch;

pub mod cli;
pub mod web;

pub mod app;
