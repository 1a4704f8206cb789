//! The page's indicator and description as Statuspage v2 computes them: statuspage-api.md section 2.4.
//!
//! Unknown has no word there; the status is translated first by [`translate`].

use crate::domain::incident::Impact;
use crate::domain::status::Status;

/// `status.indicator` and `status.description`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageStatus {
    pub indicator: &'static str,
    pub description: &'static str,
}

/// A component's status in a vocabulary without unknown: the last status if that was trouble, else degraded. The
/// truth goes beside it in an extra field.
#[must_use]
pub const fn translate(status: Status, last_known: Status) -> Status {
    match (status, last_known) {
        (Status::Unknown, Status::Operational | Status::Unknown) => Status::DegradedPerformance,
        (Status::Unknown, last_known) => last_known,
        (status, _) => status,
    }
}

/// Over all components shown, group rows excluded; `worst_open` is the worst impact among open incidents, which
/// matters only while no component is touched.
#[must_use]
pub fn page_status(components: &[Status], worst_open: Option<Impact>) -> PageStatus {
    let count = |wanted: Status| {
        components
            .iter()
            .filter(|status| **status == wanted)
            .count()
    };
    let all = components.len();
    let major = count(Status::MajorOutage);
    if major > 0 && major == all {
        return is("critical", "Major System Outage");
    }
    if major > 0 {
        return is("major", "Partial System Outage");
    }
    if count(Status::PartialOutage) > 0 {
        return is("minor", "Minor Service Outage");
    }
    // A page that cannot see a component says degraded, as the component itself does.
    let degraded = count(Status::DegradedPerformance) + count(Status::Unknown);
    if degraded > 0 && degraded == all {
        return is("minor", "Degraded System Service");
    }
    if degraded > 0 {
        return is("minor", "Partially Degraded Service");
    }
    let maintained = count(Status::UnderMaintenance);
    if maintained > 0 && maintained == all {
        return is("maintenance", "System Under Maintenance");
    }
    if maintained > 0 {
        return is("maintenance", "Service Under Maintenance");
    }
    of_impact(worst_open.unwrap_or(Impact::None))
}

const fn of_impact(impact: Impact) -> PageStatus {
    match impact {
        Impact::None => is("none", "All Systems Operational"),
        Impact::Minor => is("minor", "Partially Degraded Service"),
        Impact::Major => is("major", "Partial System Outage"),
        Impact::Critical => is("critical", "Major System Outage"),
    }
}

const fn is(indicator: &'static str, description: &'static str) -> PageStatus {
    PageStatus {
        indicator,
        description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{
        DegradedPerformance as Degraded, MajorOutage as Major, Operational as Well,
        PartialOutage as Partial, UnderMaintenance as Work, Unknown,
    };

    #[test]
    fn the_table_of_statuspage_holds() {
        for (components, indicator, description) in [
            (&[][..], "none", "All Systems Operational"),
            (&[Well, Well], "none", "All Systems Operational"),
            (&[Major, Well], "major", "Partial System Outage"),
            (&[Major], "critical", "Major System Outage"),
            (&[Partial, Degraded], "minor", "Minor Service Outage"),
            (&[Degraded, Degraded], "minor", "Degraded System Service"),
            (&[Degraded, Well], "minor", "Partially Degraded Service"),
            (&[Work, Well], "maintenance", "Service Under Maintenance"),
            (&[Work], "maintenance", "System Under Maintenance"),
            (&[Unknown, Well], "minor", "Partially Degraded Service"),
        ] {
            assert_eq!(page_status(components, None), is(indicator, description));
        }
    }

    #[test]
    fn an_incident_that_touches_nothing_speaks_by_its_impact() {
        let open = page_status(&[Well], Some(Impact::Critical));
        assert_eq!(open.indicator, "critical");
        let touched = page_status(&[Degraded, Well], Some(Impact::Critical));
        assert_eq!(touched.indicator, "minor");
    }

    #[test]
    fn unknown_is_translated_and_never_green() {
        assert_eq!(translate(Unknown, Well), Degraded);
        assert_eq!(translate(Unknown, Major), Major);
        assert_eq!(translate(Well, Major), Well);
    }
}
