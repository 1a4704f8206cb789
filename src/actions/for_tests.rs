//! A context over a small estate, for tests of actions.

use std::sync::Arc;
use std::time::Duration;

use crate::actions::ActionContext;
use crate::domain::actor::Actor;
use crate::domain::component::{AutoPublish, Component, Hysteresis, Owner, Show};
use crate::domain::estate::Estate;
use crate::domain::id::{ComponentId, PublicId};
use crate::domain::timestamp::Timestamp;
use crate::seal::KeyRing;
use crate::store::Store;

/// Noon of a day long ago, with components `checkout` and `search`.
pub(crate) fn context(store: &Store) -> ActionContext {
    ActionContext {
        store: store.clone(),
        estate: Arc::new(Estate {
            components: vec![component("checkout", 1), component("search", 2)],
            ..Estate::default()
        }),
        keys: KeyRing::from_bytes(&[7; 32]),
        now: Timestamp::from_seconds(1_000_000),
        actor: Actor::CommandLine,
    }
}

/// The same, `seconds` later.
pub(crate) fn later(ctx: &ActionContext, seconds: u64) -> ActionContext {
    ActionContext {
        now: ctx.now + Duration::from_secs(seconds),
        ..ctx.clone()
    }
}

fn component(key: &str, letter: u8) -> Component {
    Component {
        id: ComponentId(PublicId::from_random([letter; 12])),
        key: key.to_owned(),
        name: format!("The {key}"),
        description: None,
        group: None,
        tier: 2,
        owner_mail: None,
        runbook: None,
        depends_on: Vec::new(),
        show: Show::Always,
        auto_publish: AutoPublish::StatusOnly,
        publish_after: Duration::from_mins(10),
        major_k: None,
        region: None,
        workaround: None,
        revenue_per_minute: None,
        uptime_since: None,
        hysteresis: Hysteresis::default(),
        checks: Vec::new(),
        objectives: Vec::new(),
        owner: Owner::File,
        created_at: Timestamp::from_seconds(0),
    }
}
