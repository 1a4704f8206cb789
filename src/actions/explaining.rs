//! What the page says of a component, and why: the stored transition, then everything that is known now.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::actions::components;
use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::domain::check::{Check, CheckKind};
use crate::domain::component::Component;
use crate::domain::heartbeat::{self, Calls, TOKEN_PURPOSE};
use crate::domain::id::{CheckId, ComponentId, ObjectiveId};
use crate::domain::machine::Machine;
use crate::domain::objective::{Objective, Target};
use crate::domain::objective_report::Report;
use crate::domain::timestamp::Timestamp;
use crate::store::heartbeat::Heartbeat;
use crate::store::state::{self, ComponentState, ObjectiveState};
use crate::store::{heartbeat as heartbeats, ledger};

/// One state of the database, read at once.
struct Known {
    states: HashMap<ComponentId, (ComponentState<Machine>, Option<String>)>,
    objectives: HashMap<ObjectiveId, ObjectiveState<Report>>,
    calls: HashMap<CheckId, Heartbeat>,
}

/// Of one component or of all, with the record of the last transition.
pub(super) async fn status(
    ctx: &ActionContext,
    component: Option<String>,
) -> Result<Value, ActionError> {
    let asked = component
        .map(|name| components::named(&ctx.estate, &name).map(|found| found.id))
        .transpose()?;
    let known = read(ctx).await?;
    let wanted = ctx.estate.components.iter();
    let shown = wanted
        .filter(|one| asked.is_none_or(|id| id == one.id))
        .map(|one| component_shape(one, &known));
    Ok(shown.collect())
}

/// A heartbeat's token, what was heard of it, and what that means now.
pub(super) async fn heartbeat(ctx: &ActionContext, name: &str) -> Result<Value, ActionError> {
    let missing = || ActionError::missing(format!("heartbeat `{name}`"));
    let found = ctx
        .estate
        .checks()
        .find(|(_, check)| check.key == name || check.id.as_str() == name);
    let (_, check) = found.ok_or_else(missing)?;
    let CheckKind::Heartbeat(wanted) = &check.kind else {
        return Err(missing());
    };
    let id = check.id;
    let row = ctx.store.read(move |conn| heartbeats::by_check(conn, id));
    let Some(row) = row.await? else {
        return Err(ActionError::conflict(
            format!("heartbeat `{name}` has no token yet"),
            "the server makes it when it starts with this file",
        ));
    };
    let token = ctx
        .keys
        .open_sealed(TOKEN_PURPOSE, &row.token_sealed)
        .map_err(|why| ActionError::Broken(why.to_string()))?;
    let calls = Calls {
        started_at: row.started_at,
        succeeded_at: row.succeeded_at,
        failed_at: row.failed_at,
        listening_since: row.created_at,
    };
    let judged = heartbeat::judge(wanted, calls, ctx.now);
    let mut shown = calls_shape(&row);
    if let Some(entries) = shown.as_object_mut() {
        entries.insert("token".to_owned(), json!(token));
        entries.insert("outcome".to_owned(), json!(judged.outcome));
        entries.insert("reason".to_owned(), json!(judged.reason));
        entries.insert("due_at".to_owned(), json!(text(judged.due)));
    }
    Ok(shown)
}

async fn read(ctx: &ActionContext) -> Result<Known, ActionError> {
    let known = ctx.store.read(|conn| {
        let mut states = HashMap::new();
        for one in state::list_components::<Machine>(conn)? {
            let because = match one.event_seq {
                Some(seq) => ledger::by_seq(conn, seq)?.map(|event| event.body),
                None => None,
            };
            states.insert(one.component, (one, because));
        }
        let objectives = state::list_objectives::<Report>(conn)?;
        let calls = heartbeats::list(conn)?;
        Ok(Known {
            states,
            objectives: objectives
                .into_iter()
                .map(|one| (one.objective, one))
                .collect(),
            calls: calls.into_iter().map(|one| (one.check, one)).collect(),
        })
    });
    Ok(known.await?)
}

fn component_shape(one: &Component, known: &Known) -> Value {
    let judged = known.states.get(&one.id);
    let state = judged.map(|(state, _)| state);
    let because = judged.and_then(|(_, because)| because.as_deref());
    let checks = one
        .checks
        .iter()
        .map(|check| check_shape(check, state, known));
    let objectives = one
        .objectives
        .iter()
        .map(|objective| objective_shape(objective, known));
    json!({
        "id": one.id,
        "component": one.key,
        "name": one.name,
        "measured": one.is_measured(),
        "status": state.map_or("operational", |state| state.status.name()),
        "since": state.map(|state| state.since.to_string()),
        "measured_status": state.map(|state| state.state.measured),
        "measured_rule": state.map(|state| state.state.rule),
        "event": state.and_then(|state| state.event_seq),
        "because": because.and_then(|body| serde_json::from_str::<Value>(body).ok()),
        "checks": checks.collect::<Value>(),
        "objectives": objectives.collect::<Value>(),
    })
}

fn check_shape(check: &Check, state: Option<&ComponentState<Machine>>, known: &Known) -> Value {
    let streaks = state.and_then(|state| state.state.streaks.get(&check.id));
    let locations = streaks.into_iter().flatten().map(|(location, streak)| {
        json!({
            "location": location,
            "state": streak.state,
            "streak": streak.describe(),
            "since": text(streak.since),
            "seen_at": text(streak.seen_at),
        })
    });
    json!({
        "id": check.id,
        "check": check.key,
        "kind": check.kind.name(),
        "critical": check.critical,
        "locations": locations.collect::<Value>(),
        "calls": known.calls.get(&check.id).map(calls_shape),
    })
}

fn calls_shape(row: &Heartbeat) -> Value {
    json!({
        "started_at": text(row.started_at),
        "succeeded_at": text(row.succeeded_at),
        "failed_at": text(row.failed_at),
    })
}

fn objective_shape(objective: &Objective, known: &Known) -> Value {
    let state = known.objectives.get(&objective.id);
    let windows = state
        .into_iter()
        .flat_map(|state| &state.state.windows)
        .map(|one| {
            json!({
                "window": one.window,
                "at": one.at.to_string(),
                "sample": one.sample.name(),
                "error_ratio": one.error_ratio,
                "burn": one.burn,
            })
        });
    json!({
        "id": objective.id,
        "objective": objective.key,
        "target_percent": percent(objective.target),
        "public": objective.public,
        "evaluated_at": state.map(|state| state.evaluated_at.to_string()),
        "budget": state.map(|state| state.state.budget),
        "budget_remaining": state.and_then(|state| state.state.remaining),
        "windows": windows.collect::<Value>(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "at most a billion parts")]
fn percent(target: Target) -> f64 {
    target.parts_per_billion() as f64 / 1e7
}

fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
