//! Proposals: incidents that derivation opened and customers do not see yet. A person publishes or dismisses them.

use serde::{Deserialize, Serialize};

use crate::actions::components::ComponentSetting;
use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::actions::incidents::{self, IncidentWritten, Say, Words};
use crate::actions::words;
use crate::domain::event::{About, EventKind};
use crate::domain::id::UpdateId;
use crate::domain::incident::{Impact, Incident, IncidentStatus, Publication};
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::store::{incident, ledger};

/// What is absent stays as it was proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishProposal {
    pub incident: String,
    #[serde(default)]
    pub title: Option<String>,
    /// Absent: the words the proposal came with.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default = "incidents::investigating")]
    pub status: IncidentStatus,
    #[serde(default)]
    pub impact: Option<Impact>,
    #[serde(default)]
    pub components: Vec<ComponentSetting>,
    #[serde(default)]
    pub next_update_due: Option<Timestamp>,
    #[serde(default = "incidents::told")]
    pub notify: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DismissProposal {
    pub incident: String,
    /// For the team; never shown.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What was committed about a proposal that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissed {
    pub event: i64,
}

/// The proposal becomes an incident customers see; its first public update is told as `incident.opened`.
pub async fn publish_proposal(
    ctx: &ActionContext,
    wanted: PublishProposal,
) -> Result<IncidentWritten, ActionError> {
    let id = incidents::incident_id(&wanted.incident)?;
    if !wanted.status.is_open() {
        return Err(ActionError::invalid(
            "status",
            "an incident opens as investigating, identified or monitoring",
        ));
    }
    let title = wanted.title.as_deref().map(words::title).transpose()?;
    let update_id = UpdateId(entropy::id());
    ctx.judge(move |ctx, tx| {
        let Some(mut found) = incident::by_id(tx, id)? else {
            return Ok(Err(ActionError::missing(format!("incident `{id}`"))));
        };
        let said = match said(ctx, &wanted, &found) {
            Ok(said) => said,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Some(title) = &title {
            found.title.clone_from(title);
        }
        found.publication = Publication::Published;
        found.published_at = Some(ctx.now);
        found.publish_due = None;
        let say = Say {
            id: update_id,
            status: wanted.status,
            impact: wanted.impact,
            notify: wanted.notify,
        };
        let step = said.step(tx, ctx, &found, &say)?;
        let update = found.advance(step);
        incident::set(tx, &found)?;
        incident::add_update(tx, &update)?;
        let event = incidents::announce(tx, ctx, EventKind::IncidentOpened, (&found, &update))?;
        Ok(Ok(IncidentWritten {
            id,
            update_id,
            event,
        }))
    })
    .await
}

/// Never shown. Derivation proposes anew when the component has been well and fails again.
pub async fn dismiss_proposal(
    ctx: &ActionContext,
    wanted: DismissProposal,
) -> Result<Dismissed, ActionError> {
    let id = incidents::incident_id(&wanted.incident)?;
    let reason = wanted
        .reason
        .as_deref()
        .map(|text| words::line("reason", text))
        .transpose()?;
    ctx.judge(move |ctx, tx| {
        let Some(mut found) = incident::by_id(tx, id)? else {
            return Ok(Err(ActionError::missing(format!("incident `{id}`"))));
        };
        if let Err(refused) = judge_proposed(&found) {
            return Ok(Err(refused));
        }
        found.publication = Publication::Dismissed;
        found.publish_due = None;
        found.resolved_at = Some(ctx.now);
        found.updated_at = ctx.now;
        incident::set(tx, &found)?;
        let about = About {
            incident: Some(id),
            component: found.root,
            ..About::default()
        };
        let facts = serde_json::json!({ "title": found.title, "reason": reason }).to_string();
        let event = ledger::append(tx, &ctx.draft(EventKind::IncidentDismissed, about, facts))?;
        Ok(Ok(Dismissed { event }))
    })
    .await
}

/// The words given, or else the last ones the proposal came with.
fn said(
    ctx: &ActionContext,
    wanted: &PublishProposal,
    found: &Incident,
) -> Result<Words, ActionError> {
    judge_proposed(found)?;
    let proposed = found.updates.last().map(|update| update.body.as_str());
    let Some(body) = wanted.body.as_deref().or(proposed) else {
        return Err(ActionError::invalid(
            "body",
            "the proposal has no words yet: write some",
        ));
    };
    Words::of(ctx, body, &wanted.components, wanted.next_update_due)
}

fn judge_proposed(found: &Incident) -> Result<(), ActionError> {
    let id = found.id;
    match found.publication {
        Publication::Proposed => Ok(()),
        Publication::Published => Err(ActionError::conflict(
            format!("incident `{id}` is published already"),
            "update or resolve it",
        )),
        Publication::Dismissed => Err(ActionError::conflict(
            format!("incident `{id}` was dismissed"),
            "open a new one",
        )),
    }
}
