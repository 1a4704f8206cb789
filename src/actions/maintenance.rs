//! Maintenance: scheduled, updated, started, extended, completed, cancelled. Each is told like an incident's update.

use serde::{Deserialize, Serialize};

use crate::actions::components;
use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::actions::words;
use crate::domain::advance::MaintenanceStep;
use crate::domain::event::{About, EventKind};
use crate::domain::id::{MaintenanceId, UpdateId};
use crate::domain::maintenance::{Maintenance, MaintenanceStatus, MaintenanceUpdate};
use crate::domain::notice;
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::store::{StoreError, Tx, column, fan_out, ledger, maintenance};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleMaintenance {
    pub title: String,
    pub body: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub components: Vec<String>,
    #[serde(default = "told")]
    pub notify: bool,
}

/// Words about a maintenance, and for some steps a new end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeMaintenance {
    pub maintenance: String,
    pub change: MaintenanceChange,
    pub body: String,
    #[serde(default = "told")]
    pub notify: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MaintenanceChange {
    /// More words; the status stays.
    Update,
    /// The work is done and being looked at.
    Verify,
    /// Now, ahead of the window if need be.
    Start,
    Extend {
        ends_at: Timestamp,
    },
    Complete,
    Cancel,
}

/// What was committed: `{"id":…,"update_id":…,"event":N}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceWritten {
    pub id: MaintenanceId,
    pub update_id: UpdateId,
    pub event: i64,
}

const fn told() -> bool {
    true
}

pub async fn schedule_maintenance(
    ctx: &ActionContext,
    wanted: ScheduleMaintenance,
) -> Result<MaintenanceWritten, ActionError> {
    let title = words::title(&wanted.title)?;
    let body = words::body(&wanted.body)?;
    let components = components::all_named(&ctx.estate, &wanted.components)?;
    if components.is_empty() {
        return Err(ActionError::invalid("components", "name at least one"));
    }
    judge_window(wanted.starts_at, wanted.ends_at, ctx.now)?;
    let (id, update_id) = (MaintenanceId(entropy::id()), UpdateId(entropy::id()));
    ctx.judge(move |ctx, tx| {
        let mut planned = Maintenance {
            id,
            title: title.clone(),
            status: MaintenanceStatus::Scheduled,
            starts_at: wanted.starts_at,
            ends_at: wanted.ends_at,
            created_at: ctx.now,
            updated_at: ctx.now,
            started_at: None,
            ended_at: None,
            components: components.clone(),
            updates: Vec::new(),
        };
        let update = planned.advance(MaintenanceStep {
            id: update_id,
            at: ctx.now,
            status: MaintenanceStatus::Scheduled,
            body: body.clone(),
            notified: wanted.notify,
        });
        maintenance::insert(tx, &planned)?;
        let event = announce(
            tx,
            ctx,
            EventKind::MaintenanceScheduled,
            (&planned, &update),
        )?;
        Ok(Ok(MaintenanceWritten {
            id,
            update_id,
            event,
        }))
    })
    .await
}

pub async fn change_maintenance(
    ctx: &ActionContext,
    wanted: ChangeMaintenance,
) -> Result<MaintenanceWritten, ActionError> {
    let id = maintenance_id(&wanted.maintenance)?;
    let body = words::body(&wanted.body)?;
    let update_id = UpdateId(entropy::id());
    ctx.judge(move |ctx, tx| {
        let Some(mut found) = maintenance::by_id(tx, id)? else {
            return Ok(Err(ActionError::missing(format!("maintenance `{id}`"))));
        };
        let (kind, status) = match judge_change(&found, wanted.change, ctx.now) {
            Ok(judged) => judged,
            Err(refused) => return Ok(Err(refused)),
        };
        move_window(&mut found, wanted.change, ctx.now);
        let update = found.advance(MaintenanceStep {
            id: update_id,
            at: ctx.now,
            status,
            body: body.clone(),
            notified: wanted.notify,
        });
        maintenance::set(tx, &found)?;
        maintenance::add_update(tx, &update)?;
        let event = announce(tx, ctx, kind, (&found, &update))?;
        Ok(Ok(MaintenanceWritten {
            id,
            update_id,
            event,
        }))
    })
    .await
}

/// The event with its frozen notice, and the start of its fan-out if subscribers are to hear.
pub fn announce(
    tx: &mut Tx<'_>,
    ctx: &ActionContext,
    kind: EventKind,
    (of, update): (&Maintenance, &MaintenanceUpdate),
) -> Result<i64, StoreError> {
    let body = column::to_json(&notice::of_maintenance(of, update, &ctx.estate))?;
    let about = About {
        maintenance: Some(of.id),
        update: Some(update.id),
        ..About::default()
    };
    let seq = ledger::append(tx, &ctx.draft(kind, about, body))?;
    if update.notified {
        fan_out::start(tx, seq, &format!("maintenance:{}", of.id))?;
    }
    Ok(seq)
}

/// A window lies ahead, at least in part: downtime that was recorded cannot be called planned afterwards.
fn judge_window(
    starts_at: Timestamp,
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<(), ActionError> {
    if ends_at <= starts_at {
        return Err(ActionError::invalid("ends_at", "it is not after the start"));
    }
    if starts_at.as_seconds() < now.as_seconds() - BACKDATED_SECONDS {
        return Err(ActionError::Invalid {
            field: "starts_at",
            message: "it has passed already".to_owned(),
            hint: Some("a maintenance begins now or later".to_owned()),
        });
    }
    Ok(())
}

/// "Now" as someone typed it a moment ago.
const BACKDATED_SECONDS: i64 = 60;

fn judge_change(
    found: &Maintenance,
    change: MaintenanceChange,
    now: Timestamp,
) -> Result<(EventKind, MaintenanceStatus), ActionError> {
    let id = found.id;
    let refuse = |why: &str, hint: &str| {
        let message = format!("maintenance `{id}` {why}");
        Err(ActionError::conflict(message, hint))
    };
    let is_active = found.status.is_active();
    if found.ended_at.is_some() {
        return refuse("is over", "schedule a new one");
    }
    match change {
        MaintenanceChange::Update => Ok((EventKind::MaintenanceUpdated, found.status)),
        MaintenanceChange::Verify if !is_active => refuse("has not started", "start it first"),
        MaintenanceChange::Verify => {
            Ok((EventKind::MaintenanceUpdated, MaintenanceStatus::Verifying))
        }
        MaintenanceChange::Start if is_active => refuse("is under way already", "update it"),
        MaintenanceChange::Start if found.ends_at <= now => refuse(
            "has a window that has passed",
            "extend it first, or cancel it",
        ),
        MaintenanceChange::Start => {
            Ok((EventKind::MaintenanceStarted, MaintenanceStatus::InProgress))
        }
        MaintenanceChange::Extend { ends_at } if ends_at <= found.ends_at || ends_at <= now => Err(
            ActionError::invalid("ends_at", "it is not later than the end it has"),
        ),
        MaintenanceChange::Extend { .. } => Ok((EventKind::MaintenanceExtended, found.status)),
        MaintenanceChange::Complete if !is_active => refuse("has not started", "cancel it instead"),
        MaintenanceChange::Complete => Ok((
            EventKind::MaintenanceCompleted,
            MaintenanceStatus::Completed,
        )),
        MaintenanceChange::Cancel if is_active => refuse("is under way", "complete it instead"),
        MaintenanceChange::Cancel => Ok((
            EventKind::MaintenanceCancelled,
            MaintenanceStatus::Cancelled,
        )),
    }
}

fn move_window(found: &mut Maintenance, change: MaintenanceChange, now: Timestamp) {
    match change {
        MaintenanceChange::Start => found.starts_at = found.starts_at.min(now),
        MaintenanceChange::Extend { ends_at } => found.ends_at = ends_at,
        MaintenanceChange::Update
        | MaintenanceChange::Verify
        | MaintenanceChange::Complete
        | MaintenanceChange::Cancel => {}
    }
}

fn maintenance_id(text: &str) -> Result<MaintenanceId, ActionError> {
    MaintenanceId::parse(text).map_err(|_| ActionError::missing(format!("maintenance `{text}`")))
}
