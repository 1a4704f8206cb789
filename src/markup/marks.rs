//! Status marks: one silhouette per status, always beside its word. One of the two homes of raw markup.

use maud::{Markup, PreEscaped, html};

use crate::domain::incident::Impact;
use crate::domain::status::Status;

/// Every symbol, once per page; drawn by `use` and hidden from assistive technology.
#[must_use]
pub fn sprite() -> Markup {
    PreEscaped(include_str!("../../static/img/sprite.svg").to_owned())
}

/// The value of `data-status`, which is also the symbol's name and the favicon's.
#[must_use]
pub const fn slug(status: Status) -> &'static str {
    match status {
        Status::Operational => "operational",
        Status::DegradedPerformance => "degraded",
        Status::PartialOutage => "partial",
        Status::MajorOutage => "major",
        Status::UnderMaintenance => "maintenance",
        Status::Unknown => "unknown",
    }
}

/// The words beside the mark.
#[must_use]
pub const fn words(status: Status) -> &'static str {
    match status {
        Status::Operational => "Operational",
        Status::DegradedPerformance => "Degraded",
        Status::PartialOutage => "Partial outage",
        Status::MajorOutage => "Major outage",
        Status::UnderMaintenance => "Maintenance",
        Status::Unknown => "No data",
    }
}

/// The status whose colour and shape stand for an impact.
#[must_use]
pub const fn of_impact(impact: Impact) -> Status {
    match impact {
        Impact::None => Status::Operational,
        Impact::Minor => Status::DegradedPerformance,
        Impact::Major => Status::PartialOutage,
        Impact::Critical => Status::MajorOutage,
    }
}

#[must_use]
pub const fn impact_words(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "No impact",
        Impact::Minor => "Minor impact",
        Impact::Major => "Major impact",
        Impact::Critical => "Critical impact",
    }
}

/// The silhouette alone; a word must stand beside it.
#[must_use]
pub fn mark(status: Status) -> Markup {
    symbol("icon", slug(status))
}

/// Mark and word.
#[must_use]
pub fn state(status: Status) -> Markup {
    said(status, words(status))
}

/// The mark with other words, as in "All operational" or "Major impact".
#[must_use]
pub fn said(status: Status, words: &str) -> Markup {
    html! { span.state data-status=(slug(status)) { (mark(status)) (words) } }
}

/// The caret of a disclosure.
#[must_use]
pub fn caret() -> Markup {
    symbol("caret", "caret")
}

/// Our own mark: a tick built of five day slats.
#[must_use]
pub fn maker() -> Markup {
    symbol("icon", "mark")
}

fn symbol(class: &str, name: &str) -> Markup {
    html! { svg class=(class) aria-hidden="true" { use href={ "#" (name) } {} } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_symbol_and_a_word() {
        let sprite = sprite().into_string();
        for status in Status::ALL {
            assert!(sprite.contains(&format!("id=\"{}\"", slug(status))));
            assert!(state(status).into_string().contains(words(status)));
        }
    }
}
