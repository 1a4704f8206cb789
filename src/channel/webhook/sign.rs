//! Standard Webhooks 1.0 signatures: HMAC-SHA256 over `id.timestamp.body`, as `v1,<base64>`.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::domain::check::Secret;
use crate::domain::timestamp::Timestamp;
use crate::entropy;

const PREFIX: &str = "whsec_";

/// The text is not `whsec_` and the base64 of 24 to 64 bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is `whsec_` and the base64 of 24 to 64 bytes")]
pub struct InvalidSecret;

/// A new secret of 32 random bytes, padded, because strict verifiers want the padding.
#[must_use]
pub fn new_secret() -> Secret {
    Secret::new(format!(
        "{PREFIX}{}",
        BASE64_STANDARD.encode(entropy::bytes::<32>())
    ))
}

/// The value of `webhook-signature` for one attempt.
///
/// # Errors
/// [`InvalidSecret`] when the secret is not one.
pub fn signature(
    secret: &Secret,
    id: &str,
    at: Timestamp,
    body: &[u8],
) -> Result<String, InvalidSecret> {
    let text = secret.reveal();
    let text = text.strip_prefix(PREFIX).unwrap_or(text);
    let key = BASE64_STANDARD.decode(text).map_err(|_| InvalidSecret)?;
    if !(24..=64).contains(&key.len()) {
        return Err(InvalidSecret);
    }
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
    context.update(format!("{id}.{}.", at.as_seconds()).as_bytes());
    context.update(body);
    Ok(format!("v1,{}", BASE64_STANDARD.encode(context.sign())))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Vector {
        secret: &'static str,
        id: &'static str,
        at: i64,
        body: &'static str,
        signature: &'static str,
    }

    /// The first two are the specification's; the last two were checked with two other implementations.
    const VECTORS: [Vector; 4] = [
        Vector {
            secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            at: 1_649_367_553,
            body: r#"{"email":"test@example.com","username":"test_user"}"#,
            signature: "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        },
        Vector {
            secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at: 1_614_265_330,
            body: r#"{"test": 2432232314}"#,
            signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        Vector {
            secret: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            id: "msg_01J9ZK4W3V6Q8T2N5R7X0Y1B2C",
            at: 1_767_225_600,
            body: r#"{"type":"incident.updated","timestamp":"2026-01-01T00:00:00Z","data":{"incident_id":"inc_7","update_id":"upd_3","sequence":3,"status":"monitoring","impact":"major"}}"#,
            signature: "v1,9sTZVfUMzi1P4fAE9+y31JXGij96nHM0557DXXzroIg=",
        },
        Vector {
            secret: "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
            id: "msg_01J9ZK4W3V6Q8T2N5R7X0Y1B2C",
            at: 1_767_225_600,
            body: r#"{"type":"incident.updated","timestamp":"2026-01-01T00:00:00Z","data":{"incident_id":"inc_7","update_id":"upd_3","sequence":3,"status":"monitoring","impact":"major"}}"#,
            signature: "v1,w4JEOQjDuKWU0diNae/eqy01jXXYk5ow24KsyuaSA+c=",
        },
    ];

    #[test]
    fn signatures_agree_with_other_implementations() {
        for vector in &VECTORS {
            let at = Timestamp::from_seconds(vector.at);
            let secret = Secret::new(vector.secret);
            let made = signature(&secret, vector.id, at, vector.body.as_bytes());
            assert_eq!(made.as_deref(), Ok(vector.signature), "{}", vector.id);
        }
    }

    #[test]
    fn a_new_secret_signs_and_is_not_the_last_one() {
        let (one, two) = (new_secret(), new_secret());
        assert_ne!(one.reveal(), two.reveal());
        assert!(one.reveal().ends_with('='));
        assert!(signature(&one, "msg_a", Timestamp::from_seconds(1), b"{}").is_ok());
    }

    #[test]
    fn a_short_secret_is_refused() {
        let made = signature(
            &Secret::new("whsec_AAAA"),
            "m",
            Timestamp::from_seconds(1),
            b"",
        );
        assert_eq!(made, Err(InvalidSecret));
    }
}
