//! What `doctor` asks of the database, in one look: whether every delivery is accounted for, and what waits too long.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::domain::delivery::DeliveryState;
use crate::domain::subscriber::{Channel, SubscriberState};
use crate::store::{delivery, fan_out, ledger, meta, subscriber};

/// A lease this long past its end was taken back by nobody: the reaper comes every few seconds.
const ABANDONED_AFTER: Duration = Duration::from_mins(2);

/// Open fan-outs looked at; more is as bad.
const MOST_OPEN: i64 = 100;

pub(super) async fn examine(ctx: &ActionContext) -> Result<Value, ActionError> {
    let now = ctx.now;
    let found = ctx.store.read(move |conn| {
        let by_state = delivery::counts(conn)?;
        let mut counted: Map<String, Value> = DeliveryState::ALL
            .iter()
            .map(|state| (state.name().to_owned(), json!(0)))
            .collect();
        for (state, count) in &by_state {
            counted.insert(state.name().to_owned(), json!(count));
        }
        let last = ledger::last_seq(conn)?;
        let last_at = ledger::by_seq(conn, last)?.map(|event| event.at);
        let open = fan_out::list_open(conn, MOST_OPEN)?;
        let oldest_told = match open.first() {
            Some(oldest) => ledger::by_seq(conn, oldest.event)?.map(|event| event.at),
            None => None,
        };
        let readers = subscriber::counts(conn)?;
        let by_mail: i64 = readers
            .iter()
            .filter(|(channel, state, _)| {
                channel == Channel::Email.name() && state == SubscriberState::Active.name()
            })
            .map(|(.., count)| count)
            .sum();
        let age = |at: Option<_>| at.map(|at| now.since(at).as_secs());
        let alive = meta::last_alive(conn)?;
        Ok(json!({
            "at": now.to_string(),
            "last_event": last,
            "last_event_ahead_s": last_at.map(|at| at.since(now).as_secs()),
            "accepted": delivery::count(conn)?,
            "accounted": by_state.iter().map(|(_, count)| count).sum::<i64>(),
            "deliveries": counted,
            "oldest_due_age_s": age(delivery::oldest_due(conn)?),
            "abandoned_leases": delivery::count_abandoned(conn, now - ABANDONED_AFTER)?,
            "open_fan_outs": open.len(),
            "oldest_fan_out_age_s": age(oldest_told),
            "subscribers": readers.iter().map(|(.., count)| count).sum::<i64>(),
            "subscribers_by_mail": by_mail,
            "alive_age_s": age(alive),
            "alive_ahead_s": alive.map(|at| at.since(now).as_secs()),
        }))
    });
    Ok(found.await?)
}
