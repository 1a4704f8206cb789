//! The fixed English sentences: banner, incident title, and what an automatic incident says. LANGUAGE.md section 7.
//!
//! Names of components are the only words that come from outside; nothing a probe answered is ever in them.

use crate::domain::id::GroupId;
use crate::domain::rule::Rule;
use crate::domain::status::{Level, Status};

/// One component as the banner counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    pub name: &'a str,
    pub group: Option<GroupId>,
    /// Tier 1.
    pub is_critical: bool,
    pub status: Status,
}

/// What the top of a page says, and in which colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    pub status: Status,
    pub sentence: String,
}

/// The banner of a page that shows these components. The sentence names what is worst as it is; the colour follows the
/// softened rule of derivation L4, so that one part of many in trouble does not paint everything red.
#[must_use]
pub fn banner(components: &[Shown<'_>]) -> Banner {
    let worst = Status::worst(components.iter().map(|component| component.status));
    let names: Vec<&str> = components
        .iter()
        .filter(|component| component.status == worst)
        .map(|component| component.name)
        .collect();
    let sentence = match worst {
        Status::Operational => "All clear".to_owned(),
        Status::DegradedPerformance
        | Status::PartialOutage
        | Status::MajorOutage
        | Status::UnderMaintenance
        | Status::Unknown => sentence(&names, worst),
    };
    Banner {
        status: page_status(components),
        sentence,
    }
}

/// `X is out`, `X and Y are out`, `X, Y and 3 more are out`; "We cannot see X".
#[must_use]
pub fn sentence(names: &[&str], status: Status) -> String {
    let subject = subject(names);
    let verb = if names.len() > 1 { "are" } else { "is" };
    match status {
        Status::Operational => format!("{subject} {verb} working"),
        Status::DegradedPerformance => format!("{subject} {verb} degraded"),
        Status::PartialOutage => format!("{subject} {verb} partly out"),
        Status::MajorOutage => format!("{subject} {verb} out"),
        Status::UnderMaintenance => format!("{subject} {verb} under maintenance"),
        Status::Unknown => format!("We cannot see {subject}"),
    }
}

fn subject(names: &[&str]) -> String {
    match names {
        [] => "Everything".to_owned(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// The worst of all, softened first within each group and then over groups (derivation L4, for the banner alone): with
/// three or more parts a major outage shows as partial unless every critical part is out.
#[must_use]
pub fn page_status(components: &[Shown<'_>]) -> Status {
    let mut groups: Vec<GroupId> = components.iter().filter_map(|shown| shown.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut parts: Vec<(bool, Status)> = components
        .iter()
        .filter(|shown| shown.group.is_none())
        .map(|shown| (shown.is_critical, shown.status))
        .collect();
    for group in groups {
        let members: Vec<(bool, Status)> = components
            .iter()
            .filter(|shown| shown.group == Some(group))
            .map(|shown| (shown.is_critical, shown.status))
            .collect();
        let is_critical = members.iter().any(|(is_critical, _)| *is_critical);
        parts.push((is_critical, soften(&members)));
    }
    soften(&parts)
}

fn soften(parts: &[(bool, Status)]) -> Status {
    let worst = Status::worst(parts.iter().map(|(_, status)| *status));
    let has_critical = parts.iter().any(|(is_critical, _)| *is_critical);
    let is_all_out = parts
        .iter()
        .filter(|(is_critical, _)| *is_critical || !has_critical)
        .all(|(_, status)| *status == Status::MajorOutage);
    if worst == Status::MajorOutage && parts.len() >= 3 && !is_all_out {
        return Status::PartialOutage;
    }
    worst
}

/// The title of an automatic incident: `Checkout API is out`.
#[must_use]
pub fn incident_title(component: &str, level: Level) -> String {
    sentence(&[component], level.status())
}

/// What an automatic incident says about a level and the rule that found it. Rules that do not open incidents speak by
/// level alone.
#[must_use]
pub const fn incident_sentence(rule: Rule, level: Level) -> &'static str {
    match rule {
        Rule::SloDegraded | Rule::SloPartial | Rule::SloMajor => burning(level),
        Rule::AllCriticalDown | Rule::MajorKDown => {
            "Our checks cannot reach it. We are looking into it."
        }
        Rule::SomeCriticalDown => {
            "Some of our checks fail, others pass. Part of it does not work. We are looking into it."
        }
        Rule::CriticalPartial => {
            "Our checks fail from some places and pass from others. We are looking into it."
        }
        Rule::CriticalSlow => "It answers, but slower than it should. We are looking into it.",
        Rule::OtherDown => {
            "A check of a lesser part fails. The main parts work. We are looking into it."
        }
        Rule::Cleared
        | Rule::AllWell
        | Rule::CriticalStale
        | Rule::NoFreshEvidence
        | Rule::NotMeasured
        | Rule::Given
        | Rule::Pin
        | Rule::Incident
        | Rule::Maintenance
        | Rule::Withheld => by_level(level),
    }
}

const fn burning(level: Level) -> &'static str {
    match level {
        Level::Operational | Level::Degraded => {
            "More requests than usual fail or are slow. We are looking into it."
        }
        Level::Partial => "Many requests fail. We are looking into it.",
        Level::Major => "Most requests fail. We are looking into it.",
    }
}

const fn by_level(level: Level) -> &'static str {
    match level {
        Level::Operational => RESOLVED,
        Level::Degraded => "It works, but not as well as it should. We are looking into it.",
        Level::Partial => "Part of it does not work. We are looking into it.",
        Level::Major => "It does not work. We are looking into it.",
    }
}

/// The last word of an automatic incident.
pub const RESOLVED: &str = "It works again. Our checks have passed for some time.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::PublicId;

    fn shown(name: &str, status: Status) -> Shown<'_> {
        Shown {
            name,
            group: None,
            is_critical: false,
            status,
        }
    }

    #[test]
    fn the_banner_uses_the_fixed_forms() {
        let say = |status| banner(&[shown("Search", status), shown("Mail", Status::Operational)]);
        for (status, sentence) in [
            (Status::Operational, "All clear"),
            (Status::DegradedPerformance, "Search is degraded"),
            (Status::PartialOutage, "Search is partly out"),
            (Status::MajorOutage, "Search is out"),
            (Status::Unknown, "We cannot see Search"),
            (Status::UnderMaintenance, "Search is under maintenance"),
        ] {
            assert_eq!(say(status).sentence, sentence);
        }
        assert_eq!(banner(&[]).sentence, "All clear");
    }

    #[test]
    fn several_names_are_counted() {
        let names = ["A", "B", "C", "D"];
        assert_eq!(
            sentence(&names[..2], Status::MajorOutage),
            "A and B are out"
        );
        let many = sentence(&names, Status::Unknown);
        assert_eq!(many, "We cannot see A, B and 2 more");
    }

    #[test]
    fn one_part_of_three_in_trouble_does_not_paint_the_page_red() {
        let parts = |statuses: [Status; 3]| statuses.map(|status| shown("x", status));
        let (out, well) = (Status::MajorOutage, Status::Operational);
        assert_eq!(
            page_status(&parts([out, well, well])),
            Status::PartialOutage
        );
        assert_eq!(page_status(&parts([out; 3])), out);
        assert_eq!(page_status(&parts([out, well, well])[..2]), out);
        let mut critical = parts([out, well, well]);
        critical[0].is_critical = true;
        assert_eq!(page_status(&critical), out);
    }

    #[test]
    fn groups_are_softened_before_the_page() {
        let group = Some(GroupId(PublicId::from_random([3; 12])));
        let (out, well) = (Status::MajorOutage, Status::Operational);
        let members = [out, well, well].map(|status| Shown {
            group,
            ..shown("x", status)
        });
        assert_eq!(page_status(&members), Status::PartialOutage);
    }

    #[test]
    fn every_rule_has_a_sentence() {
        for rule in Rule::ALL {
            for level in Level::ALL {
                assert!(incident_sentence(rule, level).ends_with('.'));
            }
        }
    }
}
