//! A small estate in trouble, for tests: fourteen components in four groups, as in the design's pictures.

mod told;

use std::time::Duration;

use crate::domain::component::{AutoPublish, Component, Group, Hysteresis, Owner, Show};
use crate::domain::estate::Estate;
use crate::domain::id::{ComponentId, GroupId, PageId, PublicId};
use crate::domain::maintenance::MaintenanceStatus;
use crate::domain::objective::{Indicator, Objective, Target, Window};
use crate::domain::page::{Page, Visibility};
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::publish::build::{self, Sight};
use crate::publish::view::PublicView;
use crate::store::views::public::{PublicFacts, PublishedState, PublishedStretch};

pub(super) use told::{incident, update};
use told::{open_incident, past_incident, planned, secret_incident};

const GROUPS: [(&str, &[&str]); 4] = [
    (
        "Payments",
        &[
            "Checkout API",
            "Card acquiring",
            "Bank debits (SEPA, Bacs)",
            "Apple Pay and Google Pay",
            "Webhooks to your systems",
        ],
    ),
    (
        "Payouts",
        &[
            "Payouts to EU banks",
            "Payouts to UK banks",
            "Payout reports",
        ],
    ),
    ("Your tools", &["Dashboard", "Sign-in", "Documentation"]),
    (
        "Card readers",
        &["Reader network", "Offline payments sync", "Reader updates"],
    ),
];

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

pub(super) fn now() -> Timestamp {
    at("2026-11-20T14:07:12Z")
}

pub(super) fn id(kind: char, number: usize) -> PublicId {
    PublicId::parse(&format!("{kind}{number:011}")).expect("an id")
}

pub(super) fn component_id(number: usize) -> ComponentId {
    ComponentId(id('c', number))
}

pub(super) fn component(number: usize, name: &str, group: Option<usize>) -> Component {
    Component {
        id: component_id(number),
        key: format!("key-{number}"),
        name: name.to_owned(),
        description: Some(format!("What {name} does for you.")),
        group: group.map(|group| GroupId(id('g', group))),
        tier: 2,
        owner_mail: Some("canary-owner@example.com".to_owned()),
        runbook: Some("https://canary-runbook.example.com".to_owned()),
        depends_on: Vec::new(),
        show: Show::Always,
        auto_publish: AutoPublish::Full,
        publish_after: Duration::from_mins(10),
        major_k: None,
        region: (number == 0).then(|| "Europe".to_owned()),
        workaround: (number == 0)
            .then(|| "Try again: most second tries work, and no card is charged twice.".to_owned()),
        revenue_per_minute: Some(987_654.0),
        uptime_since: None,
        hysteresis: Hysteresis::default(),
        checks: Vec::new(),
        objectives: if number == 10 {
            Vec::new()
        } else {
            vec![objective(number)]
        },
        owner: Owner::File,
        created_at: if number == 12 {
            at("2026-10-06T00:00:00Z")
        } else {
            at("2026-01-01T00:00:00Z")
        },
    }
}

fn objective(number: usize) -> Objective {
    Objective {
        id: crate::domain::id::ObjectiveId(id('o', number)),
        key: format!("canary-objective-{number}"),
        target: Target::from_parts_per_billion(999_000_000).expect("a target"),
        window: Window::Rolling(Duration::from_hours(24)),
        public: true,
        indicator: Indicator::Checks,
    }
}

pub(super) fn estate() -> Estate {
    let mut estate = Estate {
        pages: vec![Page {
            id: PageId(id('p', 1)),
            key: "main".to_owned(),
            name: "Northwind Payments".to_owned(),
            locale: "en".to_owned(),
            time_zone: "UTC".to_owned(),
            logo: None,
            support_url: Some("https://northwind.example/support".to_owned()),
            visibility: Visibility::Public,
            components: vec!["*".to_owned()],
            owner: Owner::File,
            created_at: at("2026-01-01T00:00:00Z"),
        }],
        ..Estate::default()
    };
    for (group, (name, members)) in GROUPS.iter().enumerate() {
        estate.groups.push(Group {
            id: GroupId(id('g', group)),
            key: format!("group-{group}"),
            name: (*name).to_owned(),
            owner: Owner::File,
            created_at: at("2026-01-01T00:00:00Z"),
        });
        for member in *members {
            let number = estate.components.len();
            estate
                .components
                .push(component(number, member, Some(group)));
        }
    }
    estate
}

/// Stretches of one component: trouble with a beginning and, mostly, an end; operational between.
fn history(number: usize, troubles: &[(Status, &str, i64)]) -> Vec<PublishedStretch> {
    let component = component_id(number);
    let mut stretches = Vec::new();
    let mut from = at("2026-01-01T00:00:00Z");
    for (status, began, minutes) in troubles {
        let began = at(began);
        stretches.push(PublishedStretch {
            component,
            status: Status::Operational,
            from,
            until: Some(began),
        });
        let until =
            (*minutes > 0).then(|| Timestamp::from_millis(began.as_millis() + minutes * 60_000));
        stretches.push(PublishedStretch {
            component,
            status: *status,
            from: began,
            until,
        });
        let Some(until) = until else { return stretches };
        from = until;
    }
    stretches.push(PublishedStretch {
        component,
        status: Status::Operational,
        from,
        until: None,
    });
    stretches
}

/// A quiet day with a past.
#[expect(
    clippy::too_many_lines,
    reason = "a table of the past reads best in one piece"
)]
pub(super) fn quiet_facts() -> PublicFacts {
    use Status::{
        DegradedPerformance as Degraded, MajorOutage as Major, PartialOutage as Partial,
        UnderMaintenance as Work, Unknown,
    };
    let histories = [
        history(
            0,
            &[
                (Degraded, "2026-09-04T10:00:00Z", 21),
                (Partial, "2026-11-02T10:00:00Z", 34),
            ],
        ),
        history(1, &[(Degraded, "2026-11-02T10:00:00Z", 34)]),
        history(2, &[(Work, "2026-10-06T10:00:00Z", 40)]),
        history(3, &[(Degraded, "2026-09-22T10:00:00Z", 12)]),
        history(4, &[(Major, "2026-10-20T10:00:00Z", 18)]),
        history(5, &[]),
        history(
            6,
            &[
                (Partial, "2026-09-14T10:00:00Z", 95),
                (Unknown, "2026-10-25T10:00:00Z", 370),
            ],
        ),
        history(
            7,
            &[
                (Work, "2026-09-11T10:00:00Z", 70),
                (Work, "2026-10-16T10:00:00Z", 55),
            ],
        ),
        history(8, &[(Degraded, "2026-10-13T10:00:00Z", 48)]),
        history(
            9,
            &[
                (Partial, "2026-10-13T10:00:00Z", 14),
                (Degraded, "2026-11-11T10:00:00Z", 12),
            ],
        ),
        history(11, &[]),
        history(12, &[(Degraded, "2026-10-28T10:00:00Z", 9)]),
        history(13, &[(Work, "2026-10-26T10:00:00Z", 90)]),
    ];
    PublicFacts {
        alive_at: None,
        seq: 41,
        states: (0..14)
            .filter(|number| *number != 10)
            .map(|number| PublishedState {
                component: component_id(number),
                status: Status::Operational,
                since: at("2026-11-11T10:12:00Z"),
            })
            .collect(),
        stretches: histories.into_iter().flatten().collect(),
        incidents: vec![past_incident()],
        maintenances: vec![planned(
            2,
            MaintenanceStatus::Scheduled,
            "2026-11-22T02:00:00Z",
        )],
    }
}

/// The same estate on a bad afternoon.
pub(super) fn bad_facts() -> PublicFacts {
    let mut facts = quiet_facts();
    facts.seq = 77;
    for (number, status, since) in [
        (0, Status::PartialOutage, "2026-11-20T13:42:00Z"),
        (4, Status::DegradedPerformance, "2026-11-20T13:51:00Z"),
        (6, Status::Unknown, "2026-11-20T09:12:00Z"),
        (7, Status::UnderMaintenance, "2026-11-20T13:30:00Z"),
    ] {
        let component = component_id(number);
        let since = at(since);
        facts.states.retain(|state| state.component != component);
        facts.states.push(PublishedState {
            component,
            status,
            since,
        });
        for stretch in facts
            .stretches
            .iter_mut()
            .filter(|stretch| stretch.component == component)
        {
            stretch.until = stretch.until.or(Some(since));
        }
        facts.stretches.push(PublishedStretch {
            component,
            status,
            from: since,
            until: None,
        });
    }
    facts.incidents.insert(
        0,
        open_incident(1, 0, "Some card payments fail with error 502"),
    );
    facts.incidents.insert(
        1,
        open_incident(2, 4, "Webhooks arrive up to 9 minutes late"),
    );
    facts.incidents.push(secret_incident());
    facts.maintenances.push(planned(
        1,
        MaintenanceStatus::InProgress,
        "2026-11-20T13:30:00Z",
    ));
    facts
}

pub(super) fn view(
    estate: &Estate,
    facts: &PublicFacts,
    blind_since: Option<Timestamp>,
) -> PublicView {
    let sight = Sight {
        now: now(),
        public_url: "https://status.northwind.example/".to_owned(),
        blind_since,
    };
    build::view(estate, facts, &sight)
}
