//! How a component's machine behaves over time.

use proptest::prelude::*;

use super::*;
use crate::domain::specimen;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

/// One thing that happens: a look at a check, or only time.
type Happening = (Option<(u8, Outcome)>, i64);

fn step(machine: &mut Machine, component: &Component, happening: Happening) -> Stepped {
    let (look, second) = happening;
    if let Some((check, outcome)) = look {
        let look = Look {
            location: "fra",
            outcome,
            at: at(second),
        };
        machine.observe(&component.checks[usize::from(check)], look);
    }
    machine.tick(Circumstances {
        component,
        overlays: &Overlays::default(),
        config_hash: "sha256:test",
        now: at(second),
    })
}

fn transitions(component: &Component, happenings: &[Happening]) -> Vec<Transition> {
    let mut machine = Machine::new(component, at(0));
    happenings
        .iter()
        .filter_map(|happening| step(&mut machine, component, *happening).transition)
        .collect()
}

use Outcome::{Fail, Pass};

#[test]
fn a_failing_check_is_a_major_outage_back_dated_to_its_first_failure() {
    let one = specimen::component(1);
    let looks = [(Pass, 0), (Fail, 30), (Fail, 45), (Fail, 60)];
    let told = transitions(&one, &looks.map(|(outcome, at)| (Some((0, outcome)), at)));
    let statuses: Vec<_> = told.iter().map(|told| (told.from, told.to)).collect();
    assert_eq!(
        statuses,
        [
            (Status::Unknown, Status::Operational),
            (Status::Operational, Status::MajorOutage)
        ]
    );
    assert_eq!((told[1].at, told[1].began_at), (at(60), at(30)));
    assert_eq!(told[1].rule, Rule::AllCriticalDown);
    let json = serde_json::to_value(&told[1]).unwrap();
    assert_eq!(json["at"], "1970-01-01T00:01:00.000Z");
    assert_eq!(json["evidence"][0]["locations"]["fra"], "down x3");
    assert_eq!(json["rule"], "L4.all_critical_down");
    let back: Transition = serde_json::from_value(json).unwrap();
    assert_eq!(back, told[1]);
}

#[test]
fn silence_is_unknown_and_one_pass_ends_it() {
    let one = specimen::component(1);
    let told = transitions(
        &one,
        &[
            (Some((0, Pass)), 0),
            (None, 120),
            (None, 121),
            (Some((0, Pass)), 200),
        ],
    );
    let statuses: Vec<_> = told.iter().map(|told| (told.at, told.to)).collect();
    assert_eq!(
        statuses,
        [
            (at(0), Status::Operational),
            (at(121), Status::Unknown),
            (at(200), Status::Operational)
        ]
    );
    assert_eq!(told[1].rule, Rule::CriticalStale);
    assert_eq!(told[1].not_used[0].why, "stale 121s");
}

#[test]
fn time_in_which_we_were_gone_moves_no_timer() {
    let two = specimen::component(2);
    let mut machine = Machine::new(&two, at(0));
    for second in [0, 30, 45, 60] {
        step(&mut machine, &two, (Some((0, Fail)), second));
        step(&mut machine, &two, (Some((1, Pass)), second));
    }
    assert_eq!(machine.status, Status::Unknown);
    let gap = machine.resume(at(100), at(150));
    assert_eq!(gap, None);
    let held = step(&mut machine, &two, (None, 150));
    assert_eq!(held.transition, None);
    let raised = step(&mut machine, &two, (None, 170)).transition.unwrap();
    assert_eq!(raised.to, Status::PartialOutage);
    let gap = machine.resume(at(170), at(1000));
    let expected = Gap {
        from: at(170),
        to: at(1000),
    };
    assert_eq!(gap, Some(expected));
}

#[test]
fn clearing_says_so() {
    let one = specimen::component(1);
    let mut happenings: Vec<Happening> = vec![(Some((0, Fail)), 0), (Some((0, Fail)), 15)];
    happenings.push((Some((0, Fail)), 30));
    happenings.extend((2..30).map(|n| (Some((0, Pass)), n * 30)));
    let told = transitions(&one, &happenings);
    let last = told.last().unwrap();
    assert_eq!((last.to, last.rule), (Status::Operational, Rule::Cleared));
    assert_eq!(last.at, at(390));
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let outcome = prop_oneof![
        4 => Just(Pass),
        1 => Just(Outcome::Slow),
        4 => Just(Fail),
        1 => Just(Outcome::Inconclusive),
    ];
    let look = prop::option::weighted(0.9, (0_u8..3, outcome));
    prop::collection::vec((look, 0_i64..200), 1..80).prop_map(|mut steps| {
        let mut now = 0;
        for (_, second) in &mut steps {
            now += *second;
            *second = now;
        }
        steps
    })
}

proptest! {
    #[test]
    fn a_machine_read_back_midway_goes_on_the_same(steps in happenings(), cut in 0_usize..80) {
        let component = specimen::component(3);
        let whole = transitions(&component, &steps);
        let mut machine = Machine::new(&component, at(0));
        let mut told = Vec::new();
        for (index, happening) in steps.iter().enumerate() {
            if index == cut {
                let text = serde_json::to_string(&machine).unwrap();
                machine = serde_json::from_str(&text).unwrap();
            }
            told.extend(step(&mut machine, &component, *happening).transition);
        }
        prop_assert_eq!(told, whole);
    }

    #[test]
    fn nothing_is_operational_on_stale_evidence(steps in happenings()) {
        let component = specimen::component(3);
        let mut machine = Machine::new(&component, at(0));
        let mut last_answer = [i64::MIN; 3];
        for happening in &steps {
            let (look, now) = *happening;
            if let Some((check, outcome)) = look
                && outcome != Outcome::Inconclusive
            {
                last_answer[usize::from(check)] = now;
            }
            step(&mut machine, &component, *happening);
            if machine.status == Status::Operational {
                let is_fresh = last_answer.iter().all(|seen| now.saturating_sub(*seen) <= 120);
                prop_assert!(is_fresh, "at {now}: {last_answer:?}");
            }
        }
    }

    #[test]
    fn a_second_tick_at_the_same_moment_changes_nothing(steps in happenings()) {
        let component = specimen::component(3);
        let mut machine = Machine::new(&component, at(0));
        for happening in &steps {
            step(&mut machine, &component, *happening);
            let before = machine.clone();
            let again = step(&mut machine, &component, (None, happening.1));
            prop_assert_eq!(again, Stepped::default());
            prop_assert_eq!(&machine, &before);
        }
    }
}
