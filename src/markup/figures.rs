//! Figures as people read them: 99.62 %, 1 h 6 min, 4,169.

use std::time::Duration;

/// Hundredths of a percent, as in 9962 for 99.62 %. Rounding happened before: always down.
#[must_use]
pub fn percent(hundredths: u32) -> String {
    if hundredths >= 10_000 {
        return "100\u{a0}%".to_owned();
    }
    format!("{}.{:02}\u{a0}%", hundredths / 100, hundredths % 100)
}

/// The two largest units that say something: "3 d 4 h", "1 h 6 min", "25 min", "40 s".
#[must_use]
pub fn duration(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let two = |large: u64, large_unit: &str, small: u64, small_unit: &str| {
        if small == 0 {
            return format!("{large}\u{a0}{large_unit}");
        }
        format!("{large}\u{a0}{large_unit} {small}\u{a0}{small_unit}")
    };
    if days > 0 {
        return two(days, "d", hours, "h");
    }
    if hours > 0 {
        return two(hours, "h", minutes, "min");
    }
    if minutes > 0 {
        return format!("{minutes}\u{a0}min");
    }
    if seconds > 0 {
        return format!("{seconds}\u{a0}s");
    }
    "less than a minute".to_owned()
}

/// Thousands apart: 4,169.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// "1 component", "14 components".
#[must_use]
pub fn counted(number: usize, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!(
        "{} {noun}",
        count(u64::try_from(number).unwrap_or(u64::MAX))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(percent(9962), "99.62\u{a0}%");
        assert_eq!(percent(10_000), "100\u{a0}%");
        assert_eq!(percent(9), "0.09\u{a0}%");
        assert_eq!(duration(Duration::from_mins(66)), "1\u{a0}h 6\u{a0}min");
        assert_eq!(duration(Duration::from_secs(40)), "40\u{a0}s");
        assert_eq!(duration(Duration::from_hours(2)), "2\u{a0}h");
        assert_eq!(count(4169), "4,169");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(counted(1, "incident", "incidents"), "1 incident");
    }
}
