//! `allclear status`: what the page says, and why.

use std::fmt::Write;

use serde_json::Value;

use crate::actions::request::Request;
use crate::cli::act::{act, cell, lines};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};

/// What the page says of one component, explained, or of all in a line each. With `--json` always the whole record.
pub(super) fn status(component: Option<String>, options: &Options, output: Output) -> Exit {
    let plain = if component.is_some() {
        explained
    } else {
        listed
    };
    act(options, output, Request::ShowStatus { component }, plain)
}

fn listed(found: &Value) -> String {
    lines(found, &["component", "status", "since", "name"])
}

fn explained(found: &Value) -> String {
    let one = found.get(0).unwrap_or(found);
    let mut text = format!(
        "{} ({}): {} since {}",
        cell(one.get("name")),
        cell(one.get("component")),
        cell(one.get("status")),
        cell(one.get("since"))
    );
    if one.get("measured") == Some(&Value::Bool(false)) {
        text.push_str("\n  nothing measures it: operational until people say otherwise");
    }
    match one.get("because").filter(|because| because.is_object()) {
        Some(because) => tell_transition(&mut text, because, one.get("event")),
        None => text.push_str("\n  it has not changed since it was first seen"),
    }
    for check in items(one, "checks") {
        tell_check(&mut text, check);
    }
    for objective in items(one, "objectives") {
        tell_objective(&mut text, objective);
    }
    text
}

fn items<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn tell_transition(text: &mut String, because: &Value, event: Option<&Value>) {
    let said = |name: &str| cell(because.get(name));
    let _ = write!(
        text,
        "\n  because of {}, at {} (event {}): was {}, began {}, held {} s",
        said("rule"),
        said("at"),
        cell(event),
        said("from"),
        said("began_at"),
        said("raise_held_s")
    );
    for used in items(because, "evidence") {
        let _ = write!(text, "\n    used: {}", words(used, &["kind", "id"]));
    }
    for left in items(because, "not_used") {
        let _ = write!(
            text,
            "\n    not used: {} {}: {}",
            cell(left.get("kind")),
            cell(left.get("id")),
            cell(left.get("why"))
        );
    }
}

/// The leading fields by value, then everything else as `name=value`.
fn words(of: &Value, leading: &[&str]) -> String {
    let first = leading.iter().map(|name| cell(of.get(*name)));
    let rest = of.as_object().into_iter().flatten();
    let rest = rest
        .filter(|(name, value)| !leading.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| format!("{name}={}", flat(value)));
    first.chain(rest).collect::<Vec<_>>().join(" ")
}

fn flat(value: &Value) -> String {
    let Some(entries) = value.as_object() else {
        return cell(Some(value));
    };
    let entries = entries
        .iter()
        .map(|(name, value)| format!("{name}: {}", flat(value)));
    format!("({})", entries.collect::<Vec<_>>().join(", "))
}

fn tell_check(text: &mut String, check: &Value) {
    let weight = if check.get("critical") == Some(&Value::Bool(true)) {
        "critical "
    } else {
        ""
    };
    let _ = write!(
        text,
        "\n  {weight}{} check {}",
        cell(check.get("kind")),
        cell(check.get("check"))
    );
    let mut locations = items(check, "locations").peekable();
    if locations.peek().is_none() {
        text.push_str(": no result yet");
    }
    for location in locations {
        let _ = write!(
            text,
            "\n    from {}: {}, last look {}",
            cell(location.get("location")),
            cell(location.get("streak")),
            cell(location.get("seen_at"))
        );
    }
    if let Some(calls) = check.get("calls").filter(|calls| calls.is_object()) {
        let _ = write!(
            text,
            "\n    last success told {}",
            cell(calls.get("succeeded_at"))
        );
    }
}

fn tell_objective(text: &mut String, objective: &Value) {
    let said = |name: &str| cell(objective.get(name));
    let _ = write!(
        text,
        "\n  objective {} ({} %): budget {}, left {}",
        said("objective"),
        said("target_percent"),
        said("budget"),
        share(objective.get("budget_remaining"))
    );
    for window in items(objective, "windows") {
        let _ = write!(
            text,
            "\n    over {}: {}, bad {}, burn {}, at {}",
            cell(window.get("window")),
            cell(window.get("sample")),
            share(window.get("error_ratio")),
            window
                .get("burn")
                .and_then(Value::as_f64)
                .map_or_else(|| "-".to_owned(), |burn| format!("{burn:.2}")),
            cell(window.get("at"))
        );
    }
}

fn share(value: Option<&Value>) -> String {
    value
        .and_then(Value::as_f64)
        .map_or_else(|| "-".to_owned(), |share| format!("{:.3} %", share * 100.0))
}
