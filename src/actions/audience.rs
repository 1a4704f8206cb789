//! How many will hear of an update, before it is sent.

use serde::{Deserialize, Serialize};

use crate::actions::components;
use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::domain::audience::hears;
use crate::domain::event::{Affected, Notice};
use crate::domain::incident::Impact;
use crate::domain::status::Status;
use crate::domain::subscriber::{Channel, Topic};
use crate::domain::timestamp::Timestamp;
use crate::store::subscriber;

/// Subscribers read at once: bounds memory, not the count.
const CHUNK: i64 = 1000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountAudience {
    /// By key or id.
    #[serde(default)]
    pub components: Vec<String>,
    pub impact: Impact,
    pub topic: Topic,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceCounts {
    pub email: u64,
    pub webhook: u64,
}

/// By the same rule as the fan-out. Someone who unsubscribes meanwhile is counted and not told.
pub async fn count_audience(
    ctx: &ActionContext,
    wanted: CountAudience,
) -> Result<AudienceCounts, ActionError> {
    let affected = components::all_named(&ctx.estate, &wanted.components)?
        .into_iter()
        .map(|component| Affected {
            component,
            name: String::new(),
            status: Status::Operational,
        })
        .collect();
    let notice = supposed(affected, wanted.impact, ctx.now);
    let (topic, now) = (wanted.topic, ctx.now);
    let counts = ctx.store.read(move |conn| {
        let mut counts = AudienceCounts::default();
        let mut after = String::new();
        loop {
            let chunk = subscriber::list_audience(conn, &after, now, CHUNK)?;
            let Some(last) = chunk.last() else {
                return Ok(counts);
            };
            after = last.id.to_string();
            for one in chunk.iter().filter(|one| hears(&one.scope, topic, &notice)) {
                match one.channel {
                    Channel::Email => counts.email += 1,
                    Channel::Webhook => counts.webhook += 1,
                }
            }
        }
    });
    Ok(counts.await?)
}

/// A notice with what decides who hears of it, and no words.
fn supposed(affected: Vec<Affected>, impact: Impact, now: Timestamp) -> Notice {
    Notice {
        title: String::new(),
        status: String::new(),
        impact,
        body: String::new(),
        at: now,
        began_at: now,
        resolved_at: None,
        next_update_due: None,
        window: None,
        sequence: 1,
        changes: Vec::new(),
        affected,
        earlier: Vec::new(),
        path: String::new(),
    }
}
