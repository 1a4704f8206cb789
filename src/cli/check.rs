//! `allclear check run|show ID`.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use serde_json::{Value, json};

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

#[derive(Debug, Subcommand)]
pub enum CheckCommand {
    /// Look once, now, and explain what was seen. Nothing is recorded.
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
        return Exit::Failed;
    };
    match command {
        CheckCommand::Show { .. } => {
            show((component, check), &settings, output);
            Exit::Done
        }
        CheckCommand::Run { .. } => run_once(check, settings, output),
    }
}

fn named<'a>(estate: &'a Estate, id: &str) -> Option<(&'a Component, &'a Check)> {
    estate.checks().find(|(_, check)| check.key == id)
}

fn run_once(check: &Check, settings: Settings, output: Output) -> Exit {
    if let CheckKind::Heartbeat(_) = check.kind {
        output.fail(&format!(
            "check `{}` is a heartbeat: it waits to be called, so there is nothing to look at\n  hint: `allclear check show {}`",
            check.key, check.key
        ));
        return Exit::Failed;
    }
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

fn show((component, check): (&Component, &Check), settings: &Settings, output: Output) {
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
        entries.extend(heartbeat_entries(heartbeat, settings));
    }
    if output.is_json() {
        output.print_json(&shown);
        return;
    }
    for (name, value) in shown.as_object().into_iter().flatten() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        output.print(&format!("{name}: {text}"));
    }
}

/// Where a heartbeat is called and when.
fn heartbeat_entries(heartbeat: &HeartbeatCheck, settings: &Settings) -> Vec<(String, Value)> {
    let schedule = match &heartbeat.schedule {
        HeartbeatSchedule::Every(every) => format!("every {}", span_text(*every)),
        HeartbeatSchedule::Cron { line, time_zone } => format!("{line} ({time_zone})"),
    };
    let base = settings.server.public_url.as_str().trim_end_matches('/');
    let url = heartbeat.token.as_ref().map_or_else(
        || "made by the server: see the console".to_owned(),
        |token| format!("{base}/heartbeat/{}", token.reveal()),
    );
    vec![
        ("schedule".to_owned(), json!(schedule)),
        ("grace".to_owned(), json!(span_text(heartbeat.grace))),
        ("url".to_owned(), json!(url)),
    ]
}
