//! Samples: what the answers of a metrics source mean, missing data included. The table of slo.md 2.5.
//!
//! In `PromQL` "no error was ever counted" and "no data" are one empty answer if the ratio is asked for, so numerator and
//! denominator are asked for separately and put together here. Data that vanished never turns anything green.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::slo::Events;

/// What one query answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Number(f64),
    /// An empty vector.
    Empty,
    /// HTTP error, timeout, or a source that is down.
    Failed,
}

/// What the two answers together mean: the table of slo.md 2.5. Only `Measured` is evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sample {
    Measured(Events),
    /// Total is zero: nobody came, nothing to count.
    NoTraffic,
    /// Total has no series at all.
    NoData,
    SourceDown,
    /// Infinite, negative, bad above total, or not a number beside a real total: the queries are wrong.
    Invalid,
}

impl Sample {
    /// As operators read it; what it holds is told beside it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured(_) => "measured",
            Self::NoTraffic => "no_traffic",
            Self::NoData => "no_data",
            Self::SourceDown => "source_down",
            Self::Invalid => "invalid",
        }
    }
}

/// Reads bad and total; total over all answers. A missing `bad` beside traffic means that no error was ever counted.
#[must_use]
pub fn read(bad: Answer, total: Answer) -> Sample {
    let bad = match (bad, total) {
        (Answer::Failed, _) | (_, Answer::Failed) => return Sample::SourceDown,
        (_, Answer::Empty) => return Sample::NoData,
        (Answer::Number(bad), Answer::Number(_)) => bad,
        (Answer::Empty, Answer::Number(_)) => 0.0,
    };
    let Answer::Number(total) = total else {
        return Sample::NoData;
    };
    if total == 0.0 {
        return Sample::NoTraffic;
    }
    Events::new(bad, total).map_or(Sample::Invalid, Sample::Measured)
}

/// The same for an indicator that counts good events; a missing `good` beside traffic means that none was good.
#[must_use]
pub fn read_good(good: Answer, total: Answer) -> Sample {
    match (good, total) {
        (Answer::Number(good), Answer::Number(total)) => {
            read(Answer::Number(total - good), Answer::Number(total))
        }
        (Answer::Empty, Answer::Number(total)) => {
            read(Answer::Number(total), Answer::Number(total))
        }
        (Answer::Failed, _) | (_, Answer::Failed | Answer::Empty) => read(good, total),
    }
}

/// Turns events per second, as `rate()` gives them, into events of the window.
#[must_use]
pub fn over_window(answer: Answer, window: Duration) -> Answer {
    match answer {
        Answer::Number(per_second) => Answer::Number(per_second * window.as_secs_f64()),
        Answer::Empty | Answer::Failed => answer,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(bad: f64, total: f64) -> Events {
        Events::new(bad, total).unwrap()
    }

    #[test]
    fn missing_data_means_what_the_table_says() {
        use Answer::{Empty, Failed, Number};
        let measured = |bad, total| Sample::Measured(events(bad, total));
        for (bad, total, sample) in [
            (Number(1.0), Number(10.0), measured(1.0, 10.0)),
            (Empty, Number(10.0), measured(0.0, 10.0)),
            (Number(0.0), Number(0.0), Sample::NoTraffic),
            (Number(f64::NAN), Number(0.0), Sample::NoTraffic),
            (Empty, Number(0.0), Sample::NoTraffic),
            (Number(1.0), Empty, Sample::NoData),
            (Empty, Empty, Sample::NoData),
            (Failed, Number(10.0), Sample::SourceDown),
            (Number(1.0), Failed, Sample::SourceDown),
            (Number(f64::NAN), Number(10.0), Sample::Invalid),
            (Number(f64::INFINITY), Number(10.0), Sample::Invalid),
            (Number(11.0), Number(10.0), Sample::Invalid),
            (Number(-1.0), Number(10.0), Sample::Invalid),
            (Number(1.0), Number(f64::NAN), Sample::Invalid),
        ] {
            assert_eq!(read(bad, total), sample, "{bad:?} {total:?}");
        }
        assert_eq!(read_good(Empty, Number(10.0)), measured(10.0, 10.0));
        assert_eq!(read_good(Number(9.0), Number(10.0)), measured(1.0, 10.0));
    }

    proptest! {
        #[test]
        fn any_two_answers_are_read_without_harm(bad in any::<f64>(), total in any::<f64>()) {
            let sample = read(Answer::Number(bad), Answer::Number(total));
            if let Sample::Measured(events) = sample {
                prop_assert!(events.error_ratio() >= 0.0 && events.error_ratio() <= 1.0);
            }
        }
    }
}
