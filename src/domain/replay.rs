//! Replay: a trace through the same rules as the server's, in virtual time. What `allclear replay` prints.
//!
//! Time begins at the first line and advances by the tick; the lines up to a moment are taken in before it is judged;
//! it ends at the last line or where it was told to. Raw level traces start operational and a level holds until the
//! next line; check traces start unknown; an objective line says that its window is full of data.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::component::{AutoPublish, Component};
use crate::domain::derive::{Derived, WindowReading};
use crate::domain::hysteresis::Reading;
use crate::domain::machine::{Circumstances, Look, Machine};
use crate::domain::overlay::Overlays;
use crate::domain::rule::Rule;
use crate::domain::sample::{Answer, read};
use crate::domain::status::Level;
use crate::domain::timestamp::Timestamp;
use crate::domain::trace::{Recorded, TraceLine};
use crate::domain::transition::Transition;

/// How time passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub tick: Duration,
    /// None ends at the last line.
    pub until: Option<Timestamp>,
    pub config_hash: String,
}

/// The trace does not fit the configuration, or itself. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("line {line}: no {kind} `{name}` in the configuration")]
    NotConfigured {
        line: usize,
        kind: &'static str,
        name: String,
    },
    #[error("line {line}: earlier than the line before it")]
    OutOfOrder { line: usize },
    #[error("a tick must be at least one millisecond")]
    NoTick,
}

/// Runs the trace and returns every transition, in order of time and then of configuration.
///
/// # Errors
/// [`ReplayError`] for a name that is not configured, or lines out of order.
pub fn replay(
    components: &[Component],
    lines: &[TraceLine],
    options: &Options,
) -> Result<Vec<Transition>, ReplayError> {
    if options.tick < Duration::from_millis(1) {
        return Err(ReplayError::NoTick);
    }
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return Ok(Vec::new());
    };
    let names = Names::of(components);
    let mut runs: Vec<Option<Run>> = components.iter().map(|_| None).collect();
    let end = options.until.unwrap_or(last.at);
    let (mut now, mut taken) = (first.at, 0);
    let mut told = Vec::new();
    loop {
        while let Some(line) = lines.get(taken).filter(|line| line.at <= now) {
            taken += 1;
            if lines.get(taken).is_some_and(|next| next.at < line.at) {
                return Err(ReplayError::OutOfOrder { line: taken + 1 });
            }
            take(components, &mut runs, (&names, line, taken))?;
        }
        for (run, component) in runs.iter_mut().zip(components) {
            if let Some(run) = run {
                told.extend(run.tick(component, &options.config_hash, now));
            }
        }
        if now >= end {
            return Ok(told);
        }
        now = (now + options.tick).min(end);
    }
}

/// One component on its way through the trace.
struct Run {
    machine: Machine,
    /// The raw level that holds, for a level trace.
    given: Option<(Level, Timestamp)>,
}

impl Run {
    fn tick(
        &mut self,
        component: &Component,
        config_hash: &str,
        now: Timestamp,
    ) -> Option<Transition> {
        // Thresholds are what is being tuned: a component whose colour only people may change is replayed as well.
        let overlays = Overlays {
            auto_publish: AutoPublish::StatusOnly,
            ..Overlays::default()
        };
        let with = Circumstances {
            component,
            overlays: &overlays,
            config_hash,
            now,
        };
        let stepped = match self.given {
            Some((level, since)) => self.machine.settle(given(level, since), with),
            None => self.machine.tick(with),
        };
        stepped.transition
    }
}

fn given(level: Level, since: Timestamp) -> Derived {
    Derived {
        reading: Reading::Known(level),
        rule: Rule::Given,
        began_at: Some(since),
        has_stale_critical: false,
    }
}

/// Takes one line in: `(names, line, its number)`.
fn take(
    components: &[Component],
    runs: &mut [Option<Run>],
    (names, line, number): (&Names<'_>, &TraceLine, usize),
) -> Result<(), ReplayError> {
    let (kind, name, index) = names.find(&line.what);
    let found = index.and_then(|index| runs.get_mut(index).zip(components.get(index)));
    let (run, component) = found.ok_or_else(|| ReplayError::NotConfigured {
        line: number,
        kind,
        name: name.to_owned(),
    })?;
    match &line.what {
        Recorded::Level { level, .. } => take_level(run, *level, line.at),
        Recorded::Look { check, .. } => {
            let known = component
                .checks
                .iter()
                .find(|known| is_named(check, &known.key, known.id.as_str()));
            if let (Some(check), Some(look)) = (known, look(line)) {
                started(run, component, line.at)
                    .machine
                    .observe(check, look);
            }
        }
        Recorded::Counts { objective, .. } => {
            let known = component
                .objectives
                .iter()
                .find(|known| is_named(objective, &known.key, known.id.as_str()));
            if let (Some(objective), Some(reading)) = (known, reading(line)) {
                started(run, component, line.at)
                    .machine
                    .read(objective.id, reading);
            }
        }
    }
    Ok(())
}

fn look(line: &TraceLine) -> Option<Look<'_>> {
    match &line.what {
        Recorded::Look {
            location, outcome, ..
        } => Some(Look {
            location,
            outcome: *outcome,
            at: line.at,
        }),
        Recorded::Level { .. } | Recorded::Counts { .. } => None,
    }
}

fn reading(line: &TraceLine) -> Option<WindowReading> {
    match &line.what {
        Recorded::Counts {
            window, bad, total, ..
        } => Some(WindowReading {
            window: *window,
            at: line.at,
            sample: read(Answer::Number(*bad), Answer::Number(*total)),
            is_full: true,
        }),
        Recorded::Level { .. } | Recorded::Look { .. } => None,
    }
}

fn take_level(run: &mut Option<Run>, level: Level, at: Timestamp) {
    let run = run.get_or_insert_with(|| Run {
        machine: Machine::operational(at),
        given: None,
    });
    let since = run
        .given
        .filter(|(before, _)| *before == level)
        .map_or(at, |(_, since)| since);
    run.given = Some((level, since));
}

fn started<'a>(run: &'a mut Option<Run>, component: &Component, at: Timestamp) -> &'a mut Run {
    run.get_or_insert_with(|| Run {
        machine: Machine::new(component, at),
        given: None,
    })
}

fn is_named(name: &str, key: &str, id: &str) -> bool {
    name == key || name == id
}

/// Which component a name in the trace belongs to, by position; keys win over ids.
struct Names<'a> {
    components: BTreeMap<&'a str, usize>,
    checks: BTreeMap<&'a str, usize>,
    objectives: BTreeMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    /// What kind of thing a line names, its name, and the position of the component it belongs to.
    fn find<'b>(&self, what: &'b Recorded) -> (&'static str, &'b str, Option<usize>) {
        let (kind, name, names) = match what {
            Recorded::Level { component, .. } => ("component", component, &self.components),
            Recorded::Look { check, .. } => ("check", check, &self.checks),
            Recorded::Counts { objective, .. } => ("objective", objective, &self.objectives),
        };
        (kind, name, names.get(name.as_str()).copied())
    }

    fn of(components: &'a [Component]) -> Self {
        let mut names = Self {
            components: BTreeMap::new(),
            checks: BTreeMap::new(),
            objectives: BTreeMap::new(),
        };
        for (index, component) in components.iter().enumerate() {
            names.components.insert(component.id.as_str(), index);
            for check in &component.checks {
                names.checks.insert(check.id.as_str(), index);
            }
            for objective in &component.objectives {
                names.objectives.insert(objective.id.as_str(), index);
            }
        }
        for (index, component) in components.iter().enumerate() {
            names.components.insert(&component.key, index);
            for check in &component.checks {
                names.checks.insert(&check.key, index);
            }
            for objective in &component.objectives {
                names.objectives.insert(&objective.key, index);
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::specimen;
    use crate::domain::status::Status;
    use crate::domain::trace::parse_line;

    fn run(component: Component, lines: &[String], until: Option<i64>) -> Vec<(i64, Status)> {
        let lines: Vec<TraceLine> = lines.iter().map(|line| parse_line(line).unwrap()).collect();
        let options = Options {
            tick: Duration::from_secs(10),
            until: until.map(Timestamp::from_seconds),
            config_hash: "sha256:test".to_owned(),
        };
        replay(&[component], &lines, &options)
            .unwrap()
            .iter()
            .map(|told| (told.at.as_seconds(), told.to))
            .collect()
    }

    fn time(second: i64) -> String {
        Timestamp::from_seconds(second).to_string()
    }

    fn level(second: i64, level: u8) -> String {
        let at = time(second);
        format!(r#"{{"at":"{at}","component":"checkout","level":{level}}}"#)
    }

    #[test]
    fn the_vectors_of_the_derivation_hold_for_level_traces() {
        let (well, major) = (Status::Operational, Status::MajorOutage);
        for (lines, expected) in [
            (
                vec![level(0, 3), level(600, 0)],
                vec![(0, major), (900, well)],
            ),
            (vec![level(0, 1), level(100, 0)], vec![]),
            (
                vec![level(0, 1), level(60, 3), level(180, 0)],
                vec![(60, major), (480, well)],
            ),
            (
                vec![level(0, 3), level(120, 0), level(240, 3), level(360, 0)],
                vec![(0, major), (660, well)],
            ),
        ] {
            assert_eq!(run(specimen::component(1), &lines, Some(1500)), expected);
        }
    }

    #[test]
    fn a_trace_ends_at_its_last_line() {
        let lines = [level(0, 3), level(600, 0)];
        let told = run(specimen::component(1), &lines, None);
        assert_eq!(told, [(0, Status::MajorOutage)]);
    }

    #[test]
    fn check_traces_start_unknown() {
        let look = |second, outcome| {
            let at = time(second);
            format!(r#"{{"at":"{at}","check":"check-0","location":"fra","outcome":"{outcome}"}}"#)
        };
        let lines = [
            look(0, "pass"),
            look(30, "fail"),
            look(45, "fail"),
            look(60, "fail"),
        ];
        let told = run(specimen::component(1), &lines, Some(200));
        let expected = [
            (0, Status::Operational),
            (60, Status::MajorOutage),
            (190, Status::Unknown),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn an_objective_line_says_that_its_window_is_full() {
        let mut component = specimen::component(0);
        component.objectives.push(specimen::objective());
        let held = |second, window, bad| {
            let at = time(second);
            format!(
                r#"{{"at":"{at}","objective":"availability","window":"{window}","bad":{bad},"total":1000}}"#
            )
        };
        let lines = [
            held(0, "5m", 0),
            held(0, "1h", 0),
            held(60, "5m", 600),
            held(60, "1h", 50),
        ];
        let told = run(component, &lines, Some(1000));
        let expected = [
            (0, Status::Operational),
            (60, Status::MajorOutage),
            (670, Status::Unknown),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn names_and_order_are_checked() {
        let options = Options {
            tick: Duration::from_secs(10),
            until: None,
            config_hash: String::new(),
        };
        let read = |lines: [String; 2]| lines.map(|line| parse_line(&line).unwrap());
        let backwards = read([level(10, 0), level(0, 0)]);
        let told = replay(&[specimen::component(1)], &backwards, &options);
        assert_eq!(told, Err(ReplayError::OutOfOrder { line: 2 }));
        let strangers = read([level(0, 0), level(10, 0)]);
        assert!(matches!(
            replay(&[], &strangers, &options),
            Err(ReplayError::NotConfigured { line: 1, .. })
        ));
    }
}
