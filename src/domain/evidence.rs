//! Evidence: what a transition was decided on, and what was left out and why. Stored with every transition, for
//! operators; the public reads fixed sentences instead ([`crate::domain::wording`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::budget_evidence::{Burning, fresh_reading};
use crate::domain::burn_rate::{Pair, PairState, period};
use crate::domain::derive::{Facts, fresh_streaks, tally};
use crate::domain::objective::Objective;
use crate::domain::quorum::Agreed;
use crate::domain::sample::Sample;
use crate::domain::slo::Events;
use crate::domain::span::span_text;
use crate::domain::streak::{HardState, Streak};
use crate::domain::timestamp::Timestamp;

/// One thing that was looked at. `id` is the configuration key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Evidence {
    Check {
        id: String,
        /// By location: `down x3`, `up`.
        locations: BTreeMap<String, String>,
        agreed: Agreed,
        /// Locations that are down, of those that are fresh: `2/3`.
        quorum: String,
    },
    Slo(Box<SloEvidence>),
    /// A raw level that a trace gave.
    Level {
        level: u8,
    },
    Pin {
        id: String,
        reason: String,
    },
    Incident {
        id: String,
    },
    Maintenance {
        id: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SloEvidence {
    pub id: String,
    pub pair: String,
    pub state: PairState,
    pub long: Option<WindowEvidence>,
    pub short: Option<WindowEvidence>,
    pub threshold: f64,
    /// Events of the long window.
    pub bad: Option<f64>,
    pub total: Option<f64>,
    /// Of the objective's whole window, where that was measured.
    pub budget_remaining: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowEvidence {
    pub w: String,
    pub err: f64,
    pub burn: f64,
}

/// Something that was there and did not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotUsed {
    pub kind: String,
    pub id: String,
    pub why: String,
}

/// Everything derivation saw, in configuration order.
#[must_use]
pub fn explain(facts: &Facts<'_>) -> (Vec<Evidence>, Vec<NotUsed>) {
    let (mut used, mut not_used) = (Vec::new(), Vec::new());
    for check in &facts.component.checks {
        let tally = tally(check, facts);
        if tally.agreed == Agreed::Unknown {
            not_used.push(NotUsed {
                kind: "check".to_owned(),
                id: check.key.clone(),
                why: staleness(facts.streaks.get(&check.id), facts.now),
            });
            continue;
        }
        used.push(Evidence::Check {
            id: check.key.clone(),
            locations: fresh_streaks(check, facts)
                .map(|(location, streak)| (location.clone(), streak.describe()))
                .collect(),
            agreed: tally.agreed,
            quorum: format!("{}/{}", tally.down, tally.fresh),
        });
    }
    for objective in &facts.component.objectives {
        match slo_evidence(objective, facts) {
            Ok(evidence) => used.push(Evidence::Slo(Box::new(evidence))),
            Err(why) => not_used.push(NotUsed {
                kind: "slo".to_owned(),
                id: objective.key.clone(),
                why: why.to_owned(),
            }),
        }
    }
    (used, not_used)
}

fn staleness(streaks: Option<&BTreeMap<String, Streak>>, now: Timestamp) -> String {
    let seen = streaks
        .into_iter()
        .flatten()
        .filter_map(|(_, streak)| streak.seen_at)
        .max();
    let Some(seen_at) = seen else {
        return "no result yet".to_owned();
    };
    let is_settled = streaks
        .into_iter()
        .flatten()
        .any(|(_, streak)| streak.state != HardState::Unknown);
    if is_settled {
        return format!("stale {}s", now.since(seen_at).as_secs());
    }
    "nothing established yet".to_owned()
}

/// The most telling pair: the first that fires, else the quick one.
fn slo_evidence(objective: &Objective, facts: &Facts<'_>) -> Result<SloEvidence, &'static str> {
    let burning = Burning::of(objective, facts);
    if !burning.is_evidence() {
        return Err("no fresh counts");
    }
    let is_firing = |(_, state): &&(Pair, PairState)| *state == PairState::Critical;
    let [quick, ..] = &burning.pairs;
    let (pair, state) = burning.pairs.iter().find(is_firing).unwrap_or(quick);
    let events = |window| match fresh_reading(objective, window, facts)?.sample {
        Sample::Measured(events) => Some(events),
        Sample::NoTraffic | Sample::NoData | Sample::SourceDown | Sample::Invalid => None,
    };
    let shown = |window| {
        events(window).map(|events: Events| WindowEvidence {
            w: span_text(window),
            err: events.error_ratio(),
            burn: events.burn(objective.target),
        })
    };
    let long = events(pair.long);
    Ok(SloEvidence {
        id: objective.key.clone(),
        pair: pair.tier.name().to_owned(),
        state: *state,
        long: shown(pair.long),
        short: shown(pair.short),
        threshold: pair.factor.as_f64(),
        bad: long.map(Events::bad),
        total: long.map(Events::total),
        budget_remaining: events(period(&objective.window))
            .map(|events| events.budget_remaining(objective.target)),
    })
}
