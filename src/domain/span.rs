//! Spans of time as people write them: `30s`, `5m`, `1h30m`, `30d`. Traces, evidence and windows use them.

use std::time::Duration;

/// Unit letters with their milliseconds; `ms` comes first so that it is not read as minutes.
const UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    // 365 days: how long things are kept, not a calendar.
    ("y", 31_536_000_000),
];

/// The text is not a span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: write it as in 30s, 5m, 1h or 30d")]
pub struct InvalidSpan(pub String);

/// Reads whole numbers with units, largest first by habit but in any order.
///
/// # Errors
/// [`InvalidSpan`] for an empty text, a missing unit or a span beyond `u64` milliseconds.
pub fn parse_span(text: &str) -> Result<Duration, InvalidSpan> {
    let refuse = || InvalidSpan(text.to_owned());
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(refuse());
    }
    let mut millis = 0_u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| refuse())?;
        let (unit, size) = UNITS
            .iter()
            .find(|(unit, _)| tail.starts_with(unit))
            .ok_or_else(refuse)?;
        millis = number
            .checked_mul(*size)
            .and_then(|part| millis.checked_add(part))
            .ok_or_else(refuse)?;
        rest = tail.strip_prefix(unit).unwrap_or_default();
    }
    Ok(Duration::from_millis(millis))
}

/// Milliseconds of a span, saturating.
#[must_use]
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// The shortest text in which the span is a whole number of one unit: `5m`, `90s`, `1h`, `30d`.
#[must_use]
pub fn span_text(span: Duration) -> String {
    let millis = millis(span);
    if millis == 0 {
        return "0s".to_owned();
    }
    let (unit, size) = [UNITS[2], UNITS[3], UNITS[4], UNITS[5]]
        .into_iter()
        .find(|(_, size)| millis.is_multiple_of(*size))
        .unwrap_or(UNITS[0]);
    format!("{}{unit}", millis / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("1h", 3600), ("30d", 2_592_000)] {
            assert_eq!(parse_span(text), Ok(Duration::from_secs(seconds)));
            assert_eq!(span_text(Duration::from_secs(seconds)), text);
        }
        assert_eq!(parse_span("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(parse_span("1500ms"), Ok(Duration::from_millis(1500)));
    }

    #[test]
    fn other_texts_are_not_spans() {
        for text in ["", "5", "m", "-1s", "1h x", "99999999999999999999s", "1.5h"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }
}
