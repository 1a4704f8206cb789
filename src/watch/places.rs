//! Where each check, objective and component stands in the estate. Beside [`crate::watch::ingest`], which asks for
//! every observation.

use std::collections::HashMap;

use crate::domain::estate::Estate;
use crate::domain::id::{CheckId, ComponentId, ObjectiveId};

/// Made once per estate, so that no observation walks through a thousand components.
#[derive(Default)]
pub(super) struct Places {
    /// The component's place, and the check's within it.
    pub(super) checks: HashMap<CheckId, (usize, usize)>,
    pub(super) objectives: HashMap<ObjectiveId, usize>,
    pub(super) components: HashMap<ComponentId, usize>,
}

impl Places {
    pub(super) fn of(estate: &Estate) -> Self {
        let mut places = Self::default();
        for (at, component) in estate.components.iter().enumerate() {
            places.components.insert(component.id, at);
            let checks = component.checks.iter().enumerate();
            places
                .checks
                .extend(checks.map(|(within, check)| (check.id, (at, within))));
            let objectives = component.objectives.iter();
            places
                .objectives
                .extend(objectives.map(|objective| (objective.id, at)));
        }
        places
    }
}
