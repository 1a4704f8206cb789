//! The demo's past: ninety days of mostly quiet, a few incidents with their words, one that is open, and planned work.

use std::time::Duration;

use crate::actions::components::ComponentSetting;
use crate::actions::context::ActionContext;
use crate::actions::incidents::{OpenIncident, UpdateIncident, open_incident, update_incident};
use crate::actions::maintenance::{ScheduleMaintenance, schedule_maintenance};
use crate::domain::component::Component;
use crate::domain::id::IncidentId;
use crate::domain::incident::IncidentStatus::{
    self, Identified, Investigating, Monitoring, Resolved,
};
use crate::domain::machine::{Circumstances, Look, Machine};
use crate::domain::observation::Outcome;
use crate::domain::overlay::Overlays;
use crate::domain::status::Status::{
    self, DegradedPerformance as Degraded, MajorOutage as Major, Operational,
    PartialOutage as Partial, UnderMaintenance as Maintenance,
};
use crate::domain::timestamp::{DAY_MS, Timestamp};
use crate::store::interval::{self, IntervalKind};
use crate::store::state;
use crate::watch::commit;

/// What happened: component, days ago, minute of the day, minutes long, status.
const TROUBLE: &[(&str, u64, u64, u64, Status)] = &[
    ("reports", 84, 560, 42, Degraded),
    ("checkout", 78, 610, 21, Degraded),
    ("api", 71, 845, 13, Partial),
    ("cards", 63, 905, 12, Degraded),
    ("exports", 58, 130, 95, Major),
    ("signin", 52, 480, 8, Partial),
    ("search", 44, 655, 64, Degraded),
    ("webhooks", 33, 1010, 18, Major),
    ("sandbox", 30, 300, 240, Major),
    ("search", 26, 120, 40, Maintenance),
    ("cart", 23, 730, 9, Degraded),
    ("checkout", 19, 822, 34, Partial),
    ("receipts", 12, 570, 55, Degraded),
    ("api", 9, 770, 12, Partial),
];

/// What is in trouble when the demo starts, and for how long it has been.
const PRESENT: &str = "cards";
const PRESENT_SINCE: Duration = Duration::from_mins(25);

/// A past incident: days ago, minute of the day, component, status, title, and (minutes later, status, words).
struct Past {
    days: u64,
    minute: u64,
    component: &'static str,
    status: Status,
    title: &'static str,
    words: &'static [(u64, IncidentStatus, &'static str)],
}

const INCIDENTS: &[Past] = &[
    Past {
        days: 33,
        minute: 1012,
        component: "webhooks",
        status: Major,
        title: "Webhooks are not sent",
        words: &[
            (
                0,
                Investigating,
                "No webhook has left us since 16:50 UTC. Orders are taken as usual. We are looking for the cause.",
            ),
            (
                9,
                Identified,
                "A full queue stopped the sender. We are making room; nothing is lost.",
            ),
            (
                18,
                Resolved,
                "Webhooks are sent again. Those that waited have been delivered in order.",
            ),
        ],
    },
    Past {
        days: 19,
        minute: 825,
        component: "checkout",
        status: Partial,
        title: "Some orders could not be placed",
        words: &[
            (
                0,
                Investigating,
                "About one order in five fails with error 502. Trying again usually works. No card is charged twice.",
            ),
            (
                11,
                Identified,
                "One of our data centres does not answer. We are moving its traffic to the others.",
            ),
            (
                25,
                Monitoring,
                "All traffic has been moved and orders go through. We are watching.",
            ),
            (
                46,
                Resolved,
                "Orders have gone through without errors for 20 minutes. We will write what we learnt within five days.",
            ),
        ],
    },
    Past {
        days: 9,
        minute: 772,
        component: "api",
        status: Partial,
        title: "The public API returned errors",
        words: &[
            (
                0,
                Investigating,
                "Requests to the public API fail in Europe. The shop itself is not affected.",
            ),
            (
                12,
                Resolved,
                "A routing change was reversed at 13:03 UTC. Requests succeed again.",
            ),
        ],
    },
];

/// Writes everything, oldest first, so that the ledger reads in order.
pub(super) async fn write(context: &ActionContext, now: Timestamp) -> anyhow::Result<()> {
    write_stretches(context, now).await?;
    for past in INCIDENTS {
        tell(context, past, now).await?;
    }
    let planned = ScheduleMaintenance {
        title: "Search moves to new machines".to_owned(),
        body:
            "Search will be away for up to 40 minutes. The catalogue can be browsed all the time."
                .to_owned(),
        starts_at: at(now, 0, 120) + Duration::from_hours(48),
        ends_at: at(now, 0, 160) + Duration::from_hours(48),
        components: vec!["search".to_owned()],
        notify: true,
    };
    let context = ActionContext {
        now: now - Duration::from_hours(20),
        ..context.clone()
    };
    schedule_maintenance(&context, planned).await?;
    open_present(&context, now).await
}

/// `minute` of the day that was `days` ago.
fn at(now: Timestamp, days: u64, minute: u64) -> Timestamp {
    let midnight = Timestamp::from_millis(now.as_millis() - now.as_millis().rem_euclid(DAY_MS));
    midnight - Duration::from_hours(days * 24) + Duration::from_secs(minute * 60)
}

async fn write_stretches(context: &ActionContext, now: Timestamp) -> anyhow::Result<()> {
    let estate = std::sync::Arc::clone(&context.estate);
    let began = context.now;
    context
        .store
        .write(move |tx| {
            for component in &estate.components {
                let mut turns = vec![(began, Operational)];
                for (_, days, minute, minutes, status) in
                    TROUBLE.iter().filter(|(key, ..)| *key == component.key)
                {
                    let start = at(now, *days, *minute);
                    turns.push((start, *status));
                    turns.push((start + Duration::from_secs(minutes * 60), Operational));
                }
                for kind in IntervalKind::ALL {
                    for (at, status) in &turns {
                        interval::turn(tx, (component.id, kind), *status, *at)?;
                    }
                }
                let mut machine = well(component, &estate.config_hash, now);
                if component.key == PRESENT {
                    let since = now - PRESENT_SINCE;
                    interval::turn(tx, (component.id, IntervalKind::Published), Partial, since)?;
                    (machine.status, machine.since) = (Partial, since);
                }
                state::set_component(tx, &commit::state_of(component.id, &machine, None))?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

/// A machine whose checks have just passed.
fn well(component: &Component, config_hash: &str, now: Timestamp) -> Machine {
    let before = now - Duration::from_secs(1);
    let mut machine = Machine::new(component, before);
    for check in &component.checks {
        for location in &check.locations {
            machine.observe(
                check,
                Look {
                    location,
                    outcome: Outcome::Pass,
                    at: before,
                },
            );
        }
    }
    let overlays = Overlays::default();
    // Nothing is stored of this step but its result: the past has no evidence.
    let _ = machine.tick(Circumstances {
        component,
        overlays: &overlays,
        config_hash,
        now,
    });
    machine
}

async fn tell(context: &ActionContext, past: &Past, now: Timestamp) -> anyhow::Result<()> {
    let start = at(now, past.days, past.minute);
    let mut incident: Option<IncidentId> = None;
    for (minutes, status, words) in past.words {
        let context = ActionContext {
            now: start + Duration::from_secs(minutes * 60),
            ..context.clone()
        };
        incident = Some(match incident {
            None => {
                let open = OpenIncident {
                    title: past.title.to_owned(),
                    status: *status,
                    impact: None,
                    body: (*words).to_owned(),
                    components: vec![setting(past.component, past.status)],
                    next_update_due: None,
                    notify: true,
                };
                open_incident(&context, open).await?.id
            }
            Some(id) => {
                let update = said(id.to_string(), *status, words);
                update_incident(&context, update).await?.id
            }
        });
    }
    Ok(())
}

/// The incident that is open when the demo starts.
async fn open_present(context: &ActionContext, now: Timestamp) -> anyhow::Result<()> {
    let begun = ActionContext {
        now: now - PRESENT_SINCE,
        ..context.clone()
    };
    let open = OpenIncident {
        title: "Some card payments fail with error 502".to_owned(),
        status: Investigating,
        impact: None,
        body: "Some requests to pay by card fail with error 502. Refunds and payouts are not affected. We are looking for the cause.".to_owned(),
        components: vec![setting(PRESENT, Partial)],
        next_update_due: Some(now - Duration::from_mins(10)),
        notify: true,
    };
    let id = open_incident(&begun, open).await?.id;
    let later = ActionContext {
        now: now - Duration::from_mins(9),
        ..context.clone()
    };
    let mut update = said(
        id.to_string(),
        Identified,
        "About 1 in 8 card payments in Europe fails with error 502. Trying again usually works, and no card is charged twice.\n\nA routing change sends part of the traffic to servers that cannot answer it. We are reversing the change.",
    );
    update.next_update_due = Some(now + Duration::from_mins(21));
    update_incident(&later, update).await?;
    Ok(())
}

fn said(incident: String, status: IncidentStatus, words: &str) -> UpdateIncident {
    UpdateIncident {
        incident,
        status: Some(status),
        impact: None,
        body: words.to_owned(),
        components: Vec::new(),
        next_update_due: None,
        notify: true,
    }
}

fn setting(component: &str, status: Status) -> ComponentSetting {
    ComponentSetting {
        component: component.to_owned(),
        status,
    }
}
