//! The only place that draws lots: ids, tokens, jitter.

use std::time::Duration;

use aws_lc_rs::rand;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::domain::id::PublicId;

/// Bytes nobody can guess.
///
/// # Panics
/// When the operating system has no randomness to give; nothing safe can be done without it.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "a process without randomness must not go on"
)]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[must_use]
pub fn id() -> PublicId {
    PublicId::from_random(bytes())
}

/// 256 bits as 43 URL-safe characters: a link or a bearer token.
#[must_use]
pub fn token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// A span drawn evenly from zero to `most`: full jitter.
#[must_use]
pub fn jitter(most: Duration) -> Duration {
    let share = f64::from(u32::from_le_bytes(bytes())) / f64::from(u32::MAX);
    most.mul_f64(share)
}
