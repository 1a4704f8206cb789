//! How long a whole snapshot takes: a thousand components, ninety days, everything compressed.
//!
//! `cargo bench --bench snapshot` prints the time of each round and the bytes of the largest documents.

use std::time::{Duration, Instant};

use allclear::domain::component::{AutoPublish, Component, Group, Hysteresis, Owner, Show};
use allclear::domain::estate::Estate;
use allclear::domain::id::{ComponentId, GroupId, PageId, PublicId};
use allclear::domain::page::{Page, Visibility};
use allclear::domain::status::Status;
use allclear::domain::timestamp::{DAY_MS, Timestamp};
use allclear::publish::build::{self, Sight};
use allclear::publish::render;
use allclear::store::views::public::{PublicFacts, PublishedState, PublishedStretch};

const COMPONENTS: usize = 1000;
const GROUPS: usize = 40;
const ROUNDS: usize = 7;
/// 20 November 2026, 14:07 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_795_183_620);

#[expect(clippy::print_stdout, reason = "a bench prints")]
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn main() {
    let (estate, facts) = (estate(), facts());
    let sight = Sight {
        now: NOW,
        public_url: "https://status.example.com".to_owned(),
        blind_since: None,
    };
    for round in 1..=ROUNDS {
        let start = Instant::now();
        let view = build::view(&estate, &facts, &sight);
        let viewed = start.elapsed();
        let snapshot = render::snapshot(&view, 1);
        let made = start.elapsed();
        let bytes: usize = snapshot
            .documents()
            .map(|(_, document)| document.identity().bytes.len())
            .sum();
        println!(
            "round {round}: view {viewed:.1?}, all {made:.1?}, {} documents, {bytes} bytes",
            snapshot.documents().count(),
        );
        if round == ROUNDS {
            for path in [
                "/",
                "/groups/g00000000000",
                "/components/c00000000000",
                "/api/v2/components.json",
            ] {
                let Some(document) = snapshot.document(path) else {
                    continue;
                };
                let compressed = document.gzip.as_ref().map_or(0, |body| body.bytes.len());
                println!(
                    "{path}: {} bytes, gzip {compressed}",
                    document.identity().bytes.len()
                );
            }
        }
    }
}

#[expect(clippy::expect_used, reason = "the texts are ids by construction")]
fn id(kind: char, number: usize) -> PublicId {
    PublicId::parse(&format!("{kind}{number:011}")).expect("an id")
}

fn estate() -> Estate {
    let created_at = Timestamp::from_millis(NOW.as_millis() - 200 * DAY_MS);
    let groups = (0..GROUPS).map(|number| Group {
        id: GroupId(id('g', number)),
        key: format!("g{number}"),
        name: format!("Region {number}"),
        owner: Owner::File,
        created_at,
    });
    Estate {
        pages: vec![Page {
            id: PageId(id('p', 0)),
            key: "main".to_owned(),
            name: "Example".to_owned(),
            locale: "en".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            logo: None,
            support_url: None,
            visibility: Visibility::Public,
            components: vec!["*".to_owned()],
            owner: Owner::File,
            created_at,
        }],
        groups: groups.collect(),
        components: (0..COMPONENTS)
            .map(|number| component(number, created_at))
            .collect(),
        ..Estate::default()
    }
}

fn component(number: usize, created_at: Timestamp) -> Component {
    Component {
        id: ComponentId(id('c', number)),
        key: format!("c{number}"),
        name: format!("Service {number} of region {}", number % GROUPS),
        description: Some("Answers requests from shops and their customers.".to_owned()),
        group: Some(GroupId(id('g', number % GROUPS))),
        tier: 2,
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
        checks: Vec::new(),
        objectives: Vec::new(),
        owner: Owner::File,
        created_at,
    }
}

/// Three troubles a component in ninety days, spread so that no two rows are alike.
fn facts() -> PublicFacts {
    let mut facts = PublicFacts::default();
    for number in 0..COMPONENTS {
        let component = ComponentId(id('c', number));
        let status = if number % 33 == 0 {
            Status::PartialOutage
        } else {
            Status::Operational
        };
        facts.states.push(PublishedState {
            component,
            status,
            since: NOW,
        });
        let offset = |times: usize, within: usize| {
            i64::try_from(number * times % within).unwrap_or_default()
        };
        let mut from = Timestamp::from_millis(NOW.as_millis() - 150 * DAY_MS);
        for (back, status) in [
            (80 - offset(7, 30), Status::DegradedPerformance),
            (45 - offset(3, 20), Status::PartialOutage),
            (20 - offset(11, 18), Status::MajorOutage),
        ] {
            let began = Timestamp::from_millis(NOW.as_millis() - back * DAY_MS);
            let until = began
                + Duration::from_secs(600 + u64::try_from(offset(13, 5000)).unwrap_or_default());
            facts.stretches.push(PublishedStretch {
                component,
                status: Status::Operational,
                from,
                until: Some(began),
            });
            facts.stretches.push(PublishedStretch {
                component,
                status,
                from: began,
                until: Some(until),
            });
            from = until;
        }
        facts.stretches.push(PublishedStretch {
            component,
            status: Status::Operational,
            from,
            until: None,
        });
    }
    facts
}
