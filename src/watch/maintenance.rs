//! Maintenance that is due: a window that begins is begun, one that ends is completed, through the same actions as a
//! person's. Proposals whose time has come are published here too.

use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::actions::incidents::investigating;
use crate::actions::maintenance::{ChangeMaintenance, MaintenanceChange, change_maintenance};
use crate::actions::proposals::{PublishProposal, publish_proposal};
use crate::domain::incident::Publication;
use crate::domain::maintenance::MaintenanceStatus;
use crate::store::{incident, maintenance};

/// Does everything that is due at `context.now`. What fails is tried again at the next tick.
pub async fn tick(context: &ActionContext) -> Result<(), ActionError> {
    let now = context.now;
    let (due, open) = context
        .store
        .read(move |conn| {
            Ok((
                maintenance::list_due(conn, now)?,
                incident::list_open(conn)?,
            ))
        })
        .await?;
    for one in due {
        let (change, body) = match one.status {
            MaintenanceStatus::Scheduled if one.ends_at <= now => (
                MaintenanceChange::Complete,
                "The maintenance window has passed.",
            ),
            MaintenanceStatus::Scheduled => (MaintenanceChange::Start, "The work has begun."),
            MaintenanceStatus::InProgress | MaintenanceStatus::Verifying => {
                (MaintenanceChange::Complete, "The work is finished.")
            }
            MaintenanceStatus::Completed | MaintenanceStatus::Cancelled => continue,
        };
        let change = ChangeMaintenance {
            maintenance: one.id.to_string(),
            change,
            body: body.to_owned(),
            notify: true,
        };
        change_maintenance(context, change).await?;
    }
    let is_due = |publish_due: Option<_>| publish_due.is_some_and(|due| due <= now);
    for one in open {
        if one.publication == Publication::Proposed && is_due(one.publish_due) {
            let proposal = PublishProposal {
                incident: one.id.to_string(),
                title: None,
                body: None,
                status: investigating(),
                impact: None,
                components: Vec::new(),
                next_update_due: None,
                notify: true,
            };
            publish_proposal(context, proposal).await?;
        }
    }
    Ok(())
}
