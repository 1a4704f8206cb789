//! What people said lately, as derivation needs it: pins, open incidents, maintenances that run or have just ended.

use std::time::Duration;

use crate::domain::incident::Incident;
use crate::domain::maintenance::Maintenance;
use crate::domain::overlay;
use crate::domain::pin::Pin;
use crate::domain::timestamp::Timestamp;
use crate::store::{Store, StoreError, incident, maintenance, pin};

/// A maintenance that ended longer ago has settled.
const LATELY: Duration = Duration::from_hours(1);

#[derive(Clone, Debug, Default)]
pub struct Said {
    pins: Vec<Pin>,
    incidents: Vec<Incident>,
    maintenances: Vec<Maintenance>,
}

impl Said {
    /// One consistent look at everything people said.
    pub async fn load(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        store
            .read(move |conn| {
                Ok(Self {
                    pins: pin::list_holding(conn, now)?,
                    incidents: incident::list_open(conn)?,
                    maintenances: maintenance::list_published_since(conn, now - LATELY)?,
                })
            })
            .await
    }

    #[must_use]
    pub fn view(&self) -> overlay::Said<'_> {
        overlay::Said {
            pins: &self.pins,
            incidents: &self.incidents,
            maintenances: &self.maintenances,
        }
    }
}
