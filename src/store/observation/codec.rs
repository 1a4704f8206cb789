//! One hour of one series in a blob: about four bytes an observation. The time is exact to the millisecond, the
//! outcome too; the latency is the bucket of [`super::histogram`].
//!
//! A version byte, then for each observation two numbers: (change of the distance to the one before, outcome) and
//! the change of bucket. Even spacing and steady latency make both small.

use crate::domain::observation::Outcome;
use crate::domain::timestamp::{HOUR_MS, Timestamp};

use super::histogram::{bucket, middle};
use super::varint::{self, Torn};

const VERSION: u8 = 1;

/// What is kept of an observation for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    pub at: Timestamp,
    pub outcome: Outcome,
    pub latency_us: u64,
}

/// The small number of an outcome in rows and blobs.
#[must_use]
pub const fn number(outcome: Outcome) -> i16 {
    match outcome {
        Outcome::Pass => 0,
        Outcome::Slow => 1,
        Outcome::Fail => 2,
        Outcome::Inconclusive => 3,
    }
}

#[must_use]
pub fn outcome(number: i16) -> Option<Outcome> {
    let all = [
        Outcome::Pass,
        Outcome::Slow,
        Outcome::Fail,
        Outcome::Inconclusive,
    ];
    all.into_iter()
        .find(|outcome| self::number(*outcome) == number)
}

/// Packs the samples of UTC hour `hour`, which are in order of time.
#[must_use]
pub fn pack(hour: i64, samples: &[Sample]) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    let (mut last_at, mut last_step, mut last_bucket) = (start(hour), 0, 0);
    for sample in samples {
        let step = sample.at.as_millis() - last_at;
        let outcome = u64::from(number(sample.outcome).unsigned_abs());
        varint::write(&mut bytes, varint::fold(step - last_step) << 2 | outcome);
        let bucket = i64::from(bucket(sample.latency_us));
        varint::write(&mut bytes, varint::fold(bucket - last_bucket));
        (last_at, last_step, last_bucket) = (sample.at.as_millis(), step, bucket);
    }
    bytes
}

/// What [`pack`] packed, each latency in the middle of its bucket.
pub fn unpack(hour: i64, bytes: &[u8]) -> Result<Vec<Sample>, Torn> {
    let Some((&VERSION, mut bytes)) = bytes.split_first() else {
        return Err(Torn);
    };
    let mut samples = Vec::with_capacity(bytes.len() / 3);
    let (mut at, mut step, mut bucket) = (start(hour), 0_i64, 0_i64);
    while !bytes.is_empty() {
        let head = varint::read(&mut bytes)?;
        step = step.checked_add(varint::unfold(head >> 2)).ok_or(Torn)?;
        at = at.checked_add(step).ok_or(Torn)?;
        let turn = varint::unfold(varint::read(&mut bytes)?);
        bucket = bucket.checked_add(turn).ok_or(Torn)?;
        samples.push(Sample {
            at: Timestamp::from_millis(at),
            outcome: i16::try_from(head & 3).ok().and_then(outcome).ok_or(Torn)?,
            latency_us: middle(u16::try_from(bucket).map_err(|_| Torn)?),
        });
    }
    Ok(samples)
}

const fn start(hour: i64) -> i64 {
    hour.saturating_mul(HOUR_MS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 490_000;

    fn samples() -> impl Strategy<Value = Vec<Sample>> {
        proptest::collection::vec((0..HOUR_MS, 0_i16..4, 0_u64..1 << 40), 0..200).prop_map(
            |mut all| {
                all.sort_unstable();
                all.into_iter()
                    .map(|(offset, kind, latency)| Sample {
                        at: Timestamp::from_millis(HOUR * HOUR_MS + offset),
                        outcome: outcome(kind).unwrap(),
                        latency_us: middle(bucket(latency)),
                    })
                    .collect()
            },
        )
    }

    proptest! {
        #[test]
        fn an_hour_comes_back(samples in samples()) {
            prop_assert_eq!(unpack(HOUR, &pack(HOUR, &samples)), Ok(samples));
        }

        #[test]
        fn torn_bytes_never_panic(bytes: Vec<u8>) {
            let _ = unpack(HOUR, &bytes);
        }
    }

    #[test]
    fn a_steady_check_takes_four_bytes_an_observation_at_most() {
        // Ten seconds apart with a few milliseconds of jitter, 80 to 120 ms of latency.
        let samples: Vec<_> = (0..360)
            .map(|number| Sample {
                at: Timestamp::from_millis(HOUR * HOUR_MS + number * 10_000 + number * 7 % 5),
                outcome: Outcome::Pass,
                latency_us: 80_000 + u64::try_from(number * 7919 % 40_000).unwrap(),
            })
            .collect();
        assert!(pack(HOUR, &samples).len() <= 4 * samples.len());
    }
}
