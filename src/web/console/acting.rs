//! Between a submitted form and an action: who acts, and what a refusal becomes.

use crate::actions::{ActionContext, ActionError};
use crate::auth::session::Seat;
use crate::domain::actor::Actor;
use crate::domain::estate::Estate;
use crate::domain::event::Notice;
use crate::domain::id::{IncidentId, UpdateId};
use crate::domain::incident::{Impact, Incident, IncidentStatus, Update};
use crate::domain::notice;
use crate::domain::status::Status;
use crate::entropy;
use crate::web::console::parts::Wrongs;
use crate::web::problem::Problem;
use crate::web::site::Site;

/// The operator at this seat, about to change something.
#[must_use]
pub fn context(site: &Site, seat: &Seat) -> ActionContext {
    ActionContext {
        store: site.store.clone(),
        estate: site.estate(),
        keys: site.keys.clone(),
        now: site.now(),
        actor: Actor::Operator(seat.operator),
    }
}

impl From<ActionError> for Problem {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::NotFound { .. } => Self::NotFound,
            ActionError::Invalid { .. } | ActionError::Conflict { .. } => {
                Self::Refused(sentence(&error))
            }
            ActionError::Forbidden(why) => Self::Refused(why),
            ActionError::Limited { retry_after } => Self::TooMany {
                retry_after_s: retry_after.as_secs(),
            },
            ActionError::Unavailable(why) => Self::Unavailable(why),
            ActionError::Broken(why) => Self::Internal(why),
        }
    }
}

/// What a form can say beside its own fields; anything else is a problem of its own page. `fields` pairs the
/// action's name of a field with the form's.
pub fn wrongs(error: ActionError, fields: &[(&str, &'static str)]) -> Result<Wrongs, Problem> {
    let mut wrongs = Wrongs::default();
    match &error {
        ActionError::Invalid { field, .. } => {
            let named = fields.iter().find(|(theirs, _)| theirs == field);
            wrongs.add(named.map_or("main", |(_, ours)| ours), sentence(&error));
        }
        ActionError::Conflict { .. } => wrongs.add("main", sentence(&error)),
        ActionError::NotFound { .. }
        | ActionError::Forbidden(_)
        | ActionError::Limited { .. }
        | ActionError::Unavailable(_)
        | ActionError::Broken(_) => return Err(error.into()),
    }
    Ok(wrongs)
}

/// With a capital, a full stop, the way out and quotation marks: actions speak for terminals too.
fn sentence(error: &ActionError) -> String {
    let what = match error {
        ActionError::Invalid { message, .. } | ActionError::Conflict { message, .. } => {
            message.clone()
        }
        other => other.to_string(),
    };
    let mut letters = what.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string())
        .unwrap_or_default();
    let hint = error
        .hint()
        .map(|hint| format!(" ({hint})"))
        .unwrap_or_default();
    quoted(&format!("{first}{}{hint}.", letters.as_str()))
}

/// Backticks are how a terminal quotes.
fn quoted(text: &str) -> String {
    let mut is_open = false;
    let quote = |letter: char| match letter {
        '`' => {
            is_open = !is_open;
            if is_open { '“' } else { '”' }
        }
        other => other,
    };
    text.chars().map(quote).collect()
}

/// The notice an incident would send as it stands: enough to ask every subscriber whether they would hear it.
#[must_use]
pub fn notice_of(incident: &Incident, estate: &Estate) -> Notice {
    let update = Update {
        id: UpdateId(entropy::id()),
        incident: incident.id,
        sequence: i64::MAX,
        status: incident.status,
        body: String::new(),
        at: incident.updated_at,
        notified: true,
        changes: Vec::new(),
    };
    notice::of_incident(incident, &update, estate)
}

/// The impact that `statuses` mean: statuspage-api.md section 2.4.
#[must_use]
pub fn implied_impact(statuses: impl IntoIterator<Item = Status>) -> Impact {
    let levels = statuses.into_iter().filter_map(Status::level);
    levels.map(Impact::of_level).max().unwrap_or(Impact::None)
}

/// # Errors
/// [`Problem::NotFound`]: a path that names no incident.
pub fn incident_id(text: &str) -> Result<IncidentId, Problem> {
    IncidentId::parse(text).map_err(|_| Problem::NotFound)
}

/// What each stage is called in front of people.
#[must_use]
pub const fn stage(status: IncidentStatus) -> &'static str {
    match status {
        IncidentStatus::Investigating => "Investigating",
        IncidentStatus::Identified => "Identified",
        IncidentStatus::Monitoring => "Monitoring",
        IncidentStatus::Resolved => "Resolved",
        IncidentStatus::Postmortem => "Postmortem",
    }
}
