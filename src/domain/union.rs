//! The union in time of several components: a group drawn as if it were one. See [`crate::domain::uptime`].
//!
//! Never a sum and never a priority of members: two outages at the same moment are one.

use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::domain::uptime::{Interval, Span};

/// A group as if it were one component: at each moment the worst status of its members. Moments at which a member is
/// not covered by its intervals are left to the other members.
#[must_use]
pub fn union(members: &[&[Interval]], until: Timestamp) -> Vec<Interval> {
    let mut edges: Vec<(Timestamp, bool, Status)> = Vec::new();
    for interval in members.iter().copied().flatten() {
        let to = interval.to.unwrap_or(until);
        if interval.from < to {
            edges.push((interval.from, true, interval.status));
            edges.push((to, false, interval.status));
        }
    }
    edges.sort_by_key(|(at, begins, _)| (*at, *begins));
    let mut present = [0_u32; Status::ALL.len()];
    let mut united: Vec<Interval> = Vec::new();
    let mut from: Option<Timestamp> = None;
    for (at, begins, status) in edges {
        if let (Some(from), Some(worst)) = (from, worst_of(&present)) {
            append(&mut united, worst, Span { from, to: at });
        }
        from = Some(at);
        for (count, _) in present
            .iter_mut()
            .zip(Status::ALL)
            .filter(|(_, candidate)| *candidate == status)
        {
            *count = if begins {
                *count + 1
            } else {
                count.saturating_sub(1)
            };
        }
    }
    united
}

fn worst_of(present: &[u32; 6]) -> Option<Status> {
    Status::ALL
        .into_iter()
        .zip(present)
        .filter(|(_, count)| **count > 0)
        .map(|(status, _)| status)
        .max_by_key(|status| status.severity())
}

fn append(united: &mut Vec<Interval>, status: Status, span: Span) {
    if span.from >= span.to {
        return;
    }
    if let Some(last) = united.last_mut()
        && last.status == status
        && last.to == Some(span.from)
    {
        last.to = Some(span.to);
        return;
    }
    united.push(Interval {
        status,
        from: span.from,
        to: Some(span.to),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    fn interval(status: Status, from: i64, to: i64) -> Interval {
        Interval {
            status,
            from: at(from),
            to: Some(at(to)),
        }
    }

    #[test]
    fn a_group_is_the_union_in_time_of_its_members() {
        let first = [
            interval(Status::Operational, 0, 100),
            interval(Status::MajorOutage, 100, 200),
            interval(Status::Operational, 200, 1000),
        ];
        let second = [
            interval(Status::Operational, 0, 150),
            interval(Status::MajorOutage, 150, 250),
            interval(Status::Operational, 250, 1000),
        ];
        let united = union(&[&first, &second], at(1000));
        let expected = [
            interval(Status::Operational, 0, 100),
            interval(Status::MajorOutage, 100, 250),
            interval(Status::Operational, 250, 1000),
        ];
        assert_eq!(united, expected);
    }
}
