//! LOOKING. One file per check kind; a down target is an observation, never an error.

pub mod settings;

pub use settings::{ProbeSettings, PrometheusSource};
