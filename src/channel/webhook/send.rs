//! One POST to one endpoint, and what its answer means. Part of stop 9 of the journey.

use std::time::Duration;

use crate::channel::webhook::settings::WebhookSettings;
use crate::channel::webhook::sign;
use crate::domain::check::Secret;
use crate::domain::delivery::SendOutcome;
use crate::domain::timestamp::Timestamp;
use crate::egress::{EgressError, GuardedClient, guarded_client};

/// From the first byte dialled to the last byte read.
const TOTAL: Duration = Duration::from_secs(15);
/// So much of an answer is read; the rest is dropped with its connection.
const MOST_READ: usize = 16 * 1024;

/// Sends webhooks; cheap to clone.
#[derive(Clone)]
pub struct Sender {
    client: GuardedClient,
    settings: WebhookSettings,
}

/// One signed message. The body is the same bytes on every attempt; the time is this attempt's.
pub struct Post<'a> {
    pub url: &'a str,
    /// The receiver's key against duplicates: the same on every attempt.
    pub id: &'a str,
    pub at: Timestamp,
    pub body: Vec<u8>,
    pub secret: &'a Secret,
}

impl Sender {
    /// # Errors
    /// [`EgressError`] when TLS cannot be set up.
    pub fn new(settings: &WebhookSettings) -> Result<Self, EgressError> {
        let client = guarded_client(settings.policy.clone(), TOTAL)?;
        let settings = settings.clone();
        Ok(Self { client, settings })
    }

    /// Never an error: whatever happens is an outcome.
    pub async fn send(&self, post: Post<'_>) -> SendOutcome {
        // Judged again: what was allowed when it was entered may not be any more.
        let url = match self.settings.endpoint(post.url) {
            Ok(url) => url,
            Err(error) => return later(0, &error.to_string()),
        };
        let signature = match sign::signature(post.secret, post.id, post.at, &post.body) {
            Ok(signature) => signature,
            Err(error) => return later(0, &error.to_string()),
        };
        let request = match self.client.post(&url) {
            Ok(request) => request,
            Err(error) => return later(0, &error.to_string()),
        };
        let answer = request
            .header("content-type", "application/json")
            .header(
                "user-agent",
                concat!("allclear/", env!("CARGO_PKG_VERSION")),
            )
            .header("webhook-id", post.id)
            .header("webhook-timestamp", post.at.as_seconds().to_string())
            .header("webhook-signature", signature)
            .body(post.body)
            .send()
            .await;
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.is_timeout() => return later(0, "no answer in time"),
            Err(error) if error.is_connect() => return later(0, "cannot connect"),
            Err(_) => return later(0, "the answer is not HTTP"),
        };
        let code = i32::from(answer.status().as_u16());
        let retry_after = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| wanted_pause(value, post.at));
        // Reading to the end lets the connection be used again; what it says is not kept.
        let mut read = 0;
        while let Ok(Some(piece)) = answer.chunk().await {
            read += piece.len();
            if read > MOST_READ {
                break;
            }
        }
        judged(code, retry_after)
    }
}

fn judged(code: i32, retry_after: Option<Duration>) -> SendOutcome {
    match code {
        200..=299 => SendOutcome::Sent { code },
        410 => SendOutcome::Never {
            code,
            why: "410: the endpoint is gone".to_owned(),
            quarantine: true,
        },
        300..=399 => later(code, &format!("{code}: redirect refused")),
        _ => SendOutcome::Later {
            code,
            why: format!("the endpoint answered {code}"),
            retry_after,
        },
    }
}

fn later(code: i32, why: &str) -> SendOutcome {
    SendOutcome::Later {
        code,
        why: why.to_owned(),
        retry_after: None,
    }
}

/// `Retry-After`: seconds, or an HTTP date.
fn wanted_pause(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value.trim()).ok()?;
    let until = Timestamp::from_millis(date.timestamp().as_millisecond());
    Some(until.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now = Timestamp::parse("2015-10-21T07:27:00Z").unwrap();
        assert_eq!(wanted_pause("120", now), Some(Duration::from_mins(2)));
        assert_eq!(
            wanted_pause("Wed, 21 Oct 2015 07:28:00 GMT", now),
            Some(Duration::from_mins(1))
        );
        assert_eq!(wanted_pause("soon", now), None);
    }

    #[test]
    fn a_redirect_is_a_failure_and_410_is_the_end() {
        assert!(matches!(judged(302, None), SendOutcome::Later { .. }));
        assert!(matches!(judged(204, None), SendOutcome::Sent { code: 204 }));
        assert!(matches!(
            judged(410, None),
            SendOutcome::Never {
                quarantine: true,
                ..
            }
        ));
    }
}
