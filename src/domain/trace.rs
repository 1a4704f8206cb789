//! Traces: recorded evidence, one JSON object a line, as CONFIG.md sets out for `allclear replay`.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::observation::Outcome;
use crate::domain::span::parse_span;
use crate::domain::status::Level;
use crate::domain::timestamp::Timestamp;

/// One recorded fact. Names are configuration keys or ids.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceLine {
    pub at: Timestamp,
    pub what: Recorded,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// A raw level, which holds until the next line.
    Level { component: String, level: Level },
    /// One look.
    Look {
        check: String,
        location: String,
        outcome: Outcome,
    },
    /// What a window held, until the next such line or stale.
    Counts {
        objective: String,
        window: Duration,
        bad: f64,
        total: f64,
    },
}

/// The line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLine {
    #[error("not a JSON object of a trace: {0}")]
    Json(String),
    #[error("{0}")]
    Time(#[from] crate::domain::timestamp::InvalidTime),
    #[error("{0}")]
    Span(#[from] crate::domain::span::InvalidSpan),
    #[error("level {0} is not one of 0, 1, 2, 3")]
    Level(u8),
    #[error(
        "a line is one of component and level, check and outcome, objective and window with bad and total"
    )]
    Shape,
}

/// Where a check was looked at from when the line does not say.
const HERE: &str = "local";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    at: String,
    component: Option<String>,
    level: Option<u8>,
    check: Option<String>,
    location: Option<String>,
    outcome: Option<Outcome>,
    #[serde(rename = "latency_ms")]
    _latency_ms: Option<f64>,
    objective: Option<String>,
    window: Option<String>,
    bad: Option<f64>,
    total: Option<f64>,
}

/// Reads one line.
///
/// # Errors
/// [`InvalidLine`], saying what is wrong with it.
pub fn parse_line(line: &str) -> Result<TraceLine, InvalidLine> {
    let raw: Raw =
        serde_json::from_str(line).map_err(|error| InvalidLine::Json(error.to_string()))?;
    let at = Timestamp::parse(&raw.at)?;
    let what = match raw {
        Raw {
            component: Some(component),
            level: Some(level),
            check: None,
            objective: None,
            ..
        } => Recorded::Level {
            component,
            level: Level::from_number(level).ok_or(InvalidLine::Level(level))?,
        },
        Raw {
            check: Some(check),
            outcome: Some(outcome),
            location,
            level: None,
            objective: None,
            ..
        } => Recorded::Look {
            check,
            location: location.unwrap_or_else(|| HERE.to_owned()),
            outcome,
        },
        Raw {
            objective: Some(objective),
            window: Some(window),
            bad: Some(bad),
            total: Some(total),
            level: None,
            check: None,
            ..
        } => Recorded::Counts {
            objective,
            window: parse_span(&window)?,
            bad,
            total,
        },
        Raw { .. } => return Err(InvalidLine::Shape),
    };
    Ok(TraceLine { at, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_kinds_of_lines_are_read() {
        let level = r#"{"at":"2026-01-01T00:00:00Z","component":"c","level":3}"#;
        let look = r#"{"at":"2026-01-01T00:00:00Z","check":"a","location":"fra","outcome":"slow","latency_ms":12}"#;
        let counts =
            r#"{"at":"2026-01-01T00:00:00Z","objective":"o","window":"1h","bad":12,"total":1000}"#;
        assert!(matches!(
            parse_line(level).unwrap().what,
            Recorded::Level { .. }
        ));
        assert!(matches!(
            parse_line(look).unwrap().what,
            Recorded::Look { .. }
        ));
        let Recorded::Counts { window, .. } = parse_line(counts).unwrap().what else {
            panic!("not counts");
        };
        assert_eq!(window, Duration::from_hours(1));
    }

    #[test]
    fn other_lines_are_refused_with_a_reason() {
        for line in [
            "",
            "[]",
            r#"{"at":"yesterday","component":"c","level":1}"#,
            r#"{"at":"2026-01-01T00:00:00Z","component":"c","level":4}"#,
            r#"{"at":"2026-01-01T00:00:00Z","component":"c"}"#,
            r#"{"at":"2026-01-01T00:00:00Z","component":"c","level":1,"why":"x"}"#,
            r#"{"at":"2026-01-01T00:00:00Z","check":"c","outcome":"broken"}"#,
        ] {
            assert!(parse_line(line).is_err(), "{line}");
        }
    }
}
