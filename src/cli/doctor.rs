//! `allclear doctor`: what ails this installation, and what to do about it. Exit 1 when something does.

use serde_json::{Value, json};

use crate::actions::request::Request;
use crate::cli::act::with_settings;
use crate::cli::control::{self, ControlError};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::clock;
use crate::config::Settings;
use crate::publish::shelf::Shelf;

/// A delivery that is due longer than this is not being sent: claiming takes seconds.
const DUE_TOO_LONG_S: u64 = 15 * 60;

/// An event whose readers are not found for this long stays untold.
const UNTOLD_TOO_LONG_S: u64 = 5 * 60;

/// The watch leaves a sign of life every few seconds.
const LIFELESS_S: u64 = 60;

/// What was committed cannot lie ahead of us by more than clocks differ.
const AHEAD_S: u64 = 5;

/// One thing that was looked at.
struct Finding {
    about: &'static str,
    says: String,
    /// What to do; none when all is well.
    cure: Option<&'static str>,
}

/// Looks at everything, also when the database does not answer.
pub(super) fn doctor(options: &Options, output: Output) -> Exit {
    with_settings(options, output, async |settings| {
        let is_running = control::is_running(settings).await;
        let examined = control::ask(settings, Request::Examine).await;
        let mut findings = vec![server(settings, is_running), snapshot(settings, is_running)];
        match &examined {
            Ok(found) => findings.extend(of_database(settings, found, is_running)),
            Err(error) => findings.push(unreachable(error)),
        }
        let is_well = findings.iter().all(|finding| finding.cure.is_none());
        if output.is_json() {
            output.print_json(&as_json(is_well, &findings, examined.as_ref().ok()));
        } else {
            for finding in &findings {
                output.print(&line(finding));
            }
        }
        Ok(if is_well { Exit::Done } else { Exit::Failed })
    })
}

fn well(about: &'static str, says: String) -> Finding {
    Finding {
        about,
        says,
        cure: None,
    }
}

fn judged(about: &'static str, says: String, ill: Option<&'static str>) -> Finding {
    Finding {
        about,
        says,
        cure: ill,
    }
}

fn server(settings: &Settings, is_running: bool) -> Finding {
    let data_dir = settings.server.data_dir.display();
    let says = if is_running { "runs" } else { "does not run" };
    well("server", format!("{says} in `{data_dir}`"))
}

fn unreachable(error: &ControlError) -> Finding {
    judged(
        "database",
        error.to_string(),
        Some("see that it runs and that [database] url names it; the page is served meanwhile"),
    )
}

/// The file the page is served from when nothing else is there. Only a running server keeps it fresh.
fn snapshot(settings: &Settings, is_running: bool) -> Finding {
    let now = clock::now();
    match Shelf::read_kept(&settings.server.data_dir) {
        Ok(kept) => {
            let says = format!(
                "rendered {} s ago, good until {}",
                now.since(kept.generated_at).as_secs(),
                kept.valid_until
            );
            let is_stale = is_running && kept.valid_until < now;
            judged(
                "snapshot",
                says,
                is_stale
                    .then_some("see the server's log for why it does not render or cannot write"),
            )
        }
        Err(error) => judged(
            "snapshot",
            error.to_string(),
            is_running.then_some("see that the data directory can be written and has room"),
        ),
    }
}

fn of_database(settings: &Settings, found: &Value, is_running: bool) -> Vec<Finding> {
    let number = |name: &str| found.get(name).and_then(Value::as_u64).unwrap_or_default();
    let mut findings = vec![
        well(
            "database",
            format!("answers, last event {}", number("last_event")),
        ),
        conservation(found),
    ];
    let due = number("oldest_due_age_s");
    findings.push(judged(
        "queue",
        format!("the oldest delivery is due for {due} s"),
        (due > DUE_TOO_LONG_S).then_some(if is_running {
            "see that the relay in [mail] takes mail, and the server's log"
        } else {
            "start the server: it sends what waits"
        }),
    ));
    let untold = number("oldest_fan_out_age_s");
    findings.push(judged(
        "fan-out",
        format!(
            "{} events are being told, the oldest for {untold} s",
            number("open_fan_outs")
        ),
        (untold > UNTOLD_TOO_LONG_S)
            .then_some("see the server's log; it goes on by itself once it can"),
    ));
    let abandoned = number("abandoned_leases");
    findings.push(judged(
        "leases",
        format!("{abandoned} ended and were taken back by nobody"),
        (abandoned > 0 && is_running).then_some("restart the server: it takes them back"),
    ));
    findings.push(mail(settings, number("subscribers_by_mail")));
    findings.push(clock(found));
    if is_running {
        let age = number("alive_age_s");
        findings.push(judged(
            "watch",
            format!("left a sign of life {age} s ago"),
            (age > LIFELESS_S).then_some("restart the server, and keep its log"),
        ));
    }
    findings
}

/// accepted = sent + dead + superseded + cancelled + queued + leased + held.
fn conservation(found: &Value) -> Finding {
    let number = |name: &str| found.get(name).and_then(Value::as_i64).unwrap_or_default();
    let (accepted, accounted) = (number("accepted"), number("accounted"));
    let states = found.get("deliveries").and_then(Value::as_object);
    let states: Vec<String> = states
        .into_iter()
        .flatten()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    judged(
        "deliveries",
        format!("{accepted} accepted = {}", states.join(" + ")),
        (accepted != accounted)
            .then_some("restore the last backup beside it and compare; report it as a bug"),
    )
}

fn mail(settings: &Settings, readers: u64) -> Finding {
    match &settings.mail {
        Some(mail) => well("mail", format!("goes out through {}", mail.smtp.host)),
        None => judged(
            "mail",
            format!("is off, and {readers} people subscribed by mail"),
            (readers > 0).then_some("configure [mail], or remove these subscribers"),
        ),
    }
}

fn clock(found: &Value) -> Finding {
    let number = |name: &str| found.get(name).and_then(Value::as_u64).unwrap_or_default();
    let ahead = number("last_event_ahead_s").max(number("alive_ahead_s"));
    judged(
        "clock",
        format!("it is {}", cell_or(found, "at")),
        (ahead > AHEAD_S)
            .then_some("it was later when we last wrote: set this machine's clock by NTP"),
    )
}

fn cell_or(found: &Value, name: &str) -> String {
    crate::cli::act::cell(found.get(name))
}

fn line(finding: &Finding) -> String {
    let mark = if finding.cure.is_none() {
        "ok  "
    } else {
        "ILL "
    };
    let told = format!("{mark}{}: {}", finding.about, finding.says);
    finding
        .cure
        .map_or_else(|| told.clone(), |cure| format!("{told}\n      do: {cure}"))
}

fn as_json(is_well: bool, findings: &[Finding], examined: Option<&Value>) -> Value {
    let shown = findings.iter().map(|finding| {
        json!({
            "about": finding.about,
            "ok": finding.cure.is_none(),
            "says": finding.says,
            "do": finding.cure,
        })
    });
    json!({ "ok": is_well, "findings": shown.collect::<Value>(), "database": examined })
}
