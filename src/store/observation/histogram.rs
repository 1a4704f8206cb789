//! Latencies counted in sixteen buckets an octave: any percentile of any stretch of time, at most 1/32 (3.1 %) off,
//! in a few dozen bytes. Histograms add up, averages of percentiles would not.

use std::collections::BTreeMap;
use std::time::Duration;

use super::varint::{self, Torn};

/// Buckets in each doubling of latency, as a power of two.
const OCTAVE_BITS: u32 = 4;

/// The bucket of a latency in microseconds. Below 16 µs each has its own.
#[must_use]
pub fn bucket(micros: u64) -> u16 {
    let octave = micros.max(1).ilog2();
    if octave < OCTAVE_BITS {
        return u16::try_from(micros).unwrap_or_default();
    }
    let step = (micros >> (octave - OCTAVE_BITS)) & 15;
    u16::try_from(u64::from(octave - OCTAVE_BITS + 1) * 16 + step).unwrap_or(u16::MAX)
}

/// The middle of a bucket, in microseconds.
#[must_use]
pub fn middle(bucket: u16) -> u64 {
    let (octave, step) = (u32::from(bucket / 16), u64::from(bucket % 16));
    if octave == 0 {
        return step;
    }
    let width = 1_u64.checked_shl(octave - 1).unwrap_or(0);
    (16 + step).saturating_mul(width).saturating_add(width / 2)
}

/// How often each bucket was hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<u16, u64>);

impl Histogram {
    pub fn add(&mut self, micros: u64) {
        *self.0.entry(bucket(micros)).or_default() += 1;
    }

    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            let sum = self.0.entry(*bucket).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.0
            .values()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The latency that `per_mille` of a thousand did not exceed (nearest rank); none of nothing.
    #[must_use]
    pub fn quantile(&self, per_mille: u64) -> Option<Duration> {
        let rank = (u128::from(self.count()) * u128::from(per_mille))
            .div_ceil(1000)
            .max(1);
        let mut seen = 0_u128;
        for (bucket, count) in &self.0 {
            seen += u128::from(*count);
            if seen >= rank {
                return Some(Duration::from_micros(middle(*bucket)));
            }
        }
        None
    }

    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * 2);
        let mut last = 0;
        for (bucket, count) in &self.0 {
            varint::write(&mut bytes, u64::from(bucket - last));
            varint::write(&mut bytes, *count);
            last = *bucket;
        }
        bytes
    }

    pub fn unpack(mut bytes: &[u8]) -> Result<Self, Torn> {
        let mut buckets = BTreeMap::new();
        let mut last: u16 = 0;
        while !bytes.is_empty() {
            let step = u16::try_from(varint::read(&mut bytes)?).map_err(|_| Torn)?;
            last = last.checked_add(step).ok_or(Torn)?;
            buckets.insert(last, varint::read(&mut bytes)?);
        }
        Ok(Self(buckets))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_middle_is_at_most_one_part_in_32_off(micros in 0_u64..1 << 50) {
            let off = middle(bucket(micros)).abs_diff(micros);
            prop_assert!(off * 32 <= micros, "{micros} became {}", middle(bucket(micros)));
        }

        #[test]
        fn a_middle_lies_in_its_own_bucket(bucket in 0_u16..900) {
            prop_assert_eq!(super::bucket(middle(bucket)), bucket);
        }

        #[test]
        fn a_histogram_comes_back(latencies: Vec<u32>) {
            let mut histogram = Histogram::default();
            for micros in &latencies {
                histogram.add(u64::from(*micros));
            }
            prop_assert_eq!(Histogram::unpack(&histogram.pack()), Ok(histogram));
        }

        #[test]
        fn torn_bytes_never_panic(bytes: Vec<u8>) {
            if let Ok(histogram) = Histogram::unpack(&bytes) {
                let _ = histogram.quantile(500);
            }
        }
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let mut histogram = Histogram::default();
        for micros in 1..=10 {
            histogram.add(micros);
        }
        assert_eq!(histogram.quantile(500), Some(Duration::from_micros(5)));
        assert_eq!(histogram.quantile(990), Some(Duration::from_micros(10)));
        assert_eq!(Histogram::default().quantile(500), None);
    }
}
