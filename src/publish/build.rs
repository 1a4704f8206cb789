//! From a reading of the store and the estate to the view: what is private stays behind here.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::component::{Component, Show};
use crate::domain::estate::Estate;
use crate::domain::id::ComponentId;
use crate::domain::incident::{Incident, Publication};
use crate::domain::maintenance::Maintenance;
use crate::domain::page::{Page, Visibility};
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::markup::times::Wall;
use crate::publish::timeline::{self, DAYS, Stretch};
use crate::publish::view::{
    AffectedView, ChangeView, ComponentView, GroupView, IncidentView, MaintenanceUpdateView,
    MaintenanceView, PublicView, Site, UpdateView,
};
use crate::store::views::public::{PublicFacts, PublishedState};

/// How long a copy is good: a render comes every minute, and one may be missed.
pub const ALLOWANCE: Duration = Duration::from_mins(2);

/// The moment of a render and how far we can see.
#[derive(Clone, Debug)]
pub struct Sight {
    pub now: Timestamp,
    /// The address under which readers reach us, without a slash at its end.
    pub public_url: String,
    /// Since when the store does not answer: everything is unknown from then on.
    pub blind_since: Option<Timestamp>,
}

/// The time from which a view needs facts.
#[must_use]
pub fn window_start(now: Timestamp) -> Timestamp {
    Timestamp::start_of_day(now.day() - DAYS + 1)
}

/// The view of the first public page.
#[must_use]
pub fn view(estate: &Estate, facts: &PublicFacts, sight: &Sight) -> PublicView {
    let page = estate
        .pages
        .iter()
        .find(|page| page.visibility == Visibility::Public);
    // Freshness changes the bytes at most once a minute, so the minute is the moment of the page.
    let minute = Timestamp::from_seconds(sight.now.as_seconds().div_euclid(60) * 60);
    let zone = page.map_or("UTC", |page| page.time_zone.as_str());
    let wall = Wall::named(zone, minute);
    let shown: Vec<&Component> = page.map_or_else(Vec::new, |page| {
        let is_shown =
            |component: &&Component| component.show != Show::Never && estate.shows(page, component);
        estate.components.iter().filter(is_shown).collect()
    });
    let names: Names<'_> = shown
        .iter()
        .map(|component| (component.id, component.name.as_str()))
        .collect();
    let histories = Histories::of(facts);
    let groups = groups(
        estate,
        &shown,
        &histories,
        &Moment {
            wall: &wall,
            blind_since: sight.blind_since,
        },
    );
    PublicView {
        site: site(page, &sight.public_url),
        valid_until: minute + ALLOWANCE,
        changed_at: changed_at(facts, &names, page),
        blind_since: sight.blind_since,
        groups,
        incidents: facts
            .incidents
            .iter()
            .filter_map(|incident| incident_view(incident, &names))
            .collect(),
        maintenances: facts
            .maintenances
            .iter()
            .filter_map(|planned| maintenance_view(planned, &names))
            .collect(),
        wall,
    }
}

type Names<'a> = HashMap<ComponentId, &'a str>;

/// The clock of one render.
struct Moment<'a> {
    wall: &'a Wall,
    blind_since: Option<Timestamp>,
}

/// What the store knows, by component.
struct Histories {
    states: HashMap<ComponentId, PublishedState>,
    stretches: HashMap<ComponentId, Vec<Stretch>>,
}

impl Histories {
    fn of(facts: &PublicFacts) -> Self {
        let mut stretches: HashMap<ComponentId, Vec<Stretch>> = HashMap::new();
        for stretch in &facts.stretches {
            stretches
                .entry(stretch.component)
                .or_default()
                .push(Stretch {
                    status: stretch.status,
                    from: stretch.from,
                    until: stretch.until.unwrap_or(Timestamp::from_millis(i64::MAX)),
                });
        }
        Self {
            states: facts
                .states
                .iter()
                .map(|state| (state.component, *state))
                .collect(),
            stretches,
        }
    }
}

fn site(page: Option<&Page>, url: &str) -> Site {
    Site {
        id: page.map_or_else(|| "000000000000".to_owned(), |page| page.id.to_string()),
        name: page.map_or_else(|| "Status".to_owned(), |page| page.name.clone()),
        url: url.trim_end_matches('/').to_owned(),
        language: page.map_or_else(|| "en".to_owned(), |page| page.locale.clone()),
        zone: page.map_or_else(|| "UTC".to_owned(), |page| page.time_zone.clone()),
        support_url: page.and_then(|page| page.support_url.clone()),
    }
}

fn groups(
    estate: &Estate,
    shown: &[&Component],
    histories: &Histories,
    moment: &Moment<'_>,
) -> Vec<GroupView> {
    let named = estate
        .groups
        .iter()
        .map(|group| (Some(group.id), group.name.clone(), group.created_at));
    named
        .chain([(None, String::new(), Timestamp::default())])
        .filter_map(|(id, name, created_at)| {
            let members = shown.iter().filter(|component| component.group == id);
            let (components, timelines): (Vec<_>, Vec<_>) = members
                .enumerate()
                .map(|(place, component)| component_view(component, place + 1, histories, moment))
                .unzip();
            if components.is_empty() {
                return None;
            }
            let timelines: Vec<&[Stretch]> = timelines.iter().map(Vec::as_slice).collect();
            let merged = timeline::worst_of(&timelines);
            Some(GroupView {
                id,
                name,
                created_at,
                status: Status::worst(components.iter().map(|component| component.status)),
                days: timeline::days(&merged, moment.wall),
                uptime: timeline::uptime(&merged),
                components,
            })
        })
        .collect()
}

fn component_view(
    component: &Component,
    position: usize,
    histories: &Histories,
    moment: &Moment<'_>,
) -> (ComponentView, Vec<Stretch>) {
    let state = histories.states.get(&component.id);
    let is_measured = component.is_measured();
    let unsaid = if is_measured {
        Status::Unknown
    } else {
        Status::Operational
    };
    let known = state.map_or(unsaid, |state| state.status);
    let timeline = timeline_of(component, histories, known, moment);
    let (status, since) = match moment.blind_since {
        Some(since) => (Status::Unknown, Some(since)),
        None => (known, state.map(|state| state.since)),
    };
    let last_known = timeline
        .iter()
        .rev()
        .map(|stretch| stretch.status)
        .find(|status| *status != Status::Unknown);
    let view = ComponentView {
        id: component.id,
        group: component.group,
        name: component.name.clone(),
        description: component.description.clone(),
        workaround: component.workaround.clone(),
        region: component.region.clone(),
        status,
        since,
        last_known: last_known.unwrap_or(Status::Operational),
        is_measured,
        is_critical: component.tier == 1,
        show: component.show,
        days: timeline::days(&timeline, moment.wall),
        uptime: timeline::uptime(&timeline),
        created_at: component.created_at,
        counted_since: component.counted_since(),
        position,
    };
    (view, timeline)
}

/// From the later of the window's start and the first day counted, up to now. A component that was never measured
/// and never declared otherwise was operational; of a measured one we know only what was recorded.
fn timeline_of(
    component: &Component,
    histories: &Histories,
    known: Status,
    moment: &Moment<'_>,
) -> Vec<Stretch> {
    let recorded = histories
        .stretches
        .get(&component.id)
        .map_or(&[][..], Vec::as_slice);
    // What began within the present minute is seen at once, though the page's moment is the minute's start.
    let just_begun = recorded
        .last()
        .map(|stretch| stretch.from + Duration::from_secs(1));
    let now = moment.wall.now().max(just_begun.unwrap_or_default());
    let from = component.counted_since().max(window_start(now));
    let gap = match (component.is_measured(), recorded.is_empty()) {
        (false, _) => Status::Operational,
        (true, true) => known,
        (true, false) => Status::Unknown,
    };
    let Some(blind) = moment.blind_since.filter(|blind| *blind < now) else {
        return timeline::cover(recorded, from, now, gap);
    };
    let mut timeline = timeline::cover(recorded, from, blind, gap);
    timeline.push(Stretch {
        status: Status::Unknown,
        from: blind.max(from),
        until: now,
    });
    timeline
}

fn changed_at(facts: &PublicFacts, names: &Names<'_>, page: Option<&Page>) -> Timestamp {
    let states = facts
        .states
        .iter()
        .filter(|state| names.contains_key(&state.component))
        .map(|state| state.since);
    let incidents = facts
        .incidents
        .iter()
        .filter(|incident| is_public(incident, names))
        .map(|incident| incident.updated_at);
    let planned = facts
        .maintenances
        .iter()
        .filter(|planned| concerns(planned, names))
        .map(|planned| planned.updated_at);
    let made = page.map(|page| page.created_at);
    states
        .chain(incidents)
        .chain(planned)
        .chain(made)
        .max()
        .unwrap_or_default()
}

/// Published, and about nothing in particular or about something this page shows.
fn is_public(incident: &Incident, names: &Names<'_>) -> bool {
    let is_ours = incident.components.is_empty()
        || incident
            .components
            .iter()
            .any(|of| names.contains_key(&of.component));
    incident.publication == Publication::Published && is_ours
}

fn concerns(planned: &Maintenance, names: &Names<'_>) -> bool {
    planned.components.is_empty() || planned.components.iter().any(|of| names.contains_key(of))
}

fn affected(component: ComponentId, names: &Names<'_>) -> Option<AffectedView> {
    let name = (*names.get(&component)?).to_owned();
    Some(AffectedView {
        id: component,
        name,
    })
}

fn incident_view(incident: &Incident, names: &Names<'_>) -> Option<IncidentView> {
    if !is_public(incident, names) {
        return None;
    }
    let updates = incident.updates.iter().rev().map(|update| UpdateView {
        id: update.id,
        status: update.status,
        body: update.body.clone(),
        at: update.at,
        notified: update.notified,
        changes: update
            .changes
            .iter()
            .filter(|change| names.contains_key(&change.component))
            .map(|change| ChangeView {
                component: change.component,
                name: change.name.clone(),
                from: change.from,
                to: change.to,
            })
            .collect(),
    });
    Some(IncidentView {
        id: incident.id,
        title: incident.title.clone(),
        status: incident.status,
        impact: incident.impact_override.unwrap_or(incident.impact),
        began_at: incident.began_at,
        detected_at: incident.detected_at,
        published_at: incident.published_at.unwrap_or(incident.detected_at),
        monitoring_at: incident.monitoring_at,
        resolved_at: incident.resolved_at,
        updated_at: incident.updated_at,
        next_update_due: incident.next_update_due,
        components: incident
            .components
            .iter()
            .filter_map(|of| affected(of.component, names))
            .collect(),
        updates: updates.collect(),
    })
}

fn maintenance_view(planned: &Maintenance, names: &Names<'_>) -> Option<MaintenanceView> {
    if !concerns(planned, names) {
        return None;
    }
    let updates = planned
        .updates
        .iter()
        .rev()
        .map(|update| MaintenanceUpdateView {
            id: update.id,
            status: update.status,
            body: update.body.clone(),
            at: update.at,
            notified: update.notified,
        });
    Some(MaintenanceView {
        id: planned.id,
        title: planned.title.clone(),
        status: planned.status,
        starts_at: planned.starts_at,
        ends_at: planned.ends_at,
        started_at: planned.started_at,
        ended_at: planned.ended_at,
        created_at: planned.created_at,
        updated_at: planned.updated_at,
        components: planned
            .components
            .iter()
            .filter_map(|of| affected(*of, names))
            .collect(),
        updates: updates.collect(),
    })
}
