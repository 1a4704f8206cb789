//! How an objective stands, for people: stored by the watch, shown in the console and by `allclear status`.

use serde::{Deserialize, Serialize};

use crate::domain::sample::Sample;
use crate::domain::slo::BudgetStatus;
use crate::domain::timestamp::Timestamp;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub budget: BudgetStatus,
    /// Share of the budget that is left, signed; none while the window is not measured.
    pub remaining: Option<f64>,
    pub windows: Vec<WindowReport>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowReport {
    pub window: String,
    pub at: Timestamp,
    pub sample: Sample,
    pub error_ratio: Option<f64>,
    pub burn: Option<f64>,
}
