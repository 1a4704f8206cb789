//! A small estate in trouble, for tests: fourteen components in four groups, as in the design's pictures.

use std::time::Duration;

use crate::domain::component::{AutoPublish, Component, Group, Hysteresis, Owner, Show};
use crate::domain::estate::Estate;
use crate::domain::id::{
    ComponentId, GroupId, IncidentId, MaintenanceId, PageId, PublicId, UpdateId,
};
use crate::domain::incident::{
    ComponentChange, Impact, Incident, IncidentComponent, IncidentStatus, Origin, Publication,
    Update,
};
use crate::domain::maintenance::{Maintenance, MaintenanceStatus, MaintenanceUpdate};
use crate::domain::objective::{Indicator, Objective, Target, Window};
use crate::domain::page::{Page, Visibility};
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::publish::build::{self, Sight};
use crate::publish::view::PublicView;
use crate::store::views::public::{PublicFacts, PublishedState, PublishedStretch};

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

pub(super) fn incident(number: usize, title: &str) -> Incident {
    Incident {
        id: IncidentId(id('i', number)),
        title: title.to_owned(),
        status: IncidentStatus::Investigating,
        impact: Impact::Minor,
        impact_override: None,
        origin: Origin::Human,
        publication: Publication::Published,
        root: None,
        began_at: at("2026-11-20T13:42:00Z"),
        detected_at: at("2026-11-20T13:44:00Z"),
        published_at: Some(at("2026-11-20T13:45:00Z")),
        publish_due: None,
        monitoring_at: None,
        resolved_at: None,
        updated_at: at("2026-11-20T13:58:00Z"),
        next_update_due: None,
        has_human_words: true,
        components: Vec::new(),
        updates: Vec::new(),
    }
}

pub(super) fn update(incident: usize, sequence: usize, body: &str) -> Update {
    Update {
        id: UpdateId(id('u', incident * 10 + sequence)),
        incident: IncidentId(id('i', incident)),
        sequence: i64::try_from(sequence).expect("a number"),
        status: IncidentStatus::Investigating,
        body: body.to_owned(),
        at: at("2026-11-20T13:45:00Z"),
        notified: true,
        changes: Vec::new(),
    }
}

fn open_incident(number: usize, component: usize, title: &str) -> Incident {
    let mut incident = incident(number, title);
    let status = if number == 1 {
        Status::PartialOutage
    } else {
        Status::DegradedPerformance
    };
    incident.components = vec![IncidentComponent {
        component: component_id(component),
        status,
    }];
    let mut first = update(
        number,
        1,
        "Webhooks wait longer than usual before we send them. None are lost, and they arrive in order. We are looking for the cause.",
    );
    first.changes = vec![ComponentChange {
        component: component_id(component),
        name: estate().components[component].name.clone(),
        from: Status::Operational,
        to: status,
    }];
    incident.updates.push(first);
    if number == 1 {
        incident.impact = Impact::Major;
        incident.status = IncidentStatus::Identified;
        incident.next_update_due = Some(at("2026-11-20T14:30:00Z"));
        let mut second = update(
            number,
            2,
            "About 1 in 8 requests to create a payment in Europe fails with error 502. **Trying again usually works**, and no card is charged twice.\n\nA routing change made at 13:40 sends part of the traffic to servers that cannot answer it; we are reversing the change. See [the guide](https://northwind.example/retry).",
        );
        second.status = IncidentStatus::Identified;
        second.at = at("2026-11-20T13:58:00Z");
        incident.updates.push(second);
    } else {
        incident.next_update_due = Some(at("2026-11-20T14:00:00Z"));
    }
    incident
}

fn past_incident() -> Incident {
    let mut past = incident(3, "Dashboard signed some people out");
    past.status = IncidentStatus::Postmortem;
    past.began_at = at("2026-11-11T10:00:00Z");
    past.detected_at = at("2026-11-11T10:02:00Z");
    past.published_at = Some(at("2026-11-11T10:03:00Z"));
    past.resolved_at = Some(at("2026-11-11T10:12:00Z"));
    past.updated_at = at("2026-11-13T09:00:00Z");
    past.components = vec![IncidentComponent {
        component: component_id(9),
        status: Status::Operational,
    }];
    past.updates = vec![update(
        3,
        1,
        "Some people have to sign in again. Nothing they entered is lost.",
    )];
    past
}

/// A proposal: nobody outside may ever see a word of it.
fn secret_incident() -> Incident {
    let mut secret = incident(9, "canary-proposal");
    secret.publication = Publication::Proposed;
    secret.updates = vec![update(9, 1, "canary-proposal-body")];
    secret
}

pub(super) fn planned(number: usize, status: MaintenanceStatus, starts: &str) -> Maintenance {
    let starts_at = at(starts);
    let is_active = status.is_active();
    let (title, body) = if is_active {
        (
            "Moving payout reports to new storage",
            "Reports for November open slowly or not at all until the move is done. Payouts themselves are not affected.",
        )
    } else {
        (
            "New signing keys for card readers",
            "Readers restart once, for about 4 minutes, at a moment between these times when they are idle. Payments in progress finish first.",
        )
    };
    Maintenance {
        id: MaintenanceId(id('m', number)),
        title: title.to_owned(),
        status,
        starts_at,
        ends_at: starts_at + Duration::from_mins(90),
        created_at: at("2026-11-18T09:00:00Z"),
        updated_at: at("2026-11-18T09:00:00Z"),
        started_at: is_active.then_some(starts_at),
        ended_at: None,
        components: vec![component_id(if is_active { 7 } else { 13 })],
        updates: vec![MaintenanceUpdate {
            id: UpdateId(id('w', number)),
            maintenance: MaintenanceId(id('m', number)),
            sequence: 1,
            status,
            body: body.to_owned(),
            at: at("2026-11-18T09:00:00Z"),
            notified: true,
        }],
    }
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
