//! Gaps, groups, days and figures.

use super::*;
use crate::domain::timestamp::DAY_MS;

fn minute(number: i64) -> Timestamp {
    Timestamp::from_seconds(number * 60)
}

fn stretch(status: Status, from: i64, until: i64) -> Stretch {
    Stretch {
        status,
        from: minute(from),
        until: minute(until),
    }
}

#[test]
fn what_no_stretch_covers_is_a_gap() {
    let covered = cover(
        &[
            stretch(Status::MajorOutage, 5, 10),
            stretch(Status::Operational, 12, 99),
        ],
        minute(0),
        minute(20),
        Status::Unknown,
    );
    assert_eq!(
        covered,
        [
            stretch(Status::Unknown, 0, 5),
            stretch(Status::MajorOutage, 5, 10),
            stretch(Status::Unknown, 10, 12),
            stretch(Status::Operational, 12, 20),
        ]
    );
}

#[test]
fn uptime_weighs_outages_and_leaves_out_what_was_not_seen() {
    let timeline = [
        stretch(Status::Operational, 0, 80),
        stretch(Status::MajorOutage, 80, 90),
        stretch(Status::PartialOutage, 90, 100),
        stretch(Status::UnderMaintenance, 100, 500),
        stretch(Status::Unknown, 500, 900),
    ];
    assert_eq!(uptime(&timeline), Some(8700));
    assert_eq!(uptime(&[stretch(Status::Unknown, 0, 5)]), None);
}

#[test]
fn a_second_lost_in_ninety_days_is_not_a_hundred() {
    let timeline = [
        Stretch {
            status: Status::Operational,
            from: minute(0),
            until: Timestamp::from_seconds(7_776_000),
        },
        Stretch {
            status: Status::PartialOutage,
            from: Timestamp::from_seconds(7_776_000),
            until: Timestamp::from_seconds(7_776_001),
        },
    ];
    assert_eq!(uptime(&timeline), Some(9999));
    assert_eq!(uptime(&timeline[..1]), Some(10_000));
}

#[test]
fn a_group_is_the_union_of_its_members_troubles() {
    let one = [
        stretch(Status::Operational, 0, 10),
        stretch(Status::MajorOutage, 10, 20),
        stretch(Status::Operational, 20, 40),
    ];
    let two = [
        stretch(Status::Operational, 5, 15),
        stretch(Status::PartialOutage, 15, 30),
        stretch(Status::Operational, 30, 40),
    ];
    assert_eq!(
        worst_of(&[&one, &two]),
        [
            stretch(Status::Operational, 0, 10),
            stretch(Status::MajorOutage, 10, 20),
            stretch(Status::PartialOutage, 20, 30),
            stretch(Status::Operational, 30, 40),
        ]
    );
}

#[test]
fn days_say_what_happened_and_when_it_goes_on() {
    let now = Timestamp::from_millis(100 * DAY_MS + 14 * 3_600_000);
    let wall = Wall::named("UTC", now);
    let day = |number: i64, hours: i64| Timestamp::from_millis(number * DAY_MS + hours * 3_600_000);
    let timeline = [
        Stretch {
            status: Status::Operational,
            from: day(50, 6),
            until: day(60, 0),
        },
        Stretch {
            status: Status::MajorOutage,
            from: day(60, 0),
            until: day(60, 2),
        },
        Stretch {
            status: Status::Operational,
            from: day(60, 2),
            until: day(100, 13),
        },
        Stretch {
            status: Status::PartialOutage,
            from: day(100, 13),
            until: now,
        },
    ];
    let days = days(&timeline, &wall);
    assert_eq!(days.len(), 90);
    assert_eq!(days[0].worst, None);
    assert_eq!(days[39].worst, Some(Status::Operational));
    assert_eq!(days[49].words, "Major outage, 2\u{a0}h");
    assert_eq!(days[49].uptime, Some(9166));
    assert_eq!(days[89].words, "Partial outage since 13:00\u{a0}UTC");
}

#[test]
fn a_blink_of_blindness_is_not_drawn() {
    let now = Timestamp::from_millis(10 * DAY_MS + 3_600_000);
    let from = Timestamp::from_millis(10 * DAY_MS);
    let blink = from + Duration::from_mins(1);
    let timeline = [
        Stretch {
            status: Status::Unknown,
            from,
            until: blink,
        },
        Stretch {
            status: Status::Operational,
            from: blink,
            until: now,
        },
    ];
    let days = days(&timeline, &Wall::named("UTC", now));
    assert_eq!(days[89].worst, Some(Status::Operational));
}
