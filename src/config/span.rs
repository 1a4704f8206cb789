//! Spans of time as people write them: `"30s"`, `"5m"`, `"1h30m"`, `"30d"`, `"5y"`.

use std::time::Duration;

/// Units with their length in milliseconds, longest first. A year is 365 days: retention, not a calendar.
const UNITS: [(&str, u64); 6] = [
    ("y", 31_536_000_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Reads a span; none when the text is not one, or too long to count in milliseconds.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut millis: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, after) = tail.split_at(letters);
        let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let part = number.parse::<u64>().ok()?.checked_mul(*length)?;
        millis = millis.checked_add(part)?;
        rest = after;
    }
    Some(Duration::from_millis(millis))
}

/// The shortest way to write a span: the largest unit of day and below that divides it.
pub(crate) fn write(span: Duration) -> String {
    let millis = span.as_millis();
    if millis == 0 {
        return "0s".to_owned();
    }
    UNITS
        .iter()
        .skip(1)
        .find(|(_, length)| millis.is_multiple_of(u128::from(*length)))
        .map_or_else(
            || format!("{millis}ms"),
            |(name, length)| format!("{}{name}", millis / u128::from(*length)),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_every_unit() {
        for (text, millis) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("30d", 2_592_000_000),
            ("5y", 157_680_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_spans() {
        for text in [
            "",
            "5",
            "m",
            "5 m",
            "-5m",
            "5M",
            "1.5h",
            "99999999999999999999y",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_span_survives_its_own_text() {
        for text in ["250ms", "90s", "30d", "0s", "400d", "2m"] {
            let span = parse(text).unwrap();
            assert_eq!(parse(&write(span)), Some(span));
        }
        assert_eq!(write(Duration::from_secs(60)), "1m");
    }
}
