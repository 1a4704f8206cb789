//! Resolving over red evidence: a person may say that it is over while our checks still fail, but only by a pin, which
//! names its reason and ends by itself.

use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::domain::id::ComponentId;
use crate::domain::incident::Incident;
use crate::domain::machine::Machine;
use crate::domain::status::Level;
use crate::store::{StoreError, Tx, pin, state};

/// Refuses while a component of `incident` is measured partly or fully out, and nobody pinned it. Our own rules
/// resolve on evidence and need no leave.
pub(super) fn allows_resolving(
    tx: &mut Tx<'_>,
    ctx: &ActionContext,
    incident: &Incident,
) -> Result<Result<(), ActionError>, StoreError> {
    if !ctx.is_human() || incident.components.is_empty() {
        return Ok(Ok(()));
    }
    let pinned: Vec<ComponentId> = pin::list_holding(tx, ctx.now)?
        .into_iter()
        .map(|pin| pin.component)
        .collect();
    let red = state::list_components::<Machine>(tx)?
        .into_iter()
        .find(|row| {
            let is_listed = incident
                .components
                .iter()
                .any(|one| one.component == row.component);
            let is_red = row
                .state
                .measured
                .level()
                .is_some_and(|level| level >= Level::Partial);
            is_listed && is_red && !pinned.contains(&row.component)
        });
    let Some(row) = red else {
        return Ok(Ok(()));
    };
    let component = ctx.estate.component(row.component);
    let key = component.map_or_else(|| row.component.to_string(), |found| found.key.clone());
    let refused = ActionError::conflict(
        format!(
            "component `{key}` is still measured as {}",
            row.state.measured
        ),
        &format!(
            "wait until its checks pass, or pin it first: allclear pin set {key}=operational --reason …"
        ),
    );
    Ok(Err(refused))
}
