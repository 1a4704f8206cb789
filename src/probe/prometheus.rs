//! Prometheus checks: one instant query, compared with what is failing and what is slow.
//!
//! A source that is silent, empty or not a number says nothing about the target: inconclusive, never green.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::check::{Check, PrometheusCheck};
use crate::domain::observation::Phases;
use crate::domain::timestamp::Timestamp;
use crate::egress::{EgressError, GuardedClient};
use crate::probe::Instruments;
use crate::probe::finding::Finding;
use crate::probe::settings::PrometheusSource;
use crate::probe::timing::{Stage, Trail};

/// An answer to an instant query with thousands of series is a mistake in the query.
const MOST_BYTES: usize = 1024 * 1024;

/// The source gave no reading. The source's own words are not repeated: they may hold the query's values.
#[derive(Debug, thiserror::Error)]
pub enum QueryFault {
    #[error(transparent)]
    Egress(#[from] EgressError),
    #[error("the source is not reached: {0}")]
    Unreachable(String),
    #[error("the source answered {0}")]
    Status(u16),
    #[error("the source's answer is larger than 1 MiB")]
    TooLarge,
    #[error("the source's answer is not that of a Prometheus query")]
    NotUnderstood,
}

impl QueryFault {
    const fn reason(&self) -> &'static str {
        match self {
            Self::Egress(_) => "denied",
            Self::Unreachable(_) => "source_unreachable",
            Self::Status(_) => "source_status",
            Self::TooLarge => "source_too_large",
            Self::NotUnderstood => "source_not_understood",
        }
    }
}

pub(crate) async fn look(
    reading: &PrometheusCheck,
    check: &Check,
    instruments: &Instruments,
) -> (Finding, Phases) {
    let mut trail = Trail::start();
    trail.enter(Stage::Answer);
    let finding = match instruments.settings.sources.get(&reading.source) {
        Some(source) => {
            let question = Question {
                query: &reading.query,
                at: None,
                patience: check.timeout,
            };
            let asked = query(&instruments.client, source, &question).await;
            match asked {
                Ok(values) => judge(reading, &values),
                Err(fault) => Finding::own(fault.reason(), fault.to_string()),
            }
        }
        None => Finding::own(
            "misconfigured",
            format!("there is no source `{}`", reading.source),
        ),
    };
    (finding, trail.end())
}

/// An instant query.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub query: &'a str,
    /// As of when; none means now, by the source's own clock.
    pub at: Option<Timestamp>,
    pub patience: Duration,
}

/// The values of an instant query: of a scalar, or of each series of a vector.
///
/// # Errors
/// [`QueryFault`] when there is no answer to read; an empty answer is an empty list.
pub async fn query(
    client: &GuardedClient,
    source: &PrometheusSource,
    question: &Question<'_>,
) -> Result<Vec<f64>, QueryFault> {
    let mut url = source.url.clone();
    let path = format!("{}/api/v1/query", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.query_pairs_mut().append_pair("query", question.query);
    if let Some(at) = question.at {
        url.query_pairs_mut().append_pair("time", &at.to_string());
    }
    let mut request = client.get(&url)?.timeout(question.patience);
    if let Some(bearer) = &source.bearer {
        request = request.bearer_auth(bearer.reveal());
    }
    let unreachable =
        |error: reqwest::Error| QueryFault::Unreachable(error.without_url().to_string());
    let mut response = request.send().await.map_err(unreachable)?;
    if !response.status().is_success() {
        return Err(QueryFault::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            return Err(QueryFault::TooLarge);
        }
    }
    read(&body)
}

fn judge(reading: &PrometheusCheck, values: &[f64]) -> Finding {
    if values.is_empty() {
        return Finding::own("empty", "the query has no answer");
    }
    if values.iter().any(|value| reading.fail.holds(*value)) {
        return Finding::fail("reading_fail", "a reading is in the failing range");
    }
    // A reading that is not a number could hide a failing one.
    if values.iter().any(|value| value.is_nan()) {
        return Finding::own("not_a_number", "a reading is not a number");
    }
    let is_slow = |value: &f64| reading.slow.is_some_and(|slow| slow.holds(*value));
    if values.iter().any(is_slow) {
        return Finding::slow("reading_slow", "a reading is in the slow range");
    }
    Finding::pass("all readings are good")
}

#[derive(Deserialize)]
struct Reply {
    status: String,
    data: Option<ReplyData>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum ReplyData {
    Scalar(Sample),
    Vector(Vec<Series>),
}

#[derive(Deserialize)]
struct Series {
    value: Sample,
}

/// Time of evaluation, and the value as text: `NaN` and `+Inf` are no JSON numbers.
#[derive(Deserialize)]
struct Sample(
    #[expect(dead_code, reason = "part of the form")] f64,
    String,
);

fn read(body: &[u8]) -> Result<Vec<f64>, QueryFault> {
    let reply: Reply = serde_json::from_slice(body).map_err(|_| QueryFault::NotUnderstood)?;
    let samples = match reply.data {
        Some(ReplyData::Scalar(sample)) if reply.status == "success" => vec![sample],
        Some(ReplyData::Vector(series)) if reply.status == "success" => {
            series.into_iter().map(|one| one.value).collect()
        }
        _ => return Err(QueryFault::NotUnderstood),
    };
    samples
        .into_iter()
        .map(|Sample(_, text)| text.parse().map_err(|_| QueryFault::NotUnderstood))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::{Comparison, Operator};
    use crate::domain::observation::Outcome;

    fn queue_age() -> PrometheusCheck {
        PrometheusCheck {
            source: "main".to_owned(),
            query: "max(queue_oldest_seconds)".to_owned(),
            fail: Comparison {
                operator: Operator::Greater,
                value: 600.0,
            },
            slow: Some(Comparison {
                operator: Operator::Greater,
                value: 60.0,
            }),
        }
    }

    #[test]
    fn the_worst_reading_counts() {
        assert_eq!(judge(&queue_age(), &[1.0, 2.0]).outcome, Outcome::Pass);
        assert_eq!(judge(&queue_age(), &[1.0, 61.0]).outcome, Outcome::Slow);
        assert_eq!(judge(&queue_age(), &[601.0, 61.0]).outcome, Outcome::Fail);
        assert_eq!(judge(&queue_age(), &[f64::INFINITY]).outcome, Outcome::Fail);
    }

    #[test]
    fn no_reading_and_no_number_are_inconclusive() {
        assert_eq!(judge(&queue_age(), &[]).outcome, Outcome::Inconclusive);
        assert_eq!(
            judge(&queue_age(), &[f64::NAN]).outcome,
            Outcome::Inconclusive
        );
        assert_eq!(
            judge(&queue_age(), &[1.0, f64::NAN]).outcome,
            Outcome::Inconclusive
        );
        assert_eq!(
            judge(&queue_age(), &[f64::NAN, 601.0]).outcome,
            Outcome::Fail
        );
    }

    #[test]
    fn vectors_and_scalars_are_read() {
        let vector = br#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1700000000.1,"12.5"]},{"metric":{},"value":[1700000000,"+Inf"]}]}}"#;
        let scalar =
            br#"{"status":"success","data":{"resultType":"scalar","result":[1700000000,"3"]}}"#;
        let empty = br#"{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["partial"]}"#;

        assert_eq!(read(vector).unwrap(), [12.5, f64::INFINITY]);
        assert_eq!(read(scalar).unwrap(), [3.0]);
        assert!(read(empty).unwrap().is_empty());
    }

    #[test]
    fn another_answer_is_not_taken_for_a_reading() {
        for body in [
            &b"<html>login</html>"[..],
            br#"{"status":"error","errorType":"bad_data","error":"x"}"#,
            br#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
            br#"{"status":"error","data":{"resultType":"scalar","result":[1,"3"]}}"#,
            br#"{"status":"success","data":{"resultType":"scalar","result":[1,"three"]}}"#,
        ] {
            assert!(read(body).is_err());
        }
    }
}
