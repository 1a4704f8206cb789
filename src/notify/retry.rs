//! When to try again, and when to stop. Pure: the lot is drawn by the caller and passed in.
//!
//! Full jitter: a pause is drawn evenly between one second and the schedule's, so that ten thousand rows that
//! failed together do not come back together.

use std::time::Duration;

use crate::domain::subscriber::Channel;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Mail refused for now, by attempt; the last repeats.
const MAIL: [u64; 7] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    40 * MINUTE,
    HOUR,
];
/// Webhooks, by attempt; about 52 hours in all.
const WEBHOOK: [u64; 10] = [
    5,
    30,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
];
/// A mail older than this is no news.
const MAIL_GIVES_UP: Duration = Duration::from_secs(24 * HOUR);
const WEBHOOK_GIVES_UP: Duration = Duration::from_secs(52 * HOUR);
/// Many receivers answer 401 or 404 while they are deployed; more often than this it is meant.
const PATIENCE_WITH_4XX: i32 = 3;

/// Consecutive failures that open an endpoint's circuit.
const CIRCUIT_OPENS_AT: i32 = 5;
/// With so many, one more failure opens the circuit again.
pub const ONE_SHORT_OF_OPEN: i32 = CIRCUIT_OPENS_AT - 1;
const CIRCUIT_FIRST: Duration = Duration::from_secs(30);
const CIRCUIT_LONGEST: Duration = Duration::from_secs(HOUR);
/// No success for so long, and the endpoint is disabled.
pub const ENDPOINT_GIVES_UP: Duration = Duration::from_secs(5 * 24 * HOUR);

/// Pauses of a lane whose relay is down: 1, 2, 4 … 60 s.
const LANE_LONGEST: Duration = Duration::from_mins(1);

/// One counted failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    pub channel: Channel,
    /// 1 after the first attempt.
    pub attempt: i32,
    /// Since the delivery was made.
    pub age: Duration,
    /// The answer's code, 0 for none.
    pub code: i32,
    pub retry_after: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retry {
    After(Duration),
    Never { why: &'static str },
}

#[must_use]
pub const fn gives_up(channel: Channel) -> Duration {
    match channel {
        Channel::Email => MAIL_GIVES_UP,
        Channel::Webhook => WEBHOOK_GIVES_UP,
    }
}

/// `seed` is drawn evenly from 0 to 1.
#[must_use]
pub fn retry(tried: &Tried, seed: f64) -> Retry {
    if tried.channel == Channel::Webhook && is_final(tried) {
        return Retry::Never {
            why: "the endpoint keeps refusing",
        };
    }
    let most = scheduled(tried);
    let pause = match tried.retry_after {
        Some(wanted) => wanted.clamp(most, (most * 2).max(Duration::from_secs(HOUR))),
        None => drawn(most, seed),
    };
    if tried.age + pause > gives_up(tried.channel) {
        return Retry::Never {
            why: "too old to be news",
        };
    }
    Retry::After(pause)
}

/// How long an endpoint's circuit opens after so many consecutive failures; none while it stays closed.
#[must_use]
pub fn circuit(failures: i32, seed: f64) -> Option<Duration> {
    let beyond = u32::try_from(failures - CIRCUIT_OPENS_AT).ok()?;
    let most = CIRCUIT_FIRST * 2_u32.saturating_pow(beyond.min(7));
    Some(drawn(most.min(CIRCUIT_LONGEST), seed))
}

/// Whether rows for an endpoint with so many failures wait without being tried.
#[must_use]
pub const fn is_circuit_open(failures: i32) -> bool {
    failures >= CIRCUIT_OPENS_AT
}

/// The pause of a lane after so many failures of its relay in a row.
#[must_use]
pub fn lane_pause(failures: u32) -> Duration {
    let doubled = 2_u64.saturating_pow(failures.saturating_sub(1).min(6));
    Duration::from_secs(doubled).min(LANE_LONGEST)
}

fn is_final(tried: &Tried) -> bool {
    let may_pass = matches!(tried.code, 408 | 409 | 425 | 429);
    (400..500).contains(&tried.code) && !may_pass && tried.attempt > PATIENCE_WITH_4XX
}

fn scheduled(tried: &Tried) -> Duration {
    let schedule: &[u64] = match tried.channel {
        Channel::Email => &MAIL,
        Channel::Webhook => &WEBHOOK,
    };
    let at = usize::try_from(tried.attempt.saturating_sub(1)).unwrap_or(0);
    let seconds = schedule.get(at).or_else(|| schedule.last());
    Duration::from_secs(seconds.copied().unwrap_or(HOUR))
}

fn drawn(most: Duration, seed: f64) -> Duration {
    most.mul_f64(seed.clamp(0.0, 1.0))
        .max(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(channel: Channel, attempt: i32, code: i32) -> Tried {
        Tried {
            channel,
            attempt,
            age: Duration::ZERO,
            code,
            retry_after: None,
        }
    }

    #[test]
    fn a_pause_is_drawn_between_one_second_and_the_schedule() {
        let third = tried(Channel::Webhook, 3, 500);
        assert_eq!(retry(&third, 0.0), Retry::After(Duration::from_secs(1)));
        assert_eq!(retry(&third, 1.0), Retry::After(Duration::from_mins(2)));
        let ninth = tried(Channel::Email, 9, 451);
        assert_eq!(retry(&ninth, 1.0), Retry::After(Duration::from_secs(HOUR)));
    }

    #[test]
    fn retry_after_is_honoured_within_reason() {
        let mut first = tried(Channel::Webhook, 1, 429);
        first.retry_after = Some(Duration::from_secs(90));
        assert_eq!(retry(&first, 0.0), Retry::After(Duration::from_secs(90)));
        first.retry_after = Some(Duration::from_secs(2));
        assert_eq!(retry(&first, 0.0), Retry::After(Duration::from_secs(5)));
        first.retry_after = Some(Duration::from_secs(1_000_000));
        assert_eq!(retry(&first, 0.0), Retry::After(Duration::from_secs(HOUR)));
    }

    #[test]
    fn a_refusal_that_is_meant_is_taken_at_the_fourth_time() {
        for code in [400, 401, 404] {
            let at = |attempt| retry(&tried(Channel::Webhook, attempt, code), 0.5);
            assert!(matches!(at(3), Retry::After(_)), "{code}");
            assert!(matches!(at(4), Retry::Never { .. }), "{code}");
        }
        let busy = retry(&tried(Channel::Webhook, 9, 429), 0.5);
        assert!(matches!(busy, Retry::After(_)));
    }

    #[test]
    fn mail_gives_up_after_a_day_and_webhooks_after_52_hours() {
        let mut old = tried(Channel::Email, 9, 451);
        old.age = Duration::from_secs(24 * HOUR);
        assert!(matches!(retry(&old, 0.0), Retry::Never { .. }));
        old.channel = Channel::Webhook;
        old.code = 500;
        assert!(matches!(retry(&old, 0.0), Retry::After(_)));
        old.age = Duration::from_secs(52 * HOUR);
        assert!(matches!(retry(&old, 0.0), Retry::Never { .. }));
    }

    #[test]
    fn a_circuit_opens_at_the_fifth_failure_and_ever_longer() {
        assert_eq!(circuit(4, 1.0), None);
        assert_eq!(circuit(5, 1.0), Some(Duration::from_secs(30)));
        assert_eq!(circuit(7, 1.0), Some(Duration::from_mins(2)));
        assert_eq!(circuit(50, 1.0), Some(Duration::from_secs(HOUR)));
    }

    #[test]
    fn a_lane_pauses_one_two_four_up_to_sixty_seconds() {
        let pauses: Vec<_> = (1..=8)
            .map(|failures| lane_pause(failures).as_secs())
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
