//! `[[component.check]]`: what every kind has, and the kinds that are not http.

use std::time::Duration;

use crate::config::cell::Cell;
use crate::config::manifest::CheckSpec;
use crate::config::sections::{http, kinds};
use crate::config::setting::Zone;
use crate::config::source::Named;
use crate::config::table::Table;
use crate::domain::check::{
    CheckKind, Comparison, HeartbeatCheck, HeartbeatSchedule, Operator, PrometheusCheck, TcpCheck,
};
use crate::domain::span::span_text;

/// More often than this is an attack, not a check.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
/// A look that takes longer holds a permit for nothing.
const LONGEST_TIMEOUT: Duration = Duration::from_mins(5);
/// Bounds of how often a heartbeat is judged: it costs nothing, but need not be finer than what it waits for.
const HEARTBEAT_JUDGED: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

const KINDS: [(&str, Kind); 4] = [
    ("http", Kind::Http),
    ("tcp", Kind::Tcp),
    ("heartbeat", Kind::Heartbeat),
    ("prometheus", Kind::Prometheus),
];

#[derive(Clone, Copy)]
enum Kind {
    Http,
    Tcp,
    Heartbeat,
    Prometheus,
}

/// How often and how patiently.
struct Rhythm {
    interval: Duration,
    timeout: Duration,
    retry_interval: Duration,
    fail_after: u32,
    recover_after: u32,
    slow_after: Option<Duration>,
}

/// Reads a check of a kind that is built; `here` is this node's location.
pub(super) fn check(table: &mut Table<'_>, here: &str) -> Option<CheckSpec> {
    let key = table.id(Named::Check);
    let kind = table.choice("kind", &KINDS)?;
    let critical = table.get("critical");
    let locations = locations(table, here);
    let (look, rhythm) = match kind {
        Kind::Http => (http::http(table).map(CheckKind::Http), looking(table)),
        Kind::Tcp => (tcp(table).map(CheckKind::Tcp), looking(table)),
        Kind::Prometheus => (prometheus(table).map(CheckKind::Prometheus), looking(table)),
        Kind::Heartbeat => {
            let heartbeat = heartbeat(table);
            let rhythm = heartbeat.as_ref().map(waiting);
            (heartbeat.map(CheckKind::Heartbeat), rhythm)
        }
    };
    let rhythm = rhythm?;
    Some(CheckSpec {
        key: key?,
        look: look?,
        interval: rhythm.interval,
        timeout: rhythm.timeout,
        retry_interval: rhythm.retry_interval,
        fail_after: rhythm.fail_after,
        recover_after: rhythm.recover_after,
        slow_after: rhythm.slow_after,
        critical: critical?,
        locations: locations?,
    })
}

fn locations(table: &mut Table<'_>, here: &str) -> Option<Vec<String>> {
    if !table.has("locations") {
        table.show("locations", crate::config::shown::Shown::text(here));
        table.cell("locations");
        return Some(vec![here.to_owned()]);
    }
    let (names, cell) = table.get_with_cell::<Vec<String>>("locations")?;
    if names.is_empty() {
        cell.refuse("must name a location, or be left out");
        return None;
    }
    for (name, item) in names.iter().zip(cell.items().unwrap_or_default()) {
        if name != here {
            item.not_built(
                format!("location `{name}` does not exist: agents are not built yet"),
                &format!("checks run from this node alone, which `probes.location` calls `{here}`"),
            );
        }
    }
    Some(names)
}

fn looking(table: &mut Table<'_>) -> Option<Rhythm> {
    let interval = at_least(table, "interval", SHORTEST_INTERVAL);
    let timeout = at_least(table, "timeout", Duration::from_millis(1));
    let retry = table.get_with_cell::<Duration>("retry_interval");
    let fail_after = table.get("fail_after");
    let recover_after = table.get("recover_after");
    let slow = table.get_with_cell::<Duration>("slow_after");

    let (interval, timeout) = (interval?, timeout?);
    if timeout > LONGEST_TIMEOUT {
        table.cell("timeout")?.refuse("must not be longer than 5m");
    }
    let (retry, cell) = retry?;
    if table.has("retry_interval") && retry > interval {
        cell.warn("is longer than `interval`, which is used instead");
    }
    if let Some((slow, cell)) = &slow
        && *slow >= timeout
    {
        cell.refuse_with(
            "is not shorter than `timeout`, so nothing could ever be slow",
            "raise `timeout` or lower `slow_after`",
        );
    }
    Some(Rhythm {
        interval,
        timeout,
        retry_interval: retry.min(interval).max(SHORTEST_INTERVAL),
        fail_after: fail_after?,
        recover_after: recover_after?,
        slow_after: slow.map(|(slow, _)| slow),
    })
}

fn at_least(table: &mut Table<'_>, name: &'static str, least: Duration) -> Option<Duration> {
    let (span, cell) = table.get_with_cell::<Duration>(name)?;
    if span < least {
        cell.refuse(format!("must be at least {}", span_text(least)));
        return None;
    }
    Some(span)
}

/// A heartbeat is judged often and believed at once: its own schedule and grace are its patience.
fn waiting(heartbeat: &HeartbeatCheck) -> Rhythm {
    let awaited = match &heartbeat.schedule {
        HeartbeatSchedule::Every(every) => *every,
        HeartbeatSchedule::Cron { .. } => Duration::from_mins(1),
    };
    let (least, most) = HEARTBEAT_JUDGED;
    let interval = (awaited / 4).clamp(least, most);
    Rhythm {
        interval,
        timeout: interval,
        retry_interval: interval,
        fail_after: 1,
        recover_after: 1,
        slow_after: None,
    }
}

fn tcp(table: &mut Table<'_>) -> Option<TcpCheck> {
    let (address, cell) = table.get_with_cell::<String>("address")?;
    let parsed = kinds::host_and_port(&address);
    if parsed.is_none() {
        cell.refuse_with(
            format!("`{}` is not host and port", address.escape_debug()),
            "write \"db.internal:5432\" or \"[2001:db8::1]:443\"",
        );
    }
    parsed.map(|(host, port)| TcpCheck { host, port })
}

fn heartbeat(table: &mut Table<'_>) -> Option<HeartbeatCheck> {
    let token = token(table);
    let every = table
        .has("every")
        .then(|| at_least(table, "every", Duration::from_secs(1)));
    table.cell("every");
    let cron = table.get_with_cell::<String>("cron");
    let time_zone = table.get::<Zone>("time_zone");
    let grace = table.get::<Duration>("grace");
    let schedule = match (every, cron) {
        (Some(_), Some((_, cell))) => {
            cell.refuse("stands beside `every`: give one of them");
            None
        }
        (Some(every), None) => every.map(HeartbeatSchedule::Every),
        (None, Some((line, cell))) => schedule(&line, &cell, time_zone?.0),
        (None, None) => {
            table.refuse(
                "a heartbeat needs `every` or `cron`",
                Some("for example `every = \"1d\"`, or `cron = \"0 3 * * *\"` with `time_zone`"),
            );
            None
        }
    };
    Some(HeartbeatCheck {
        token,
        schedule: schedule?,
        grace: grace?,
    })
}

/// The token stands in a URL path: long enough not to be guessed, and of letters that need no escape.
fn token(table: &mut Table<'_>) -> Option<crate::domain::check::Secret> {
    let (token, cell) = table.get_with_cell::<crate::domain::check::Secret>("token")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    if !token.reveal().chars().all(plain) {
        cell.refuse("may hold letters, digits, `-`, `_`, `.` and `~` only: it stands in a URL");
    } else if token.reveal().len() < 8 {
        cell.refuse_with(
            "is shorter than 8 characters and could be guessed",
            "leave it out, and the server makes one",
        );
    }
    Some(token)
}

fn schedule(line: &str, cell: &Cell<'_>, time_zone: String) -> Option<HeartbeatSchedule> {
    let fields = line.split_whitespace().count();
    let parsed = cronexpr::parse_crontab(&format!("{line} {time_zone}"));
    if let (5, Ok(_)) = (fields, &parsed) {
        return Some(HeartbeatSchedule::Cron {
            line: line.to_owned(),
            time_zone,
        });
    }
    cell.refuse_with(
        format!("`{}` is not a cron line", line.escape_debug()),
        "write five fields: minute, hour, day of month, month, day of week, as in \"0 3 * * *\"",
    );
    None
}

fn prometheus(table: &mut Table<'_>) -> Option<PrometheusCheck> {
    let source = table.reference("source", &[Named::Prometheus]);
    let query = table.get("query");
    let fail = comparison(table, "fail");
    let slow = comparison(table, "slow");
    Some(PrometheusCheck {
        source: source?,
        query: query?,
        fail: fail?,
        slow,
    })
}

/// `> 600` and its like.
fn comparison(table: &mut Table<'_>, name: &'static str) -> Option<Comparison> {
    const OPERATORS: [(&str, Operator); 6] = [
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ];
    let (text, cell) = table.get_with_cell::<String>(name)?;
    let parsed = OPERATORS.iter().find_map(|(sign, operator)| {
        let value = text.trim().strip_prefix(sign)?.trim().parse::<f64>().ok()?;
        value.is_finite().then_some(Comparison {
            operator: *operator,
            value,
        })
    });
    if parsed.is_none() {
        cell.refuse_with(
            format!("`{}` is not a comparison", text.escape_debug()),
            "write <, <=, ==, !=, >= or > and a number, as in \"> 600\"",
        );
    }
    parsed
}
