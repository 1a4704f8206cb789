//! `allclear check run|show ID`.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::actions::request::Request;
use crate::cli::act::{cell, with_settings};
use crate::cli::control;
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::config::Settings;
use crate::domain::check::{Check, CheckKind, HeartbeatCheck, HeartbeatSchedule};
use crate::domain::component::Component;
use crate::domain::estate::Estate;
use crate::domain::observation::{Observation, Outcome};
use crate::domain::span::span_text;
use crate::probe::{Instruments, look};
use crate::{clock, egress};

/// Likeness from which an id is worth suggesting.
const ALIKE: f64 = 0.7;

#[derive(Debug, Subcommand)]
pub enum CheckCommand {
    /// Look once, now, and explain what was seen, or what was heard of a heartbeat. Nothing is recorded.
    Run {
        /// The check's id.
        id: String,
    },
    /// Show how a check is defined; for a heartbeat, where it is called.
    Show {
        /// The check's id.
        id: String,
    },
}

pub(super) fn run(command: &CheckCommand, options: &Options, output: Output) -> Exit {
    let settings = match options.load(output) {
        Ok(settings) => settings,
        Err(errors) => {
            output.say(&errors);
            return Exit::Failed;
        }
    };
    let estate = settings.manifest.estate_without_store();
    let (CheckCommand::Run { id } | CheckCommand::Show { id }) = command;
    let Some((component, check)) = named(&estate, id) else {
        output.fail(&format!("{} declares no check `{id}`", settings.file));
        if let Some(alike) = alike(&estate, id) {
            output.say(&format!("hint: did you mean `{alike}`?"));
        }
        return Exit::Failed;
    };
    match command {
        CheckCommand::Show { .. } => show((component, check), &settings, options, output),
        CheckCommand::Run { .. } => match &check.kind {
            CheckKind::Heartbeat(heartbeat) => explain_calls((check, heartbeat), options, output),
            CheckKind::Http(_) | CheckKind::Tcp(_) | CheckKind::Prometheus(_) => {
                run_once(check, settings, output)
            }
        },
    }
}

fn named<'a>(estate: &'a Estate, id: &str) -> Option<(&'a Component, &'a Check)> {
    estate.checks().find(|(_, check)| check.key == id)
}

/// The check whose id reads most like `id`, if any does.
fn alike<'a>(estate: &'a Estate, id: &str) -> Option<&'a str> {
    let keys = estate.checks().map(|(_, check)| check.key.as_str());
    let scored = keys.map(|key| (strsim::jaro_winkler(key, id), key));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= ALIKE).then_some(best.1)
}

fn run_once(check: &Check, settings: Settings, output: Output) -> Exit {
    match look_once(check, settings) {
        Ok(seen) => {
            output.tell(&as_json(check, &seen), &explained(check, &seen));
            match seen.outcome {
                Outcome::Pass | Outcome::Slow => Exit::Done,
                Outcome::Fail | Outcome::Inconclusive => Exit::Failed,
            }
        }
        Err(error) => {
            output.fail(&error);
            Exit::Failed
        }
    }
}

fn look_once(check: &Check, settings: Settings) -> anyhow::Result<Observation> {
    egress::install_crypto();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let instruments = Instruments::new(Arc::new(settings.probes))?;
    Ok(runtime.block_on(look(check, &instruments, clock::now())))
}

fn as_json(check: &Check, seen: &Observation) -> Value {
    let phases = &seen.phases;
    json!({
        "check": check.key,
        "kind": check.kind.name(),
        "location": seen.location,
        "at": seen.at.to_string(),
        "outcome": seen.outcome,
        "reason": seen.reason,
        "detail": seen.detail,
        "latency_ms": milliseconds(phases.total),
        "phases_ms": {
            "dns": milliseconds(phases.dns),
            "connect": milliseconds(phases.connect),
            "tls": milliseconds(phases.tls),
            "first_byte": milliseconds(phases.first_byte),
        },
    })
}

fn explained(check: &Check, seen: &Observation) -> String {
    let phases = &seen.phases;
    let mut text = format!(
        "{}: {} from {} in {:.1} ms ({})",
        check.key,
        seen.outcome.name(),
        seen.location,
        milliseconds(phases.total),
        seen.reason
    );
    if !seen.detail.is_empty() {
        text.push_str("\n  ");
        text.push_str(&seen.detail);
    }
    let spent = [
        ("name", phases.dns),
        ("connect", phases.connect),
        ("tls", phases.tls),
        ("first byte", phases.first_byte),
    ];
    for (phase, span) in spent {
        if span > Duration::ZERO {
            let _ = write!(text, "\n  {phase}: {:.1} ms", milliseconds(span));
        }
    }
    text
}

fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

/// A heartbeat is not looked at: what was heard of it decides.
fn explain_calls(
    (check, heartbeat): (&Check, &HeartbeatCheck),
    options: &Options,
    output: Output,
) -> Exit {
    let request = Request::ShowHeartbeat {
        check: check.key.clone(),
    };
    with_settings(options, output, async |settings| {
        let mut heard = control::ask(settings, request).await?;
        if let Some(entries) = heard.as_object_mut() {
            entries.remove("token");
            entries.insert("check".to_owned(), json!(check.key));
        }
        let is_late = heard.get("outcome").and_then(Value::as_str) == Some(Outcome::Fail.name());
        output.tell(&heard, &heard_text(check, heartbeat, &heard));
        Ok(if is_late { Exit::Failed } else { Exit::Done })
    })
}

fn heard_text(check: &Check, heartbeat: &HeartbeatCheck, heard: &Value) -> String {
    let said = |name: &str| cell(heard.get(name));
    format!(
        "{}: {} ({}), by what its sender told us\n  last success: {}\n  last start: {}\n  last failure: {}\n  \
         next due: {}, and {} of grace",
        check.key,
        said("outcome"),
        said("reason"),
        said("succeeded_at"),
        said("started_at"),
        said("failed_at"),
        said("due_at"),
        span_text(heartbeat.grace),
    )
}

fn show(
    (component, check): (&Component, &Check),
    settings: &Settings,
    options: &Options,
    output: Output,
) -> Exit {
    let mut shown = json!({
        "id": check.key,
        "component": component.key,
        "kind": check.kind.name(),
        "critical": check.critical,
        "interval": span_text(check.interval),
        "timeout": span_text(check.timeout),
        "fail_after": check.fail_after,
        "recover_after": check.recover_after,
        "locations": check.locations,
    });
    if let (Some(entries), CheckKind::Heartbeat(heartbeat)) = (shown.as_object_mut(), &check.kind) {
        entries.extend(schedule_entries(heartbeat));
        return with_settings(options, output, async |_| {
            let request = Request::ShowHeartbeat {
                check: check.key.clone(),
            };
            let heard = control::ask(settings, request).await?;
            shown["url"] = json!(heartbeat_url(settings, &cell(heard.get("token"))));
            shown["last_success"] = json!(heard.get("succeeded_at"));
            print(&shown, output);
            Ok(Exit::Done)
        });
    }
    print(&shown, output);
    Exit::Done
}

fn print(shown: &Value, output: Output) {
    if output.is_json() {
        output.print_json(shown);
        return;
    }
    for (name, value) in shown.as_object().into_iter().flatten() {
        output.print(&format!("{name}: {}", cell(Some(value))));
    }
}

/// Where a heartbeat is called: whoever knows it can call.
fn heartbeat_url(settings: &Settings, token: &str) -> String {
    let base = settings.server.public_url.as_str().trim_end_matches('/');
    format!("{base}/heartbeat/{token}")
}

fn schedule_entries(heartbeat: &HeartbeatCheck) -> Vec<(String, Value)> {
    let schedule = match &heartbeat.schedule {
        HeartbeatSchedule::Every(every) => format!("every {}", span_text(*every)),
        HeartbeatSchedule::Cron { line, time_zone } => format!("{line} ({time_zone})"),
    };
    vec![
        ("schedule".to_owned(), json!(schedule)),
        ("grace".to_owned(), json!(span_text(heartbeat.grace))),
    ]
}
