//! Incidents: opened, updated, resolved, corrected. Each update is one transaction: rows, event, start of the fan-out.

use serde::{Deserialize, Serialize};

use crate::actions::components::{self, ComponentSetting};
use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::actions::evidence;
use crate::actions::words;
use crate::domain::advance::Step;
use crate::domain::event::{About, EventKind};
use crate::domain::id::{ComponentId, IncidentId, UpdateId};
use crate::domain::incident::{
    ComponentChange, Impact, Incident, IncidentStatus, Origin, Publication, Update,
};
use crate::domain::notice;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::store::{StoreError, Tx, column, fan_out, incident, ledger};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIncident {
    pub title: String,
    #[serde(default = "investigating")]
    pub status: IncidentStatus,
    /// Instead of what the components' statuses mean.
    #[serde(default)]
    pub impact: Option<Impact>,
    pub body: String,
    #[serde(default)]
    pub components: Vec<ComponentSetting>,
    #[serde(default)]
    pub next_update_due: Option<Timestamp>,
    #[serde(default = "told")]
    pub notify: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateIncident {
    pub incident: String,
    /// Absent: as it is.
    #[serde(default)]
    pub status: Option<IncidentStatus>,
    #[serde(default)]
    pub impact: Option<Impact>,
    pub body: String,
    #[serde(default)]
    pub components: Vec<ComponentSetting>,
    #[serde(default)]
    pub next_update_due: Option<Timestamp>,
    #[serde(default = "told")]
    pub notify: bool,
}

/// Other words for an update already written; nobody is told again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditUpdate {
    pub incident: String,
    pub update: String,
    pub body: String,
}

/// What was committed: `{"id":…,"update_id":…,"event":N}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentWritten {
    pub id: IncidentId,
    pub update_id: UpdateId,
    pub event: i64,
}

pub const fn investigating() -> IncidentStatus {
    IncidentStatus::Investigating
}

pub(super) const fn told() -> bool {
    true
}

/// Published at once: a person has decided.
pub async fn open_incident(
    ctx: &ActionContext,
    wanted: OpenIncident,
) -> Result<IncidentWritten, ActionError> {
    if !wanted.status.is_open() {
        return Err(ActionError::invalid(
            "status",
            "an incident opens as investigating, identified or monitoring",
        ));
    }
    let title = words::title(&wanted.title)?;
    let words = Words::of(
        ctx,
        &wanted.body,
        &wanted.components,
        wanted.next_update_due,
    )?;
    let (id, update_id) = (IncidentId(entropy::id()), UpdateId(entropy::id()));
    ctx.judge(move |ctx, tx| {
        let mut opened = blank(ctx, id, title.clone());
        let step = words.step(
            tx,
            ctx,
            &opened,
            &Say {
                id: update_id,
                status: wanted.status,
                impact: wanted.impact,
                notify: wanted.notify,
            },
        )?;
        let update = opened.advance(step);
        incident::insert(tx, &opened)?;
        let event = announce(tx, ctx, EventKind::IncidentOpened, (&opened, &update))?;
        Ok(Ok(IncidentWritten {
            id,
            update_id,
            event,
        }))
    })
    .await
}

/// Also resolves it, and after that writes its postmortem.
pub async fn update_incident(
    ctx: &ActionContext,
    wanted: UpdateIncident,
) -> Result<IncidentWritten, ActionError> {
    let id = incident_id(&wanted.incident)?;
    let words = Words::of(
        ctx,
        &wanted.body,
        &wanted.components,
        wanted.next_update_due,
    )?;
    let update_id = UpdateId(entropy::id());
    ctx.judge(move |ctx, tx| {
        let Some(mut found) = incident::by_id(tx, id)? else {
            return Ok(Err(ActionError::missing(format!("incident `{id}`"))));
        };
        let status = wanted.status.unwrap_or(found.status);
        let kind = match judge_update(&found, status) {
            Ok(kind) => kind,
            Err(refused) => return Ok(Err(refused)),
        };
        if kind == EventKind::IncidentResolved
            && let Err(refused) = evidence::allows_resolving(tx, ctx, &found)?
        {
            return Ok(Err(refused));
        }
        let step = words.step(
            tx,
            ctx,
            &found,
            &Say {
                id: update_id,
                status,
                impact: wanted.impact,
                notify: wanted.notify,
            },
        )?;
        let update = found.advance(step);
        incident::set(tx, &found)?;
        incident::add_update(tx, &update)?;
        let event = announce(tx, ctx, kind, (&found, &update))?;
        Ok(Ok(IncidentWritten {
            id,
            update_id,
            event,
        }))
    })
    .await
}

/// The page and the feeds show the new words; the ledger keeps both.
pub async fn edit_update(
    ctx: &ActionContext,
    wanted: EditUpdate,
) -> Result<IncidentWritten, ActionError> {
    let id = incident_id(&wanted.incident)?;
    let body = words::body(&wanted.body)?;
    ctx.judge(move |ctx, tx| {
        let Some(found) = incident::by_id(tx, id)? else {
            return Ok(Err(ActionError::missing(format!("incident `{id}`"))));
        };
        let edited = found
            .updates
            .iter()
            .find(|one| one.id.as_str() == wanted.update);
        let Some(update) = edited else {
            let what = format!("update `{}` of incident `{id}`", wanted.update);
            return Ok(Err(ActionError::missing(what)));
        };
        incident::set_update_body(tx, update.id, &body)?;
        let mut touched = found.clone();
        touched.updated_at = ctx.now;
        incident::set(tx, &touched)?;
        let facts = serde_json::json!({ "before": update.body, "after": body }).to_string();
        let about = about(&found, update);
        let event = ledger::append(tx, &ctx.draft(EventKind::IncidentEdited, about, facts))?;
        Ok(Ok(IncidentWritten {
            id,
            update_id: update.id,
            event,
        }))
    })
    .await
}

/// An incident nobody has written a word about yet.
fn blank(ctx: &ActionContext, id: IncidentId, title: String) -> Incident {
    Incident {
        id,
        title,
        status: IncidentStatus::Investigating,
        impact: Impact::None,
        impact_override: None,
        origin: Origin::Human,
        publication: Publication::Published,
        root: None,
        began_at: ctx.now,
        detected_at: ctx.now,
        published_at: Some(ctx.now),
        publish_due: None,
        monitoring_at: None,
        resolved_at: None,
        updated_at: ctx.now,
        next_update_due: None,
        has_human_words: false,
        components: Vec::new(),
        updates: Vec::new(),
    }
}

/// Which event an update to `status` is, if it may be written.
fn judge_update(found: &Incident, status: IncidentStatus) -> Result<EventKind, ActionError> {
    let id = found.id;
    match found.publication {
        Publication::Published => {}
        Publication::Proposed => {
            return Err(ActionError::conflict(
                format!("incident `{id}` is not published yet"),
                "publish it, or dismiss it",
            ));
        }
        Publication::Dismissed => {
            return Err(ActionError::conflict(
                format!("incident `{id}` was dismissed"),
                "open a new one",
            ));
        }
    }
    match (found.status.is_open(), status) {
        (true, IncidentStatus::Resolved) => Ok(EventKind::IncidentResolved),
        (true, IncidentStatus::Postmortem) => Err(ActionError::conflict(
            format!("incident `{id}` is still open"),
            "resolve it, then write the postmortem",
        )),
        (true, _) => Ok(EventKind::IncidentUpdated),
        (false, IncidentStatus::Postmortem) => Ok(EventKind::IncidentPostmortem),
        (false, _) => Err(ActionError::conflict(
            format!("incident `{id}` is resolved"),
            "open a new one, or add a postmortem",
        )),
    }
}

pub(super) fn incident_id(text: &str) -> Result<IncidentId, ActionError> {
    IncidentId::parse(text).map_err(|_| ActionError::missing(format!("incident `{text}`")))
}

/// The checked words of an update, ready for the transaction.
pub(super) struct Words {
    body: String,
    settings: Vec<(ComponentId, Status)>,
    next_update_due: Option<Timestamp>,
}

/// How they are said.
pub(super) struct Say {
    pub(super) id: UpdateId,
    pub(super) status: IncidentStatus,
    pub(super) impact: Option<Impact>,
    pub(super) notify: bool,
}

impl Words {
    pub(super) fn of(
        ctx: &ActionContext,
        body: &str,
        settings: &[ComponentSetting],
        due: Option<Timestamp>,
    ) -> Result<Self, ActionError> {
        Ok(Self {
            body: words::body(body)?,
            settings: components::settings(&ctx.estate, settings)?,
            next_update_due: words::promise(due, ctx.now)?,
        })
    }

    /// Inside the transaction, because what a component moves from is what it is now. Resolving lets go of every
    /// component that is not named.
    pub(super) fn step(
        &self,
        tx: &mut Tx<'_>,
        ctx: &ActionContext,
        of: &Incident,
        say: &Say,
    ) -> Result<Step, StoreError> {
        let mut settings = self.settings.clone();
        if say.status == IncidentStatus::Resolved {
            for declared in &of.components {
                if !settings.iter().any(|(id, _)| *id == declared.component) {
                    settings.push((declared.component, Status::Operational));
                }
            }
        }
        let declared = |id| of.components.iter().find(|known| known.component == id);
        let published = components::published(tx)?;
        let shown = |id| published.get(&id).copied().unwrap_or(Status::Operational);
        let changes = settings
            .into_iter()
            .map(|(component, to)| ComponentChange {
                component,
                name: notice::name_of(&ctx.estate, component),
                from: declared(component).map_or_else(|| shown(component), |known| known.status),
                to,
            })
            .collect();
        Ok(Step {
            id: say.id,
            at: ctx.now,
            status: say.status,
            body: self.body.clone(),
            changes,
            impact_override: say.impact,
            next_update_due: self.next_update_due,
            notified: say.notify,
            by_human: ctx.is_human(),
        })
    }
}

/// The event with its frozen notice, and the start of its fan-out if subscribers are to hear.
pub fn announce(
    tx: &mut Tx<'_>,
    ctx: &ActionContext,
    kind: EventKind,
    (of, update): (&Incident, &Update),
) -> Result<i64, StoreError> {
    let body = column::to_json(&notice::of_incident(of, update, &ctx.estate))?;
    let seq = ledger::append(tx, &ctx.draft(kind, about(of, update), body))?;
    if update.notified {
        fan_out::start(tx, seq, &format!("incident:{}", of.id))?;
    }
    Ok(seq)
}

fn about(of: &Incident, update: &Update) -> About {
    About {
        incident: Some(of.id),
        update: Some(update.id),
        ..About::default()
    }
}
