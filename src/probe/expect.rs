//! Whether an answer is what was expected. Says what was missing, never what was there instead.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use regex::Regex;
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::domain::check::{Expectations, HeaderExpectation, JsonExpectation};
use crate::domain::observation::Outcome;
use crate::probe::exchange::Answer;
use crate::probe::finding::Finding;

/// Compiled patterns kept before all are thrown away; more than any estate has.
const MOST_PATTERNS: usize = 4096;

/// Regular expressions compiled once: compiling costs more than the rest of a look.
#[derive(Default)]
pub(crate) struct Patterns(Mutex<HashMap<String, Option<Regex>>>);

impl Patterns {
    /// None when `text` is not a regular expression.
    fn get(&self, text: &str) -> Option<Regex> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(text) {
            return found.clone();
        }
        if known.len() >= MOST_PATTERNS {
            known.clear();
        }
        let compiled = Regex::new(text).ok();
        known.insert(text.to_owned(), compiled.clone());
        compiled
    }
}

/// Judges everything but time and certificate.
pub(crate) fn judge(expected: &Expectations, answer: &Answer, patterns: &Patterns) -> Finding {
    let status = answer.status.as_u16();
    let in_range = |(low, high): &(u16, u16)| (*low..=*high).contains(&status);
    if !expected.status.iter().any(in_range) {
        return Finding::fail(format!("status_{status}"), format!("answered {status}"));
    }
    let missing = [
        expected
            .header
            .as_ref()
            .and_then(|header| miss_header(header, answer, patterns)),
        expected
            .body_contains
            .as_ref()
            .and_then(|text| miss_text(text, answer)),
        expected
            .json
            .as_ref()
            .and_then(|json| miss_json(json, answer)),
    ];
    if let Some(finding) = missing.into_iter().flatten().next() {
        return finding;
    }
    if answer.is_cut {
        let detail = format!("answered {status}; only the first MiB of the body was read");
        return Finding::new(Outcome::Pass, "too_large", detail);
    }
    Finding::pass(format!("answered {status}"))
}

fn miss_header(
    expected: &HeaderExpectation,
    answer: &Answer,
    patterns: &Patterns,
) -> Option<Finding> {
    let name = &expected.name;
    let Some(pattern) = patterns.get(&expected.matches) else {
        let detail = format!("the pattern for header `{name}` is not a regular expression");
        return Some(Finding::own("misconfigured", detail));
    };
    let mut values = answer.headers.get_all(name.as_str()).iter().peekable();
    if values.peek().is_none() {
        return Some(Finding::fail(
            "header_missing",
            format!("the answer has no header `{name}`"),
        ));
    }
    let matches = values.any(|value| pattern.is_match(&String::from_utf8_lossy(value.as_bytes())));
    (!matches).then(|| {
        Finding::fail(
            "header_mismatch",
            format!("header `{name}` is not as expected"),
        )
    })
}

fn miss_text(text: &str, answer: &Answer) -> Option<Finding> {
    if memchr::memmem::find(&answer.body, text.as_bytes()).is_some() {
        return None;
    }
    Some(cut(answer).unwrap_or_else(|| {
        Finding::fail(
            "body_mismatch",
            "the body does not contain the expected text",
        )
    }))
}

fn miss_json(expected: &JsonExpectation, answer: &Answer) -> Option<Finding> {
    let path_text = &expected.path;
    let Ok(path) = JsonPath::parse(path_text) else {
        return Some(Finding::own(
            "misconfigured",
            format!("`{path_text}` is not a JSON path"),
        ));
    };
    if let Some(finding) = cut(answer) {
        return Some(finding);
    }
    let Ok(document) = serde_json::from_slice::<Value>(&answer.body) else {
        return Some(Finding::fail("not_json", "the body is not JSON"));
    };
    let found = path.query(&document).all();
    if found.is_empty() {
        return Some(Finding::fail(
            "json_missing",
            format!("the body has nothing at `{path_text}`"),
        ));
    }
    let agrees = found
        .into_iter()
        .all(|value| is_same(value, &expected.equals));
    (!agrees).then(|| {
        Finding::fail(
            "json_mismatch",
            format!("the value at `{path_text}` is not as expected"),
        )
    })
}

fn cut(answer: &Answer) -> Option<Finding> {
    answer.is_cut.then(|| {
        Finding::fail(
            "too_large",
            "the body is larger than 1 MiB and its beginning does not suffice",
        )
    })
}

/// `1` and `1.0` are the same number.
#[expect(
    clippy::float_cmp,
    reason = "an expected number means exactly that number"
)]
fn is_same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}
