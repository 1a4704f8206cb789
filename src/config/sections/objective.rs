//! `[[component.objective]]`, with the doubts of slo.md 2.2: factors that can never fire are refused.

use std::time::Duration;

use crate::config::cell::Cell;
use crate::config::keys::objective::{CHECKS, INDICATORS, LATENCY, PROMETHEUS};
use crate::config::manifest::ObjectiveSpec;
use crate::config::sections::kinds::section_of;
use crate::config::setting::Zone;
use crate::config::source::Named;
use crate::config::table::Table;
use crate::domain::burn_rate;
use crate::domain::objective::{Indicator, Target, Window};

/// A rolling window when none is given.
const USUAL_WINDOW: Duration = Duration::from_hours(30 * 24);
/// Shorter windows scale their alert windows to nothing.
const SHORTEST_WINDOW: Duration = Duration::from_hours(1);
/// More than a year cannot be asked of any source.
const LONGEST_WINDOW: Duration = Duration::from_hours(366 * 24);

pub(super) fn objective(table: &mut Table<'_>) -> Option<ObjectiveSpec> {
    let key = table.id(Named::Objective);
    let target = table.get_with_cell::<Target>("target");
    let window = window(table);
    let public = table.get("public");
    let indicator = indicator(table);
    let (target, cell) = target?;
    let window = window?;
    doubt(target, &window, &cell);
    Some(ObjectiveSpec {
        key: key?,
        target,
        window,
        public: public?,
        indicator: indicator?,
    })
}

fn window(table: &mut Table<'_>) -> Option<Window> {
    let rolling = table.get_with_cell::<Duration>("window");
    let calendar = table.choice("calendar", &[("month", ())]);
    let time_zone = table.get::<Zone>("time_zone");
    if table.has("calendar") {
        if let Some((_, cell)) = rolling {
            cell.refuse("stands beside `calendar`: give one of them");
            return None;
        }
        calendar?;
        return Some(Window::CalendarMonth {
            time_zone: time_zone?.0,
        });
    }
    let Some((window, cell)) = rolling else {
        if !table.has("window") {
            return Some(Window::Rolling(USUAL_WINDOW));
        }
        return None;
    };
    if !(SHORTEST_WINDOW..=LONGEST_WINDOW).contains(&window) {
        cell.refuse("must be between 1h and 366d");
        return None;
    }
    Some(Window::Rolling(window))
}

/// Which of the three an indicator is, by the section that fits its `kind`.
fn indicator(table: &mut Table<'_>) -> Option<Indicator> {
    let cell = table.cell("indicator")?;
    let entries = cell.table()?;
    let section = section_of(&cell, entries, &INDICATORS, &[])?;
    table.within("indicator", section, |table| {
        if std::ptr::eq(section, &raw const CHECKS) {
            table.choice("kind", &[("checks", ())])?;
            return Some(Indicator::Checks);
        }
        table.get::<String>("kind");
        let source = table.reference("source", &[Named::Prometheus]);
        let is_latency = std::ptr::eq(section, &raw const LATENCY);
        debug_assert!(is_latency || std::ptr::eq(section, &raw const PROMETHEUS));
        let first = query(table, if is_latency { "good" } else { "bad" });
        let total = query(table, "total");
        let (source, first, total) = (source?, first?, total?);
        Some(if is_latency {
            Indicator::Latency {
                source,
                good: first,
                total,
            }
        } else {
            Indicator::Prometheus {
                source,
                bad: first,
                total,
            }
        })
    })
}

/// A query that says where the window goes.
fn query(table: &mut Table<'_>, name: &'static str) -> Option<String> {
    let (query, cell) = table.get_with_cell::<String>(name)?;
    if !query.contains("{{window}}") {
        cell.refuse_with(
            "does not say `{{window}}`, so it would read the same for every window",
            "write `[{{window}}]` as the range, as in rate(errors_total[{{window}}])",
        );
        return None;
    }
    Some(query)
}

/// The highest burn there can be is `1 / budget`: an alert that asks for more is silent for ever.
fn doubt(target: Target, window: &Window, cell: &Cell<'_>) {
    for unfit in burn_rate::judge_target(target, burn_rate::period(window)) {
        if unfit.is_error() {
            cell.refuse_with(unfit.to_string(), "raise the target");
        } else {
            cell.warn(unfit.to_string());
        }
    }
}
