//! The notice an event carries, or that is made of what it carries: one reading for fan-out and for rendering.

use crate::domain::estate::Estate;
use crate::domain::event::{Event, EventKind, Notice};
use crate::domain::notice;
use crate::domain::transition::Transition;

/// None when the event tells nobody anything: a change that an incident's update has told of, or facts for the audit.
///
/// A status change is stored as its transition, with the component's key; the name is the one it has now.
pub(super) fn of(event: &Event, estate: &Estate) -> Option<Notice> {
    if event.kind != EventKind::ComponentStatusChanged {
        return serde_json::from_str(&event.body).ok();
    }
    let component = event.about.component?;
    let transition: Transition = serde_json::from_str(&event.body).ok()?;
    let known = estate.component(component);
    let name = known.map_or(transition.component.as_str(), |known| known.name.as_str());
    notice::of_transition(&transition, (component, name), event.seq)
}
