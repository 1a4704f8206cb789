//! The timetable in virtual time: phases, skips, permits, reloads, jumps.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::check::{Check, CheckKind, TcpCheck};
use crate::domain::component::{AutoPublish, Component, Hysteresis, Owner, Show};
use crate::domain::estate::Estate;
use crate::domain::id::{CheckId, ComponentId, PublicId};
use crate::domain::timestamp::Timestamp;
use crate::watch::pace::Pace;
use crate::watch::timetable::Timetable;

pub(crate) fn check(number: u8, interval: u64) -> Check {
    let mut bytes = [1; 12];
    bytes[10] = number / 36;
    bytes[11] = number % 36;
    Check {
        id: CheckId(PublicId::from_random(bytes)),
        key: format!("check-{number}"),
        kind: CheckKind::Tcp(TcpCheck {
            host: "localhost".to_owned(),
            port: 1,
        }),
        interval: Duration::from_secs(interval),
        timeout: Duration::from_secs(10),
        retry_interval: Duration::from_secs(15),
        fail_after: 3,
        recover_after: 2,
        slow_after: None,
        critical: true,
        locations: Vec::new(),
    }
}

pub(crate) fn estate(checks: Vec<Check>) -> Estate {
    let component = Component {
        id: ComponentId(PublicId::from_random([1; 12])),
        key: "shop".to_owned(),
        name: "Shop".to_owned(),
        description: None,
        group: None,
        tier: 1,
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
        checks,
        objectives: Vec::new(),
        owner: Owner::File,
        created_at: Timestamp::default(),
    };
    Estate {
        components: vec![component],
        ..Estate::default()
    }
}

/// Runs from `from` to `to`, every look ending at once; when each check was looked at.
fn run(table: &mut Timetable, pace: &Pace, from: u64, to: u64) -> HashMap<CheckId, Vec<u64>> {
    let mut looks: HashMap<CheckId, Vec<u64>> = HashMap::new();
    let mut now = from;
    while now <= to {
        for due in table.take_due(now, pace) {
            looks.entry(due.check.id).or_default().push(now);
            table.finish(due.check.id, false);
        }
        now = table.next_due_ms().unwrap_or(u64::MAX).max(now + 1);
    }
    looks
}

#[test]
fn every_check_is_looked_at_soon_and_then_once_per_interval() {
    let (mut table, pace) = (Timetable::new(512), Pace::default());
    table.adopt(
        &estate((0..100).map(|number| check(number, 30)).collect()),
        0,
    );

    let looks = run(&mut table, &pace, 0, 300_000);

    assert_eq!(looks.len(), 100);
    for times in looks.values() {
        assert!(times[0] <= 5_000);
        assert!(times.iter().all(|at| at % 5 == 0), "on the grid");
        let gaps = times.windows(2).skip(1).map(|pair| pair[1] - pair[0]);
        assert!(
            gaps.into_iter().all(|gap| (29_995..=30_005).contains(&gap)),
            "{times:?}"
        );
    }
}

#[test]
fn phases_are_spread_over_the_interval() {
    let (mut table, pace) = (Timetable::new(512), Pace::default());
    table.adopt(
        &estate((0..200).map(|number| check(number, 60)).collect()),
        0,
    );

    let looks = run(&mut table, &pace, 0, 200_000);

    let mut per_six_seconds = [0; 10];
    for times in looks.values() {
        per_six_seconds[usize::try_from(times.last().unwrap() / 6_000 % 10).unwrap()] += 1;
    }
    assert!(
        per_six_seconds.iter().all(|count| (5..=40).contains(count)),
        "{per_six_seconds:?}"
    );
}

#[test]
fn a_look_that_lasts_is_skipped_and_not_piled_up() {
    let (mut table, pace) = (Timetable::new(512), Pace::default());
    let only = check(1, 10);
    table.adopt(&estate(vec![only.clone()]), 0);
    let begun: usize = (0..100)
        .map(|second| table.take_due(second * 1000, &pace).len())
        .sum();

    assert_eq!(begun, 1);
    assert!(pace.skipped() >= 8, "{}", pace.skipped());

    table.finish(only.id, true);
    let looks = run(&mut table, &pace, 100_000, 115_000);
    assert!((1..=2).contains(&looks[&only.id].len()));
}

#[test]
fn permits_bound_what_is_in_flight_and_late_looks_say_how_late() {
    let (mut table, pace) = (Timetable::new(3), Pace::default());
    table.adopt(
        &estate((0..10).map(|number| check(number, 3600)).collect()),
        0,
    );

    let first = table.take_due(5_000, &pace);
    assert_eq!((first.len(), pace.in_flight(), pace.waiting()), (3, 3, 7));

    table.finish(first[0].check.id, false);
    let second = table.take_due(9_000, &pace);
    assert_eq!(second.len(), 1);
    assert!(second[0].lag_ms >= 4_000);
    assert_eq!(pace.lag_counts().iter().sum::<u64>(), 4);
}

#[test]
fn after_a_suspended_machine_each_check_runs_once() {
    let (mut table, pace) = (Timetable::new(512), Pace::default());
    table.adopt(
        &estate((0..50).map(|number| check(number, 10)).collect()),
        0,
    );
    run(&mut table, &pace, 0, 60_000);

    let begun = table.take_due(3_600_000, &pace);

    assert_eq!(begun.len(), 50);
    assert!(table.take_due(3_600_004, &pace).is_empty());
}

#[test]
fn an_unconfirmed_failure_is_looked_at_again_after_the_retry_interval() {
    let (mut table, pace) = (Timetable::new(512), Pace::default());
    let slow = check(1, 3600);
    table.adopt(&estate(vec![slow.clone()]), 0);
    let begun = table.take_due(5_000, &pace);
    assert_eq!(begun.len(), 1);
    table.finish(slow.id, true);

    table.hurry(slow.id, 6_000);

    assert_eq!(table.next_due_ms(), Some(21_000));
    assert!(table.take_due(21_000, &pace)[0].failed_before);
}

#[test]
fn a_reload_keeps_the_unchanged_drops_the_removed_and_loses_none() {
    let (mut table, pace) = (Timetable::new(512), Pace::default());
    let (kept, changed, removed) = (check(1, 30), check(2, 30), check(3, 30));
    table.adopt(
        &estate(vec![kept.clone(), changed.clone(), removed.clone()]),
        0,
    );
    let before = run(&mut table, &pace, 0, 60_000);
    let added = check(4, 30);
    let changed = Check {
        interval: Duration::from_mins(1),
        ..changed
    };

    table.adopt(
        &estate(vec![kept.clone(), changed.clone(), added.clone()]),
        60_001,
    );
    let after = run(&mut table, &pace, 60_002, 240_000);

    assert_eq!(table.len(), 3);
    assert!(!after.contains_key(&removed.id));
    assert_eq!(
        (after[&kept.id][0] - before[&kept.id].last().unwrap()) % 30_000,
        0,
        "its phase is kept"
    );
    assert!(after[&added.id][0] <= 65_100, "{:?}", after[&added.id]);
    assert!((2..=4).contains(&after[&changed.id].len()));
}

#[test]
fn a_check_removed_while_it_is_looked_at_gives_its_permit_back() {
    let (mut table, pace) = (Timetable::new(1), Pace::default());
    let (first, second) = (check(1, 30), check(2, 30));
    table.adopt(&estate(vec![first.clone()]), 0);
    assert_eq!(table.take_due(5_000, &pace).len(), 1);

    table.adopt(&estate(vec![second.clone()]), 5_000);
    assert!(
        table.take_due(11_000, &pace).is_empty(),
        "the permit is taken"
    );
    table.finish(first.id, false);

    assert_eq!(table.take_due(12_000, &pace)[0].check.id, second.id);
}
