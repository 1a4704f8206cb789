//! What every action is given: where things are kept, what is configured, who asks, and the time.

use std::sync::Arc;

use crate::actions::error::ActionError;
use crate::domain::actor::Actor;
use crate::domain::estate::Estate;
use crate::domain::event::{About, Draft, EventKind};
use crate::domain::timestamp::Timestamp;
use crate::seal::KeyRing;
use crate::store::{Store, StoreError, Tx};

#[derive(Clone)]
pub struct ActionContext {
    pub store: Store,
    pub estate: Arc<Estate>,
    pub keys: KeyRing,
    pub now: Timestamp,
    pub actor: Actor,
}

/// What a transaction of ours ends as: judged inside, where the rows are; nothing is written before a refusal.
pub(super) type Judged<T> = Result<Result<T, ActionError>, StoreError>;

impl ActionContext {
    pub(super) fn draft(&self, kind: EventKind, about: About, body: String) -> Draft {
        Draft {
            kind,
            at: self.now,
            actor: self.actor,
            about,
            body,
        }
    }

    /// One transaction, which may run more than once.
    pub(super) async fn judge<T: Send + 'static>(
        &self,
        work: impl Fn(&Self, &mut Tx<'_>) -> Judged<T> + Send + 'static,
    ) -> Result<T, ActionError> {
        let context = self.clone();
        self.store
            .write(move |tx| work(&context, tx))
            .await
            .map_err(ActionError::of_writing)?
    }

    /// Whether a person speaks, rather than a rule.
    pub(super) const fn is_human(&self) -> bool {
        match self.actor {
            Actor::System => false,
            Actor::CommandLine | Actor::Operator(_) | Actor::Token(_) | Actor::Subscriber => true,
        }
    }
}
