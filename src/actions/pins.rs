//! Pins: a person says what a component is, against the rules, for a while.

use serde::{Deserialize, Serialize};

use crate::actions::components;
use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::actions::words;
use crate::domain::event::{About, EventKind};
use crate::domain::id::PinId;
use crate::domain::pin::{DEFAULT_PIN, LONGEST_PIN, Pin};
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::store::{ledger, pin};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetPin {
    pub component: String,
    pub status: Status,
    pub reason: String,
    /// Absent: four hours from now. At most a day.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClearPin {
    pub component: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinWritten {
    pub id: PinId,
    pub expires_at: Timestamp,
    pub event: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinCleared {
    pub event: i64,
}

/// Replaces the pin that holds, if one does.
pub async fn set_pin(ctx: &ActionContext, wanted: SetPin) -> Result<PinWritten, ActionError> {
    let component = components::named(&ctx.estate, &wanted.component)?.id;
    if wanted.status == Status::UnderMaintenance {
        return Err(ActionError::Invalid {
            field: "status",
            message: "a pin cannot declare maintenance".to_owned(),
            hint: Some("use `maintenance schedule`".to_owned()),
        });
    }
    let set = Pin {
        id: PinId(entropy::id()),
        component,
        status: wanted.status,
        reason: words::line("reason", &wanted.reason)?,
        actor: ctx.actor,
        created_at: ctx.now,
        expires_at: expiry(wanted.expires_at, ctx.now)?,
    };
    ctx.judge(move |ctx, tx| {
        pin::set_ended(tx, component, ctx.now)?;
        pin::insert(tx, &set)?;
        let facts = serde_json::json!({
            "pin": set.id,
            "status": set.status,
            "reason": set.reason,
            "expires_at": set.expires_at,
        });
        let about = About {
            component: Some(component),
            ..About::default()
        };
        let draft = ctx.draft(EventKind::PinSet, about, facts.to_string());
        Ok(Ok(PinWritten {
            id: set.id,
            expires_at: set.expires_at,
            event: ledger::append(tx, &draft)?,
        }))
    })
    .await
}

pub async fn clear_pin(ctx: &ActionContext, wanted: ClearPin) -> Result<PinCleared, ActionError> {
    let component = components::named(&ctx.estate, &wanted.component)?.id;
    ctx.judge(move |ctx, tx| {
        if pin::set_ended(tx, component, ctx.now)? == 0 {
            let what = format!("a pin on `{}`", wanted.component);
            return Ok(Err(ActionError::missing(what)));
        }
        let about = About {
            component: Some(component),
            ..About::default()
        };
        let draft = ctx.draft(EventKind::PinCleared, about, "{}".to_owned());
        Ok(Ok(PinCleared {
            event: ledger::append(tx, &draft)?,
        }))
    })
    .await
}

fn expiry(wanted: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, ActionError> {
    let expires_at = wanted.unwrap_or(now + DEFAULT_PIN);
    if expires_at <= now {
        return Err(ActionError::invalid("expires_at", "it has passed already"));
    }
    if expires_at > now + LONGEST_PIN {
        return Err(ActionError::Invalid {
            field: "expires_at",
            message: "a pin lasts at most 24 hours".to_owned(),
            hint: Some("pin it again tomorrow, or open an incident".to_owned()),
        });
    }
    Ok(expires_at)
}
